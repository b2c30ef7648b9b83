"""Moments as the Engine API writes those of a swarm, made fast because there are many."""

import time
from functools import lru_cache

from ..ids_and_times import NEVER


@lru_cache(maxsize=4096)
def _whole(second: int) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(second))


@lru_cache(maxsize=65536)  # many tasks of a service share a moment
def stamp(moment: float) -> str:
    """The moment, in simulated seconds since the epoch, in RFC 3339 in UTC, to the microsecond; 0 is Go's zero time."""
    if not moment:
        return NEVER
    second, micro = divmod(round(moment * 1_000_000), 1_000_000)
    fraction = f".{micro:06d}".rstrip("0") if micro else ""
    return _whole(second) + fraction + "Z"
