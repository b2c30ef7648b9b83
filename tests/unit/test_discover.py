"""Which engine is used is decided by what the docker command would use; one named on purpose has to answer."""

import pytest

from swarmkit_helpers.engine import discover
from swarmkit_helpers.errors import EngineUnavailable


@pytest.fixture(autouse=True)
def no_engine_named(monkeypatch, tmp_path):
    for name in ("DOCKER_HOST", "DOCKER_CONTEXT"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path))


def test_a_dead_docker_host_is_named_and_nothing_else_is_tried(monkeypatch, tmp_path):
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/none.sock")
    with pytest.raises(EngineUnavailable, match=r"DOCKER_HOST is unix://.*none\.sock, where no engine answers"):
        discover.find_engine()


def test_a_simulation_that_has_ended_is_told_from_an_engine_that_does_not_run(monkeypatch):
    monkeypatch.setenv("DOCKER_HOST", "tcp://127.0.0.1:9/secret")
    with pytest.raises(EngineUnavailable, match="that was a simulation, and it has ended") as caught:
        discover.find_engine()
    assert "secret" not in str(caught.value)


def test_an_unknown_context_is_named(monkeypatch):
    monkeypatch.setenv("DOCKER_CONTEXT", "nowhere")
    with pytest.raises(EngineUnavailable, match="no docker context called 'nowhere'"):
        discover.find_engine()


def test_looking_finds_nothing_and_raises_nothing(monkeypatch, tmp_path):
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/none.sock")
    assert discover.running_engine() is None
