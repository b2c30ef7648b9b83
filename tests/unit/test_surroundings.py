"""Listening to an engine that goes away, or that tells no events."""

from collections.abc import Callable
from pathlib import Path

import pytest
from support.clock import soon
from support.small_engine import small_engine

from swarmkit_helpers.cluster.surroundings import Surroundings
from swarmkit_helpers.engine.discover import connect
from swarmkit_helpers.machine import ClusterId


def questions(asked: list[str]) -> int:
    """How often events were asked for."""
    return sum("/events?" in path for path in asked)


@pytest.fixture
def listening(tmp_path: Path, request: pytest.FixtureRequest) -> Callable[[], int]:
    """How often an engine with such an answer to /events was asked for them; it is looked around at each question."""
    with small_engine(tmp_path, **request.param) as (url, asked):
        around = Surroundings(connect(url, "test"), ClusterId("anna", "course"))
        end = around.follow(lambda: None)

        def look() -> int:
            around.now()
            return questions(asked)

        yield look
        end()


@pytest.mark.parametrize("listening", [{"events": ""}], indirect=True)
def test_a_stream_that_has_ended_is_begun_again_at_the_next_look(listening: Callable[[], int]):
    soon(lambda: listening() >= 3)


@pytest.mark.parametrize("listening", [{}], indirect=True)
def test_an_engine_that_refuses_is_asked_once(listening: Callable[[], int]):
    assert [listening() for _look in range(5)] == [1] * 5
