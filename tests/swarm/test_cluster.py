"""Machines on a real engine: made, found again, broken, repaired and removed."""

import signal
import subprocess
import sys
import threading

import pytest

from swarmkit_helpers import BadInput, Cluster, EngineUnavailable, NotFound, Refused
from swarmkit_helpers.cluster import provision
from swarmkit_helpers.engine import images
from swarmkit_helpers.machine import CLUSTER_LABEL, container_name
from swarmkit_helpers.notebook import magics
from swarmkit_helpers.polling import wait_until

WAIT = 30  # seconds
AGAIN = pytest.mark.exhaustive("in section 05 of the course a node goes down and comes back always")


def ours(engine, cluster: str) -> list[str]:
    """Every container, network and volume on the engine that carries the cluster's label."""
    mine = {"label": [f"{CLUSTER_LABEL}={cluster}"]}
    containers = engine.api.get("containers", "json", all=True, filters=mine)
    networks = engine.api.get("networks", filters=mine)
    volumes = engine.api.get("volumes", filters=mine)["Volumes"] or []
    return [thing.get("Name") or thing["Id"] for thing in [*containers, *networks, *volumes]]


def test_up_makes_machines_and_down_leaves_nothing(engine, make_cluster):
    cluster = make_cluster(2)
    assert [machine.name for machine in cluster.machines()] == ["node1", "node2"]
    assert {machine.state for machine in cluster.machines()} == {"running"}
    assert {machine.rights for machine in cluster.machines()} == {"reduced"}
    assert cluster.sh("node2", "docker images --quiet busybox").stdout.strip()
    cluster.down()
    assert ours(engine, cluster.name) == []


def test_nothing_of_a_node_is_published_and_its_engine_listens_on_no_port(cluster):
    for machine in cluster.machines():
        body = cluster.engine.api.get("containers", machine.container, "json")
        assert not any(body["NetworkSettings"]["Ports"].values())
        listening = cluster.sh(machine.name, "netstat -tln").stdout
        assert ":2375" not in listening
        assert ":2376" not in listening


def test_a_second_kernel_adopts_what_is_there(cluster):
    before = {machine.container: machine for machine in cluster.machines()}
    again = Cluster.up(cluster.name, nodes=3)
    assert {machine.container: machine for machine in again.machines()} == before
    assert Cluster.adopt(cluster.name).machines() == cluster.machines()


