"""Each request says which docker command it stands for."""

import time
from contextvars import copy_context
from threading import Thread

from swarmkit_helpers.docker_commands import announce, housekeeping, listen, shown_by


def test_it_is_printed_where_it_would_be_typed(capsys):
    announce("docker node ls")
    announce("docker swarm init", on="node1")
    assert capsys.readouterr().out == "$ docker node ls\nnode1$ docker swarm init\n"


def test_inside_the_block_it_goes_elsewhere(capsys):
    shown = []
    with shown_by(shown.append):
        announce("docker node ls", on="node1")
        other = Thread(target=announce, args=["docker ps"])
        other.start()
        other.join()
    announce("docker info")
    assert [(command.text, command.on) for command in shown] == [("docker node ls", "node1")]
    assert "docker node ls" not in capsys.readouterr().out


def test_listeners_hear_every_command_until_they_leave():
    heard = []
    leave = listen(heard.append)
    with shown_by(lambda command: None):
        announce("first")
        leave()
        announce("second")
    [command] = heard
    assert command.text == "first"
    assert abs(command.at - time.time()) < 1


def test_the_course_s_own_commands_are_no_part_of_the_lesson(capsys):
    heard = []
    leave = listen(heard.append)
    with housekeeping():
        announce("docker node rm --force qaotds")
    announce("docker node ls")
    leave()
    assert [command.text for command in heard] == ["docker node ls"]
    assert capsys.readouterr().out == "$ docker node ls\n"


def test_shown_by_follows_its_context():
    shown = []
    with shown_by(shown.append):
        context = copy_context()
    context.run(announce, "docker ps")
    assert [command.text for command in shown] == ["docker ps"]
