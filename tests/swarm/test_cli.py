"""The commands about machines, as they are typed, on a real engine."""

import http.client
import json
import os
import re
import signal
import subprocess
import sys

import psutil
import pytest

from swarmkit_helpers import Cluster
from swarmkit_helpers.cli import doctor
from swarmkit_helpers.polling import wait_until

AGAIN = pytest.mark.exhaustive("each signal ends the lab in the same way")


def swarmlab(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """The command in a process of its own, without a terminal."""
    return subprocess.run(
        [sys.executable, "-m", "swarmkit_helpers", *arguments],
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        env=os.environ | variables,
    )


def test_up_status_down(engine, cluster_name):
    up = swarmlab("up", "--nodes", "2", "--swarm", "--name", cluster_name)
    assert (up.returncode, up.stderr) == (0, "")
    assert str(engine) in up.stdout
    assert f"Cluster {cluster_name}: 2 machines, one swarm" in up.stdout

    cluster = Cluster.adopt(cluster_name)
    swarm = cluster.swarm()
    swarm.create_service("sleep-app", image="busybox", command="sleep infinity", replicas=3)
    swarm.converge("sleep-app")
    cluster.pause("node2")
    status = swarmlab("status").stdout
    mine = status[status.index(f"Cluster {cluster_name}") :]
    assert status.startswith(f"Engine: {engine}\n")
    assert re.search(r"node1 +running +ready +active +manager \(leader\)", mine)
    assert re.search(r"node2 +paused +", mine)
    assert re.search(r"sleep-app +3/3 +busybox", mine)

    down = swarmlab("down", "--name", cluster_name)
    assert (down.returncode, down.stderr) == (0, "")
    assert f"remove {cluster_name}: 2 machines" in down.stdout
    assert cluster_name not in Cluster.names(engine)
    again = swarmlab("down", "--name", cluster_name)
    assert again.returncode == 0
    assert f"Nothing to remove: no cluster is called '{cluster_name}'" in again.stdout


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (["up", "--name", "my cluster"], "'my cluster' is not a valid name for a cluster"),
        (["up", "--nodes", "0"], "a cluster has 1 to 50 nodes, not 0"),
        (["up", "--nodes", "500"], "a cluster has 1 to 50 nodes, not 500"),
        (["bundle", "load", "no-such-file"], "no-such-file is not a complete bundle"),
    ],
)
def test_bad_input_is_a_sentence_and_a_fix(engine, cluster_name, arguments, problem):
    shown = swarmlab(*arguments, SWARMLAB_CLUSTER=cluster_name)
    assert shown.returncode == 1
    assert shown.stderr.startswith(problem)
    assert "\n  Fix: " in shown.stderr
    assert cluster_name not in Cluster.names(engine)


def test_ctrl_c_during_up_is_one_line_and_leaves_nothing(engine, cluster_name):
    process = subprocess.Popen(
        [sys.executable, "-m", "swarmkit_helpers", "up", "--nodes", "6", "--name", cluster_name],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    wait_until(lambda: cluster_name in Cluster.names(engine), 30, lambda: AssertionError("no machine came"))
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 130
    assert said.strip() == "Interrupted"
    assert cluster_name not in Cluster.names(engine)


@pytest.mark.skipif(os.name == "nt", reason="needs a pseudo-terminal")
def test_a_terminal_on_a_node(cluster):
    import pty

    child, terminal = pty.fork()
    if not child:
        os.execv(sys.executable, [sys.executable, "-m", "swarmkit_helpers", "shell", "node2", "--name", cluster.name])
    os.write(terminal, b"echo on $(hostname); docker info --format '{{.Name}}/{{.Driver}}'; exit 7\n")
    shown = b""
    try:
        while chunk := os.read(terminal, 4096):
            shown += chunk
    except OSError:
        pass  # how Linux tells that the other end of a pseudo-terminal has closed
    assert b"node2# " in shown
    assert b"on node2" in shown
    assert b"node2/" in shown
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7


def test_doctor_looks_from_inside_a_node_and_leaves_nothing(engine):
    facts = {fact.name: fact for fact in doctor.facts()}
    assert facts.keys() >= {"Python", "JupyterLab", "Docker Engine", "cgroup", "Memory", "Disk", "IPVS"}
    assert all(fact.fix for fact in facts.values() if fact.ok is False)
    assert facts["A node"].ok
    assert facts["Overlay networks"].ok
    assert "sections 00 to 06" in " ".join(doctor.outlook(list(facts.values()))).lower()
    assert not any(name.startswith("doctor-") for name in Cluster.names(engine))


@pytest.mark.parametrize(
    "how", [signal.SIGINT, *(pytest.param(other, marks=AGAIN) for other in (signal.SIGTERM, signal.SIGHUP))]
)
def test_lab_ends_with_everything_it_started(engine, cluster_name, how, tmp_path):
    process = subprocess.Popen(
        [sys.executable, "-m", "swarmkit_helpers", "lab", str(tmp_path), "--no-browser", "--nodes", "1"],
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | {"SWARMLAB_CLUSTER": cluster_name},
    )
    url = next(filter(None, (re.search(r"http://(.*?)/lab/tree/en\S*\?token=(\w+)", line) for line in process.stdout)))
    connection = http.client.HTTPConnection(url[1])
    connection.request("POST", "/api/kernels", "{}", {"Authorization": f"token {url[2]}"})
    kernel = json.loads(connection.getresponse().read())
    assert kernel["name"] == "python3"
    started = psutil.Process(process.pid).children(recursive=True)
    assert len(started) >= 2  # the server and the kernel
    process.send_signal(how)
    said, _ = process.communicate(timeout=60)
    assert process.returncode == 0
    assert psutil.wait_procs(started, timeout=10)[1] == []
    assert cluster_name not in Cluster.names(engine)
    if how != signal.SIGHUP:  # then there is nobody to tell
        assert "end JupyterLab and its kernels" in said
        assert f"remove the cluster '{cluster_name}'" in said


def test_lab_keeps_a_cluster_that_was_there(cluster, tmp_path):
    process = subprocess.Popen(
        [sys.executable, "-m", "swarmkit_helpers", "lab", str(tmp_path), "--no-browser"],
        text=True,
        stdout=subprocess.PIPE,
        env=os.environ | {"SWARMLAB_CLUSTER": cluster.name},
    )
    next(line for line in process.stdout if "http://" in line)
    process.send_signal(signal.SIGINT)
    said, _ = process.communicate(timeout=60)
    assert f"The cluster '{cluster.name}' was there before and is kept" in said
    assert len(cluster.machines()) == 3
