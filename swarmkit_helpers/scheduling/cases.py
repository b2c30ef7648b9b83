"""Checks the rules against cases recorded from SwarmKit's own code, one JSON object in a line.

A case of placement has what the nodes were like, what was asked, the outcomes seen when SwarmKit's scheduler was run
many times, and what it said of the tasks that stayed pending. SwarmKit chose at random among the outcomes it allows,
so all that were seen have to be in the set; that all of the set was seen cannot be demanded. A case of scaling down
has the slots, the replicas asked for, and which slots went: that is never left to chance.
"""

import json
import re
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from ..errors import BadInput
from ..language import _
from .filters import pending_message
from .hosts import Host, Request
from .outcomes import Outcomes, outcomes
from .placement import with_tasks
from .scale_down import Slot, excess

Json = dict[str, Any]

_CPU = 10**9
_PORT = ("tcp", 80)  # any one will do: the cases say only whether it is used
_OUTCOME = re.compile(r'\[("\d+"(,"\d+")*)?\]\+\d+pending')
_NODE = {"id", "svc", "other", "cpu", "availability", "state", "recent_failures", "port_used"}
_PLACEMENT = {"nodes", "new_tasks", "reserve_cpu", "constraint", "prefs", "max_replicas", "host_port", "outcomes",
              "explain"}
_SCALE_DOWN = {"slots", "to", "removed"}


def check(path: Path) -> Iterator[tuple[int, str]]:
    """For each case in the file, its line and how it differs from the rules, "" if it does not. Raises `BadInput`."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(_("{path} cannot be read: {error}"), _("give it a file of cases, one JSON object in a line"),
                       path=path, error=error) from None
    for number, line in enumerate(text.splitlines(), start=1):
        if line.strip():
            try:
                yield number, difference(json.loads(line))
            except (ValueError, KeyError, TypeError, AttributeError) as error:
                what = _("it has no {key}").format(key=error) if isinstance(error, KeyError) else error
                raise BadInput(_("line {number} of {path} is not a case: {error}"),
                               _("give each line the keys nodes, new_tasks and outcomes, or slots, to and removed"),
                               number=number, path=path, error=what) from None


def difference(case: Json) -> str:
    """How the case differs from the rules; "" if it does not. Raises an error of Python's for what is no case."""
    known, compare = (_SCALE_DOWN, _scale_down) if "slots" in case else (_PLACEMENT, _placement)
    if case.keys() - known:  # what is not taken into account cannot be checked
        raise ValueError(f"{', '.join(sorted(case.keys() - known))} is unknown here")
    return compare(case)


def question(case: Json) -> tuple[list[Host], Request]:
    """The nodes of a case of placement, and what was asked of them."""
    reserved, published = case.get("reserve_cpu", 0), case.get("host_port", False)
    request = Request(
        constraints=(case["constraint"],) if case.get("constraint") else (),
        preferences=tuple(f"node.labels.{label}" for label in case.get("prefs") or ()),
        cpus=int(reserved * _CPU),
        ports=(_PORT,) if published else (),
        max_replicas=case.get("max_replicas", 0),
    )
    return [_host(node, request) for node in case["nodes"]], request


def counts(outcome: str, hosts: list[Host]) -> dict[str, int]:
    """The new tasks by host id that an outcome such as ["1","0"]+2pending says."""
    if not _OUTCOME.fullmatch(outcome):
        raise ValueError(f"{outcome} is no outcome")
    numbers = json.loads(outcome[: outcome.index("+")])
    return {host.id: int(number) for host, number in zip(hosts, numbers, strict=True)}


def _host(node: Json, request: Request) -> Host:
    """The host, with what the tasks of the service that are there already hold."""
    tasks = node["svc"]
    labels = {key: value for key, value in node.items() if key not in _NODE}
    if not all(isinstance(value, str) for value in labels.values()):
        raise ValueError(f"a label of {labels} is no text")
    return Host(
        id=node["id"], name=node["id"], labels=labels, tasks=tasks, total=tasks + node["other"],
        takes_tasks=node["availability"] == "active" and node["state"] == "ready",
        cpus=int(node["cpu"] * _CPU) - tasks * request.cpus,
        ports=frozenset([_PORT] if node.get("port_used") or (request.ports and tasks) else []),
        failures=node.get("recent_failures", 0),
    )  # fmt: skip


def _placement(case: Json) -> str:
    hosts, request = question(case)
    allowed = outcomes(hosts, request, case["new_tasks"])
    said = set()
    for outcome in case["outcomes"]:
        new = counts(outcome, hosts)
        pending = case["new_tasks"] - sum(new.values())
        if new not in allowed or not outcome.endswith(f"+{pending}pending"):
            return f"{outcome} is no outcome of the rules, which say {_some(allowed, hosts, case['new_tasks'])}"
        if pending:
            said.add(pending_message([with_tasks(host, request, new[host.id]) for host in hosts], request))
    if not case["outcomes"]:
        return "no outcome was seen"
    if said != set(case.get("explain") or ()):
        return f"pending tasks say {sorted(said)}, not {case.get('explain')}"
    return ""


def _some(allowed: Outcomes, hosts: list[Host], number: int) -> str:
    """The first outcomes of the set, as cases write them."""
    some = [[str(new.get(host.id, 0)) for host in hosts] for new in islice(allowed, 3)]
    return " or ".join(f"{json.dumps(new)}+{number - sum(map(int, new))}pending".replace(" ", "") for new in some)


def _scale_down(case: Json) -> str:
    slots = [Slot(each["slot"], each["node"] or None, each["running"], each.get("tasks", 1)) for each in case["slots"]]
    gone = excess(slots, case["to"])
    return "" if gone == sorted(case["removed"]) else f"the rules remove {gone}, not {case['removed']}"
