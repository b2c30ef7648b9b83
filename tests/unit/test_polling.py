"""The polling loop, with a clock that the test holds."""

import pytest

from swarmkit_helpers.errors import NotConverged
from swarmkit_helpers.polling import wait_until


class Clock:
    def __init__(self) -> None:
        self.now = 0.0
        self.sleeps: list[float] = []

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.sleeps.append(seconds)
        self.now += seconds


def wait(look, timeout=1.0):
    clock = Clock()
    try:
        return wait_until(
            look, timeout, lambda: NotConverged(f"at {clock.now:g}", "wait"), every=0.25, clock=clock, sleep=clock.sleep
        ), clock
    except NotConverged as error:
        return error, clock


def test_what_is_so_at_once_needs_no_sleep():
    seen, clock = wait(lambda: "seen")
    assert (seen, clock.sleeps) == ("seen", [])


def test_it_looks_again_until_it_is_so():
    looks = iter([None, [], "seen"])
    seen, clock = wait(lambda: next(looks))
    assert (seen, clock.sleeps) == ("seen", [0.25, 0.25])


def test_when_the_time_is_over_the_error_says_so():
    error, clock = wait(lambda: None)
    assert (error.problem, sum(clock.sleeps)) == ("at 1", 1.0)


def test_no_time_is_one_look():
    looks = []
    error, _ = wait(lambda: looks.append(1), timeout=0)
    assert (error.problem, looks) == ("at 0", [1])


def test_what_look_raises_comes_through():
    with pytest.raises(ZeroDivisionError):
        wait(lambda: 1 / 0)
