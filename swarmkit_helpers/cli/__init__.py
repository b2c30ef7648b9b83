"""The commands, and no logic: each hands over to the module that does the work.

Nothing heavy is imported before a command needs it, so that `--help` answers at once, and answers before
there is an environment.
"""

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn, TextIO

from .. import __version__, language
from ..errors import SwarmkitError
from ..language import _

PROGRAM = "swarmlab" if Path(sys.argv[0]).stem == "swarmlab" else "python3 -m swarmkit_helpers"
HELP = f"""\
usage: {PROGRAM} COMMAND [options]

Docker Swarm, hands on: a real swarm of several nodes on this computer, driven from JupyterLab.

The practicum
  lab               Start JupyterLab on the practicum, over a real swarm.
  doctor            Say what this computer is able to do, and how to mend what it is not.
  test              Run every test, on a real engine and in a real browser.

Machines, without JupyterLab
  up                Start a cluster of machines, or revive it.
  status            Show the engine, the clusters, their nodes and their services.
  shell NODE        Open a terminal on a node.
  down              Remove a cluster; with --all every cluster, and stop the course's own engine.

A classroom without internet
  bundle save FILE  Put all images of the course in one file.
  bundle load FILE  Give this computer's engine the images of that file.

For teachers, and for those who hand in
  grade FILES       Grade notebooks that were handed in, each in a container of its own.
  release           Write the edition for students, and what nbgrader needs.
  evidence          Make a signed file of what was done, to hand in; or verify such files.

The course in other languages
  translate         Bring the translations in step with the English; list what is left to do.

Examples
  {PROGRAM} lab --nodes 5
  {PROGRAM} lab --engine simulated
  {PROGRAM} up --swarm
  {PROGRAM} shell node2
  {PROGRAM} grade submissions/ --out graded/
  {PROGRAM} test tests/unit -x

Options
  -h, --help        Show this, or after a command what it takes.
  --version         Show the version.
"""


class _Parser(argparse.ArgumentParser):
    """The parser of the whole line, whose help is the text above."""

    def format_help(self) -> str:
        return HELP

    def error(self, message: str) -> NoReturn:
        print(f"{message}\n  Fix: see what there is: {PROGRAM} --help", file=sys.stderr)
        sys.exit(2)


class _Command(argparse.ArgumentParser):
    """The parser of a command, whose complaints are two lines."""

    def error(self, message: str) -> NoReturn:
        print(f"{message}\n  Fix: see what it takes: {self.prog} --help", file=sys.stderr)
        sys.exit(2)


