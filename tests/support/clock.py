"""Time in the tests: a clock that stands still, and a wait for what another thread does."""

from collections.abc import Callable

from swarmkit_helpers.polling import wait_until


class Clock:
    """A clock that stands still until a test sets `now` (seconds)."""

    now = 100.0

    def __call__(self) -> float:
        return self.now


def soon(what: Callable[[], object]) -> None:
    """Wait until that is true; fail after five seconds."""
    wait_until(what, 5, lambda: AssertionError("it did not come to that"), every=0.005)
