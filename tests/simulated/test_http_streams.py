"""What comes bit by bit: frames, connections that are taken over, chunks."""

import json
import re
import socket
import struct

import psutil
import pytest
from support.simulator_server import ask, client, machine, serving

from swarmkit_helpers.polling import wait_until


@pytest.fixture(scope="module")
def server():
    with serving() as server:
        yield server


@pytest.fixture(scope="module")
def outer(server):
    with client(server) as outer:
        yield outer


@pytest.fixture(scope="module")
def node1(outer):
    return machine(outer)


def upgraded(server, path: str, body: dict | None = None) -> tuple[bytes, socket.socket]:
    """The head of the answer, and the connection that is taken over."""
    connection = socket.create_connection(("127.0.0.1", server.port), timeout=10)
    data = json.dumps(body or {}).encode()
    head = (
        f"POST /{server.token}{path} HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\nConnection: Upgrade\r\n"
        f"Upgrade: tcp\r\nContent-Type: application/json\r\nContent-Length: {len(data)}\r\n\r\n"
    ).encode()
    connection.sendall(head + data)
    answer = b""
    while b"\r\n\r\n" not in answer:
        answer += connection.recv(1)
    return answer, connection


def frames(data: bytes) -> list[tuple[int, bytes]]:
    found = []
    while data:
        stream, size = struct.unpack(">BxxxI", data[:8])
        found.append((stream, data[8 : 8 + size]))
        data = data[8 + size :]
    return found


def everything(connection: socket.socket) -> bytes:
    data = b""
    while more := connection.recv(1 << 16):
        data += more
    connection.close()
    return data


def execution(outer, container: str, script: str, **settings) -> str:
    return outer.exec_create(container, ["sh", "-c", script], **settings)["Id"]


def test_a_script_in_a_machine_is_run_and_its_output_comes_in_frames(server, outer, node1):
    id = execution(outer, node1, "echo out; echo err >&2; exit 3")
    head, connection = upgraded(server, f"/exec/{id}/start")
    assert head.startswith(b"HTTP/1.1 101 UPGRADED\r\n")
    assert b"Content-Type: application/vnd.docker.multiplexed-stream\r\n" in head
    assert sorted(frames(everything(connection))) == [(1, b"out\n"), (2, b"err\n")]
    assert outer.exec_inspect(id)["ExitCode"] == 3


def test_who_has_no_more_to_send_still_gets_the_rest(server, outer, node1):
    id = execution(outer, node1, "cat; echo end", stdin=True)
    _, connection = upgraded(server, f"/exec/{id}/start")
    connection.sendall(b"typed\n")
    connection.shutdown(socket.SHUT_WR)
    assert b"".join(data for _, data in frames(everything(connection))) == b"typed\nend\n"


def test_a_terminal_is_not_framed(server, outer, node1):
    id = execution(outer, node1, "test -t 0 && echo terminal", tty=True)
    head, connection = upgraded(server, f"/exec/{id}/start", {"Tty": True})
    assert b"raw-stream" in head
    assert everything(connection) == b"terminal\r\n"


def test_ctrl_c_on_a_terminal_interrupts_what_runs_there(server, outer, node1):
    id = execution(outer, node1, "trap 'echo interrupted' INT; echo ready; sleep 60", tty=True, stdin=True)
    _, connection = upgraded(server, f"/exec/{id}/start", {"Tty": True})
    assert connection.recv(100) == b"ready\r\n"
    connection.sendall(b"\x03")
    assert b"interrupted" in everything(connection)


def test_what_a_terminal_left_in_the_background_ends_with_it(server, outer, node1):
    id = outer.exec_create(node1, ["sh"], tty=True, stdin=True)["Id"]
    _, connection = upgraded(server, f"/exec/{id}/start", {"Tty": True})
    connection.sendall(b"/bin/sleep 1000 &\necho pid=$!=\nexit\n")
    [pid] = re.findall(rb"pid=(\d+)=", everything(connection))
    wait_until(
        lambda: not psutil.pid_exists(int(pid)) or psutil.Process(int(pid)).status() == psutil.STATUS_ZOMBIE,
        5,
        lambda: AssertionError("it still runs"),
    )


