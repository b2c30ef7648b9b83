"""What a simulated container does, and what somebody is told who watches one that does nothing."""

from swarm_simulator.engines.command_behaviour import REFUSED, of, watched
from swarmkit_helpers.cluster.docker_exec import redacted


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


def lines(script: str) -> list[tuple[bytes, int]]:
    """What a script writes, each with the second in which it does."""
    return [(said.line.strip(), int(said.at)) for said in of(["sh", "-c", script]).output]


def test_each_line_has_its_time():
    assert lines("echo a; sleep 5; echo b") == [(b"a", 0), (b"b", 5)]


def test_a_loop_over_words_does_it_for_each():
    count = of(["sh", "-c", "for i in 1 2 3; do echo $i of ${i}; sleep 2; done; echo done"])
    assert [said.line for said in count.output] == [b"1 of 1\n", b"2 of 2\n", b"3 of 3\n", b"done\n"]
    assert 6 < count.lasts < 7
    assert lines("for i in $(seq 2 3); do for j in x y; do echo $i$j; done; sleep 10; done") == [
        (b"2x", 0),
        (b"2y", 0),
        (b"3x", 10),
        (b"3y", 10),
    ]


def test_loops_in_loops_have_an_end():
    nested = of(["sh", "-c", "".join(f"for {name} in $(seq 1000); do " for name in "xyz") + "echo $x" + "; done" * 3])
    assert len(nested.output) < 10_000


def test_an_endless_loop_writes_in_every_round():
    does = of(["sh", "-c", "echo first; sleep 3; while true; do echo tick; sleep 2; done"])
    assert does.lasts is None
    assert [said.line for said in does.rounds] == [b"tick\n"]
    assert (int(does.first), int(does.period)) == (3, 2)
    assert of(["sh", "-c", "while sleep 4; do echo tick; done"]).rounds[0].at == 4
    assert of(["sh", "-c", "while true; do echo tick; done"]).rounds == ()  # nobody wants to see that
    assert watched(does, "sh", typing=False) is does


def test_the_way_to_a_simulated_engine_is_not_handed_in():
    shown = redacted("DOCKER_HOST=tcp://127.0.0.1:4711/aB3_-aB3_-aB3_-aB3_-aB3_/machines/swarmlab-course-node1")
    assert shown == "DOCKER_HOST=tcp://127.0.0.1:4711/(secret)/machines/swarmlab-course-node1"
