"""The texts of the controls: sentences and rows about the state, commands and errors. Pure functions."""

from collections.abc import Sequence
from html import escape

from ...language import _, ngettext
from ...machine import Machine
from ...records import Node, Observation
from ...rules import convergence

# By the state of a machine: the commands of its three buttons, None where a button does nothing.
# After a fault, the same button undoes it.
VERBS: dict[str, tuple[str | None, str | None, str | None]] = {
    "running": ("kill", "pause", "disconnect"),
    "exited": ("start", None, None),
    "paused": (None, "unpause", None),
    "disconnected": (None, None, "reconnect"),
}
IDLE_VERBS = ("kill", "pause", "disconnect")


def verbs(state: str) -> tuple[str | None, str | None, str | None]:
    """What can be done with a machine in that state; nothing in those that only pass by, as while it is removed."""
    return VERBS.get(state, (None, None, None))


def button(verb: str, machine: str) -> str:
    """The words on the button of that docker command, in the language in use."""
    return {
        "kill": _("Kill {machine}"),
        "start": _("Start {machine}"),
        "pause": _("Freeze {machine}"),
        "unpause": _("Unfreeze {machine}"),
        "disconnect": _("Disconnect {machine}"),
        "reconnect": _("Reconnect {machine}"),
    }[verb].format(machine=machine)


def replicas(seen: Observation, name: str) -> str:
    """The sentence about the replicas of the service: how many are desired, and how many run."""
    service = seen.service(name)
    if service is None:
        return _("There is no service called {service} now.").format(service=name)
    if service.mode != "replicated" or service.replicas is None:
        return _("{service} is a {mode} service: it has no number of replicas to change.").format(
            service=name, mode=service.mode
        )
    asked = ngettext("{n} replica is asked for", "{n} replicas are asked for", service.replicas).format(
        n=service.replicas
    )
    running = len(convergence.running_tasks(seen, service))
    return asked + ", " + ngettext("{n} runs.", "{n} run.", running).format(n=running)


def node(seen: Node, running: int) -> str:
    """HTML of one line about the node: its role, its state, and how many tasks run on it."""
    role = _("leader") if seen.leader else seen.role
    state = escape(seen.state) if seen.state == "ready" else f'<b class="swk-bad">▲ {escape(seen.state)}</b>'
    tasks = ngettext("{n} task runs", "{n} tasks run", running).format(n=running)
    return f"{escape(role)} · {state} · {escape(tasks)}"


def running_on(seen: Observation, name: str) -> int:
    """The number of tasks that run on the node of that name and are to go on, as far as the swarm knows.

    On a node that is down there are none.
    """
    found = seen.node(name)
    if found is None or found.state == "down":
        return 0
    return sum(task.node == name and task.state == "running" and task.wanted for task in seen.tasks)


def machine(seen: Machine) -> str:
    """HTML of one line about the machine: its state, and what that means."""
    state = escape(seen.state)
    marked = f"● {state}" if seen.state == "running" else f'<b class="swk-bad">▲ {state}</b>'
    return f"{marked} · {escape(_meaning(seen.state))}"


def _meaning(state: str) -> str:
    return {
        "running": _("works"),
        "exited": _("switched off"),
        "paused": _("frozen, answers nothing"),
        "disconnected": _("its cable is unplugged"),
    }.get(state, state)


def command(texts: list[str], note: str, good: bool = False) -> str:
    """HTML of docker commands and their result. The commands are code, the same in every language."""
    style = "swk-good" if good else "swk-note"
    return status(f'{_codes(texts)} <span class="{style}">{escape(note)}</span>')


def example(text: str) -> str:
    """HTML of an example of the control's docker command, before the first request."""
    return status(f"{escape(_('As a command:'))} {_codes([text])}")


def problem(problem: str, fix: str, texts: Sequence[str] = ()) -> str:
    """HTML of an error in its two parts, after the commands that led to it."""
    return status(
        f'{_codes(texts)}<div class="swk-problem"><b>▲ {escape(problem)}</b><br>{escape(_("Fix:"))} {escape(fix)}</div>'
    )


def absence(what: str, why: str) -> str:
    """HTML that says what does not answer, why, and that the control waits for it. `why` is the text of an error."""
    text = _("{what} ({why}). This goes on by itself when that is over.").format(what=what, why=why.partition("\n")[0])
    return warning(text)


def no_manager(why: str, last: Observation | None) -> str:
    """HTML that says that no manager answers, why, and which machine to start; `last` is what was seen before."""
    # A node that has just joined has told only its id, which is the name of no machine.
    known = [node for node in last.nodes if node.name != node.id[:12]] if last else []
    managers = [node.name for node in known if node.role == "manager"]
    said = _("No manager answers now ({why}).").format(why=why.partition("\n")[0])
    if not managers:
        fix = _("Start the machines again, or run the two cells under Setup again.")
    else:
        fix = ngettext(
            'Bring {names} back, with its button or with cluster.start("{first}"); then this goes on.',
            'Bring most of {names} back, with their buttons or with cluster.start("{first}"); then this goes on.',
            len(managers),
        ).format(names=", ".join(managers), first=managers[0])
    return f'<div class="swk-absence">{warning(f"{said} {fix}")}</div>'


def warning(text: str) -> str:
    """HTML of a sentence that is no error."""
    return f'<div class="swk-warn">{escape(text)}</div>'


def unexpected(error: Exception) -> str:
    """HTML of an error that is not a `SwarmkitError`."""
    return problem(f"{type(error).__name__}: {error}", _("do the same in a cell of its own, which shows all of it"))


def _codes(texts: Sequence[str]) -> str:
    return "<br>".join(f'<code lang="en">{escape(text)}</code>' for text in texts)


def status(html: str) -> str:
    """The HTML, marked so that a screen reader reads it out when it changes."""
    return f'<div role="status" aria-live="polite">{html}</div>'
