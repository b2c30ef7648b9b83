"""What a command would do, as far as its words show it. Nothing runs in a simulated container.

Known are: how long `sleep` sleeps, how `exit` ends, what `echo` writes and when, and which programs busybox has.
A server or an endless loop never ends. A command whose work is not known ends at once, with success.
"""

import itertools
import re
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from .command_context import HOSTNAME, CommandContext

DATE = "\0date\0"  # in an output: what `date` writes at that moment
NOT_FOUND = (
    "failed to create task for container: failed to create shim task: OCI runtime create failed: runc create "
    'failed: unable to start container process: exec: "{program}": {reason}: unknown'
)
_UNIT_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_PROGRAMS = """
[ [[ ash awk base64 basename bc busybox cal cat chmod chown cp crond cut date dd df dirname dmesg
dnsdomainname du echo egrep env expr false fgrep find fold free ftpget ftpput getopt grep groups gunzip gzip
head hexdump hostid hostname httpd id ifconfig install ip ipcalc kill killall less ln logger logname ls lsof
md5sum mkdir mkfifo mknod mktemp more mount mv nc netstat nice nl nohup nslookup od paste pidof ping ping6
pgrep pkill printenv printf ps pwd readlink realpath rev rm rmdir route sed seq sh sha1sum sha256sum sleep
sort split stat strings stty sync tail tar tee telnet telnetd test tftp time timeout top touch tr traceroute
true tty udhcpc umount uname uniq unzip uptime usleep vi watch wc wget which who whoami xargs yes zcat
"""
_BUSYBOX = {*_PROGRAMS.split()}
_ENDLESS_PROGRAMS = {"top", "yes", "httpd", "crond", "telnetd", "watch", "nc", "ping"}
_SHELLS = ("sh", "ash", "bash")
_SEPARATOR = re.compile(r"\s*(?:;|&&|\n)\s*")  # between two commands
_KEYWORDS = "cd export set trap if then else fi for do done read unset umask wait eval local return shift type case"
_SHELL_WORDS = {*_KEYWORDS.split()}
_ENDLESS_LOOP = re.compile(r"\b(while|until)\s+(:|true|sleep\b|\[ 1)")
_LOOP_PARTS = re.compile(r"while\s+(.*?)[;\n]\s*do\b(.*?)[;\n]?\s*\bdone\b", re.DOTALL)  # condition, commands
_FOR_LOOP = re.compile(r"\bfor\s+(\w+)\s+in\s+([^;\n]*)[;\n]\s*do\b((?:(?!\bfor\b).)*?)[;\n]\s*done\b", re.DOTALL)
_SEQ = re.compile(r"(?:\$\(|`)seq\s+(\d+)(?:\s+(\d+))?(?:\)|`)")
_PLACEHOLDERS = (
    (re.compile(r"\$\(hostname\)|`hostname`|\$HOSTNAME\b|\$\{HOSTNAME\}"), HOSTNAME),
    (re.compile(r"\$\(date[^)]*\)|`date[^`]*`"), DATE),
)
_VARIABLE = re.compile(rb"\$(?:\{(\w+)\}|(\w+))")
_LOOP_MIN_SECONDS = 0.5  # a loop with shorter rounds has no output
_UNROLLED_MAX_CHARS = 20_000
_TRAP = re.compile(r"""trap\s+(?:"exit (\d+)"|'exit (\d+)'|exit)\s+.*?(?:TERM|15)""")


EMPTY = CommandContext()
REFUSAL = (
    "This container is simulated: nothing runs in it, so there is nowhere to run {command}.\n"
    "Look at it with docker ps, docker inspect and docker logs, and at the swarm with docker service ps.\n"
)
REFUSED_EXIT_CODE = 126  # of a command that cannot be invoked
SILENT = b"This container is simulated: it stays until it is stopped, and writes nothing more. Ctrl-C leaves it.\n"
SHORT_SECONDS = 0.05  # what a program takes that has almost nothing to do


class OutputLine(NamedTuple):
    """One line of an output."""

    stream: int  # 1 stdout, 2 stderr
    text: bytes
    at: float = 0.0  # seconds after the start


@dataclass(frozen=True, slots=True)
class Behaviour:
    """What a container does once it is started."""

    seconds: float | None = None  # until it ends by itself; None: never
    exit_code: int = 0  # when it ends by itself
    term_exit_code: int | None = None  # when it ends on its stop signal; None: it ignores the signal
    output: tuple[OutputLine, ...] = ()
    loop_output: tuple[OutputLine, ...] = ()  # of each round of an endless loop, timed from the start of the round
    loop_after: float = 0.0  # seconds until the first round
    loop_seconds: float = 0.0  # that a round takes
    error: str = ""  # why it cannot even start


