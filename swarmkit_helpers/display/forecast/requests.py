"""What may be asked of a swarm, done to an observation instead: the state before anybody has answered."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, TypedDict, Unpack

from ... import service_settings, setting_types
from ...errors import BadInput, unknown
from ...language import _
from ...records import Node, Observation, Service, natural_key
from ...rules.node_info import one_of_each
from ...rules.orchestrators import Reaction, react

_NODE_NAME = re.compile(r"[a-zA-Z0-9]([a-zA-Z0-9.-]*[a-zA-Z0-9])?", re.ASCII)


class Action(TypedDict, total=False):
    """What `predict` takes: one of these."""

    scale: int  # replicas of the service
    drain: str  # the node's name
    activate: str
    add_node: bool | str  # True, or the new node's name
    constraint: str | Sequence[str]  # all the constraints that the service is to have


@dataclass(frozen=True)
class PlannedChange:
    """One request, the state it leads to, and what the swarm does about that."""

    verb: str  # scale, drain, activate, add_node, constraint
    service: str | None  # the service it is about, if it is about one
    node: str | None  # the node it is about
    value: Any  # the number of replicas; the constraints
    before: Observation
    then: Observation
    reaction: Reaction


def plan_change(seen: Observation, service: str | None, **action: Unpack[Action]) -> PlannedChange:
    """What one of these things would lead to. Raises `BadInput` unless it is one, and `NotFound`."""
    given = {
        verb: value.name if isinstance(value, Node) else value
        for verb, value in action.items()
        if value is not None and value is not False
    }
    if len(given) != 1:
        raise BadInput(
            _("a forecast is about one thing that is asked for, and this names {n}").format(n=len(given)),
            _('name one, for example swarm.predict(scale=7) or swarm.predict(drain="node2")'),
        )
    [(verb, value)] = given.items()
    doers = {
        "scale": _scale,
        "constraint": _constrain,
        "drain": _availability,
        "activate": _availability,
        "add_node": _join,
    }
    if verb not in doers:
        raise BadInput(_("no forecast is made of {verb!r}"), _("use one of {verbs}"), verb=verb, verbs=", ".join(doers))
    return doers[verb](seen, service.name if isinstance(service, Service) else service, verb, value)


def _scale(seen: Observation, name: str | None, verb: str, replicas: int) -> PlannedChange:
    service = _the_service(seen, name)
    if service.mode != "replicated":
        raise BadInput(
            _("{name!r} is a {mode} service, which has no number of replicas to change"),
            _("ask about a replicated service"),
            name=service.name,
            mode=service.mode,
        )
    replicas = service_settings.read("scale", service_settings.SETTINGS["replicas"].kind, replicas)
    then = _with_service(seen, replace(service, replicas=replicas, changed=True, updated_at=_at(seen)))
    return PlannedChange(verb, service.name, None, replicas, seen, then, react(then, service.name))


def _constrain(seen: Observation, name: str | None, verb: str, wanted: str | Sequence[str]) -> PlannedChange:
    service = _the_service(seen, name)
    texts = tuple(
        service_settings.read("constraint", setting_types.CONSTRAINTS, [wanted] if isinstance(wanted, str) else wanted)
    )
    template = service.spec["TaskTemplate"]
    placement = {**(template.get("Placement") or {}), "Constraints": list(texts)}
    spec = {**service.spec, "TaskTemplate": {**template, "Placement": placement}}
    then = _with_service(seen, replace(service, constraints=texts, spec=spec, changed=True, updated_at=_at(seen)))
    return PlannedChange(verb, service.name, None, texts, seen, then, react(then, service.name))


def _availability(seen: Observation, service: str | None, verb: str, name: str) -> PlannedChange:
    node = seen.node(name)
    if node is None:
        raise unknown("nodes", name, [each.name for each in seen.nodes])
    if service is not None:
        _the_service(seen, service)
    changed = replace(node, availability="drain" if verb == "drain" else "active")
    then = replace(seen, nodes=tuple(changed if each is node else each for each in seen.nodes))
    return PlannedChange(verb, service, name, None, seen, then, react(then, touched=frozenset([name])))


def _join(seen: Observation, service: str | None, verb: str, name: bool | str) -> PlannedChange:
    if service is not None:
        _the_service(seen, service)
    known = [each.name for each in one_of_each(seen)]
    if name is True:
        numbers = [natural_key(each)[1] for each in known]
        name = f"node{max(numbers, default=0) + 1}"
    if not isinstance(name, str) or not _NODE_NAME.fullmatch(name):
        raise BadInput(_("{name!r} cannot be a node's name"), _("take another name, or add_node=True"), name=name)
    like = next((node for node in seen.nodes if node.role == "worker"), None) or (seen.nodes or [None])[0]
    if like is None or ((old := seen.node(name)) and old.state == "ready"):
        raise BadInput(_("{name} is in the swarm already"), _("take another name, or add_node=True"), name=name)
    new: Node = replace(
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
    return PlannedChange(verb, service, name, None, seen, then, react(then, touched=frozenset([name])))


def _the_service(seen: Observation, name: str | None) -> Service:
    """The service of that name; without a name, the only one. Raises `NotFound`, `BadInput`."""
    known = [each.name for each in seen.services]
    if not known:
        raise BadInput(_("this swarm has no service"), _("create one with swarm.create_service()"))
    if name is None and len(known) == 1:
        [name] = known
    if name is None:
        raise BadInput(
            _("it is not said which service is meant; this swarm has: {known}"),
            _('name it: swarm.predict(..., service="{name}")'),
            known=", ".join(known),
            name=known[0],
        )
    if (service := seen.service(name)) is None:
        raise unknown("services", name, known)
    if service.is_job:
        raise BadInput(
            _("{name!r} is a job, whose tasks end by themselves: no forecast is made of it"),
            _("ask about a service that is to go on"),
            name=name,
        )
    return service


def _with_service(seen: Observation, changed: Service) -> Observation:
    return replace(seen, services=tuple(changed if each.name == changed.name else each for each in seen.services))


def _at(seen: Observation) -> datetime:
    """Now, by whichever clock is ahead: those of tasks are told by the manager's."""
    return max([datetime.fromtimestamp(seen.at, UTC), *(task.created_at + timedelta(seconds=1) for task in seen.tasks)])
