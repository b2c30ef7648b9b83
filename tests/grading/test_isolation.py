"""Notebooks that attack: what they can reach from where a student's code runs, seen from inside and from outside."""

import json
import os
import secrets
import socket
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from support.class_of_thirty import CLEAN, SCALE, own_number, solved
from support.solutions import SOLUTIONS

from swarmkit_helpers.engine.discover import Engine
from swarmkit_helpers.grading import containers, examination
from swarmkit_helpers.grading.exam import Examined, ExamRequest

# What an attack does, and how it tells of it: as a line of JSON, in the output of its cell.
LOOK = """
import ctypes, errno, glob, json, os, socket, subprocess
found = {}
libc = ctypes.CDLL(None, use_errno=True)
def attempt(name, do):
    try: found[name] = repr(do())[:2000]
    except BaseException as error: found[name] = f"refused: {type(error).__name__}"
def everything():
    for folder, folders, names in os.walk("/", followlinks=False):
        folders[:] = [] if folder.startswith(("/proc", "/sys", "/dev", "/usr", *PYTHON)) else folders
        for name in names:
            if not os.path.isfile(os.path.join(folder, name)): continue  # a pipe would be waited for
            try: text = open(os.path.join(folder, name), "rb").read(100_000)
            except OSError: continue
            if CANARY[::-1] in text: return os.path.join(folder, name)
    return "nothing"
def connected(address):
    with socket.create_connection(address, timeout=3) as tried: tried.sendall(b"hello"); return "connected"
def filled(folder):
    size = 0
    try:
        with open(f"{folder}/filler", "wb") as file:
            for _ in range(600): size += file.write(bytes(1 << 20)); file.flush()
    except OSError: pass
    finally:
        if os.path.exists(f"{folder}/filler"): os.unlink(f"{folder}/filler")
    return size
attempt("canary", everything)
attempt("environment", lambda: sorted(os.environ))
attempt("uid", os.getuid)
attempt("status", lambda: [line for line in open("/proc/self/status") if line.startswith(("CapEff", "NoNewPrivs"))])
attempt("root", lambda: os.setuid(0))
attempt("write", lambda: open("/usr/canary", "w"))
attempt("write here", lambda: open("/canary", "w"))
attempt("package", lambda: open(PACKAGE, "a"))
attempt("processes", lambda: len([name for name in os.listdir("/proc") if name.isdigit()]))
attempt("sockets", lambda: [path for folder in ("/run/*", "/run/*/*", "/var/run/*", "/exam/*", "/*")
                            for path in glob.glob(f"{folder}.sock")])
attempt("proxy", lambda: os.unlink("/sockets/proxy/engine.sock"))
attempt("host", lambda: connected(HOST))
attempt("internet", lambda: connected(("192.0.2.1", 80)))
attempt("interfaces", lambda: sorted(os.listdir("/sys/class/net")))
attempt("mount", lambda: subprocess.run(["mount", "-t", "tmpfs", "none", "/home"], check=True))
attempt("abstract", lambda: socket.socket(socket.AF_UNIX).connect(ABSTRACT))
for family in (40, 38, 17): attempt(f"family {family}", lambda: socket.socket(family))  # vsock, alg, packet
attempt("io_uring", lambda: (libc.syscall(425, 1, 0), errno.errorcode[ctypes.get_errno()]))
attempt("shared memory", lambda: libc.shmget(0, 1 << 34, 0o1600))
for folder in FOLDERS: attempt(f"fill {folder}", lambda: filled(folder))
# Another student, other parameters, another language; and all inodes that the examiner might want.
student, nodes, language, section.student = "s01", 1, "id", "s01"
for number in range(300): attempt("inodes", lambda: open(f"/sockets/kernel/{number}", "w").close())
"""
ASK = """
import http.client
class Proxy(http.client.HTTPConnection):
    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX); self.sock.settimeout(10); self.sock.connect(self.host)
def asked(name, method, path, body=None):
    connection = Proxy(f"/sockets/proxy/{name}.sock")
    connection.request(method, path, body and (body if isinstance(body, str) else json.dumps(body)).encode())
    return connection.getresponse().status
node = "swarmlab-exam-node1"
mount = {"Image": "busybox", "HostConfig": {"Binds": ["/:/host"]}}
WANTED = [
    ("engine", "POST", "/v1.41/containers/create", {"Image": "busybox", "HostConfig": {"Privileged": True}}),
    ("engine", "POST", "/v1.41/containers/create?name=swarmlab-exam-node9", mount),
    ("engine", "POST", f"/v1.41/containers/{node}/exec", {"Cmd": ["sh"]}),
    ("engine", "PUT", f"/v1.41/containers/{node}/archive?path=/", ""),
    ("engine", "GET", "/v1.41/images/json", None), ("engine", "POST", "/v1.41/images/create?fromImage=x", None),
    ("engine", "GET", "/v1.41/../v1.41/secrets", None), ("engine", "POST", "/v1.41/build", None),
    (node, "POST", "/v1.41/containers/create", {"Image": "busybox", "HostConfig": {"Privileged": True}}),
    (node, "POST", "/v1.41/containers/create", '{"Image": "busybox", "hostconfig": {"privileged": true}}'),
    (node, "POST", "/v1.41/containers/create", '{"HostConfig": {}, "HostConfig": {"Privileged": true}}'),
    (node, "POST", "/v1.41/containers/create", '{"HostConfig": {"Bind\\u017f": ["/:/host"]}}'),
    (node, "POST", "/v1.41/containers/create", mount),
    *((node, "POST", "/v1.41/containers/create", {"Image": "busybox", "HostConfig": {key: value}}) for key, value in (
        ("NetworkMode", "host"), ("PidMode", "host"), ("IpcMode", "host"), ("UTSMode", "host"), ("UsernsMode", "host"),
        ("CapAdd", ["SYS_ADMIN"]), ("Devices", [{"PathOnHost": "/dev/sda"}]), ("SecurityOpt", ["seccomp=unconfined"]),
        ("DeviceCgroupRules", ["a *:* rwm"]), ("VolumesFrom", ["x"]), ("CgroupParent", "/"), ("Runtime", "other"),
        ("Mounts", [{"Type": "bind", "Source": "/", "Target": "/host"}]), ("MaskedPaths", []))),
    (node, "POST", "/v1.41/services/create", {"Name": "x", "TaskTemplate": {"ContainerSpec": {
        "Image": "busybox", "Mounts": [{"Type": "bind", "Source": "/", "Target": "/host"}]}}}),
    (node, "POST", "/v1.41/services/create", {"Name": "x", "TaskTemplate": {"Runtime": "plugin"}}),
    (node, "POST", "/v1.41/volumes/create", {"Name": "x", "DriverOpts": {"type": "none", "o": "bind", "device": "/"}}),
    (node, "POST", "/v1.41/plugins/pull?remote=x", None), (node, "POST", "/v1.41/session", None),
]
for name, *wanted in WANTED: attempt(f"{name} {wanted}", lambda: asked(name, *wanted))
print(json.dumps(found))
"""


