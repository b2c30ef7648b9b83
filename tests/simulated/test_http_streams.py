"""Streamed responses: frames, hijacked connections, chunks."""

import json
import re
import socket
import struct

import psutil
import pytest
from support.simulator_server import ask, client, serving, start_node, streaming

from swarmkit_helpers.polling import wait_until


@pytest.fixture(scope="module")
def server():
    with serving() as server:
        yield server


@pytest.fixture(scope="module")
def host(server):
    with client(server) as host:
        yield host


@pytest.fixture(scope="module")
def node1(host):
    return start_node(host)


def upgraded(server, path: str, body: dict | None = None) -> tuple[bytes, socket.socket]:
    """The head of the response, and the hijacked connection."""
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


def read_all(connection: socket.socket) -> bytes:
    data = b""
    while more := connection.recv(1 << 16):
        data += more
    connection.close()
    return data


def create_exec(host, container: str, script: str, **settings) -> str:
    return host.exec_create(container, ["sh", "-c", script], **settings)["Id"]


def test_a_script_on_a_node_runs_and_its_output_comes_in_frames(server, host, node1):
    id = create_exec(host, node1, "echo out; echo err >&2; exit 3")
    head, connection = upgraded(server, f"/exec/{id}/start")
    assert head.startswith(b"HTTP/1.1 101 UPGRADED\r\n")
    assert b"Content-Type: application/vnd.docker.multiplexed-stream\r\n" in head
    assert sorted(frames(read_all(connection))) == [(1, b"out\n"), (2, b"err\n")]
    assert host.exec_inspect(id)["ExitCode"] == 3


def test_a_client_that_has_closed_its_half_still_gets_the_rest(server, host, node1):
    id = create_exec(host, node1, "cat; echo end", stdin=True)
    _, connection = upgraded(server, f"/exec/{id}/start")
    connection.sendall(b"typed\n")
    connection.shutdown(socket.SHUT_WR)
    assert b"".join(data for _, data in frames(read_all(connection))) == b"typed\nend\n"


def test_a_terminal_is_not_framed(server, host, node1):
    id = create_exec(host, node1, "test -t 0 && echo terminal", tty=True)
    head, connection = upgraded(server, f"/exec/{id}/start", {"Tty": True})
    assert b"raw-stream" in head
    assert read_all(connection) == b"terminal\r\n"


def test_ctrl_c_on_a_terminal_interrupts_its_program(server, host, node1):
    id = create_exec(host, node1, "trap 'echo interrupted' INT; echo ready; sleep 60", tty=True, stdin=True)
    _, connection = upgraded(server, f"/exec/{id}/start", {"Tty": True})
    assert connection.recv(100) == b"ready\r\n"
    connection.sendall(b"\x03")
    assert b"interrupted" in read_all(connection)


def test_background_jobs_of_a_terminal_end_with_it(server, host, node1):
    id = host.exec_create(node1, ["sh"], tty=True, stdin=True)["Id"]
    _, connection = upgraded(server, f"/exec/{id}/start", {"Tty": True})
    connection.sendall(b"/bin/sleep 1000 &\necho pid=$!=\nexit\n")
    [pid] = re.findall(rb"pid=(\d+)=", read_all(connection))
    wait_until(
        lambda: not psutil.pid_exists(int(pid)) or psutil.Process(int(pid)).status() == psutil.STATUS_ZOMBIE,
        5,
        lambda: AssertionError("it still runs"),
    )


def test_a_script_gets_the_nodes_variables_and_none_of_ours(host, node1, monkeypatch):
    monkeypatch.setenv("SECRET_OF_OURS", "x")
    script = "hostname; hostname -i; echo ${SECRET_OF_OURS-none}; echo $GIVEN; ls | wc -l; echo ${DOCKER_HOST##*/}"
    id = create_exec(host, node1, script, environment={"GIVEN": "y"})
    output = host.exec_start(id).decode().split()
    assert output == ["node1", "10.213.0.11", "none", "y", "0", "swarmlab-unit-node1"]


def test_a_script_ends_with_its_node(host):
    container = start_node(host, "node7")
    id = create_exec(host, container, "echo here; exec /bin/sleep 1000")
    with streaming(host.exec_start(id, stream=True)) as stream:
        assert next(stream) == b"here\n"
        host.kill(container)
        assert list(stream) == []
    assert host.exec_inspect(id)["ExitCode"] == 137


