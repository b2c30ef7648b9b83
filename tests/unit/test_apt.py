"""Apt's progress and errors, as this package shows them: of an apt-get that only prints. Unit tests install nothing."""

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from swarmkit_helpers import Refused, progress
from swarmkit_helpers.engine import apt

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="apt is for Linux")

# Of its options only APT::Status-Fd matters here; each run leaves a line with what it was to do.
APT_GET = """#!/bin/sh
echo "$@" >>"{folder}/ran"
for option; do case $option in APT::Status-Fd=*) descriptor=${{option#*=}};; esac; done
cat "{folder}/status" >/proc/self/fd/$descriptor
cat "{folder}/said"
[ "$1" = update ] || exit {code}
"""
Apt = Callable[..., Path]


class Shown:
    """A place for phases that remembers how far they were."""

    def __init__(self) -> None:
        self.steps: list[tuple[float, float]] = []

    @contextmanager
    def phase(self, text: str) -> Iterator["Shown"]:
        yield self

    def advance(self, done: float, total: float) -> None:
        self.steps.append((done, total))

    def note(self, text: str) -> None:
        """Nothing here waits."""

    def rename(self, text: str) -> None:
        """Nothing here has a name."""


@pytest.fixture
def shown() -> Iterator[Shown]:
    shown = Shown()
    with progress.shown_on(shown):
        yield shown


@pytest.fixture
def fake_apt(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, shown: Shown) -> Apt:
    """Puts an apt-get on the path that reports that status and text, and ends so; root's, as far as anyone can see."""

    def make(status: str = "", said: str = "", code: int = 0) -> Path:
        (tmp_path / "status").write_text(status)
        (tmp_path / "said").write_text(said)
        programs = {
            "apt-get": APT_GET.format(folder=tmp_path, code=code),
            "apt-cache": "#!/bin/sh\necho '  Candidate: 1.0'\n",
            "dpkg-query": "#!/bin/sh\nexit 1\n",
            "cat": f'#!/bin/sh\nexec {os.path.realpath("/bin/cat")} "$@"\n',
        }
        for name, text in programs.items():
            (tmp_path / name).write_text(text)
            (tmp_path / name).chmod(0o755)
        monkeypatch.setenv("PATH", str(tmp_path))
        monkeypatch.setattr(os, "geteuid", lambda: 0)
        return tmp_path / "ran"

    return make


def test_progress_goes_from_the_download_to_the_installation(fake_apt: Apt, shown: Shown):
    fake_apt(
        "dlstatus:1:25.0:Retrieving file 1 of 4 (1s remaining)\n"
        "pmstatus:dpkg-exec:0.0:Running dpkg\n"
        "pmstatus:docker.io:amd64:50.5:not a number where it should be\n"
        "pmstatus:docker.io:80.0:Installing docker.io (amd64)\n"
        "media-change: ignored\n"
    )
    apt.apt_install(["docker.io"], "an engine")
    assert shown.steps == [(25.0, 200), (100.0, 200), (180.0, 200)]


@pytest.mark.parametrize(
    ("said", "problem", "fix"),
    [
        (
            "E: Unable to locate package docker.io\n",
            "Unable to locate package docker.io",
            "to see its message, run it by hand",
        ),
        (
            "Err:1 x\nE: Failed to fetch x  Could not resolve 'mirror'\n",
            "Failed to fetch x",
            "connection to the internet",
        ),
        (
            "E: You don't have enough free space in /var/cache/apt/archives/.\n",
            "enough free space",
            "free some disk space",
        ),
        ("Killed\n", "it gave no reason", "apt-get install docker.io"),
    ],
)
def test_a_failure_has_apts_own_message(fake_apt: Apt, said: str, problem: str, fix: str):
    fake_apt(said=said, code=100)
    with pytest.raises(Refused) as refusal:
        apt.apt_install(["docker.io"], "an engine")
    assert problem in refusal.value.problem
    assert fix in refusal.value.fix
    assert refusal.value.fix.endswith("apt-get install docker.io")


@pytest.mark.parametrize("consent", [True, False])
def test_a_given_consent_is_not_asked_for(fake_apt: Apt, consent: bool):
    ran = fake_apt()
    assert apt.ensure_browser(consent) is None
    assert ran.exists() == consent
