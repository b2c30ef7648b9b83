"""uv, which installs the packages of a lock in a fraction of pip's time: where it is had, and what it is told.

uv does not read pip's configuration. What a school has set there (a mirror, a proxy, a certificate) is handed on, and
a setting that uv does not know leaves the work to pip.
"""

import ast
import os
import re
import shutil
import subprocess
from pathlib import Path

REQUIREMENT = "uv>=0.8,<1"  # the options below exist since 0.8
PIP_OPTIONS = ["--no-deps", "--no-compile", "--no-input", "--retries=1", "--disable-pip-version-check"]
FOLDER = "uv"  # in the environment while it is made

# Settings of pip, and the options and variables of uv that mean the same.
OPTIONS = {
    "index-url": "--default-index",
    "extra-index-url": "--index",
    "find-links": "--find-links",
    "constraint": "--constraints",
    "trusted-host": "--allow-insecure-host",
    "no-binary": "--no-binary",
    "only-binary": "--only-binary",
}
VARIABLES = {
    "cert": ("SSL_CERT_FILE",),
    "client-cert": ("SSL_CLIENT_CERT",),
    "proxy": ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"),
    "timeout": ("UV_HTTP_TIMEOUT",),
    "default-timeout": ("UV_HTTP_TIMEOUT",),
    "retries": ("UV_HTTP_RETRIES",),
}
# Settings of pip that do not change what is installed, or from where.
WITHOUT_EFFECT = {
    "break-system-packages", "cache-dir", "compile", "config-file", "disable-pip-version-check", "exists-action",
    "log", "no-cache-dir", "no-color", "no-compile", "no-input", "no-python-version-warning",
    "no-warn-script-location", "prefer-binary", "progress-bar", "quiet", "require-virtualenv", "root-user-action",
    "user", "verbose",
}  # fmt: skip


def find(pip: "list[str]", environment: Path) -> "str | None":
    """Find uv on the PATH, or install it with the command `pip` into a folder of the environment. None without uv."""
    on_path = shutil.which("uv")
    if on_path:
        said = subprocess.run([on_path, "--version"], stdout=subprocess.PIPE, universal_newlines=True).stdout
        version = re.search(r"(\d+)\.(\d+)", said)
        if version and (0, 8) <= (int(version[1]), int(version[2])) < (1, 0):
            return on_path
    folder = environment / FOLDER
    subprocess.run(
        [*pip, "install", *PIP_OPTIONS, "--target", str(folder), REQUIREMENT],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        stdin=subprocess.DEVNULL,
        env=dict(os.environ, PIP_USER="0"),
    )
    return next(
        (str(path) for name in ("bin", "Scripts") for path in (folder / name).glob("uv*") if path.stem == "uv"), None
    )


def settings(pip: "list[str]") -> "tuple[list[str], dict[str, str]] | None":
    """The options and variables that tell uv what pip's configuration tells pip.

    None if uv cannot be told all of it.
    """
    listed = subprocess.run(
        [*pip, "config", "list"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, universal_newlines=True
    )
    return None if listed.returncode else from_pip(listed.stdout)


def from_pip(listed: str) -> "tuple[list[str], dict[str, str]] | None":
    """The same, from what `pip config list` says: a line such as global.index-url='...' for each setting."""
    found = re.findall(r"^(global|install|:env:)\.([\w-]+)=(.*)$", listed, re.M)
    values: "dict[str, str]" = {}
    # A variable counts more than a file's section for `install`, and that more than its section `global`.
    for section in ("global", "install", ":env:"):
        values.update({key.replace("_", "-"): ast.literal_eval(text) for place, key, text in found if place == section})
    options: "list[str]" = []
    variables: "dict[str, str]" = {}
    for key, value in values.items():
        if key == "no-index":
            options += ["--no-index"] if value.lower() in ("1", "true", "yes", "on", "y", "t") else []
        elif key in OPTIONS:
            for each in value.split():
                options += [OPTIONS[key], each]
        elif key in VARIABLES:
            variables.update(dict.fromkeys(VARIABLES[key], value))
        elif key not in WITHOUT_EFFECT:
            return None
    return options, variables
