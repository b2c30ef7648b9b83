"""Whatever is done to a simulated swarm, some things are always so."""

from hypothesis import given, settings
from hypothesis import strategies as st
from support.simulated_swarm import SmallSwarm

from swarm_simulator.managers.service_defaults import is_invalid_node
from swarm_simulator.objects import State

NAMES = ["node1", "node2", "node3", "node4"]
COMMANDS = ["top", "sleep 7", "false", "true", "sleep 3600"]
MACHINES = st.sampled_from(NAMES)
ACTIONS = st.one_of(
    st.tuples(st.just("create"), st.sampled_from(["a", "b"]), st.integers(0, 6), st.sampled_from(COMMANDS)),
    st.tuples(st.just("everywhere"), st.sampled_from(COMMANDS)),
    st.tuples(st.just("remove"), st.sampled_from(["a", "b", "everywhere"])),
    st.tuples(st.just("scale"), st.sampled_from(["a", "b"]), st.integers(0, 8)),
    st.tuples(st.just("update"), st.sampled_from(["a", "b"]), st.sampled_from(COMMANDS)),
    st.tuples(st.just("constrain"), st.sampled_from(["a", "b"])),
    st.tuples(st.just("roll back"), st.sampled_from(["a", "b"])),
    st.tuples(st.just("availability"), st.sampled_from(NAMES), st.sampled_from(["active", "pause", "drain"])),
    st.tuples(st.just("label"), st.sampled_from(NAMES), st.sampled_from(["ssd", "hdd"])),
    st.tuples(st.just("kill"), MACHINES), st.tuples(st.just("start"), MACHINES),
    st.tuples(st.just("disconnect"), MACHINES), st.tuples(st.just("reconnect"), MACHINES),
    st.tuples(st.just("freeze"), MACHINES), st.tuples(st.just("thaw"), MACHINES),
    st.tuples(st.just("wait"), st.floats(0.01, 30)),
)  # fmt: skip
STORIES = st.lists(ACTIONS, min_size=3, max_size=25)
MANAGERS = st.sampled_from([1, 3])
MORE = settings(max_examples=5 * settings().max_examples)  # a story is told in ten milliseconds
OF_MACHINES = ("kill", "start", "disconnect", "reconnect", "freeze", "thaw", "wait")


def act(bench: SmallSwarm, action: tuple) -> None:
    """Do it, if it can be done now."""
    word, *given_ = action
    if bench.swarm.leader is None and word not in OF_MACHINES:
        return
    services = {service.name: service for service in bench.store.services.values()}
    machine = bench.agents.get(given_[0]) if given_ else None
    match word, *given_:
        case "create", name, replicas, command if name not in services:
            bench.create(name, replicas=replicas, command=command)
        case "everywhere", command if "everywhere" not in services:
            bench.create("everywhere", mode={"Global": {}}, command=command)
        case "remove", name if name in services:
            bench.store.remove(services[name])
        case "scale", name, replicas if name in services:
            bench.update(services[name], replicas=replicas)
        case "update", name, command if name in services:
            bench.update(services[name], command=command)
        case "constrain", name if name in services:
            bench.update(services[name], Placement={"Constraints": ["node.labels.disk==ssd"]})
        case "roll back", name if name in services and services[name].previous_spec:
            bench.swarm.roll_back(services[name])
        case "availability", name, wish:
            bench.availability(name, wish)
        case "label", name, value:
            bench.label(name, disk=value)
        case "kill", name if machine.running:
            bench.kill(name)
        case "start", name if not machine.running:
            bench.start(name)
        case "freeze" | "thaw", _ if machine.running and machine.frozen == (word == "thaw"):
            getattr(machine, word)()
        case "disconnect" | "reconnect", _ if machine.networked == (word == "disconnect"):
            getattr(machine, word)()
        case "wait", seconds:
            bench.run(seconds)


def played(story: list[tuple], managers: int) -> SmallSwarm:
    """A swarm after the story, with nobody waiting between two actions but where it says so."""
    bench = SmallSwarm(4, managers=managers)
    for action in story:
        act(bench, action)
        check_always(bench)
    return bench


def settle(bench: SmallSwarm) -> None:
    """All machines are on, on the network and going on; then time enough for all that can become of that."""
    for machine in bench.agents.values():
        if not machine.running:
            machine.on()
        if machine.frozen:
            machine.thaw()
        if not machine.networked:
            machine.reconnect()
    bench.run(150)


def check_always(bench: SmallSwarm) -> None:
    assert bench.low == []  # no task's observed state ever goes back
    by_slot = {}
    for task in bench.store.tasks.values():
        assert task.id in bench.store.tasks_of[task.service_id]
        assert not task.node_id or task.id in bench.store.tasks_on[task.node_id]
        if task.desired == State.RUNNING and task.slot:
            by_slot.setdefault((task.service_id, task.slot), []).append(task)
    # Two tasks of a slot may be wanted only while an update starts the new one first; none here does.
    assert all(len(tasks) == 1 for tasks in by_slot.values())


@MORE
@given(STORIES, MANAGERS)
def test_once_it_has_settled_no_task_is_wanted_on_a_node_it_may_not_stay_on(story: list[tuple], managers: int):
    settle(bench := played(story, managers))
    check_always(bench)
    for task in bench.store.tasks.values():
        misplaced = task.node_id and is_invalid_node(bench.store.nodes.get(task.node_id))
        assert not (misplaced and (task.desired <= State.RUNNING or task.state == State.RUNNING))


@MORE
@given(STORIES, MANAGERS)
def test_what_runs_for_ever_has_all_its_tasks_if_there_is_room(story: list[tuple], managers: int):
    settle(bench := played(story, managers))
    bench.availability("node1", "active")
    # What waits since an older version is not tried again until it is made anew, and a paused update stays so.
    for service in bench.store.services.values():
        bench.update(service, force=1, Placement={}, command="top")
    settle(bench)
    takes_tasks = {name for name, node in bench.nodes.items() if node.spec["Availability"] == "active"}
    for service in bench.store.services.values():
        if "Global" in service.spec["Mode"]:
            assert {name for name, number in bench.spread(service).items() if number} >= takes_tasks
            assert set(bench.spread(service).values()) <= {0, 1}
        else:
            numbers = [task.slot for task in bench.running(service)]
            assert len(set(numbers)) == len(numbers) == service.spec["Mode"]["Replicated"]["Replicas"]


@MORE
@given(STORIES, MANAGERS)
def test_all_that_is_removed_leaves_nothing_behind(story: list[tuple], managers: int):
    settle(bench := played(story, managers))
    for service in list(bench.store.services.values()):
        bench.store.remove(service)
    settle(bench)
    assert bench.store.tasks == {}
    assert not any(machine.executor.containers for machine in bench.agents.values())


@MORE
@given(STORIES, st.integers(0, 3))
def test_the_same_seed_tells_the_same_story(story: list[tuple], seed: int):
    def history() -> list[tuple]:
        bench = SmallSwarm(4, seed=seed)
        seen: list[tuple] = []
        bench.store.watch(lambda action, kept: seen.append((bench.clock.now, action, kept.id, kept.version)))
        for action in story:
            act(bench, action)
        bench.run(60)
        return seen

    assert history() == history()
