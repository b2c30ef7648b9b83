"""The Docker SDK's client, whose errors are those of the operating system, also where it uses a Windows pipe."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import docker
import requests

PIPE_ERRORS = "pywintypes"  # the module that defines them; it is there on Windows only


class SDKClient(docker.APIClient):
    """A client of one engine."""

    def send(self, request: requests.PreparedRequest, **options: Any) -> requests.Response:
        """Send the request. Raises `OSError`, or an error of `requests`, where no engine answers."""
        with pipe_errors():
            return super().send(request, **options)


@contextmanager
def pipe_errors() -> Iterator[None]:
    """Raise `ConnectionError` where a Windows pipe raises `pywintypes.error`, which is no `OSError`."""
    try:
        yield
    except Exception as error:
        if type(error).__module__ != PIPE_ERRORS:
            raise
        raise ConnectionError(getattr(error, "strerror", str(error))) from error
