"""A record is written as lines and read again: every state comes back as it was, without secrets."""

import hashlib
import json
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

import pytest
from support.api_bodies import container, node, seen, service, task

from swarmkit_helpers.docker_commands import Command
from swarmkit_helpers.recorder import entries
from swarmkit_helpers.recorder.entries import Decoder, Encoder, Entry, Gap
from swarmkit_helpers.records import MachineState, Observation

THREE = [node("node1", role="manager"), node("node2"), node("node3")]


def story() -> list[Entry]:
    """A service that is made, scaled, drained, removed; with a gap, commands, and a node that comes and goes."""
    drained = [THREE[0], node("node2", availability="drain"), THREE[2]]
    return [
        seen(services=[]),
        Command("docker service create --name web busybox", None, 1.0),
        seen(tasks=[task(1, None, "pending"), task(2, None, "pending")]),
        seen(tasks=[task(1), task(2, "node2")]),
        Gap(2.0, "no manager answers"),
        Command("docker node update --availability drain node2", "node1", 3.0),
        seen(nodes=drained, tasks=[task(1), task(2, "node3"), task(2, "node2", "shutdown", "shutdown")]),
        seen(nodes=[*drained, node("node10", labels={"disk": "ssd"})], tasks=[task(1), task(2, "node3")]),
        seen(nodes=drained, services=[service("api"), service()], tasks=[task(1, service="api"), task(1), task(2)]),
        seen(services=[service("api", update="updating")], tasks=[task(1, service="api", error="no such image")]),
        seen(services=[]),
    ]


def read_again(of: list[Entry]) -> list[tuple[int, Entry]]:
    encoder, decoder = Encoder(), Decoder()
    return [decoder.entry(encoder.line(number, entry)) for number, entry in enumerate(of, 1)]


def digest(entry: Entry) -> str:
    return hashlib.sha256(repr(entry).encode()).hexdigest()


def test_every_state_comes_back_as_it_was():
    written = [replace(entry, at=float(number)) for number, entry in enumerate(story())]
    again = read_again(written)
    assert [digest(entry) for _number, entry in again] == [digest(entry) for entry in written]
    assert [number for number, _entry in again] == list(range(1, len(written) + 1))


def test_what_has_not_changed_is_not_written_again():
    before, after = seen(tasks=[task(1), task(2)]), seen(tasks=[task(1), task(2, node="node2")])
    after = replace(after, tasks=(before.tasks[0], replace(before.tasks[1], state="failed")))
    encoder = Encoder()
    encoder.line(1, before)
    [changed] = json.loads(encoder.line(2, after))["changed"].values()
    assert changed == {"gone": [], "new": [], "edit": {before.tasks[1].id: {"state": "failed"}}}


def test_what_has_not_changed_is_read_once():
    [(_one, before), (_two, after)] = read_again([seen(tasks=[task(1), task(2)]), seen(tasks=[task(1)])])
    assert after.nodes is before.nodes
    assert after.tasks[0] is before.tasks[0]


def test_what_is_around_a_swarm_is_read_again():
    hand, off = container("lonely"), MachineState("m1", "node1", "exited", datetime(2026, 11, 29, tzinfo=UTC))
    told = [
        replace(seen(), containers=(hand,)),
        replace(seen(), containers=(replace(hand, state="exited"),), machines=(off,)),
        Gap(1.0, "away", (hand,), (off,)),
    ]
    assert [entry for _number, entry in read_again(told)] == told


def test_another_order_is_kept():
    before = seen(tasks=[task(1), task(2), task(3)])
    turned = replace(before, tasks=before.tasks[::-1])
    assert read_again([before, turned])[1][1] == turned


@pytest.mark.parametrize(
    ("secret", "text"),
    [
        ("2aaaa-bbbb", "docker swarm join --token SWMTKN-1-2aaaa-bbbb node1:2377"),
        ("qwerty", "docker swarm unlock SWMKEY-1-qwerty+/="),
        ("hunter2", "docker login -u anna -p hunter2"),
        ("hunter2", "docker login --password=hunter2 registry"),
        ("hunter2", 'docker login -p "hunter2 and more" registry'),
        ("hunter2", "docker login -p'hunter2' registry"),
        ("aB3_aB3_aB3_aB3_aB3_aB3_", "DOCKER_HOST=tcp://127.0.0.1:4711/aB3_aB3_aB3_aB3_aB3_aB3_/machines docker ps"),
    ],
)
def test_no_secret_is_written(secret: str, text: str):
    lines = [Encoder().line(1, entry) for entry in (Command(text, None, 1.0), Gap(1.0, text))]
    assert [secret in line for line in lines] == [False, False]
    assert [Decoder().entry(line)[0] for line in lines] == [1, 1]


def test_halves_of_characters_are_kept():
    command = Command("docker service create --name \udcff\ud800 é", None, 1.0)
    assert Decoder().entry(Encoder().line(1, command).encode())[1] == command


def test_a_password_on_stdin_is_none():
    text = "docker login --password-stdin registry"
    assert Decoder().entry(Encoder().line(1, Command(text, None, 1.0)))[1].text == text


@dataclass(frozen=True)
class Box:
    """A field of a later version."""

    id: str
    since: datetime | None
    ports: frozenset[tuple[str, int]]


@dataclass(frozen=True)
class Later(Observation):
    """An observation as a later version may have it."""

    boxes: tuple[Box, ...] = field(default=())


def test_a_new_field_needs_nothing(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(entries, "Observation", Later)
    box = Box("a", datetime(2026, 11, 29, tzinfo=UTC), frozenset({("tcp", 80)}))
    with_boxes = [
        Later(1.0, (), (), ()),
        Later(2.0, (), (), (), boxes=(box,)),
        Later(3.0, (), (), (), boxes=(replace(box, since=None),)),
    ]
    assert [entry for _number, entry in read_again(with_boxes)] == with_boxes


def test_what_another_version_wrote_is_read(monkeypatch: pytest.MonkeyPatch):
    encoder = Encoder()
    older = [encoder.line(1, seen()), encoder.line(2, replace(seen(tasks=[task(1)]), at=2.0))]
    with monkeypatch.context() as later:
        later.setattr(entries, "Observation", Later)
        decoder = Decoder()
        assert [decoder.entry(line)[1].boxes for line in older] == [(), ()]
        encoder, box = Encoder(), Box("a", None, frozenset())
        newer = [encoder.line(1, Later(1.0, (), (), (), boxes=(box,))), encoder.line(2, Later(2.0, (), (), ()))]
    decoder = Decoder()
    assert [decoder.entry(line)[1] for line in newer] == [Observation(1.0, (), (), ()), Observation(2.0, (), (), ())]


@pytest.mark.parametrize("line", ["", "{", "[]", '{"n": 1}', '{"n": 1, "changed": {}}', '{"n": 1, "whole": {"at": 1}}'])
def test_a_damaged_line_is_an_error(line: str):
    with pytest.raises((ValueError, KeyError, TypeError)):
        Decoder().entry(line)
