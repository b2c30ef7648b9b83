"""The time of a simulated world beside ours."""

from swarm_simulator.engines.world import CATCH_UP_MAX_SECONDS, World


class OurClock:
    """Our time, which passes only while something is done."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def monotonic(self) -> float:
        return self.seconds


def busy(ours: OurClock, work: float, speed: float = 20.0) -> tuple[World, list[float]]:
    """A world where something is due ten times a second and takes `work` seconds of ours; the times it was done."""
    world = World(speed=speed, now=lambda: 1_000.0, monotonic=ours.monotonic)
    happened: list[float] = []

    def happen() -> None:
        happened.append(world.clock.now)
        ours.seconds += work
        world.clock.after(0.1, happen)

    world.clock.after(0.1, happen)
    return world, happened


def test_time_there_goes_speed_times_as_fast_if_it_can():
    ours = OurClock()
    world, happened = busy(ours, work=0.0)
    ours.seconds = 3.0
    world.catch_up()
    assert world.clock.now == 1_060.0
    assert len(happened) in (599, 600)  # adding tenths is not exact


def test_catching_up_never_takes_long():
    ours = OurClock()
    world, happened = busy(ours, work=0.03)
    ours.seconds = 3.0
    for _ in range(5):
        before = ours.seconds
        world.catch_up()
        assert ours.seconds - before < 2 * CATCH_UP_MAX_SECONDS
        ours.seconds += 0.5
    assert len(happened) == 5 * 4


def test_time_there_goes_on_from_where_it_is():
    ours = OurClock()
    world, _happened = busy(ours, work=0.06)
    ours.seconds = 3.0
    world.catch_up()
    late = world.clock.now
    assert late < 1_060.0
    ours.seconds += 0.004
    world.catch_up()
    assert late < world.clock.now < late + 0.2