NONSENSE = """
import json
from swarmkit_helpers.course.checks import MIME, NOTE_MIME
kernel, display = get_ipython().kernel, "display_data"
kernel.session.pack = lambda said: json.dumps(said, default=str).replace('"nan"', "NaN").encode()
def send(kind, content):
    kernel.session.send(kernel.iopub_socket, kind, content=content, parent=kernel.get_parent("shell"),
                        ident=kernel._topic(kind))
"""
LATE = (
    NONSENSE
    + """
swarm.remove_service("sleep-app")
swarm.converge()
send(display, {"metadata": {}, "data": {NOTE_MIME: {"section": section.id, "exercise": "leftover", "value": 1}}})
"""
)
ODD = (
    NONSENSE
    + """
send(display, {"metadata": {}, "data": {NOTE_MIME: {"exercise": "manager-leaves", "value": "\\ud800" * 5000}}})
"""
)
HALF = (
    NONSENSE
    + """
send("stream", {"name": "stdout", "text": "half a pair \\ud800"})
"""
)
FORGED = (
    NONSENSE
    + """
send("error", {"ename": "\\x1b[31m", "evalue": "\\ud800" * 5000, "traceback": []})
claim = {"section": section.id, "exercise": "empty", "outcome": "passed", "points": "nan", "of": 6}
get_ipython().events.register("pre_run_cell", lambda *_: send(display, {"metadata": {}, "data": {MIME: claim}}))
kernel.session.send(kernel.iopub_socket, "stream", content={"name": "stdout", "text": "x" * (100 << 20)},
                    parent={"header": {"msg_id": "of no cell"}})
for machine in cluster.machines(): cluster.engine.api.delete("containers", machine.container, force=True)
for content in ({}, {"data": 7}, {"name": None}, [1, 2]):
    for kind in ("stream", display, "error", "clear_output", "comm_open", "comm_msg", "status", "\\ud800"):
        try: send(kind, content)
        except Exception as error: print(error)
"""
)
STUBBORN = """
import glob, os, signal, threading, time
for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP): signal.signal(number, signal.SIG_IGN)
threading.Thread(target=lambda: [swarm.scale("sleep-app", n % 9) for n in range(10**9)]).start()
if os.fork():
    for name in glob.glob("/sockets/kernel/*"): os.unlink(name)
    os.kill(1, 9)
    os.kill(os.getpid(), 9)
while True: time.sleep(1)
"""


@pytest.fixture
def listener() -> Iterator[tuple[tuple[str, int], list[str]]]:
    """An address on which this computer listens, and the ports of those that connected."""
    with socket.create_server(("0.0.0.0", 0)) as server:
        came: list[str] = []

        def accept() -> None:
            while True:
                try:
                    came.append(str(server.accept()[1]))
                except OSError:
                    return

        threading.Thread(target=accept, daemon=True).start()
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as outward:
            outward.connect(("192.0.2.1", 9))  # nothing is sent: it only says which of our addresses is used
            address = outward.getsockname()[0]
        yield (address, server.getsockname()[1]), came


