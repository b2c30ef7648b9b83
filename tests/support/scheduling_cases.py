"""Check the rules against cases recorded from SwarmKit's own code, one JSON object in a line.

    python3 -m tests.support.scheduling_cases tests/data/sched-cases.jsonl tests/data/scaledown-cases.jsonl

A case of placement has what the nodes were like, what was asked, the outcomes seen when SwarmKit's scheduler was run
many times, and what it said of the tasks that stayed pending. SwarmKit chose at random among the outcomes it allows,
so all that were seen have to be in the set; that all of the set was seen cannot be demanded. A case of scaling down
has the slots, the replicas asked for, and which slots went: that is never left to chance.
"""

import argparse
import json
import math
import re
import reprlib
import sys
from collections import Counter
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from swarmkit_helpers.errors import BadInput
from swarmkit_helpers.rules.filters import pending_message
from swarmkit_helpers.rules.hosts import Host, Request
from swarmkit_helpers.rules.outcomes import Outcomes, outcomes
from swarmkit_helpers.rules.placement import with_tasks
from swarmkit_helpers.rules.scale_down import Slot, excess

Json = dict[str, Any]

SHOWN_MAX = 5  # differences that are printed

_CPU = 10**9
_PORT = ("tcp", 80)  # any port will do: the cases say only whether it is used
_OUTCOME = re.compile(r'\[("\d+"(,"\d+")*)?\]\+\d+pending')
_KINDS = {
    str: "a text",
    bool: "true or false",
    dict: "an object",
    list: "a list",
    int: "a whole number from 0",
    float: "a number from 0",
}
_NODE = {"id": str, "svc": int, "other": int, "cpu": float, "availability": str, "state": str}
_NODE_TOO = {"recent_failures": int, "port_used": bool}  # may be there too; all else is a label
_PLACEMENT = {"nodes": [dict], "new_tasks": int, "outcomes": [str]}
_PLACEMENT_TOO = {
    "reserve_cpu": float,
    "constraint": str,
    "prefs": [str],
    "max_replicas": int,
    "host_port": bool,
    "explain": [str],
}
_SLOT, _SLOT_TOO = {"slot": int, "running": bool}, {"node": str, "tasks": int}
_SCALE_DOWN = {"slots": [dict], "to": int, "removed": [int]}


