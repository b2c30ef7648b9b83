"""A machine that left and joined again has two nodes of its name: a shown command names the one it means."""

from swarmkit_helpers import Cluster
from swarmkit_helpers.docker_commands import shown_by
from swarmkit_helpers.engine.simulator import temporary_docker_host


def test_a_shown_command_does_what_the_call_did():
    shown: list[str] = []
    with temporary_docker_host(20), shown_by(lambda command: shown.append(command.text)):
        cluster = Cluster.up("twice", nodes=2)
        swarm = cluster.ensure_swarm(managers=1)
        old = swarm.node("node2").id
        cluster.leave_swarm("node2")
        swarm.wait_for_node("node2", "down")
        cluster.join_swarm("node2")
        swarm.wait_for_node("node2")
        new = swarm.node("node2").id
        shown.clear()
        swarm.drain("node2")
        swarm.label("node2", disk="ssd")
        swarm.remove_node("node2")
        swarm.activate("node2")
        cluster.down()
    assert shown[:4] == [
        f"docker node update --availability drain {new}",
        f"docker node update --label-add disk=ssd {new}",
        f"docker node rm {old}",
        "docker node update --availability active node2",
    ]
