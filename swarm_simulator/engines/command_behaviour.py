"""What a command would do, as far as one can tell without running it: nothing runs in a simulated container.

It knows how long `sleep` sleeps, how `exit` ends, what `echo` says and when, and which programs busybox has; a server
or an endless loop goes on for ever. What it cannot tell ends at once, and well.
"""

import re
import shlex
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

HOSTNAME = "\0hostname\0"  # in an output: the container's own host name, which it has only once it is made
DATE = "\0date\0"  # in an output: what `date` says then
NOT_FOUND = (
    "failed to create task for container: failed to create shim task: OCI runtime create failed: runc create "
    'failed: unable to start container process: exec: "{program}": {reason}: unknown'
)
_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
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
_FOR_EVER = {"top", "yes", "httpd", "crond", "telnetd", "watch", "nc", "ping"}
_SHELLS = ("sh", "ash", "bash")
_BETWEEN = re.compile(r"\s*(?:;|&&|\n)\s*")  # of two commands
_KEYWORDS = "cd export set trap if then else fi for do done read unset umask wait eval local return shift type case"
_WORDS = {*_KEYWORDS.split()}
_LOOP = re.compile(r"\b(while|until)\s+(:|true|sleep\b|\[ 1)")
_ROUND = re.compile(r"while\s+(.*?)[;\n]\s*do\b(.*?)[;\n]?\s*\bdone\b", re.DOTALL)  # of an endless loop
_FOR = re.compile(r"\bfor\s+(\w+)\s+in\s+([^;\n]*)[;\n]\s*do\b((?:(?!\bfor\b).)*?)[;\n]\s*done\b", re.DOTALL)
_SEQ = re.compile(r"(?:\$\(|`)seq\s+(\d+)(?:\s+(\d+))?(?:\)|`)")
_OWN = (
    (re.compile(r"\$\(hostname\)|`hostname`|\$HOSTNAME\b|\$\{HOSTNAME\}"), HOSTNAME),
    (re.compile(r"\$\(date[^)]*\)|`date[^`]*`"), DATE),
)
_BUSY = 0.5  # seconds: a loop that goes round faster is not told of
_LONG = 20_000  # characters up to which loops are unrolled
_TRAP = re.compile(r"""trap\s+(?:"exit (\d+)"|'exit (\d+)'|exit)\s+.*?(?:TERM|15)""")


REFUSAL = (
    "This container is simulated: nothing runs in it, so there is nowhere to run {command}.\n"
    "Look at it with docker ps, docker inspect and docker logs, and at the swarm with docker service ps.\n"
)
REFUSED = 126  # the exit status of a command that cannot be invoked
SILENT = b"This container is simulated: it stays until it is stopped, and writes nothing more. Ctrl-C leaves it.\n"
QUICK = 0.05  # seconds a program takes that has next to nothing to do


class Said(NamedTuple):
    """One line of an output."""

    stream: int  # 1 out, 2 err
    line: bytes
    at: float = 0.0  # seconds after the start


@dataclass(frozen=True, slots=True)
class Behaviour:
    """What becomes of a container that is started."""

    lasts: float | None = None  # seconds until it ends by itself; None: never
    exit_code: int = 0  # with which it then ends
    on_term: int | None = None  # the exit code with which it ends when it is asked to; None: it does not hear
    output: tuple[Said, ...] = ()
    rounds: tuple[Said, ...] = ()  # what it writes again and again, by the seconds since a round began
    first: float = 0.0  # seconds after which the first round begins
    period: float = 0.0  # seconds that a round takes
    error: str = ""  # why it cannot even start


def of(argv: Sequence[str], tty: bool = False, busybox: bool = True) -> Behaviour:
    """The behaviour of a container whose first process is that command; with `busybox` there are only its programs.

    A first process gets no signal that it has not asked for: `sleep` does not hear that it is to stop.
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
            return _script(rest[1])
        return Behaviour() if tty else Behaviour(lasts=QUICK)
    return _command(name, rest, tty) or (Behaviour(lasts=QUICK) if busybox else Behaviour(on_term=0))


def watched(does: Behaviour, command: str, typing: bool) -> Behaviour:
    """The same before somebody's eyes, who is told that there is nothing to see; with nothing to type to, it ends."""
    if typing:
        refusal = REFUSAL.format(command=command).encode(errors="replace")
        return Behaviour(lasts=QUICK, exit_code=REFUSED, output=(Said(2, refusal),))
    if does.lasts is None and not does.rounds:
        return replace(does, output=(*does.output, Said(2, SILENT)))
    return does