def test_in_any_other_container_a_command_is_refused_with_a_reason(host):
    container = host.create_container("busybox", "sleep infinity")["Id"]
    host.start(container)
    id = host.exec_create(container, ["ls", "/"])["Id"]
    assert b"This container is simulated: nothing runs in it" in host.exec_start(id)
    assert host.exec_inspect(id)["ExitCode"] == 126


@pytest.mark.parametrize(("version", "kind"), [("v1.41", "raw"), ("v1.42", "multiplexed")])
def test_the_log_of_a_container_comes_in_frames(server, host, version, kind):
    container = host.create_container("busybox", ["echo", "one line"])["Id"]
    host.start(container)
    host.wait(container)
    _, headers, body = ask(server, "GET", f"/{version}/containers/{container}/logs?stdout=1")
    assert headers["Content-Type"] == f"application/vnd.docker.{kind}-stream"
    assert frames(body) == [(1, b"one line\n")]
    assert host.logs(container) == b"one line\n"
    assert host.logs(container, tail=0) == b""


def test_logs_of_no_stream_are_refused(server, host):
    container = host.create_container("busybox", "true")["Id"]
    status, _, body = ask(server, "GET", f"/containers/{container}/logs")
    assert (status, body["message"]) == (400, "Bad parameters: you must choose at least one stream")


def test_waiting_sends_its_head_before_the_container_starts(server, host):
    container = host.create_container("busybox", ["sh", "-c", "exit 5"])["Id"]
    connection = socket.create_connection(("127.0.0.1", server.port), timeout=10)
    connection.sendall(
        f"POST /{server.token}/containers/{container}/wait?condition=next-exit HTTP/1.1\r\n"
        f"Host: 127.0.0.1:{server.port}\r\nConnection: close\r\n\r\n".encode()
    )
    head = connection.recv(15)
    assert head == b"HTTP/1.1 200 OK"
    host.start(container)
    assert b'{"StatusCode":5}' in read_all(connection)


def test_an_attached_client_gets_the_output_until_the_end(server, host):
    container = host.create_container("busybox", ["echo", "heard"])["Id"]
    _, connection = upgraded(server, f"/containers/{container}/attach?stream=1&stdout=1&stderr=1")
    host.start(container)
    assert frames(read_all(connection)) == [(1, b"heard\n")]


def test_events_are_sent_as_they_happen(host):
    with streaming(host.events(decode=True, filters={"type": "container"})) as events:
        container = host.create_container("busybox", "true", name="eventful")["Id"]
        host.start(container)
        seen = [next(events) for _ in range(3)]
    assert [event["Action"] for event in seen] == ["create", "start", "die"]
    assert {event["Actor"]["Attributes"]["name"] for event in seen} == {"eventful"}
    assert seen[2]["Actor"]["Attributes"]["exitCode"] == "0"


def test_past_events_are_kept(host):
    host.create_volume("remembered")
    with streaming(host.events(decode=True, since=1, until=2**31, filters={"volume": "remembered"})) as past:
        assert next(past)["Action"] == "create"


def test_without_the_docker_command_a_script_says_what_is_missing(tmp_path, monkeypatch):
    for program in ("sh", "sleep"):
        (tmp_path / program).symlink_to(f"/bin/{program}")
    monkeypatch.setenv("PATH", str(tmp_path))
    with serving() as server, client(server) as host:
        id = create_exec(host, start_node(host), "docker ps")
        output = host.exec_start(id).decode()
        assert output.startswith("The docker command is not installed on this computer")
        assert "Install it" in output
        assert host.exec_inspect(id)["ExitCode"] == 127


def test_a_client_detaches_with_its_keys(server, host):
    made = host.create_container("busybox", "cat", stdin_open=True, tty=True, detach=True)["Id"]
    host.start(made)
    _, connection = upgraded(server, f"/containers/{made}/attach?stdin=1&stream=1&detachKeys=ctrl-a,x")
    connection.sendall(b"typed\x01x")
    assert connection.recv(100) == b""
    connection.close()
    assert host.inspect_container(made)["State"]["Running"]
    host.remove_container(made, force=True)


def test_the_start_of_an_exec_decides_whether_its_output_is_framed(server, host):
    made = host.create_container("busybox", "sleep 1d")["Id"]
    host.start(made)
    for tty in (False, True):
        exec_id = host.exec_create(made, "true", tty=True)["Id"]
        _, connection = upgraded(server, f"/exec/{exec_id}/start", {"Tty": tty})
        assert read_all(connection).startswith(b"This container") == tty
    host.remove_container(made, force=True)
