"""Apt's progress and errors, as this package shows them. Unit tests install nothing."""

import io

import pytest

from swarmkit_helpers import Refused
from swarmkit_helpers.engine import apt


class Shown:
    """A phase that remembers its steps."""

    def __init__(self) -> None:
        self.steps: list[tuple[float, float]] = []

    def advance(self, done: float, total: float) -> None:
        self.steps.append((done, total))


def test_progress_goes_from_the_download_to_the_installation():
    shown = Shown()
    apt._show_progress(
        io.StringIO(
            "dlstatus:1:25.0:Retrieving file 1 of 4 (1s remaining)\n"
            "pmstatus:dpkg-exec:0.0:Running dpkg\n"
            "pmstatus:docker.io:amd64:50.5:not a number where it should be\n"
            "pmstatus:docker.io:80.0:Installing docker.io (amd64)\n"
            "media-change: ignored\n"
        ),
        shown,
    )
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
def test_a_failure_has_apts_own_message(said: str, problem: str, fix: str):
    refusal = apt._apt_error("install", ["docker.io"], said)
    assert isinstance(refusal, Refused)
    assert problem in refusal.problem
    assert fix in refusal.fix
    assert refusal.fix.endswith("apt-get install docker.io")


@pytest.mark.parametrize("consent", [True, False])
def test_a_given_consent_is_not_asked_for(consent: bool):
    assert apt._may_install("an engine", ["docker.io"], consent) is consent