def _command(name: str, rest: list[str], tty: bool = False) -> Behaviour | None:
    """One program; None where nothing is known of it."""
    if name == "sleep":
        return _sleep(rest)
    if name in ("true", ":"):
        return Behaviour(lasts=QUICK)
    if name == "false":
        return Behaviour(lasts=QUICK, exit_code=1)
    if name == "exit":
        return Behaviour(lasts=QUICK, exit_code=int(rest[0]) % 256 if rest and rest[0].isdigit() else 0)
    if name in ("echo", "printf"):
        stream = 2 if rest[-1:] and rest[-1] in (">&2", "1>&2") else 1
        said = " ".join(word for word in rest if word not in ("-e", ">&2", "1>&2"))
        for written, meant in _OWN:
            said = written.sub(meant, said)
        return Behaviour(lasts=QUICK, output=(Said(stream, f"{said}\n".encode(errors="replace")),))
    if name in ("hostname", "date"):
        return Behaviour(lasts=QUICK, output=(Said(1, f"{HOSTNAME if name == 'hostname' else DATE}\n".encode()),))
    if (name == "tail" and any(word in ("-f", "-F") for word in rest)) or (name == "cat" and tty):
        return Behaviour()
    if name == "ping" and "-c" in rest:
        return Behaviour(lasts=1.0)
    return Behaviour() if name in _FOR_EVER else None


def _sleep(rest: list[str]) -> Behaviour:
    seconds = 0.0
    for word in rest:
        if word in ("inf", "infinity"):
            return Behaviour()
        if not (found := re.fullmatch(r"(\d+(?:\.\d+)?)([smhd]?)", word)):
            said = f"sleep: invalid number '{word}'\n".encode()
            return Behaviour(lasts=QUICK, exit_code=1, output=(Said(2, said),))
        seconds += float(found[1]) * _UNITS[found[2] or "s"]
    return Behaviour(lasts=max(seconds, QUICK)) if rest else Behaviour(lasts=QUICK, exit_code=1)


def _script(script: str) -> Behaviour:
    """A script of simple commands one after the other; one with an endless loop goes on for ever."""
    script = _unrolled(script)
    heard = _TRAP.search(script)
    on_term = int(heard[1] or heard[2] or 0) if heard else None
    endless = _LOOP.search(script)
    lasts, status, output = 0.0, 0, []
    for part in _BETWEEN.split((script[: endless.start()] if endless else script).strip()):
        try:
            words = shlex.split(part)
        except ValueError:
            continue  # half of a text that holds a semicolon
        while words and (words[0] == "exec" or re.fullmatch(r"\w+=.*", words[0])):
            del words[0]
        if not words or (">" in part and words[-1] not in (">&2", "1>&2")):
            continue  # what it writes goes to a file
        did = _command(words[0], words[1:])
        if did is None:  # of what is known one cannot tell what it does, and what is not known is not there
            missing = words[0] not in _BUSYBOX and words[0] not in _WORDS and words[0].isalnum()
            did = Behaviour(
                lasts=QUICK,
                exit_code=127 if missing else 0,
                output=(Said(2, f"sh: {words[0]}: not found\n".encode(errors="replace")),) if missing else (),
            )
        output.extend(said._replace(at=said.at + lasts) for said in did.output)
        if did.lasts is None:
            return Behaviour(on_term=on_term, output=tuple(output))
        lasts, status = lasts + did.lasts, did.exit_code
        if words[0] == "exit" or (status and "&&" in script):
            break
    else:
        if endless:
            rounds, period = _round(script[endless.start() :])
            return Behaviour(on_term=on_term, output=tuple(output), rounds=rounds, first=lasts, period=period)
    return Behaviour(lasts=lasts, exit_code=status, on_term=on_term, output=tuple(output))


def _round(loop: str) -> tuple[tuple[Said, ...], float]:
    """What an endless loop writes each time, and how many seconds that takes; nothing if it does not pause."""
    found = _ROUND.match(loop)
    did = _script(f"{found[1]};{found[2]}") if found else Behaviour()
    return (did.output, did.lasts) if did.lasts and did.lasts >= _BUSY else ((), 0.0)


def _unrolled(script: str) -> str:
    """The script without its loops over some words: what they do stands there as often as they do it."""
    script = _SEQ.sub(
        lambda seq: " ".join(map(str, range(int(seq[1]) if seq[2] else 1, min(int(seq[2] or seq[1]), 1000) + 1))),
        script,
    )
    if _FOR.search(script):
        script = re.sub(r"\$(\w+)", r"${\1}", script)  # so that what stands behind a name never becomes part of it
    while len(script) < _LONG and (loop := _FOR.search(script)):
        some = loop[2].split()[: 1 + _LONG // (1 + len(loop[3]))]
        rounds = [loop[3].replace(f"${{{loop[1]}}}", word) for word in some]
        script = script[: loop.start()] + ";".join(rounds) + script[loop.end() :]
    return script
