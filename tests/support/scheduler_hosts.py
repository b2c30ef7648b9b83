"""Hosts of a swarm for tests of the scheduling rules, and what becomes of them."""

import random
from collections import Counter
from collections.abc import Mapping
from typing import Any

from swarmkit_helpers.rules import Host, Request, place, with_tasks

NOTHING = Request()


def host(name: str, tasks: int = 0, other: int = 0, **more: Any) -> Host:
    """A ready host with ample resources, with `tasks` active tasks of the service and `other` of others."""
    resources = {"cpus": 10**12, "memory": 10**15} | more
    return Host(id=name, name=name, tasks=tasks, total=tasks + other, **resources)


def hosts(*tasks: int) -> list[Host]:
    """Hosts A, B, C, ... with so many tasks of the service."""
    return [host(chr(ord("A") + number), each) for number, each in enumerate(tasks)]


def after(now: list[Host], request: Request, new: Mapping[str, int]) -> list[Host]:
    return [with_tasks(each, request, new.get(each.id, 0)) for each in now]


def placed(now: list[Host], request: Request, number: int, seed: int = 0) -> dict[str, int]:
    """How many new tasks each host gets in one way; hosts that get none are left out."""
    return dict(Counter(place(now, request, number, random.Random(seed))))
