"""Wait until something can be observed.

Two loops elsewhere also poll, because they are part of the start from a bare Python: `bootstrap` waits for pip, and
`file_lock` waits for a lock on Windows.
"""

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
    """Call `look()` until it returns a truthy value, and return that value.

    It looks at once, then `every` seconds after each look. After `timeout` seconds it raises the error that
    `too_late()` returns, which should say what was last seen. The clock is a parameter so that a test can hold it.
    """
    end = clock() + timeout
    while not (seen := look()):
        if clock() >= end:
            raise too_late()
        sleep(every)
    return seen
