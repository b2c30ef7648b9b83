"""What the log of a dockerd says about its end: the errors in it, and whether time was what it lacked."""

import re

from ..language import _

_LEVEL = re.compile(r'\blevel"?[=:] ?"?(\w+)')  # of a line as dockerd and containerd write it, as text or as JSON
_SERIOUS = ("error", "fatal", "panic")
# Lines without a level are the last words of a program, or what a script says.
_WORDS = re.compile(
    r"panic|fatal|fail|error|unable|cannot|can't|denied|permitted|not found|no such|invalid|unknown", re.IGNORECASE
)
_END = re.compile(r"\A(panic|fatal error):|failed to start (daemon|containerd)")  # why it ended
_TIME = re.compile(r"timeout waiting for containerd|deadline exceeded|timed out|i/o timeout", re.IGNORECASE)


def errors(log: str) -> list[str]:
    """The lines of the log that are errors. A line of another level is none, whatever words it has."""
    found = []
    for line in map(str.strip, log.splitlines()):
        if line.startswith("goroutine "):  # what follows a panic is its stack
            break
        level = _LEVEL.search(line)
        if level[1] in _SERIOUS if level else _WORDS.search(line):
            found.append(line)
    return found


def reason(log: str) -> str:
    """The line of the log that says why the engine ended: its last words, else its last error."""
    found = errors(log)
    last_words = [line for line in found if _END.search(line)]
    return (last_words or found or [_("it gave no reason")])[-1]


def lacked_time(log: str) -> bool:
    """Whether the engine ended because something took too long, as on a slow or busy computer."""
    return bool(_TIME.search(reason(log)))
