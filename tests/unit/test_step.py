"""A step begins with a cell's request, and ends when that is done, or when the student goes on."""

from dataclasses import replace

import pytest
from support.api_bodies import seen, task
from support.clock import Clock

from swarmkit_helpers.docker_commands import Command
from swarmkit_helpers.notebook.step import SETTLED_SECONDS, Step
from swarmkit_helpers.recorder import Gap

CLOCK = Clock()
CONVERGED = replace(seen(tasks=[task(1), task(2)]), at=101.0)


class Figure:
    """A live figure that counts what is asked of it."""

    stills = wakes = 0

    def stand_still(self) -> None:
        self.stills += 1

    def wake(self) -> None:
        self.wakes += 1


@pytest.fixture
def step() -> Step:
    """A step in which a cell runs."""
    step = Step(CLOCK)
    step.cell_begins()
    return step


@pytest.fixture
def figure(step: Step) -> Figure:
    figure = Figure()
    step.add(figure)
    return figure


def scale(replicas: int, at: float = 100.0) -> Command:
    return Command(f"docker service scale web={replicas}", None, at)


def test_what_was_asked_for_is_done(step: Step, figure: Figure):
    step.note(scale(7))
    step.finish()
    assert (step.done, step.began, step.commands, figure.stills) == (True, 100.0, (scale(7),), 1)


def test_nothing_was_asked_for_so_nothing_is_done(step: Step, figure: Figure):
    step.finish()
    assert (step.done, figure.stills) == (False, 0)


def test_the_next_prediction_ends_it_in_any_case(step: Step, figure: Figure):
    step.begin()
    step.begin()
    assert (step.done, step.began, figure.stills) == (False, None, 1)


def test_a_figure_knows_its_step_while_that_ends(step: Step):
    began = []

    class Asking(Figure):
        def stand_still(self) -> None:
            began.append(step.began)

    step.note(scale(7))
    step.add(Asking())
    step.begin()
    assert (began, step.began) == ([100.0], None)


def test_a_request_after_a_step_begins_the_next(step: Step):
    step.note(scale(7))
    step.finish()
    step.note(scale(4, at=130.0))
    assert (step.done, step.began, step.commands) == (False, 130.0, (scale(4, at=130.0),))


def test_several_requests_are_one_step_until_they_are_done(step: Step):
    step.note(scale(7))
    step.note(scale(4, at=104.0))
    assert (step.began, len(step.commands)) == (100.0, 2)


@pytest.mark.parametrize("text", ["docker service ps web", "docker node ls", "docker service logs --tail 3 web"])
def test_to_look_is_no_request(step: Step, text: str):
    step.note(Command(text, "node1", 100.0))
    assert step.began is None


def test_a_control_is_for_playing(step: Step):
    step.cell_ends()
    step.note(scale(9))
    assert step.began is None


def test_without_converge_it_is_done_after_a_calm_time(step: Step, figure: Figure):
    step.note(scale(2))
    assert step.settles_at(CONVERGED) is None  # the cell runs and may ask for more
    CLOCK.now = 102.0
    step.cell_ends()
    assert step.settles_at(CONVERGED) == 102.0 + SETTLED_SECONDS
    assert figure.wakes == 1


@pytest.mark.parametrize(
    "latest",
    [Gap(101.0, "away"), replace(seen(services=[]), at=101.0), replace(seen(tasks=[task(1)]), at=101.0)],
    ids=["no manager answers", "no service", "one of two runs"],
)
def test_what_is_not_converged_is_not_done(step: Step, latest: object):
    step.note(scale(2))
    step.cell_ends()
    assert step.settles_at(latest) is None


def test_a_figure_that_stands_still_is_left_alone(step: Step, figure: Figure):
    step.discard(figure)
    step.begin()
    assert figure.stills == 0


def test_another_kernel_starts_a_section(step: Step):
    step.follow_starts("course", lambda: 130.0)
    assert (step.started_elsewhere("course"), step.started_elsewhere("other")) == (130.0, 0.0)