def examined(engine: Engine, section: str, **answers: str) -> Examined:
    request = ExamRequest(
        section=section,
        student="eve",
        language="en",
        notebook=solved(section, **answers),
        engine="simulated",
        speed=20.0,
        timeout=120,
        cell_timeout=30,
        output_max_bytes=1 << 20,
    )
    return examination.examine(request, engine)


def printed(done: Examined, cell: str) -> Any:
    [source] = [each for each in json.loads(done.notebook)["cells"] if each["id"] == cell]
    [text] = [output["text"] for output in source["outputs"] if output.get("name") == "stdout"]
    return json.loads("".join(text).splitlines()[-1])


def points(done: Examined) -> dict[str, float]:
    return {each.exercise: each.points for each in done.result.results}


def test_nothing_is_to_be_found_and_nothing_passes(
    engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, listener: tuple[tuple[str, int], list[str]]
):
    address, came = listener
    canary = secrets.token_hex(16)
    for place in (tmp_path / "home" / "teacher", tmp_path / "graded" / "students" / "ani"):
        place.mkdir(parents=True)
        (place / "notes.txt").write_text(canary)
    monkeypatch.setenv("TEACHERS_SECRET", canary)
    abstract = f"\0swarmlab-{os.getpid()}"
    places = {
        "/tmp": 64,
        "/home": 64,
        "/dev/shm": 64,
        "/sockets/kernel": 1,
        "/dev/mqueue": 0,
        "/dev": 0,
        "/sockets/proxy": 0,
    }
    settings = {
        "CANARY": canary[::-1].encode(),
        "HOST": address,
        "PACKAGE": containers.__file__,
        "ABSTRACT": abstract,
        "FOLDERS": list(places),
        "PYTHON": [sys.prefix, sys.base_prefix],
    }
    attack = "".join(f"{name} = {value!r}\n" for name, value in settings.items()) + LOOK + ASK

    with socket.socket(socket.AF_UNIX) as here:
        here.bind(abstract)
        here.listen()
        done = examined(engine, CLEAN, answer_empty=attack)

    found = printed(done, "answer-empty")
    assert found["canary"].strip("'") == "nothing"
    assert "TEACHERS_SECRET" not in found["environment"]
    assert (found["uid"], found["sockets"], found["interfaces"]) == ("64001", "[]", "['lo']")
    assert "CapEff:\\t0000000000000000" in found["status"] and "NoNewPrivs:\\t1" in found["status"]
    refused = (
        "root", "write", "write here", "package", "proxy", "host", "internet", "mount", "abstract",
        "family 40", "family 38", "family 17", "inodes",
    )  # fmt: skip
    assert {name: found[name] for name in refused if not found[name].startswith("refused")} == {}
    assert int(found["processes"]) < 10
    assert (found["io_uring"], found["shared memory"]) == ("(-1, 'EPERM')", "-1")
    sizes = {name: int(found[f"fill {name}"]) >> 20 for name in places}
    assert {name: size for name, size in sizes.items() if size > places[name]} == {}
    asked = {name: status for name, status in found.items() if name.startswith(("engine ", "swarmlab-"))}
    assert len(asked) >= 30
    assert {name: status for name, status in asked.items() if status != "403"} == {}
    assert came == []
    assert points(done) == {"leftover": 1, "manager-leaves": 1, "still-there": 0, "empty": 0}


@pytest.mark.exhaustive("a kernel that dies, and a grader that is killed, are tested always")
def test_who_kills_all_they_can_costs_only_themselves(engine: Engine):
    done = examined(
        engine,
        SCALE,
        predict_spread=HALF + SOLUTIONS[SCALE]["predict-spread"],
        answer_own_number=own_number("eve"),
        answer_even=STUBBORN,
    )
    assert "half a pair ?" in done.notebook
    assert done.result.ended == "kernel"
    assert done.result.seconds["total"] < 90
    earned = points(done)
    assert (earned["spread"], earned["emptiest"], earned["even"]) == (1, 1, 0)


def test_a_kernel_that_speaks_nonsense_is_a_sentence(engine: Engine):
    done = examined(engine, CLEAN, predict_leftover=LATE, predict_manager_leaves=ODD, answer_empty=FORGED)
    assert points(done) == {"leftover": 0, "manager-leaves": 0, "still-there": 0, "empty": 0}
    assert all(len(each.text) <= 300 and each.text.isprintable() for each in done.result.remarks)
    assert any("no prediction any more" in each.text for each in done.result.remarks)
    json.dumps(done.result.to_json(), allow_nan=False)


def test_nothing_is_left_of_any_of_it(engine: Engine):
    mine = {"label": [f"{containers.LABEL}={os.getpid()}"]}
    assert engine.api.get("containers", "json", all=True, filters=mine) == []
    assert not engine.api.get("volumes", filters=mine)["Volumes"]
