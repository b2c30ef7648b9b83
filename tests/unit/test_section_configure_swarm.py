"""What section 02 asks, on observations made by hand."""

from support.api_bodies import node, seen
from support.section_histories import ask

from swarmkit_helpers.recorder import Gap


def test_before_there_is_a_swarm_no_node_is_listed():
    assert ask("02-configure-swarm", "nodes-before", Gap(0.0, "no manager"), noted=0).outcome == "passed"
    assert ask("02-configure-swarm", "nodes-before", Gap(0.0, "no manager"), noted=3).outcome == "not as predicted"


def test_after_init_the_first_look_counts():
    one = seen(nodes=[node("node1", role="manager")], services=[])
    history = (Gap(0.0, "no manager"), one, seen(services=[]))
    assert ask("02-configure-swarm", "nodes-after", *history, noted=1).outcome == "passed"
    assert ask("02-configure-swarm", "nodes-after", history[0], noted=1).outcome == "not yet"


def test_the_role_is_the_one_of_the_node_that_joined():
    history = (Gap(0.0, ""), seen(services=[]))
    assert ask("02-configure-swarm", "joined-role", *history, noted="worker").outcome == "passed"
    assert ask("02-configure-swarm", "joined-role", *history, noted="manager").outcome == "not as predicted"
    assert ask("02-configure-swarm", "joined-role", history[0], noted="worker").outcome == "not yet"
