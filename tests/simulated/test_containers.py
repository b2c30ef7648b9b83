"""The containers of a simulated engine, without HTTP."""

from random import Random

from swarm_simulator.clock import Clock
from swarm_simulator.engines.container import Container
from swarm_simulator.engines.host_engine import HostEngine


def started(engine: HostEngine, *command: str) -> Container:
    """A container that runs that command."""
    container = engine.containers.create({"Image": "busybox", "Cmd": [*command]})
    engine.containers.start(container)
    return container


def test_a_pause_stops_the_time_until_the_end():
    engine = HostEngine(Clock(0.0), Random(0))
    container = started(engine, "sleep", "10")
    engine.clock.advance(6)
    engine.containers.pause(container)
    engine.clock.advance(100)
    engine.containers.unpause(container)
    engine.clock.advance(103)
    assert container.running
    engine.clock.advance(105)
    assert (container.state, container.exit_code) == ("exited", 0)


def test_a_stop_before_a_kill_does_not_end_the_next_run():
    engine = HostEngine(Clock(0.0), Random(0))
    container = started(engine, "sleep", "infinity")
    engine.containers.stop(container, 60)
    engine.containers.pause(container)
    engine.containers.kill(container)
    engine.containers.start(container)
    engine.containers.pause(container)
    engine.containers.unpause(container)
    engine.clock.advance(1000)
    assert container.running
