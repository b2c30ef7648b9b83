"""The lines of a service's tasks, where the engine sends all of them, reports an error, or falls silent."""

import struct
from collections.abc import Iterator
from typing import Any

from support import api_bodies

from swarmkit_helpers import EngineUnavailable
from swarmkit_helpers.cluster.service_logs import lines

NODE = "n" * 25
WEB_1, WEB_3 = "a" * 25, "c" * 25


def frame(stream: int, text: str) -> bytes:
    return struct.pack(">BxxxI", stream, len(text)) + text.encode()


def line(task: str, text: str) -> bytes:
    return frame(1, f"com.docker.swarm.node.id=x,com.docker.swarm.task.id={task} {text}\n")


def started(id: str, slot: int, node: str) -> dict[str, Any]:
    body = api_bodies.task(slot, node)
    return body | {"ID": id, "Status": body["Status"] | {"ContainerStatus": {"ContainerID": "c"}}}


SEEN = api_bodies.seen(
    nodes=[api_bodies.node("node1"), api_bodies.node("node2"), api_bodies.node("node3", id=NODE)],
    tasks=[started(WEB_1, 1, "node1"), started(WEB_3, 3, "node3") | {"NodeID": NODE}],
)


def test_each_line_stands_after_its_task_and_node() -> None:
    sent = [line(WEB_1, "two words"), line(WEB_3, "hello")]
    assert list(lines(sent, SEEN, "web")) == ["web.1@node1 | two words", "web.3@node3 | hello"]


def test_a_line_that_comes_in_pieces_is_one_line() -> None:
    pieces = [frame(1, f"com.docker.swarm.task.id={WEB_1} {text}") for text in ("a" * 100, "b" * 100, "c\n")]
    sent = [pieces[0], line(WEB_3, "between"), *pieces[1:], frame(1, f"com.docker.swarm.task.id={WEB_3} the end")]
    assert list(lines(sent, SEEN, "web")) == [
        "web.3@node3 | between",
        f"web.1@node1 | {'a' * 100}{'b' * 100}c",
        "web.3@node3 | the end",
    ]


def test_the_lines_of_a_terminal_end_as_all_lines() -> None:
    assert list(lines([line(WEB_1, "hello\r")], SEEN, "web")) == ["web.1@node1 | hello"]


def test_an_error_of_the_engine_is_a_sentence_with_names() -> None:
    said = (
        "Error grabbing logs: rpc error: code = Unknown desc = warning: incomplete log stream. some logs could not be "
        f"retrieved for the following reasons: node {NODE} is not available, task {WEB_1} has not been scheduled\n"
    )
    assert list(lines([line(WEB_1, "hello"), frame(3, said)], SEEN, "web")) == [
        "web.1@node1 | hello",
        "(some lines are missing: node node3 is not available, task web.1 has not been scheduled)",
    ]


def test_after_a_silence_the_lines_that_came_are_there() -> None:
    def sent(*chunks: bytes) -> Iterator[bytes]:
        yield from chunks
        raise EngineUnavailable("node1 does not answer (ConnectionError)", "")

    assert list(lines(sent(line(WEB_1, "hello")), SEEN, "web")) == [
        "web.1@node1 | hello",
        "(lines of node3 may be missing: nothing came from there for 5 s)",
    ]
    assert list(lines(sent(line(WEB_1, "a"), line(WEB_3, "b"), b"\1\0"), SEEN, "web"))[2:] == [
        "(lines may be missing: the swarm sent nothing more for 5 s)"
    ]
