"""Another computer on this one: a Debian of another release with its own engine and Python, apart from everything here.

A root is made from Debian's packages and kept for the next run; no registry of images is needed. In it a machine has
its own processes, mounts and network, so that its engine is not taken for ours.
"""

import os
import re
import shutil
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

SUITES = {"debian12": "bookworm", "debian13": "trixie", "debian14": "forky"}
ROOTS = Path(os.environ.get("SWARMLAB_MACHINES", "/var/tmp/swarmlab-machines"))
REPOSITORY = Path(__file__).parents[2]
ARTEFACTS = REPOSITORY / "artefacts" / "machines"
BASE = ("python3", "python3-venv", "git", "ca-certificates", "iproute2", "procps")
ENGINE = ("docker.io", "iptables", "busybox-static")
STEP_SECONDS = 1200  # for one step: the longest, the course's notebooks, takes three minutes on two idle cores
NEEDED = ("debootstrap", "unshare", "nsenter", "setpriv")
WITH_US = ("setpriv", "--pdeathsig", "KILL")  # before a command: it ends when the tests do, even if those are killed

# Enters a root: its own processes and mounts, the folders of wheels that pip here looks in, and at the end the command.
ENTER = r"""
root=$1; shift
ip link set lo up 2>/dev/null || true
mount --bind "$root" "$root"; cd "$root"
mount -t proc proc proc; mount --rbind /sys sys; mount --rbind /dev dev
mount -t tmpfs tmpfs run; mount -t tmpfs tmpfs tmp
for folder in $WHEELS; do [ -d "$folder" ] && mkdir -p ".$folder" && mount --bind "$folder" ".$folder"; done
mkdir -p old; pivot_root . old; cd /; umount -l /old
export HOME=/root; exec "$@"
"""
NAMESPACES = ("--mount", "--pid", "--fork", "--uts", "--ipc", "--kill-child", "--propagation", "private")


def missing(*more: str) -> str | None:
    """What this computer lacks to make other machines, these programs too; None if nothing."""
    if os.name == "nt" or os.geteuid() != 0:
        return "needs Linux and root"
    lacking = [name for name in (*NEEDED, *more) if not shutil.which(name)]
    return f"needs {', '.join(lacking)}: apt-get install debootstrap util-linux qemu-system-x86" if lacking else None


def mirror() -> str:
    """The address from which apt of this computer gets Debian's packages. Raises `LookupError`."""
    for path in (Path("/etc/apt/sources.list.d/debian.sources"), Path("/etc/apt/sources.list")):
        if path.exists() and (found := re.search(r"^(?:URIs:|deb(?: \[[^]]*\])?)\s+(\S+)", path.read_text(), re.M)):
            return found[1]
    raise LookupError("apt's sources name no mirror")


