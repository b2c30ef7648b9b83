"""What the simulated managers do is always among what `predict` allows.

SwarmKit's rules are written down twice. For `predict` they are pure functions of one observation
(swarmkit_helpers.rules and display.forecast); in the simulator they are managers that act in time
(swarm_simulator.managers). Here each tests the other, on random swarms.

Two things are left out, because no observation tells them: a request that changes nothing (see `changes_nothing`), and
global services that reserve more than a node has (the constraint enforcer then rejects a task that depends on ids).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from hypothesis import assume, event, given, settings
from hypothesis import strategies as st
from support.simulated_api import SmallSwarmAPI, spec

from swarmkit_helpers.display.forecast import Forecast
from swarmkit_helpers.display.forecast.requests import plan_change
from swarmkit_helpers.records import Observation

SETTLE = (
    400.0  # s: a node that is lost, the stop of its tasks, a rolling update; and failures are forgotten after 300 s
)
CONSTRAINTS = ("node.role==worker", "node.labels.disk==ssd", "node.labels.disk!=ssd", "node.hostname!=node2")
CPU = 10**9


@dataclass(frozen=True)
class Machine:
    """How a node is before the request."""

    disk: str = ""  # its label, if it has one
    availability: str = "active"
    dead: bool = False  # killed before the request; never the first node, the only manager


@dataclass(frozen=True)
class App:
    """A service."""

    replicas: int | None  # None: a global service
    constraints: tuple[str, ...] = ()
    condition: str = "any"  # of its restart policy
    cpus: int = 0  # that each task of a replicated service reserves; a node has four
    parallelism: int = 1  # of an update; 0: all at once
    max_replicas: int = 0  # on each node; 0: no limit
    spread: bool = False  # over the labels of the nodes


@dataclass(frozen=True)
class Story:
    """A swarm, and the one request that is forecast."""

    machines: tuple[Machine, ...]
    apps: tuple[App, ...]
    before: tuple[tuple[str, Any], ...]  # earlier requests: they make the swarm uneven
    request: tuple[str, int, Any] = field(default=("scale", 0, 0))  # verb, which node or service, value


MACHINES = st.builds(
    Machine,
    disk=st.sampled_from(["", "ssd", "hdd"]),
    availability=st.sampled_from(["active", "active", "active", "pause", "drain"]),
    dead=st.sampled_from([False, False, False, True]),
)
APPS = st.builds(
    App,
    replicas=st.one_of(st.integers(0, 8), st.none()),
    constraints=st.sampled_from([(), (), *((each,) for each in CONSTRAINTS)]),
    condition=st.sampled_from(["any", "any", "on-failure", "none"]),
    cpus=st.sampled_from([0, 0, 1, 2]),
    parallelism=st.sampled_from([1, 1, 2, 0]),
    max_replicas=st.sampled_from([0, 0, 0, 1, 2]),
    spread=st.sampled_from([False, False, True]),
)
REQUESTS = st.one_of(
    st.tuples(st.just("scale"), st.integers(0, 2), st.integers(0, 10)),
    st.tuples(st.just("constraint"), st.integers(0, 2), st.sampled_from(CONSTRAINTS)),
    st.tuples(st.just("drain"), st.integers(0, 5), st.none()),
    st.tuples(st.just("activate"), st.integers(0, 5), st.none()),
    st.tuples(st.just("add_node"), st.just(0), st.none()),
)
STORIES = st.builds(
    Story,
    machines=st.lists(MACHINES, min_size=3, max_size=6).map(tuple),
    apps=st.lists(APPS, min_size=1, max_size=3).map(tuple),
    before=st.lists(REQUESTS, max_size=2).map(tuple),
    request=REQUESTS,
)


class Lab(SmallSwarmAPI):
    """A simulated swarm as the story begins it."""

    def __init__(self, story: Story) -> None:
        super().__init__(nodes=len(story.machines))
        for number, machine in enumerate(story.machines):
            self.change_node(
                number, Availability=machine.availability, Labels={"disk": machine.disk} if machine.disk else {}
            )
        for number, app in enumerate(story.apps):
            self.api.create_service(body(f"app{number}", app))
        self.run(SETTLE)
        for number, machine in enumerate(story.machines):
            if machine.dead and number:
                self.kill(number)
        self.run(SETTLE)

    def observe(self) -> Observation:
        return Observation.from_api(
            self.clock.now, self.api.list_nodes({}), self.api.list_services({}), self.api.list_tasks({})
        )

    def change_node(self, number: int, **changes: Any) -> None:
        node = self.nodes[number]
        self.api.update_node(node.id, node.version, node.spec | changes)

    def change_service(self, name: str, **changes: Any) -> None:
        seen = self.api.inspect_service(name)
        self.api.update_service(name, seen["Version"]["Index"], seen["Spec"] | changes)

    def kill(self, number: int) -> None:
        self.agents[number].executor.off()
        self.agents[number].off()

    def changes_nothing(self, action: Mapping[str, Any], service: str | None) -> bool:
        """Whether a service is as the request asks. Such a request only raises the service's version, by which pending
        tasks become outdated; they are tried once more, which no observation tells, so `predict` does not know it."""
        spec = self.api.inspect_service(service)["Spec"] if service else {}
        now = {
            "scale": spec.get("Mode", {}).get("Replicated", {}).get("Replicas"),
            "constraint": (spec.get("TaskTemplate", {}).get("Placement", {}).get("Constraints") or [None])[0],
        }
        return any(now.get(verb, verb) == value for verb, value in action.items())

    def do(self, action: Mapping[str, Any], service: str | None) -> None:
        """Ask the managers for what was forecast."""
        [(verb, value)] = action.items()
        match verb:
            case "scale":
                self.change_service(service, Mode={"Replicated": {"Replicas": value}})
            case "constraint":
                template = self.api.inspect_service(service)["Spec"]["TaskTemplate"]
                self.change_service(
                    service, TaskTemplate=template | {"Placement": template["Placement"] | {"Constraints": [value]}}
                )
            case "add_node":
                self.join()
            case _:
                number = int(value.removeprefix("node")) - 1
                self.change_node(number, Availability="drain" if verb == "drain" else "active")
        self.run(SETTLE)


def body(name: str, app: App) -> dict[str, Any]:
    parts = {} if app.replicas is not None else {"Mode": {"Global": {}}}
    return spec(
        name,
        app.replicas or 0,
        Placement={"Constraints": list(app.constraints)}
        | ({"MaxReplicas": app.max_replicas} if app.max_replicas and app.replicas is not None else {})
        | ({"Preferences": [{"Spread": {"SpreadDescriptor": "node.labels.disk"}}]} if app.spread else {}),
        RestartPolicy={"Condition": app.condition, "MaxAttempts": 0},
        Resources={"Reservations": {"NanoCPUs": app.cpus * CPU}} if app.cpus and app.replicas is not None else {},
        UpdateConfig={"Parallelism": app.parallelism, "Order": "stop-first", "MaxFailureRatio": 0},
        **parts,
    )


def the_action(story: Story, request: tuple[str, int, Any]) -> tuple[dict[str, Any], str | None]:
    """The request as `predict` takes it, and the service it names."""
    verb, number, value = request
    if verb in ("drain", "activate"):
        return {verb: f"node{number % len(story.machines) + 1}"}, None
    if verb == "add_node":
        return {verb: True}, None
    fitting = [number for number, app in enumerate(story.apps) if verb == "constraint" or app.replicas is not None]
    assume(fitting)
    return {verb: value}, f"app{fitting[number % len(fitting)]}"


@settings(max_examples=10 * settings.default.max_examples)  # each takes about 10 ms
@given(STORIES)
def test_what_the_managers_do_is_among_what_predict_allowed(story: Story):
    lab = Lab(story)
    for request in story.before:
        action, service = the_action(story, request)
        if not lab.changes_nothing(action, service):
            lab.do(action, service)
    action, service = the_action(story, story.request)
    before = lab.observe()
    forecast = Forecast(plan_change(before, service, **action))
    assume(not forecast.unforeseen)
    event(next(iter(action)))
    lab.do(action, service)
    after = lab.observe()
    # A lost node keeps tasks that are to be removed. If the policy forbids others, their slots count as live each time
    # the orchestrator looks, so that it removes others instead, again and again.
    assume(not any(task.desired_state == "remove" for task in after.tasks))
    assert forecast.allows(after), (forecast.sentence, forecast.task_counts(before), forecast.task_counts(after))
    for each in after.services:
        least, most = forecast.pending(each.name)
        pending = sum(task.wanted and task.state == "pending" for task in after.tasks_of(each.name))
        assert least <= pending <= most, (each.name, (least, pending, most), forecast.sentence)
        for share in forecast.nodes(each.name):
            assert share.least <= forecast.task_counts(after).get(each.name, {}).get(share.node, 0) <= share.most
