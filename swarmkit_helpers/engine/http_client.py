"""Open a connection to a Docker Engine, with the Docker SDK as its HTTP client."""

import ipaddress
from typing import Any
from urllib.parse import urlsplit

import docker
from docker.constants import DEFAULT_DOCKER_API_VERSION
from docker.utils.config import find_config_file, load_general_config

from ..errors import EngineUnavailable
from ..language import _
from . import stream_adapter
from .sdk_client import SDKClient
from .ssh import SSHSocket


def open_client(url: str, timeout: int, tls: Any = None, api_version: str | None = None) -> docker.APIClient:
    """Make a client of the engine at the URL; without `api_version`, with the newest version that both know.

    `timeout` is in seconds, for each answer. Raises `DockerException`, `ValueError` or `OSError`; `EngineUnavailable`
    if docker's own settings cannot be read.
    """
    _check_settings()

    def client(version: str) -> docker.APIClient:
        if url.startswith("ssh://"):
            return stream_adapter.client(lambda seconds: SSHSocket(url, seconds), timeout, version)
        made = SDKClient(base_url=url, version=version, timeout=timeout, tls=tls or False, max_pool_size=64)
        # Go, and so the docker command, uses no proxy for these (net/http, ProxyFromEnvironment); requests would.
        made.trust_env = not _is_here(url)
        return made

    if api_version:
        return client(api_version)
    any_version = client(DEFAULT_DOCKER_API_VERSION)
    try:
        return client(any_version.version(api_version=False)["ApiVersion"])
    finally:
        any_version.close()


def _check_settings() -> None:
    """Raise `EngineUnavailable` if docker's config.json has not the form that the SDK relies on."""
    settings = load_general_config()
    objects = ("proxies", "HttpHeaders", "auths", "credHelpers")
    if not isinstance(settings, dict) or not all(isinstance(settings.get(name, {}), dict) for name in objects):
        raise EngineUnavailable(
            _("{file} is not as docker writes it"), _("mend that file, or remove it"), file=find_config_file()
        )


def _is_here(url: str) -> bool:
    """Whether the URL is on this computer: a socket, a pipe, or a loopback address."""
    host = urlsplit(url).hostname or ""
    if urlsplit(url).scheme in ("unix", "npipe") or host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:  # a name
        return False
