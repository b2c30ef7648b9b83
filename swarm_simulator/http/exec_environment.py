"""The environment of a script that runs on this computer for a simulated node: its programs and its variables.

The node has no file system. The script runs in an empty folder, and its `hostname` and `sleep` answer as the node's.
"""

import os
import shutil
import stat
import tempfile
from collections.abc import Sequence
from pathlib import Path

from ..engines.node_engine import NodeEngine

NO_DOCKER = """\
echo 'The docker command is not installed on this computer, so a script on a simulated node cannot use it.' >&2
echo 'Install it (on Debian or Ubuntu: docker-cli or docker.io), or use the functions of the helpers instead.' >&2
exit 127
"""
_HOSTNAME = """\
case "$1" in
    '') echo "$SIMULATED_NAME" ;;
    -i|-I|--ip-address) echo "$SIMULATED_ADDRESS" ;;
    *) echo "hostname: a simulated node knows only hostname and hostname -i" >&2; exit 1 ;;
esac
"""
# Time in a simulated node goes as fast as in the rest of the simulation.
_SLEEP = """\
case "$1" in
    ''|*[!0-9.]*) exec {sleep} "$@" ;;
    *) exec {sleep} "$(awk "BEGIN {{ print $1 / $SIMULATED_SPEED }}")" ;;
esac
"""


class ExecEnvironment:
    """A folder with the programs that a script finds first in its PATH; removed when the simulation ends."""

    def __init__(self, speed: float) -> None:
        """`speed` is the clock speed factor of the simulation."""
        self._speed = speed
        self._folder = tempfile.TemporaryDirectory(prefix="swarmlab-simulation-")
        self.root = Path(self._folder.name)
        self.programs, self.docker_config = self.root / "bin", self.root / "docker"
        self.programs.mkdir()
        self.docker_config.mkdir()  # empty: without the user's contexts, credentials and plugins
        # Background jobs of a terminal stay in its shell's process group, and so they end with the shell.
        self.profile = self.root / "profile"
        self.profile.write_text("set +m\n", encoding="utf-8")
        self._write("hostname", _HOSTNAME)
        if sleep := shutil.which("sleep"):
            self._write("sleep", _SLEEP.format(sleep=sleep))
        if not shutil.which("docker"):
            self._write("docker", NO_DOCKER)

    def _write(self, name: str, script: str) -> None:
        path = self.programs / name
        path.write_text(f"#!/bin/sh\n{script}")
        path.chmod(path.stat().st_mode | stat.S_IXUSR)

    def variables(self, engine: NodeEngine, url: str, given: Sequence[str]) -> dict[str, str]:
        """The variables of a script on that node: those `given`, and of this computer's only the path and language."""
        inherited = {name: os.environ[name] for name in ("LANG", "LC_ALL", "TERM") if name in os.environ}
        return (
            inherited
            | dict(line.partition("=")[::2] for line in given)
            | {
                "PATH": os.pathsep.join([str(self.programs), os.environ.get("PATH", os.defpath)]),
                "HOME": str(self.root),
                "DOCKER_HOST": url,
                "DOCKER_CONFIG": str(self.docker_config),
                "ENV": str(self.profile),  # read by an interactive shell
                "SIMULATED_NAME": engine.name,
                "SIMULATED_ADDRESS": engine.address,
                "SIMULATED_SPEED": str(self._speed),
            }
        )

    def close(self) -> None:
        """Remove the folder."""
        self._folder.cleanup()