def test_two_kernels_at_once_get_one_cluster(engine, make_cluster, cluster_name):
    made: list[Cluster] = []
    threads = [threading.Thread(target=lambda: made.append(make_cluster(2, cluster_name))) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(made) == 2
    assert made[0].machines() == made[1].machines()
    assert len(made[0].machines()) == 2
    assert len(engine.api.get("networks", filters={"label": [f"{CLUSTER_LABEL}={cluster_name}"]})) == 1


def test_two_clusters_live_side_by_side(cluster, make_cluster):
    other = make_cluster(1)
    assert other.sh("node1", "hostname").stdout == "node1\n"
    assert {cluster.name, other.name} <= set(Cluster.names(cluster.engine))
    other.down()
    assert len(cluster.machines()) == 3


def test_a_machine_without_our_label_is_never_touched(engine, make_cluster):
    name = "somebody-elses"
    engine.api.post("containers", "create", body={"Image": images.BUSYBOX, "Cmd": ["sleep", "600"]}, name=name)
    try:
        make_cluster(1).down()
        assert engine.api.get("containers", name, "json")["State"]["Status"] == "created"
    finally:
        engine.api.delete("containers", name, force=True)


def test_what_fails_half_way_is_taken_back_and_what_is_not_ours_stays(engine, cluster_name):
    theirs = container_name(cluster_name, "node2")
    engine.api.post("containers", "create", body={"Image": images.BUSYBOX, "Cmd": ["sleep", "600"]}, name=theirs)
    try:
        with pytest.raises(Refused, match=f"{theirs} exists that is not the course's"):
            Cluster.up(cluster_name, nodes=3)
        assert ours(engine, cluster_name) == []
        assert engine.api.get("containers", theirs, "json")["State"]["Status"] == "created"
    finally:
        engine.api.delete("containers", theirs, force=True)


def test_what_is_interrupted_is_taken_back(engine, cluster_name):
    script = f"from swarmkit_helpers import Cluster; Cluster.up({cluster_name!r}, nodes=6)"
    process = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    wait_until(lambda: provision.machines(engine, cluster_name), WAIT, lambda: AssertionError("no machine came"))
    process.send_signal(signal.SIGINT)
    assert b"KeyboardInterrupt" in process.communicate(timeout=60)[1]
    assert ours(engine, cluster_name) == []


def test_up_revives_what_was_broken(cluster):
    cluster.kill("node1")
    cluster.pause("node2")
    cluster.disconnect("node3")
    assert [machine.state for machine in cluster.machines()] == ["exited", "paused", "disconnected"]
    Cluster.up(cluster.name, nodes=3)
    assert {machine.state for machine in cluster.machines()} == {"running"}


@pytest.mark.exhaustive("a simulated swarm is locked always")
def test_a_locked_swarm_is_kept(make_cluster):
    cluster = make_cluster(1)
    swarm = cluster.ensure_swarm()
    swarm.create_service("web", "busybox", "sleep 1000")
    cluster.sh("node1", "docker swarm update --autolock=true")
    key = cluster.sh("node1", "docker swarm unlock-key -q").stdout.strip()
    cluster.stop("node1")
    cluster.start("node1")
    with pytest.raises(EngineUnavailable, match="is locked"):
        cluster.ensure_swarm()
    with pytest.raises(EngineUnavailable, match="is locked"):
        swarm.services()
    cluster.sh("node1", f"echo {key} | docker swarm unlock")
    assert [service.name for service in cluster.ensure_swarm().services()] == ["web"]


def test_nodes_come_and_go(cluster):
    name = cluster.add_node()
    assert name == "node4"
    assert cluster.sh(name, "docker info --format '{{.Name}}'").stdout == "node4\n"
    cluster.remove_node(name)
    assert len(cluster.machines()) == 3


@pytest.mark.parametrize(
    ("breaks", "mends", "between"),
    [
        pytest.param("kill", "start", "exited", marks=AGAIN),
        pytest.param("stop", "start", "exited", marks=AGAIN),
        pytest.param("pause", "unpause", "paused", marks=AGAIN),
        pytest.param("disconnect", "reconnect", "disconnected", marks=AGAIN),
    ],
)
def test_a_broken_node_comes_back_into_the_swarm_with_its_state(cluster, swarm, breaks, mends, between):
    swarm.label("node2", disk="ssd")
    identity = swarm.node("node2").id
    getattr(cluster, breaks)("node2")
    assert cluster.machine("node2").state == between
    swarm.wait_for_node("node2", state="down", timeout=WAIT)
    getattr(cluster, mends)("node2")
    swarm.wait_for_node("node2", state="ready", timeout=WAIT)
    assert swarm.node("node2").id == identity
    assert swarm.node("node2").labels == {"disk": "ssd"}


def test_the_only_manager_can_be_switched_off_and_on(cluster, swarm):
    before = [node.id for node in swarm.nodes()]
    cluster.stop("node1")
    with pytest.raises(EngineUnavailable):
        swarm.nodes()
    cluster.start("node1")
    swarm.wait_for_node("node3", state="ready", timeout=WAIT)
    assert [node.id for node in swarm.nodes()] == before


def test_a_fault_that_cannot_be_done_says_what_the_machine_is(cluster):
    cluster.pause("node2")
    with pytest.raises(Refused, match=r"machine node2 is paused; this needs one that is running\n.*unpause\('node2'\)"):
        cluster.kill("node2")
    cluster.unpause("node2")
    cluster.unpause("node2")  # there is nothing to undo any more, and nothing happens
    assert cluster.machine("node2").state == "running"


def test_an_unknown_machine_lists_those_that_exist(cluster):
    with pytest.raises(NotFound, match="'node9'; this cluster has: node1, node2, node3"):
        cluster.kill("node9")


def test_an_unknown_cluster_lists_those_that_exist(cluster):
    with pytest.raises(NotFound, match=f"'nowhere'; there are: .*{cluster.name}"):
        Cluster.adopt("nowhere")


@pytest.mark.parametrize("name", ["my cluster", "Course", "", "-x", "x" * 31, 7])
def test_a_name_that_cannot_be_is_quoted(engine, name):
    with pytest.raises(BadInput, match="is not a valid name"):
        Cluster.up(name)


def test_sh_tells_what_was_printed_and_how_it_ended(cluster):
    output = cluster.sh("node1", "echo out; echo err >&2; exit 3")
    assert (output.stdout, output.stderr, output.status) == ("out\n", "err\n", 3)
    assert repr(output) == "out\nerr\n(exit status 3)"


def test_a_cell_shows_errors_where_they_came(cluster, capsys):
    magics.run(cluster, "node1", "for n in 1 2 3; do echo out $n; echo err $n >&2; done", {})
    assert capsys.readouterr() == ("out 1\nerr 1\nout 2\nerr 2\nout 3\nerr 3\n", "")


def test_an_interrupted_command_is_ended_in_the_node_too(cluster):
    running = iter(cluster.execute("node1", "echo started; sleep 1234"))
    assert next(running) == (b"started\n", b"")
    running.close()
    assert cluster.sh("node1", "ps | grep '[s]leep 1234'").stdout == ""


def test_ensure_swarm_does_what_is_missing_and_nothing_twice(cluster):
    swarm = cluster.ensure_swarm()
    before = [(node.id, node.role) for node in swarm.nodes()]
    cluster.ensure_swarm()
    assert [(node.id, node.role) for node in swarm.nodes()] == before
    cluster.leave_swarm("node3")
    cluster.ensure_swarm()
    assert [node.name for node in swarm.nodes()] == ["node1", "node2", "node3"]
    assert {node.state for node in swarm.nodes()} == {"ready"}


@pytest.mark.exhaustive("a simulated swarm of several managers loses one always")
def test_a_swarm_of_several_managers_survives_one(make_cluster):
    cluster = make_cluster(3)
    swarm = cluster.ensure_swarm(managers=3)
    assert [node.role for node in swarm.nodes()] == ["manager"] * 3
    cluster.kill("node1")
    swarm.wait_for_node("node2", timeout=90)  # its managers first have to agree on a new leader
    wait_until(lambda: swarm.node("node1").reachability == "unreachable", 60, lambda: AssertionError(swarm.nodes()))
    assert {node.name for node in swarm.nodes() if node.leader} < {"node2", "node3"}
    swarm.label("node3", orders="are taken")


def test_the_secret_of_a_join_token_is_not_shown(cluster, swarm, capsys):
    output = cluster.sh("node1", "docker swarm join-token worker")
    assert "SWMTKN-1-(secret)" in repr(output)
    assert cluster.sh("node1", "echo $WORKER_TOKEN").stdout.startswith("SWMTKN-1-")
    assert "SWMTKN-1-0" not in capsys.readouterr().out


def test_joining_announces_a_command_that_works(make_cluster, capsys):
    cluster = make_cluster(2)
    cluster.init_swarm("node1")
    cluster.join_swarm("node2")
    said = capsys.readouterr().out
    assert "node1$ docker swarm init --advertise-addr $(hostname -i)" in said
    [join] = [line.partition("$ ")[2] for line in said.splitlines() if "swarm join" in line]
    cluster.leave_swarm("node2")
    assert "This node joined a swarm as a worker" in cluster.sh("node2", join).stdout


def test_an_image_of_the_students_own_reaches_every_node(cluster, engine):
    engine.client.tag(images.BUSYBOX, "handmade", "1")
    try:
        cluster.load_image("handmade:1")
        for machine in cluster.machines():
            assert images.has(cluster.api(machine.name), "handmade:1")
    finally:
        engine.client.remove_image("handmade:1")


def test_the_latest_cluster_is_one_that_is_still_there(make_cluster):
    first = make_cluster(1)
    make_cluster(1).down()
    assert Cluster.latest().name == first.name