def behaviour_of(argv: Sequence[str], context: CommandContext = EMPTY, busybox: bool = True) -> Behaviour:
    """The behaviour of a container with that command; with `busybox` it has only busybox's programs.

    A first process gets only the signals it has asked for: `sleep` ignores its stop signal.
    """
    program, *rest = argv
    name = program.rpartition("/")[2]
    if busybox and name not in _BUSYBOX:
        reason = (
            "executable file not found in $PATH" if "/" not in program else f"stat {program}: no such file or directory"
        )
        return Behaviour(error=NOT_FOUND.format(program=program, reason=reason), exit_code=127)
    if name in _SHELLS:
        if len(rest) >= 2 and rest[0].startswith("-") and rest[0].endswith("c"):
            return _script(rest[1], replace(context, script=rest[1]))
        return Behaviour() if context.tty or context.open_stdin else Behaviour(seconds=SHORT_SECONDS)
    return _command(name, rest, context) or (
        Behaviour(seconds=SHORT_SECONDS) if busybox else Behaviour(term_exit_code=0)
    )


def with_notice(behaviour: Behaviour, command: str, interactive: bool) -> Behaviour:
    """The behaviour when a client is attached: it also says that the container is simulated.

    An interactive container ends with that notice, since there is no program that could read the input.
    """
    if interactive:
        refusal = REFUSAL.format(command=command).encode(errors="replace")
        return Behaviour(seconds=SHORT_SECONDS, exit_code=REFUSED_EXIT_CODE, output=(OutputLine(2, refusal),))
    if behaviour.seconds is None and not behaviour.loop_output:
        return replace(behaviour, output=(*behaviour.output, OutputLine(2, SILENT)))
    return behaviour


def with_variables(behaviour: Behaviour, variables: Mapping[str, str]) -> Behaviour:
    """The behaviour of a script with the values of these variables in its output."""

    def fill(lines: tuple[OutputLine, ...]) -> tuple[OutputLine, ...]:
        return tuple(line._replace(text=_VARIABLE.sub(value, line.text)) for line in lines)

    def value(found: re.Match[bytes]) -> bytes:
        known = variables.get((found[1] or found[2]).decode(errors="replace"))
        return found[0] if known is None else known.encode(errors="replace")

    return replace(behaviour, output=fill(behaviour.output), loop_output=fill(behaviour.loop_output))


def is_script(argv: Sequence[str]) -> bool:
    """Whether the command is a shell with a script on its command line."""
    return len(argv) > 2 and argv[0].rpartition("/")[2] in _SHELLS and argv[1].startswith("-") and argv[1].endswith("c")


def _command(name: str, rest: list[str], context: CommandContext = EMPTY) -> Behaviour | None:
    """The behaviour of one program; None where nothing is known of it."""
    if name == "cat" and not rest and (context.tty or context.open_stdin):
        return Behaviour()
    if told := context.told_by(name, rest):
        output = [OutputLine(stream, text) for stream, text in ((1, told.output), (2, told.errors)) if text]
        return Behaviour(seconds=SHORT_SECONDS, exit_code=told.exit_code, output=tuple(output))
    if name == "sleep":
        return _sleep(rest)
    if name in ("true", ":"):
        return Behaviour(seconds=SHORT_SECONDS)
    if name == "false":
        return Behaviour(seconds=SHORT_SECONDS, exit_code=1)
    if name == "exit":
        return Behaviour(seconds=SHORT_SECONDS, exit_code=int(rest[0]) % 256 if rest and rest[0].isdigit() else 0)
    if name in ("echo", "printf"):
        stream = 2 if rest[-1:] and rest[-1] in (">&2", "1>&2") else 1
        text = _printed(name, [word for word in rest if word not in (">&2", "1>&2")])
        for written, placeholder in _PLACEHOLDERS:
            text = written.sub(placeholder, text)
        lines = text.encode(errors="replace").splitlines(keepends=True)
        return Behaviour(seconds=SHORT_SECONDS, output=tuple(OutputLine(stream, line) for line in lines))
    if name in ("hostname", "date"):
        placeholder = HOSTNAME if name == "hostname" else DATE
        return Behaviour(seconds=SHORT_SECONDS, output=(OutputLine(1, f"{placeholder}\n".encode()),))
    if name == "tail" and any(word in ("-f", "-F") for word in rest):
        return Behaviour()
    if name == "ping" and "-c" in rest:
        return Behaviour(seconds=1.0)
    return Behaviour() if name in _ENDLESS_PROGRAMS else None


