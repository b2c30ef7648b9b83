"""The course on Debians of three releases: another engine and another Python on each, from a fresh clone to `down`."""

import csv
import io
import json
import os
import re
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from support.class_of_thirty import solved
from support.other_machine import SUITES, OtherMachine, missing

pytestmark = pytest.mark.skipif(missing() is not None, reason=str(missing()))
US = "python3 -m swarmkit_helpers"
END_SECONDS = 30  # for a machine to end
NOISE = re.compile(r"Exception ignored|Traceback")


@pytest.fixture(scope="module", params=SUITES)
def machine(request: pytest.FixtureRequest) -> Iterator[OtherMachine]:
    """The machine, made if it has to be, with a new clone in it."""
    machine = OtherMachine(request.param)
    machine.make()
    with machine:
        yield machine


def said(machine: OtherMachine, name: str, script: str) -> str:
    """What the script printed, which ended well and without noise; it is kept under that name."""
    began = time.monotonic()
    done = machine.sh(script)
    machine.keep(name, f"{done.stdout}\n({time.monotonic() - began:.0f} s)\n")
    assert done.returncode == 0, done.stdout[-4000:]
    assert not NOISE.search(done.stdout), done.stdout[-4000:]
    return done.stdout


def test_up_makes_a_swarm(machine: OtherMachine):
    assert len(re.findall(r"^  node\d\s+running\s+ready\s+active", said(machine, "up", f"{US} up --swarm"), re.M)) == 3


def test_the_doctor_finds_that_all_sections_work(machine: OtherMachine):
    facts = said(machine, "doctor", f"{US} doctor")
    assert "Sections 00 to 06 will work." in facts
    assert re.search(r"Docker Engine \d+\.\d+", facts)


def test_the_course_gives_its_stored_outputs(machine: OtherMachine):
    said(machine, "down", f"{US} down")
    ran = said(machine, "notebooks", ".ci/notebooks notebooks/en")
    assert re.search(r"= \d+ passed in ", ran)
    assert "skipped" not in ran


def test_a_notebook_is_graded(machine: OtherMachine):
    folder = machine.root / "clone" / "handed-in" / "s01"
    folder.mkdir(parents=True)
    (folder / "06-clean-up.ipynb").write_text(json.dumps(solved("06-clean-up")), encoding="utf-8")
    said(machine, "grade", f"{US} grade handed-in --out graded")
    table = (machine.root / "clone" / "graded" / "exercises.csv").read_text(encoding="utf-8-sig")
    assert sum(float(row["points"]) for row in csv.DictReader(io.StringIO(table))) == 10


def test_the_engine_answers_as_recorded(machine: OtherMachine):
    """The engine of each major version is compared with its own recording, in a few scenarios of each kind."""
    python = "$(ls -d .venv*/bin/python | head -1)"
    ran = said(machine, "conformance", f"{python} -m pytest -q tests/conformance -k still_answers")
    assert re.search(r"^\d+ passed", ran, re.M)
    assert "there is no recording" not in ran


def test_down_leaves_nothing(machine: OtherMachine):
    assert "stop the course's own engine" in said(machine, "end", f"{US} up --nodes 1 && {US} down --all")
    left = machine.sh("ps -eo args | grep -c '[d]ockerd\\|[c]ontainerd'").stdout
    assert left.strip() == "0"


def test_a_machine_ends_with_the_tests_however_they_end(machine: OtherMachine):
    """A second one on the same root, whose tests are killed: they can do nothing about it any more."""
    start = f"OtherMachine({machine.name!r}).__enter__(); print('ready', flush=True); sys.stdin.read()"
    tests = subprocess.Popen(
        [sys.executable, "-c", f"import sys; from support.other_machine import OtherMachine; {start}"],
        env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[1])},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    with tests:
        assert tests.stdout and tests.stdout.readline() == b"ready\n"
        [outside] = _children(tests.pid)
        [first] = map(os.pidfd_open, _children(outside))  # when it ends, all in the machine do
        tests.kill()
    ended, _, _ = select.select([first], [], [], END_SECONDS)
    with suppress(ProcessLookupError):  # as it should be
        signal.pidfd_send_signal(first, signal.SIGKILL)
    os.close(first)
    assert ended


def _children(process: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{process}/task/{process}/children").read_text().split()]