class OtherMachine:
    """A Debian of one release; `with` runs it, apart from this computer, without a network to the outside."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.root = ROOTS / SUITES[name]
        self._first: subprocess.Popen[bytes] | None = None

    def make(self) -> None:
        """Make the root with its engine, unless it is there, and put a new clone with its environment in it.

        Raises `RuntimeError` with the end of what was printed, if a step fails.
        """
        self.make_root()
        shutil.rmtree(self.root / "clone", ignore_errors=True)
        with _told(f"{self.name}: a clone with its environment"):
            run(["git", "clone", "--quiet", str(REPOSITORY), str(self.root / "clone")])
            self.online("cd /clone && python3 -m swarmkit_helpers status")

    def make_root(self) -> None:
        """Make the root with its engine, unless it is there. Raises `RuntimeError`."""
        if (self.root / "made").exists():
            return
        suite = SUITES[self.name]
        with _told(f"{self.name}: make it from packages"):
            shutil.rmtree(self.root, ignore_errors=True)
            self.root.parent.mkdir(parents=True, exist_ok=True)
            scripts = Path("/usr/share/debootstrap/scripts")
            script = [] if (scripts / suite).exists() else [str(scripts / "sid")]  # newer than this debootstrap
            include = f"--include={','.join(BASE)}"
            run(["debootstrap", "--variant=minbase", include, suite, str(self.root), mirror(), *script])
            shutil.copy("/etc/ssl/certs/ca-certificates.crt", self.root / "etc/ssl/certs")
            shutil.copytree("/etc/apt/apt.conf.d", self.root / "etc/apt/apt.conf.d", dirs_exist_ok=True)
            # Debian 12 has the docker command in docker.io, newer ones in docker-cli.
            self.online(
                "export DEBIAN_FRONTEND=noninteractive; apt-get update -q && "
                f"apt-get install -y -q --no-install-recommends {' '.join(ENGINE)} "
                "$(apt-cache search --names-only '^docker-cli$' | cut -d' ' -f1)"
            )
            (self.root / "made").touch()

    def __enter__(self) -> "OtherMachine":
        command = ["sh", "-c", "echo ready; while sleep 1000; do :; done"]
        self._first = subprocess.Popen(
            [*WITH_US, "unshare", "--net", *NAMESPACES, "bash", "-c", ENTER, "enter", str(self.root), *command],
            env=os.environ | self._variables(),
            stdout=subprocess.PIPE,
            start_new_session=True,
        )
        if not self._first.stdout or self._first.stdout.readline() != b"ready\n":
            self.__exit__()
            raise RuntimeError(f"{self.name} did not start")
        return self

    def __exit__(self, *_error: object) -> None:
        if self._first:
            self._first.kill()  # with it, all processes and mounts of the machine end
            self._first.wait()

    def sh(self, script: str, timeout: float = STEP_SECONDS) -> subprocess.CompletedProcess[str]:
        """Run a shell script in the machine, in the clone; what it printed, errors too, is its stdout."""
        command = ["nsenter", "--target", self._inner(), "--all", "--root", "sh", "-c", f"cd /clone\n{script}"]
        return printed(command, timeout, self._variables())

    def online(self, script: str) -> None:
        """Run a script in the root with this computer's network, to install things; no engine is started there."""
        command = ["unshare", *NAMESPACES, "bash", "-c", ENTER, "enter", str(self.root), "sh", "-c", script]
        run(command, env=self._variables())

    def keep(self, name: str, text: str) -> None:
        """Keep what was printed as an artefact, for a person to look at."""
        ARTEFACTS.mkdir(parents=True, exist_ok=True)
        (ARTEFACTS / f"{self.name}-{name}.txt").write_text(text, encoding="utf-8")

    def _inner(self) -> str:
        """The id of the first process in the machine, as it is called here. Raises `RuntimeError` if it is off."""
        if self._first is None:
            raise RuntimeError(f"{self.name} is off")
        children = Path(f"/proc/{self._first.pid}/task/{self._first.pid}/children").read_text().split()
        return children[0]

    def _variables(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if name.startswith(("PIP_", "UV_", "LANG"))}
        wheels = os.environ.get("PIP_FIND_LINKS", "")
        return kept | {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/root", "WHEELS": wheels}


class _told:
    """Print what is done now, and at the end how long it took: such a step takes up to two minutes."""

    def __init__(self, text: str) -> None:
        self._text = text

    def __enter__(self) -> None:
        self._began = time.monotonic()
        print(f" … {self._text}", flush=True)

    def __exit__(self, *_error: object) -> None:
        print(f"   {self._text}: {time.monotonic() - self._began:.0f} s", flush=True)


def run(command: Sequence[str], env: Mapping[str, str] | None = None) -> None:
    """Run a command. Raises `RuntimeError` with the end of what it printed if it fails."""
    done = printed([*WITH_US, *command], None, env)
    if done.returncode:
        raise RuntimeError(f"{' '.join(command[:4])} …: exit status {done.returncode}\n{done.stdout[-3000:]}")


def printed(
    command: Sequence[str], timeout: float | None, env: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run a command without input; what it printed, errors too, is its stdout. Raises `TimeoutExpired` (seconds)."""
    return subprocess.run(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        timeout=timeout,
        env=env,
    )