def _printed(name: str, words: list[str]) -> str:
    """What echo or printf writes."""
    if name == "echo":
        options = [*itertools.takewhile(lambda word: word in ("-n", "-e", "-ne", "-en"), words)]
        text = " ".join(words[len(options) :])
        return (_unescaped(text) if "e" in "".join(options) else text) + ("" if "n" in "".join(options) else "\n")
    values = iter(words[1:])
    return re.sub(r"%[sd]", lambda _: next(values, ""), _unescaped(words[0] if words else ""))


def _unescaped(text: str) -> str:
    return text.replace("\\n", "\n").replace("\\t", "\t").replace("\\\\", "\\")


def _sleep(rest: list[str]) -> Behaviour:
    seconds = 0.0
    for word in rest:
        if word in ("inf", "infinity"):
            return Behaviour()
        if not (found := re.fullmatch(r"(\d+(?:\.\d+)?)([smhd]?)", word)):
            line = f"sleep: invalid number '{word}'\n".encode()
            return Behaviour(seconds=SHORT_SECONDS, exit_code=1, output=(OutputLine(2, line),))
        seconds += float(found[1]) * _UNIT_SECONDS[found[2] or "s"]
    return Behaviour(seconds=max(seconds, SHORT_SECONDS)) if rest else Behaviour(seconds=SHORT_SECONDS, exit_code=1)


def _script(script: str, context: CommandContext = EMPTY) -> Behaviour:
    """The behaviour of a script: simple commands one after the other. One with an endless loop never ends."""
    script = _unrolled(script)
    trap = _TRAP.search(script)
    term_exit_code = int(trap[1] or trap[2] or 0) if trap else None
    endless = _ENDLESS_LOOP.search(script)
    seconds, status = 0.0, 0
    output: list[OutputLine] = []
    for part in _SEPARATOR.split((script[: endless.start()] if endless else script).strip()):
        try:
            words = shlex.split(part)
        except ValueError:
            continue  # half of a text that contains a semicolon
        while words and (words[0] == "exec" or re.fullmatch(r"\w+=.*", words[0])):
            del words[0]
        if not words or (">" in part and words[-1] not in (">&2", "1>&2")):
            continue  # its output goes to a file
        behaviour = _command(words[0], words[1:], context)
        if behaviour is None:  # it is a program whose work is not known, or it is not there
            missing = words[0] not in _BUSYBOX and words[0] not in _SHELL_WORDS and words[0].isalnum()
            line = f"sh: {words[0]}: not found\n".encode(errors="replace")
            behaviour = Behaviour(
                seconds=SHORT_SECONDS,
                exit_code=127 if missing else 0,
                output=(OutputLine(2, line),) if missing else (),
            )
        output.extend(line._replace(at=line.at + seconds) for line in behaviour.output)
        if behaviour.seconds is None:
            return Behaviour(term_exit_code=term_exit_code, output=tuple(output))
        seconds, status = seconds + behaviour.seconds, behaviour.exit_code
        if words[0] == "exit" or (status and "&&" in script):
            break
    else:
        if endless:
            loop_output, loop_seconds = _loop_round(script[endless.start() :], context)
            return Behaviour(
                term_exit_code=term_exit_code,
                output=tuple(output),
                loop_output=loop_output,
                loop_after=seconds,
                loop_seconds=loop_seconds,
            )
    return Behaviour(seconds=seconds, exit_code=status, term_exit_code=term_exit_code, output=tuple(output))


def _loop_round(loop: str, context: CommandContext) -> tuple[tuple[OutputLine, ...], float]:
    """The output of one round of an endless loop, and its seconds; nothing if the rounds are too short."""
    parts = _LOOP_PARTS.match(loop)
    behaviour = _script(f"{parts[1]};{parts[2]}", context) if parts else Behaviour()
    if behaviour.seconds and behaviour.seconds >= _LOOP_MIN_SECONDS:
        return behaviour.output, behaviour.seconds
    return (), 0.0


def _unrolled(script: str) -> str:
    """The script with its `for` loops written out, round by round."""
    script = _SEQ.sub(
        lambda seq: " ".join(map(str, range(int(seq[1]) if seq[2] else 1, min(int(seq[2] or seq[1]), 1000) + 1))),
        script,
    )
    if _FOR_LOOP.search(script):
        script = re.sub(r"\$(\w+)", r"${\1}", script)  # so that a name ends where it ended, whatever replaces it
    while len(script) < _UNROLLED_MAX_CHARS and (loop := _FOR_LOOP.search(script)):
        words = loop[2].split()[: 1 + _UNROLLED_MAX_CHARS // (1 + len(loop[3]))]
        rounds = [loop[3].replace(f"${{{loop[1]}}}", word) for word in words]
        script = script[: loop.start()] + ";".join(rounds) + script[loop.end() :]
    return script
