"""The requests that `predict` accepts, applied to an observation: the state before the swarm reacts."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, TypedDict, Unpack

from ... import service_settings, setting_types
from ...errors import BadInput, unknown
from ...language import _
from ...records import Node, Observation, Service, natural_key
from ...rules.convergence import HALTED_UPDATES, RUNNING_UPDATES
from ...rules.node_info import nodes_by_name
from ...rules.orchestrators import Reconciliation, reconcile
from .node_names import find_node, with_distinct_names

_NODE_NAME = re.compile(r"[a-zA-Z0-9]([a-zA-Z0-9.-]*[a-zA-Z0-9])?", re.ASCII)


class Action(TypedDict, total=False):
    """The request that `predict` takes: exactly one of these."""

    scale: int  # replicas of the service
    drain: str  # the node's name
    activate: str
    add_node: bool | str  # True, or the new node's name
    constraint: str | Sequence[str]  # all the constraints that the service is to have


@dataclass(frozen=True)
class PlannedChange:
    """One request, the state it leads to, and what the orchestrators do about that."""

    title: str  # the change in a few words
    effect: str  # what the swarm does, a sentence without its full stop
    service: str | None  # the service that was named, or that the request changes
    node: str | None  # the node that the request changes or adds
    before: Observation
    then: Observation  # with the changed desired state; the tasks are those of before
    reconciliation: Reconciliation


def plan_change(seen: Observation, service: str | Service | None, **action: Unpack[Action]) -> PlannedChange:
    """Apply one request to the observation. Raises `BadInput` unless it is exactly one, `NotFound`, and `Refused`."""
    given = {
        verb: (value.name if verb == "add_node" else value.id) if isinstance(value, Node) else value
        for verb, value in action.items()
        if value is not None and value is not False
    }
    if len(given) != 1:
        raise BadInput(
            _("a forecast is about one request, and this names {n}").format(n=len(given)),
            _('name one, for example swarm.predict(scale=7) or swarm.predict(drain="node2")'),
        )
    [(verb, value)] = given.items()
    planners: dict[str, Callable[[Observation, str | None, Any], PlannedChange]] = {
        "scale": _scale,
        "constraint": _constrain,
        "drain": _drain,
        "activate": _activate,
        "add_node": _add_node,
    }
    if verb not in planners:
        raise BadInput(
            _("no forecast is made of {verb!r}"), _("use one of {verbs}"), verb=verb, verbs=", ".join(planners)
        )
    if verb in ("drain", "activate") and isinstance(value, str):
        value = find_node(seen, value).id
    return planners[verb](with_distinct_names(seen), service.name if isinstance(service, Service) else service, value)


def _scale(seen: Observation, name: str | None, value: Any) -> PlannedChange:
    service = _find_service(seen, name)
    if service.mode != "replicated":
        raise BadInput(
            _("{name!r} is a {mode} service, which has no number of replicas to change"),
            _("ask about a replicated service"),
            name=service.name,
            mode=service.mode,
        )
    replicas: int = service_settings.read("scale", service_settings.SETTINGS["replicas"].kind, value)
    before = service.replicas or 0
    then = _with_service(seen, replace(service, replicas=replicas, changed=True, updated_at=_now(seen)))
    if replicas > before:
        effect = _("The tasks of {service} that run stay as they are, and new ones come to them")
    elif replicas < before:
        effect = _("Tasks end where {service} has most of them, and no other is touched")
    else:
        effect = _("Nothing changes")
    effect = _resumed(service) or effect
    title = _("{service} with {value} replicas").format(service=service.name, value=replicas)
    return PlannedChange(
        title, effect.format(service=service.name), service.name, None, seen, then, reconcile(then, service.name)
    )


def _constrain(seen: Observation, name: str | None, value: Any) -> PlannedChange:
    service = _find_service(seen, name)
    texts = tuple(
        service_settings.read("constraint", setting_types.CONSTRAINTS, [value] if isinstance(value, str) else value)
    )
    template = service.spec["TaskTemplate"]
    placement = {**(template.get("Placement") or {}), "Constraints": list(texts)}
    spec = {**service.spec, "TaskTemplate": {**template, "Placement": placement}}
    then = _with_service(seen, replace(service, constraints=texts, spec=spec, changed=True, updated_at=_now(seen)))
    effect = (
        _("Tasks of {service} end on nodes that do not fit, and each node that fits has one")
        if service.mode == "global"
        else _("Tasks of {service} on nodes that do not fit are replaced, the others stay as they are")
    ).format(service=service.name)
    effect = _resumed(service) or effect
    title = _("{service} where {value}").format(service=service.name, value=", ".join(texts))
    return PlannedChange(title, effect, service.name, None, seen, then, reconcile(then, service.name))


def _resumed(service: Service) -> str:
    """The effect of a new spec on an update that is paused or under way; empty if none is."""
    if service.update_state in HALTED_UPDATES:
        effect = _("The paused update of {service} goes on with this request, and may replace tasks that run")
    elif service.update_state in RUNNING_UPDATES:
        effect = _("The update of {service} goes on with this request, and may replace tasks that run")
    else:
        return ""
    return effect.format(service=service.name)


def _drain(seen: Observation, service: str | None, name: Any) -> PlannedChange:
    before, then = _with_availability(seen, service, name, "drain")
    start = reconcile(then, touched=frozenset([before.name]))
    ending = [service for service, counts in start.ending.items() if counts.get(before.name)]
    not_replaced = [name for name in ending if name not in {group.service for group in start.groups}]
    if before.availability == "drain":
        effect = _availability_already(before)
    elif not ending:
        effect = _("No task has to end on {node}, and it gets no new ones").format(node=before.name)
    else:
        effect = (
            _("Each task on {node} ends")
            if ending == not_replaced
            else _("Each task on {node} ends, and a new one takes its slot on another node")
        ).format(node=before.name)
        if not_replaced:
            effect += _("; but the tasks of {services} are not replaced").format(services=", ".join(not_replaced))
    return PlannedChange(_("{node} drained").format(node=before.name), effect, service, before.name, seen, then, start)


def _activate(seen: Observation, service: str | None, name: Any) -> PlannedChange:
    before, then = _with_availability(seen, service, name, "active")
    effect = _availability_already(before) if before.availability == "active" else _no_task_moves(before.name)
    start = reconcile(then, touched=frozenset([before.name]))
    return PlannedChange(_("{node} active").format(node=before.name), effect, service, before.name, seen, then, start)


def _add_node(seen: Observation, service: str | None, name: Any) -> PlannedChange:
    if service is not None:
        _find_service(seen, service)
    if name is True:
        numbers = [natural_key(each)[1] for each in nodes_by_name(seen)]
        name = f"node{max(numbers, default=0) + 1}"
    if not isinstance(name, str) or not _NODE_NAME.fullmatch(name):
        raise BadInput(_("{name!r} cannot be a node's name"), _("take another name, or add_node=True"), name=name)
    like = next((node for node in seen.nodes if node.role == "worker"), next(iter(seen.nodes), None))
    if like is None or ((old := seen.node(name)) and old.state == "ready"):
        raise BadInput(_("{name} is in the swarm already"), _("take another name, or add_node=True"), name=name)
    new = replace(
        like,
        id="",
        name=name,
        role="worker",
        availability="active",
        state="ready",
        leader=False,
        reachability=None,
        address="",
        labels={},
    )
    then = replace(seen, nodes=(*seen.nodes, new))
    start = reconcile(then, touched=frozenset([name]))
    return PlannedChange(_("{node} joins").format(node=name), _no_task_moves(name), service, name, seen, then, start)


def _with_availability(
    seen: Observation, service: str | None, name: str, availability: str
) -> tuple[Node, Observation]:
    """The node as it is, and the state in which it has this availability. Raises `NotFound`, `BadInput`."""
    node = find_node(seen, name)
    if service is not None:
        _find_service(seen, service)
    changed = replace(node, availability=availability)
    return node, replace(seen, nodes=tuple(changed if each is node else each for each in seen.nodes))


def _availability_already(node: Node) -> str:
    return _("The availability of {node} is {availability} already").format(
        node=node.name, availability=node.availability
    )


def _no_task_moves(node: str) -> str:
    return _("{node} gets tasks when some have to be placed; none that runs moves to it").format(node=node)


def _find_service(seen: Observation, name: str | None) -> Service:
    """The service of that name; without a name, the only one. Raises `NotFound`, `BadInput`."""
    known = [each.name for each in seen.services]
    if not known:
        raise BadInput(_("this swarm has no service"), _("create one with swarm.create_service()"))
    if name is None and len(known) == 1:
        [name] = known
    if name is None:
        raise BadInput(
            _("this swarm has several services: {known}"),
            _('name the one you mean: swarm.predict(..., service="{name}")'),
            known=", ".join(known),
            name=known[0],
        )
    if (service := seen.service(name)) is None:
        raise unknown("services", name, known)
    if service.is_job:
        raise BadInput(
            _("{name!r} is a job, whose tasks end by themselves: no forecast is made of it"),
            _("ask about a service that keeps running"),
            name=name,
        )
    return service


def _with_service(seen: Observation, changed: Service) -> Observation:
    return replace(seen, services=tuple(changed if each.name == changed.name else each for each in seen.services))


def _now(seen: Observation) -> datetime:
    """The time of the request: after the observation and after all its tasks, whose times are by another clock."""
    return max([datetime.fromtimestamp(seen.at, UTC), *(task.created_at + timedelta(seconds=1) for task in seen.tasks)])