def check(path: Path) -> Iterator[tuple[int, str]]:
    """Yield each case's line and how the case differs from the rules, "" if it does not. Raise `BadInput`."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(
            "{path} cannot be read: {error}",
            "give it a file of cases, one JSON object in a line",
            path=path,
            error=error,
        ) from None
    lines = [(number, line) for number, line in enumerate(text.split("\n"), start=1) if line.strip()]
    if not lines:
        raise BadInput("{path} has no case in it", "give it a file of cases, one JSON object in a line", path=path)
    for number, line in lines:
        try:
            yield number, difference(json.loads(line))
        except (ValueError, RecursionError) as error:
            yield number, f"not a case: {error}"


def difference(case: object) -> str:
    """How the case differs from the rules; "" if it does not. Raises `ValueError` for what is not a case."""
    if isinstance(case, dict) and "slots" in case:
        _demand(case, _SCALE_DOWN, {})
        for slot in case["slots"]:
            _demand(slot, _SLOT, _SLOT_TOO)
        _demand_different("slot", case["slots"])
        return _scale_down(case)
    _demand(case, _PLACEMENT, _PLACEMENT_TOO)
    for node in case["nodes"]:
        _demand(node, _NODE, dict.fromkeys(node, str) | _NODE_TOO)
    _demand_different("id", case["nodes"])
    return _placement(case)


def _demand(thing: object, needed: Json, optional: Json) -> None:
    """Raise `ValueError` unless it is an object with these keys and no others: what is unknown cannot be checked."""
    if not isinstance(thing, dict):
        raise ValueError(f"{reprlib.repr(thing)} is no object")
    for key in needed.keys() - thing.keys():
        raise ValueError(f"it has no {key}")
    for key in thing.keys() - needed.keys() - optional.keys():
        raise ValueError(f"{key} is unknown here")
    for key, value in thing.items():
        if key in needed or value is not None:
            _demand_kind(key, value, (optional | needed)[key])


def _demand_kind(key: str, value: object, kind: Any) -> None:
    """Raise `ValueError` unless the value is of the kind; of a list, `kind` has the kind of what is in it."""
    inner, kind = (kind[0], list) if isinstance(kind, list) else (None, kind)
    number = kind in (int, float)
    if not isinstance(value, (int, kind) if number else kind) or (
        number and (isinstance(value, bool) or not 0 <= value < math.inf)
    ):
        raise ValueError(f"{key} is {reprlib.repr(value)}, not {_KINDS[kind]}")
    for each in value if inner else ():
        _demand_kind(key, each, inner)


def _demand_different(key: str, things: list[Json]) -> None:
    """Raise `ValueError` if two of them have the same under the key."""
    for value, number in Counter(thing[key] for thing in things).items():
        if number > 1:
            raise ValueError(f"{number} have the {key} {value!r}")


def question(case: Json) -> tuple[list[Host], Request]:
    """The nodes of a case of placement, and what was asked of them."""
    request = Request(
        constraints=(case["constraint"],) if case.get("constraint") else (),
        preferences=tuple(f"node.labels.{label}" for label in case.get("prefs") or ()),
        cpus=int((case.get("reserve_cpu") or 0) * _CPU),
        ports=(_PORT,) if case.get("host_port") else (),
        max_replicas=case.get("max_replicas") or 0,
    )
    return [_host(node, request) for node in case["nodes"]], request


def counts(outcome: str, hosts: list[Host]) -> dict[str, int]:
    """The new tasks by host id in an outcome such as ["1","0"]+2pending. Raises `ValueError`."""
    if not _OUTCOME.fullmatch(outcome):
        raise ValueError(f"{outcome} is no outcome")
    numbers = json.loads(outcome[: outcome.index("+")])
    if len(numbers) != len(hosts):
        raise ValueError(f"{outcome} is no outcome of {len(hosts)} nodes")
    return {host.id: int(number) for host, number in zip(hosts, numbers, strict=True)}


def _host(node: Json, request: Request) -> Host:
    """The host, with what the service's tasks on it hold already."""
    tasks = node["svc"]
    labels = {key: node[key] or "" for key in node.keys() - _NODE.keys() - _NODE_TOO.keys()}
    return Host(
        id=node["id"], name=node["id"], labels=labels, tasks=tasks, total=tasks + node["other"],
        takes_tasks=node["availability"] == "active" and node["state"] == "ready",
        cpus=int(node["cpu"] * _CPU) - tasks * request.cpus,
        ports=frozenset([_PORT] if node.get("port_used") or (request.ports and tasks) else []),
        failures=node.get("recent_failures") or 0,
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
    slots = [
        Slot(each["slot"], each.get("node") or None, each["running"], each.get("tasks") or 1) for each in case["slots"]
    ]
    gone = excess(slots, case["to"])
    return "" if gone == sorted(case["removed"]) else f"the rules remove {gone}, not {case['removed']}"


def main() -> int:
    """Print how many cases the rules reproduce, and the first they do not; return 0 if they do them all."""
    parser = argparse.ArgumentParser(prog="python3 -m tests.support.scheduling_cases", description=__doc__)
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE.jsonl")
    results = []
    try:
        for path in parser.parse_args().files:
            results += [(path, line, miss) for line, miss in check(path)]
    except BadInput as error:
        print(error, file=sys.stderr)
        return 2
    misses = [result for result in results if result[2]]
    for path, line, miss in misses[:SHOWN_MAX]:
        print(f"{path}:{line}: {miss}")
    print(f"{len(results) - len(misses)} of {len(results)}")
    return 1 if misses else 0


if __name__ == "__main__":
    sys.exit(main())
