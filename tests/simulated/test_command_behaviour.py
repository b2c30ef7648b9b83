"""What a simulated container does, and the notice for a client that is attached to it."""

from swarm_simulator.engines.command_behaviour import REFUSED_EXIT_CODE, behaviour_of, with_notice
from swarm_simulator.engines.command_context import CommandContext
from swarmkit_helpers.docker_commands import redacted


def test_a_shell_with_a_terminal_stays_and_one_without_ends():
    assert behaviour_of(["sh"], CommandContext(tty=True)).seconds is None
    assert behaviour_of(["sh"]).seconds is not None


def test_an_interactive_container_ends_with_a_refusal():
    behaviour = with_notice(behaviour_of(["sh"], CommandContext(tty=True)), "sh", interactive=True)
    assert behaviour.exit_code == REFUSED_EXIT_CODE
    assert behaviour.seconds is not None
    assert b"nothing runs in it, so there is nowhere to run sh" in behaviour.output[0][1]


def test_the_output_of_an_endless_program_says_so():
    behaviour = with_notice(behaviour_of(["ping", "localhost"]), "ping localhost", interactive=False)
    assert behaviour.seconds is None
    assert b"Ctrl-C leaves it" in behaviour.output[-1][1]


def test_the_output_of_a_program_that_ends_is_unchanged():
    assert with_notice(behaviour_of(["echo", "hello"]), "echo hello", interactive=False) == behaviour_of(
        ["echo", "hello"]
    )


def lines(script: str) -> list[tuple[bytes, int]]:
    """The lines that a script writes, each with its second."""
    return [(line.text.strip(), int(line.at)) for line in behaviour_of(["sh", "-c", script]).output]


def test_each_line_has_its_time():
    assert lines("echo a; sleep 5; echo b") == [(b"a", 0), (b"b", 5)]


def test_a_loop_over_words_runs_for_each_word():
    count = behaviour_of(["sh", "-c", "for i in 1 2 3; do echo $i of ${i}; sleep 2; done; echo done"])
    assert [line.text for line in count.output] == [b"1 of 1\n", b"2 of 2\n", b"3 of 3\n", b"done\n"]
    assert 6 < count.seconds < 7
    assert lines("for i in $(seq 2 3); do for j in x y; do echo $i$j; done; sleep 10; done") == [
        (b"2x", 0),
        (b"2y", 0),
        (b"3x", 10),
        (b"3y", 10),
    ]


def test_loops_in_loops_have_an_end():
    nested = behaviour_of(
        ["sh", "-c", "".join(f"for {name} in $(seq 1000); do " for name in "xyz") + "echo $x" + "; done" * 3]
    )
    assert len(nested.output) < 10_000


def test_an_endless_loop_writes_in_every_round():
    behaviour = behaviour_of(["sh", "-c", "echo first; sleep 3; while true; do echo tick; sleep 2; done"])
    assert behaviour.seconds is None
    assert [line.text for line in behaviour.loop_output] == [b"tick\n"]
    assert (int(behaviour.loop_after), int(behaviour.loop_seconds)) == (3, 2)
    assert behaviour_of(["sh", "-c", "while sleep 4; do echo tick; done"]).loop_output[0].at == 4
    assert behaviour_of(["sh", "-c", "while true; do echo tick; done"]).loop_output == ()  # that is too fast to read
    assert with_notice(behaviour, "sh", interactive=False) is behaviour


def test_the_way_to_a_simulated_engine_is_not_handed_in():
    shown = redacted("DOCKER_HOST=tcp://127.0.0.1:4711/aB3_-aB3_-aB3_-aB3_-aB3_/machines/swarmlab-course-node1")
    assert shown == "DOCKER_HOST=tcp://127.0.0.1:4711/(secret)/machines/swarmlab-course-node1"
