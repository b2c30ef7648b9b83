"""A record on disk outlives its process, is bounded, and is written by one process."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.api_bodies import seen, service, task
from support.clock import soon

from swarmkit_helpers.docker_commands import announce, shown_by
from swarmkit_helpers.recorder import Recorder, store
from swarmkit_helpers.recorder.entries import Entry
from swarmkit_helpers.recorder.store import Store
from swarmkit_helpers.records import Observation

STATES = [seen(services=[service(replicas=0)]), seen(tasks=[task(1)])]


class Swarm:
    """A swarm in one state or the other."""

    def __init__(self) -> None:
        self.looks = 0

    def observe(self) -> Observation:
        self.looks += 1
        state = STATES[self.looks % 2]
        return Observation(float(self.looks), state.nodes, state.services, state.tasks)


@pytest.fixture
def opened() -> Iterator[list[Store]]:
    """Stores that are closed after the test."""
    stores: list[Store] = []
    yield stores
    for each in stores:
        each.close()


def entry(at: float) -> Entry:
    state = STATES[int(at) % 2]
    return Observation(at, state.nodes, state.services, state.tasks)


def write(folder: Path, numbers: range, keep: int = 1000) -> Store:
    """Write entries of those numbers, and let another write."""
    written = Store(folder, keep)
    for number in numbers:
        written.append(number, entry(number))
    written.close()
    return written


def numbers(folder: Path, keep: int = 1000) -> list[int]:
    reading = Store(folder, keep)
    reading.close()
    return [number for number, _entry in reading.read()]


def test_a_recorder_goes_on_where_the_one_before_stopped(tmp_path: Path, opened: list[Store]):
    opened.append(Store(tmp_path, 1000))
    with Recorder(Swarm(), store=opened[0]) as before:
        soon(lambda: len(before.history) >= 2)
        with shown_by(lambda command: None):
            announce("docker service scale web=1")
    opened[0].close()
    opened.append(Store(tmp_path, 1000))
    after = Recorder(Swarm(), store=opened[1])
    assert (after.history, after.markers, after.wait(0)) == (before.history, before.markers, before.wait(0))
    assert after.began == before.wait(0)
    after.look()
    assert after.since(after.began)[0][0] == after.began + 1


def test_the_first_observation_of_a_process_is_kept_even_if_nothing_has_changed(tmp_path: Path, opened: list[Store]):
    for _process in range(2):
        opened.append(Store(tmp_path, 1000))
        taken = Recorder(Swarm(), store=opened[-1])
        taken.look()
        opened[-1].close()
    assert len(taken.history) == 2


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such rights")
def test_only_the_user_can_read_it(tmp_path: Path):
    folder = tmp_path / "record"
    write(folder, range(1, 3))
    rights = {path.name: path.stat().st_mode & 0o777 for path in [folder, *folder.glob("*.jsonl")]}
    assert rights == {"record": 0o700, "000000000001.jsonl": 0o600}


def test_a_torn_line_is_survived(tmp_path: Path):
    write(tmp_path, range(1, 4))
    [path] = tmp_path.glob("*.jsonl")
    path.write_bytes(path.read_bytes()[:-9])
    write(tmp_path, range(3, 5))
    assert numbers(tmp_path) == [1, 2, 3, 4]


def test_a_file_of_only_a_torn_line_is_survived(tmp_path: Path):
    (tmp_path / "000000000001.jsonl").write_text('{"n":1,"who')
    write(tmp_path, range(1, 3))
    assert numbers(tmp_path) == [1, 2]


def test_it_is_bounded_in_bytes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(store, "FILE_MAX_BYTES", 20_000)
    monkeypatch.setattr(store, "STORE_MAX_BYTES", 100_000)
    write(tmp_path, range(1, 2001), keep=10_000)
    assert sum(path.stat().st_size for path in tmp_path.glob("*.jsonl")) <= 125_000
    kept = numbers(tmp_path, 10_000)
    assert kept == list(range(kept[0], 2001))
    assert kept[0] > 1


def test_it_is_bounded_in_entries(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(store, "FILE_MAX_BYTES", 5_000)
    write(tmp_path, range(1, 501), keep=50)
    first = min(int(path.stem) for path in tmp_path.glob("*.jsonl"))
    assert 1 < first <= 451
    assert numbers(tmp_path, 50) == list(range(451, 501))


def test_a_large_first_line_makes_a_longer_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(store, "FILE_MAX_BYTES", 10)
    write(tmp_path, range(1, 30))
    assert len(list(tmp_path.glob("*.jsonl"))) < 10


def test_a_second_process_does_not_write(tmp_path: Path):
    program = (
        "import pathlib, sys; from swarmkit_helpers.recorder.store import Store;"
        "held = Store(pathlib.Path(sys.argv[1]), 9); print(held.held, flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [
            sys.executable,
            "-c",
            "held = __import__('builtins').exec(" + repr(program.replace("Store(p", "s = Store(p")) + ")",
            tmp_path,
        ],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as other:
        assert other.stdout.readline() == b"True\n"
        second = Store(tmp_path, 9)
        second.append(1, entry(1))
        assert (second.held, list(tmp_path.glob("*.jsonl"))) == (False, [])
        other.stdin.close()
        other.wait()
    third = Store(tmp_path, 9)
    assert third.held
    third.close()


def test_a_full_disk_ends_writing_and_not_the_recorder(tmp_path: Path, opened: list[Store]):
    opened.append(Store(tmp_path, 9))
    taken = Recorder(Swarm(), store=opened[0])
    tmp_path.joinpath("lock").unlink()
    tmp_path.rmdir()
    taken.look()
    taken.look()
    assert len(taken.history) == 2
    assert "No such file" in opened[0].error