def parse(arguments: Sequence[str]) -> argparse.Namespace:
    """The command and its options. Ends the process on --help and --version (0) and on bad usage (2)."""
    if not arguments:
        print(HELP, end="", file=sys.stderr)
        sys.exit(2)
    for_pytest: list[str] = []
    if arguments[0] == "test" and not {"-h", "--help"} & set(arguments):
        arguments, for_pytest = arguments[:1], [*arguments[1:]]  # not ours to understand
    parser = _parser()
    options = parser.parse_args(arguments)
    options.pytest = for_pytest
    if getattr(options, "speed", None) is not None and not options.engine:
        parser.error("--speed goes with --engine simulated: a real engine's time cannot be changed")
    if getattr(options, "engine", None):
        options.speed = 1.0 if options.speed is None else options.speed
        if not 0.1 <= options.speed <= 1000:
            parser.error(f"--speed is a number from 0.1 to 1000, not {options.speed:g}")
    if options.command == "evidence" and not options.verb and not options.student:
        parser.error("evidence needs the student's id: --student ID")
    return options


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog=PROGRAM, allow_abbrev=False)
    parser.add_argument("--version", action="version", version=f"swarmkit-helpers {__version__}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True, parser_class=_Command)

    def command(name: str, what: str, epilog: str | None = None) -> argparse.ArgumentParser:
        return commands.add_parser(name, description=what, epilog=epilog, allow_abbrev=False)

    lab = command("lab", "Start JupyterLab on the practicum, over a real swarm. Ctrl-C ends it, and what it started.")
    _nodes(lab)
    lab.add_argument(
        "--lang",
        choices=language.available(),
        help="language of the notebooks (default: what SWARMLAB_LANG says, else en)",
    )
    lab.add_argument("--no-browser", action="store_true", help="print the URL, and open no browser")
    lab.add_argument("--port", type=int, help="port of JupyterLab (default: 8888, or the next one that is free)")
    _engine(lab)

    command(
        "doctor",
        "Say what this computer is able to do: a line for each fact, and the fix for each that fails. "
        "The exit status is 1 if something is missing that the practicum needs.",
    )
    command(
        "test",
        "Run every test: without Docker, on a real engine, the notebooks, and in a real browser.",
        "Everything after 'test' is for pytest, for example: test tests/unit -x",
    )

    up = command("up", "Start a cluster of machines; one that exists is adopted, and revived if it was broken.")
    _nodes(up)
    up.add_argument("--swarm", action="store_true", help="make the machines one swarm")
    _name(up)
    _engine(up)

    command("status", "Show the engine, the clusters, their nodes and their services.")

    shell = command("shell", "Open a terminal on a node, where docker is the node's own.")
    shell.add_argument("node", metavar="NODE", help="name of the node, such as node2")
    _name(shell)

    down = command("down", "Remove a cluster: its containers, network and volumes.")
    which = down.add_mutually_exclusive_group()
    which.add_argument("--all", action="store_true", help="every cluster; and stop the course's own engine")
    _name(which)

    bundle = command("bundle", "All images of the course in one file, for a classroom without internet.")
    verbs = bundle.add_subparsers(dest="verb", metavar="save|load", required=True)
    for verb, what in (("save", "Put all images in the file."), ("load", "Give the engine the images of the file.")):
        verbs.add_parser(verb, description=what).add_argument("file", metavar="FILE", type=Path)

    evidence = command(
        "evidence",
        "Make a signed file of what a student has done in the sections, to hand in.",
        "'evidence verify FILE...' tells what can be told of such files; the exit status is 1 if there "
        "is anything to look at. A signature made on a student's computer shows that the file was not "
        "changed since, and with which key it was signed; not who did the work.",
    )
    evidence.add_argument("--student", metavar="ID", help="student id under which it is handed in")
    evidence.add_argument("--out", metavar="FILE", type=Path, help="file to write (default: evidence-ID.json)")
    _name(evidence)
    whose = evidence.add_subparsers(dest="verb", metavar="[verify]")
    verify = whose.add_parser("verify", description="Tell what can be told of files that students have handed in.")
    verify.add_argument("files", metavar="FILE", type=Path, nargs="+", help="a file, or a folder of them")

    grade = command(
        "grade",
        "Grade notebooks that students handed in: each runs in a container and on a swarm of its "
        "own. What is graded already and did not change is not graded again.",
        "Example: grade submissions/ --out graded/ --jobs 2",
    )
    grade.add_argument("submissions", metavar="SUBMISSIONS", nargs="+", type=Path, help="folders, zips or notebooks")
    grade.add_argument("--out", metavar="DIR", type=Path, required=True, help="folder for grades and feedback")
    grade.add_argument("--jobs", type=int, metavar="N", help="notebooks at once (default: half the processors)")
    grade.add_argument(
        "--student-from",
        default="folder",
        metavar="WHERE",
        help="whose notebook it is: folder (default), file (its name up to the first _), notebook (its "
        "parameter student), or a regular expression with one group for the path",
    )
    grade.add_argument("--timeout", type=float, default=300, metavar="SECONDS", help="for a notebook (default: 300)")
    grade.add_argument(
        "--engine",
        dest="on",
        choices=["simulated", "real"],
        default="simulated",
        help="what the swarms run on (default: simulated, which is safer and quicker)",
    )
    grade.add_argument("--scheduler", metavar="ADDRESS", help="of a Dask cluster to use, such as tcp://10.0.0.5:8786")

    release = command("release", "Write the edition for students: answers cleared, checks locked, for nbgrader too.")
    release.add_argument("--out", metavar="DIR", type=Path, required=True, help="folder for it, new or empty")
    release.add_argument("--lang", metavar="LANG[,LANG]", default="", help="languages, such as en,id (default: all)")

    translate = command(
        "translate",
        "Bring the catalogues and the notebooks of the other languages in step with the "
        "English, and list what is left to translate.",
    )
    translate.add_argument(
        "--check",
        action="store_true",
        help="write nothing; the exit status is 1 if anything is left to translate or out of date",
    )
    return parser


def _nodes(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--nodes", type=int, default=3, metavar="N", help="number of machines (default: 3)")


def _name(parser: argparse._ActionsContainer) -> None:
    parser.add_argument("--name", help="name of the cluster (default: course)")


def _engine(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--engine",
        choices=["simulated"],
        help="a simulated engine, in whose containers nothing runs (default: a real one where there is or can be one)",
    )
    parser.add_argument(
        "--speed",
        type=float,
        metavar="N",
        help="how many times as fast as ours the simulated engine's time goes (default: 1)",
    )
    parser.add_argument(
        "--install-engine",
        action=argparse.BooleanOptionalAction,
        default=None,
        help="if there is no engine, install one with apt without asking, or never",
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command; the value is its exit status."""
    for stream in (sys.stdout, sys.stderr):
        _write_what_it_can(stream)
    options = parse(sys.argv[1:] if arguments is None else arguments)
    try:
        return _run(options)
    except SwarmkitError as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\n" + _("Interrupted"), file=sys.stderr)
        return 130
    except BrokenPipeError:  # whoever read the output (head, less) has enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 141  # as a shell reports a process that SIGPIPE ended


def _write_what_it_can(stream: TextIO) -> None:
    """A character that the terminal's encoding lacks is replaced, and is not an error."""
    if hasattr(stream, "reconfigure"):
        stream.reconfigure(errors="replace")


def _run(options: argparse.Namespace) -> int:
    if options.command == "lab":
        from . import lab

        language.use(options.lang)
        return lab.run(
            options.nodes,
            language.current(),
            options.port,
            not options.no_browser,
            options.install_engine,
            options.speed,
        )
    if options.command == "doctor":
        from . import doctor

        return doctor.run()
    if options.command == "test":
        from . import test

        return test.run(options.pytest)
    if options.command == "translate":
        from . import translate

        return translate.run(options.check)
    if options.command == "release":
        from ..grading import release

        release.release(options.out, [code for code in options.lang.split(",") if code])
        return 0
    if options.command == "grade":
        from ..grading import run

        return run.grade(
            options.submissions,
            options.out,
            jobs=options.jobs,
            student_from=options.student_from,
            timeout=options.timeout,
            engine=options.on,
            scheduler=options.scheduler,
        )
    if options.command == "evidence":
        from ..grading import evidence

        if options.verb:
            return evidence.verify(options.files)
        return evidence.make(options.student, options.out, options.name)

    from . import clusters

    if options.command == "up":
        return clusters.up(options.name, options.nodes, options.swarm, options.install_engine, options.speed)
    if options.command == "status":
        return clusters.status()
    if options.command == "shell":
        return clusters.shell(options.node, options.name)
    if options.command == "down":
        return clusters.down_all() if options.all else clusters.down(options.name)
    return clusters.bundle(options.verb, options.file)
