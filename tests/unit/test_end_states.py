"""What the scheduler does, whichever service it takes first, is one of the ends; and what is listed is allowed."""

import random
from collections import Counter

import pytest
from support.api_bodies import node, seen, service, task

from swarmkit_helpers.rules import end_states, place
from swarmkit_helpers.rules.orchestrators import react

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


def scheduled(reaction, chance: random.Random) -> dict[str, Counter]:
    """What comes of it when SwarmKit's algorithm takes the services in a random order."""
    books = reaction.books
    for placing in chance.sample(reaction.placing, len(reaction.placing)):
        hosts = books.hosts(placing.service)
        names = {host.id: host.name for host in hosts}
        placed = Counter(names[id] for id in place(hosts, placing.request, placing.number, chance))
        books = books.with_tasks(placing.service, placed, placing.request)
    return {name: +Counter(places) for name, places in books.tasks.items()}


@pytest.mark.parametrize("seed", range(60))
def test_whatever_the_scheduler_does_is_an_end(seed):
    chance = random.Random(seed)
    reaction = react(observation(chance))
    known = {"cache", "db", "web"}
    results = [scheduled(reaction, chance) for _each in range(5)]
    listed, complete = end_states.ends(reaction)
    assert complete
    assert all(end_states.is_end(reaction, result, known) for result in results)
    assert all(end_states.is_end(reaction, end.tasks, known) for end in listed)
    shapes = [{name: places for name, places in end.tasks.items() if places} for end in listed]
    assert all({name: places for name, places in result.items() if places} in shapes for result in results)


@pytest.mark.parametrize("seed", range(20))
def test_a_task_elsewhere_is_no_end(seed):
    chance = random.Random(seed)
    reaction = react(observation(chance))
    result = scheduled(reaction, chance)
    full = [(name, place_) for name, places in result.items() for place_ in places]
    if not full:
        assert end_states.is_end(reaction, {}, {"cache", "db", "web"})
        return
    name, place_ = chance.choice(full)
    result[name][place_] += 1  # one more than there is
    assert not end_states.is_end(reaction, result, {"cache", "db", "web"})
