"""What the journal keeps of what happened in a section: each change once, in words that need no translation."""

from dataclasses import replace

from support.api_bodies import seen
from support.section_histories import ONE, SEVEN

from swarmkit_helpers.course.sections.timeline import COMMAND_MAX_CHARS, Timeline
from swarmkit_helpers.docker_commands import Command
from swarmkit_helpers.recorder import Gap


def told(timeline: Timeline, *looks, commands=()) -> list[tuple[str, str, str]]:
    return [(event.what, event.name, event.text) for event in timeline.news(looks, commands)]


def test_the_first_look_tells_of_everything_and_the_next_of_what_changed():
    timeline, first, second = Timeline(), replace(ONE, at=1.0), replace(SEVEN, at=2.0)
    told_first = told(timeline, first)
    assert [(what, name) for what, name, _text in told_first] == [
        ("node", "node1"),
        ("node", "node2"),
        ("node", "node3"),
        ("service", "sleep-app"),
    ]
    assert told_first[0][2] == "ready, active, manager"
    assert told_first[3][2] == "asked 1; running 1 on node1"
    assert told(timeline, first, second) == [
        ("service", "sleep-app", "asked 7; running 3 on node1, 2 on node2, 2 on node3")
    ]
    assert told(timeline, first, second) == []


def test_a_node_is_told_with_what_it_says_of_itself():
    leader = replace(ONE.nodes[0], leader=True, engine="28.5.2", availability="drain", state="down")
    assert ("node", "node1", "down, drain, leader, Docker 28.5.2") in told(
        Timeline(), replace(ONE, at=1.0, nodes=(leader,))
    )


def test_what_is_there_no_more_and_that_nobody_answers_is_told():
    timeline = Timeline()
    told(timeline, replace(ONE, at=1.0))
    assert told(timeline, replace(seen(services=[]), at=2.0)) == [("service", "sleep-app", "gone")]
    assert ("swarm", "", "no manager answers") in told(timeline, Gap(3.0, "nobody"))


def test_commands_are_told_in_their_place_once_and_without_secrets():
    timeline, token = Timeline(), "SWMTKN-1-abc-def"
    commands = [Command(f"docker swarm join --token {token}", "node2", 1.5), Command("x" * 999, None, 2.5)]
    events = told(timeline, replace(ONE, at=1.0), replace(SEVEN, at=2.0), commands=commands)
    assert [what for what, _name, _text in events][-3:] == ["command", "service", "command"]
    assert events[-3] == ("command", "node2", "docker swarm join --token SWMTKN-1-(secret)")
    assert events[-1] == ("command", "", "x" * COMMAND_MAX_CHARS)
    assert told(timeline, commands=commands) == []
