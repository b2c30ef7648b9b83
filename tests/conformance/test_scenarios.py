"""The same scenarios on a real swarm and on a simulated one."""

import uuid
import warnings
from collections.abc import Iterator, Mapping
from concurrent.futures import Future
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest
from support.known_differences import differing, rows
from support.scenario_player import Company, Facts, Recording, command_version, major
from support.scenarios import SCENARIOS

from swarmkit_helpers.engine.discover import Engine
from swarmkit_helpers.engine.simulator import temporary_simulator

SPEED = 20  # simulated seconds in one of ours
# Of each file of scenarios one, played on a real engine always.
ALWAYS = {
    "outside_a_swarm", "node_commands", "networks", "services_that_cannot_be", "nodes_of_the_sdk", "constraints",
    "start_first", "drain_and_activate", "tasks_that_fail", "roles",
}  # fmt: skip
AGAIN = pytest.mark.exhaustive("the answers are compared with recorded ones on a simulated engine")

ARTEFACTS = Path(__file__).parents[2] / "artefacts"
SIMULATED_AS = "20.10"  # the engine with whose recording the simulated one is compared

Playing = Mapping[str, Future[Facts]]


@dataclass(frozen=True)
class RealRun:
    """The scenarios that were chosen, played on real clusters, and the recording they are compared with."""

    playing: Playing
    recorded: Recording


@pytest.fixture(scope="module")
def recorded() -> dict[str, Facts]:
    """What a real swarm answered, by scenario, with which the simulated one is compared."""
    return Recording.nearest(SIMULATED_AS, command_version()).scenarios


@pytest.fixture(scope="module")
def real(engine: Engine, request: pytest.FixtureRequest) -> Iterator[RealRun]:
    """The scenarios on real clusters. What this engine answered is left in artefacts/, as a recording."""
    with Company(f"pytest-{uuid.uuid4().hex[:8]}") as company:
        engine_version, command = company.version(), command_version()
        recording = Recording.nearest(engine_version, command)
        if recording.versions != (major(engine_version), major(command)):
            warnings.warn(
                f"there is no recording of engine {engine_version} with the docker command {command}: it is compared "
                f"with engine {recording.engine} and command {recording.command}; "
                "artefacts/conformance has what it answers",
                stacklevel=1,
            )
        playing = company.play(_chosen(request, "real"))
        yield RealRun(playing, recording)
        facts = {name: played.result() for name, played in playing.items() if played.done() and not played.exception()}
        Recording(engine_version, command, facts).write(ARTEFACTS / "conformance")


@pytest.fixture(scope="module")
def simulated(request: pytest.FixtureRequest) -> Iterator[Playing]:
    """The scenarios that were chosen, being played on simulated clusters."""
    with temporary_simulator(speed=SPEED) as url, ExitStack() as leaving:
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("DOCKER_HOST", url)
            company = leaving.enter_context(Company("simulated"))
        yield company.play(_chosen(request, "simulated"))


def _chosen(request: pytest.FixtureRequest, fixture: str) -> list[str]:
    """The scenarios for which this run has a test with that fixture."""
    chosen = {
        item.callspec.params["name"]
        for item in request.session.items
        if fixture in getattr(item, "fixturenames", ()) and item.path == request.path
    }
    return [name for name in SCENARIOS if name in chosen]


@pytest.mark.parametrize("name", SCENARIOS)
def test_the_simulated_engine_answers_as_the_real_one(
    simulated: Playing, recorded: dict[str, Facts], name: str
) -> None:
    seen = simulated[name].result()
    assert list(seen) == list(recorded[name])
    found = {fact: both for fact, answer in seen.items() if (both := differing(recorded[name][fact], answer))}
    accepted = {row.fact: (row.real, row.simulated) for row in rows() if row.scenario == name}
    assert found == accepted  # what is not in the table has to be the same, and what is in it has to differ so


@pytest.mark.parametrize("name", [name if name in ALWAYS else pytest.param(name, marks=AGAIN) for name in SCENARIOS])
def test_the_real_engine_still_answers_as_recorded(real: RealRun, name: str) -> None:
    assert real.playing[name].result() == real.recorded.scenarios[name]


def test_every_accepted_difference_is_of_a_scenario_and_has_a_reason(recorded: dict[str, Facts]) -> None:
    for row in rows():
        assert row.fact in recorded[row.scenario]
        assert row.real != row.simulated
        assert len(row.reason.split()) >= 4
    assert len({row[:2] for row in rows()}) == len(rows())


def test_of_each_file_of_scenarios_one_is_played_always() -> None:
    assert sorted(SCENARIOS[name][1].__module__ for name in ALWAYS) == sorted(
        {function.__module__ for _stage, function in SCENARIOS.values()}
    )


def test_there_are_answers_of_every_scenario(recorded: dict[str, Facts]) -> None:
    assert list(recorded) == list(SCENARIOS)
    assert all(recorded.values())
