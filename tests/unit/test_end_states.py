"""What the scheduler does, whichever service it takes first, is one of the ends; and what is listed is allowed."""

import random
from collections import Counter

import pytest
from support.api_bodies import node, seen, service, task

from swarmkit_helpers.rules import end_states, place
from swarmkit_helpers.rules.orchestrators import reconcile

NODES = ("node1", "node2", "node3", "node4")


def observation(chance: random.Random):
    """A swarm in which a node has just been drained, and services have just been scaled."""
    off = chance.choice(NODES)
    nodes = [node(name, availability="drain" if name == off else "active") for name in NODES]
    services, tasks = [], []
    for name in ("cache", "db", "web")[: chance.randint(1, 3)]:
        here = chance.randint(0, 6)
        body = service(name, replicas=max(0, here + chance.randint(-3, 4)))
        body["Spec"]["TaskTemplate"]["Placement"] = {"MaxReplicas": chance.choice([0, 0, 0, 3])}
        services.append(body)
        tasks += [task(slot, chance.choice(NODES), service=name) for slot in range(1, here + 1)]
    return seen(nodes=nodes, services=services, tasks=tasks)


def scheduled(reconciliation, chance: random.Random) -> dict[str, Counter]:
    """What comes of it when SwarmKit's algorithm takes the services in a random order."""
    node_info = reconciliation.node_info
    for group in chance.sample(reconciliation.groups, len(reconciliation.groups)):
        hosts = node_info.hosts(group.service)
        names = {host.id: host.name for host in hosts}
        placed = Counter(names[id] for id in place(hosts, group.request, group.number, chance))
        node_info = node_info.with_tasks(group.service, placed, group.request)
    return {name: +Counter(counts) for name, counts in node_info.tasks.items()}


@pytest.mark.parametrize("seed", range(60))
def test_whatever_the_scheduler_does_is_an_end(seed):
    chance = random.Random(seed)
    reconciliation = reconcile(observation(chance))
    known = {"cache", "db", "web"}
    results = [scheduled(reconciliation, chance) for _each in range(5)]
    listed, complete = end_states.list_end_states(reconciliation)
    assert complete
    assert all(end_states.is_end_state(reconciliation, result, known) for result in results)
    assert all(end_states.is_end_state(reconciliation, end.tasks, known) for end in listed)
    shapes = [{name: counts for name, counts in end.tasks.items() if counts} for end in listed]
    assert all({name: counts for name, counts in result.items() if counts} in shapes for result in results)


@pytest.mark.parametrize("seed", range(20))
def test_a_task_elsewhere_is_no_end(seed):
    chance = random.Random(seed)
    reconciliation = reconcile(observation(chance))
    result = scheduled(reconciliation, chance)
    taken = [(name, where) for name, counts in result.items() for where in counts]
    if not taken:
        assert end_states.is_end_state(reconciliation, {}, {"cache", "db", "web"})
        return
    name, where = chance.choice(taken)
    result[name][where] += 1  # one more than there is
    assert not end_states.is_end_state(reconciliation, result, {"cache", "db", "web"})


def test_of_very_many_ends_some_are_drawn_whatever_else_is_pending():
    """Five services of twelve tasks each on forty nodes, and one that no node can take: far too many to list."""
    nodes = [node(f"node{number}") for number in range(1, 41)]
    services = [service(f"web{number}", replicas=12) for number in range(5)]
    nowhere = service("nowhere", replicas=3)
    nowhere["Spec"]["TaskTemplate"]["Placement"] = {"Constraints": ["node.labels.zone==nowhere"]}
    start = reconcile(seen(nodes=nodes, services=[*services, nowhere], tasks=[]))
    settled, hopeless = end_states.without_hopeless(start)
    assert hopeless == {"nowhere": 3}
    listed, complete = end_states.list_end_states(settled)
    assert (len(listed), complete) == (end_states.DRAWN_STATES, False)
    known = {*(f"web{number}" for number in range(5)), "nowhere"}
    assert all(end_states.is_end_state(start, end.tasks, known) for end in listed[:3])
    assert {sum(counts.values()) for end in listed for counts in end.tasks.values()} == {12}
