"""Waiting for the observed state. This is the only polling loop in the package."""

import time
from collections.abc import Callable
from typing import TypeVar

from .errors import SwarmkitError

Seen = TypeVar("Seen")


def wait_until(
    look: Callable[[], Seen | None],
    timeout: float,
    too_late: Callable[[], SwarmkitError],
    every: float = 0.05,
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
) -> Seen:
    """The first truthy value `look()` returns.

    Looks at once, then again `every` seconds after each look; after `timeout` seconds raises the error
    that `too_late()` makes, which should say what was last seen. The clock is a parameter so that a test
    can hold it.
    """
    end = clock() + timeout
    while not (seen := look()):
        if clock() >= end:
            raise too_late()
        sleep(every)
    return seen
