"""What a simulated container does, and what somebody is told who watches one that does nothing."""

from swarmkit_helpers.shell import redacted
from swarmkit_helpers.simulation.machines.behaviour import REFUSED, of, watched


def test_a_shell_with_a_terminal_stays_and_one_without_ends():
    assert of(["sh"], tty=True).lasts is None
    assert of(["sh"]).lasts is not None


def test_who_wants_to_type_is_refused_and_the_container_ends():
    told = watched(of(["sh"], tty=True), "sh", typing=True)
    assert told.exit_code == REFUSED
    assert told.lasts is not None
    assert b"nothing runs in it, so there is nowhere to run sh" in told.output[0][1]


def test_who_looks_at_a_program_that_goes_on_for_ever_is_told_so():
    told = watched(of(["ping", "localhost"]), "ping localhost", typing=False)
    assert told.lasts is None
    assert b"Ctrl-C leaves it" in told.output[-1][1]


def test_a_program_that_ends_says_what_it_says():
    assert watched(of(["echo", "hello"]), "echo hello", typing=False) == of(["echo", "hello"])


def test_the_way_to_a_simulated_engine_is_not_handed_in():
    shown = redacted("DOCKER_HOST=tcp://127.0.0.1:4711/aB3_-aB3_-aB3_-aB3_-aB3_/machines/swarmlab-course-node1")
    assert shown == "DOCKER_HOST=tcp://127.0.0.1:4711/(secret)/machines/swarmlab-course-node1"