def test_a_script_finds_the_machine_and_nothing_of_ours(outer, node1, monkeypatch):
    monkeypatch.setenv("SECRET_OF_OURS", "x")
    script = "hostname; hostname -i; echo ${SECRET_OF_OURS-none}; echo $GIVEN; ls | wc -l; echo ${DOCKER_HOST##*/}"
    id = execution(outer, node1, script, environment={"GIVEN": "y"})
    said = outer.exec_start(id).decode().split()
    assert said == ["node1", "10.213.0.11", "none", "y", "0", "swarmlab-unit-node1"]


def test_a_script_that_runs_on_ends_with_its_machine(outer):
    container = machine(outer, "node7")
    id = execution(outer, container, "echo here; exec /bin/sleep 1000")
    stream = outer.exec_start(id, stream=True)
    assert next(stream) == b"here\n"
    outer.kill(container)
    assert list(stream) == []
    assert outer.exec_inspect(id)["ExitCode"] == 137


def test_in_any_other_container_a_command_is_refused_in_words(outer):
    container = outer.create_container("busybox", "sleep infinity")["Id"]
    outer.start(container)
    id = outer.exec_create(container, ["ls", "/"])["Id"]
    assert b"This container is simulated: nothing runs in it" in outer.exec_start(id)
    assert outer.exec_inspect(id)["ExitCode"] == 126


@pytest.mark.parametrize(("version", "kind"), [("v1.41", "raw"), ("v1.42", "multiplexed")])
def test_what_a_container_wrote_comes_in_frames(server, outer, version, kind):
    container = outer.create_container("busybox", ["echo", "one line"])["Id"]
    outer.start(container)
    outer.wait(container)
    _, headers, body = ask(server, "GET", f"/{version}/containers/{container}/logs?stdout=1")
    assert headers["Content-Type"] == f"application/vnd.docker.{kind}-stream"
    assert frames(body) == [(1, b"one line\n")]
    assert outer.logs(container) == b"one line\n"
    assert outer.logs(container, tail=0) == b""


def test_logs_of_no_stream_are_refused(server, outer):
    container = outer.create_container("busybox", "true")["Id"]
    status, _, body = ask(server, "GET", f"/containers/{container}/logs")
    assert (status, body["message"]) == (400, "Bad parameters: you must choose at least one stream")


def test_waiting_answers_its_head_before_there_is_anything_to_say(server, outer):
    container = outer.create_container("busybox", ["sh", "-c", "exit 5"])["Id"]
    connection = socket.create_connection(("127.0.0.1", server.port), timeout=10)
    connection.sendall(
        f"POST /{server.token}/containers/{container}/wait?condition=next-exit HTTP/1.1\r\n"
        f"Host: 127.0.0.1:{server.port}\r\nConnection: close\r\n\r\n".encode()
    )
    head = connection.recv(15)
    assert head == b"HTTP/1.1 200 OK"
    outer.start(container)
    assert b'{"StatusCode":5}' in everything(connection)


def test_who_is_attached_hears_what_is_written_until_the_end(server, outer):
    container = outer.create_container("busybox", ["echo", "heard"])["Id"]
    _, connection = upgraded(server, f"/containers/{container}/attach?stream=1&stdout=1&stderr=1")
    outer.start(container)
    assert frames(everything(connection)) == [(1, b"heard\n")]


def test_events_come_as_they_happen(outer):
    events = outer.events(decode=True, filters={"type": "container"})
    container = outer.create_container("busybox", "true", name="eventful")["Id"]
    outer.start(container)
    seen = [next(events) for _ in range(3)]
    events.close()
    assert [event["Action"] for event in seen] == ["create", "start", "die"]
    assert {event["Actor"]["Attributes"]["name"] for event in seen} == {"eventful"}
    assert seen[2]["Actor"]["Attributes"]["exitCode"] == "0"


def test_past_events_are_kept(outer):
    outer.create_volume("remembered")
    past = outer.events(decode=True, since=1, until=2**31, filters={"volume": "remembered"})
    assert next(past)["Action"] == "create"
    past.close()


def test_without_the_docker_command_a_script_is_told_what_is_missing(tmp_path, monkeypatch):
    for program in ("sh", "sleep"):
        (tmp_path / program).symlink_to(f"/bin/{program}")
    monkeypatch.setenv("PATH", str(tmp_path))
    with serving() as server, client(server) as outer:
        id = execution(outer, machine(outer), "docker ps")
        said = outer.exec_start(id).decode()
        assert said.startswith("The docker command is not installed on this computer")
        assert "Install it" in said
        assert outer.exec_inspect(id)["ExitCode"] == 127
