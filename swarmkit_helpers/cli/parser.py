"""The command line: its help, its commands and their options.

`swarmlab --help` works before anything is installed, so nothing here imports a package that has to be.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

from .. import __version__, language
from . import grade_options

PROGRAM = "swarmlab" if Path(sys.argv[0]).stem == "swarmlab" else "python3 -m swarmkit_helpers"
USAGE_ERROR = 2  # exit status, as argparse has it
WORKING_COPY = "swarm-practicum"  # the folder that `lab` makes where it is run
SPEED_MIN, SPEED_MAX = 0.1, 1000  # of the simulated engine's clock, beside a real one
HELP = f"""\
usage: {PROGRAM} COMMAND [options]

Docker Swarm, hands on: a real swarm of several nodes on this computer, driven from JupyterLab.

The practicum
  lab [FOLDER]      Start JupyterLab on the practicum, over a real swarm.
  doctor            Check this computer: what is ready, and how to fix what is not.
  test              Run the tests, on a real engine and in a real browser; with --all every one.

Machines, without JupyterLab
  up                Start a cluster of machines, or repair it.
  status            Show the engine, the clusters, their nodes and their services.
  shell NODE        Open a terminal on a node.
  down              Remove a cluster; with --all all of yours, and stop the course's own engine.

A classroom without internet
  bundle save FILE  Save all images of the course in one file.
  bundle load FILE  Load the images of that file into this computer's engine.

For teachers, and for students who hand in
  grade FILES       Grade notebooks that students handed in, each in a container of its own.
  mark              Mark the answers in words of a graded class, on a page in the browser.
  release           Write what students get: a folder in which lab starts; or a course of nbgrader.
  report            Make the report of the work done, with pictures: one page to hand in.
  evidence          Make a signed file of the work without pictures; or verify files and reports.

The course in other languages
  translate         Update the translations from the English; list the texts left to translate.

Examples
  {PROGRAM} lab --nodes 5 --student s042
  {PROGRAM} lab --fresh 04
  {PROGRAM} lab --engine simulated
  {PROGRAM} shell node2
  {PROGRAM} grade submissions/ --out graded/

Options
  -h, --help        Show this; after a command, show its options.
  --version         Show the version.
"""


class _Parser(argparse.ArgumentParser):
    """The parser of the whole line, whose help is `HELP`."""

    def format_help(self) -> str:
        return HELP

    def error(self, message: str) -> NoReturn:
        print(f"{message}\n  Fix: see all commands: {PROGRAM} --help", file=sys.stderr)
        sys.exit(USAGE_ERROR)


class _CommandParser(argparse.ArgumentParser):
    """The parser of one command, whose errors are two lines: the problem and the fix."""

    def error(self, message: str) -> NoReturn:
        print(f"{message}\n  Fix: see its options: {self.prog} --help", file=sys.stderr)
        sys.exit(USAGE_ERROR)


def parse(arguments: Sequence[str]) -> argparse.Namespace:
    """Read the command and its options. End the process on --help and --version (0) and on bad usage (2)."""
    if not arguments:
        print(HELP, end="", file=sys.stderr)
        sys.exit(USAGE_ERROR)
    for_pytest: list[str] = []
    if arguments[0] == "test" and not {"-h", "--help"} & set(arguments):
        arguments, for_pytest = arguments[:1], [*arguments[1:]]  # pytest reads these itself
    parser = _parser()
    options = parser.parse_args(arguments)
    options.pytest = for_pytest
    if getattr(options, "speed", None) is not None and not options.engine:
        parser.error("--speed goes with --engine simulated: a real engine's time cannot be changed")
    if getattr(options, "engine", None):
        options.speed = 1.0 if options.speed is None else options.speed
        if not SPEED_MIN <= options.speed <= SPEED_MAX:
            parser.error(f"--speed is a number from {SPEED_MIN} to {SPEED_MAX}, not {options.speed:g}")
    if options.command == "release" and options.nbgrader and (options.zip or options.git):
        parser.error("--zip and --git go with what students get: leave out --nbgrader, or them")
    return options


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog=PROGRAM, allow_abbrev=False)
    parser.add_argument("--version", action="version", version=f"swarmkit-helpers {__version__}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True, parser_class=_CommandParser)

    def command(name: str, what: str, epilog: str | None = None) -> argparse.ArgumentParser:
        return commands.add_parser(name, description=what, epilog=epilog, allow_abbrev=False)

    lab = command(
        "lab",
        "Start JupyterLab on a working copy of the practicum, over a real swarm. Ctrl-C ends both. The copy stays: the "
        "next start goes on with it, and brings in what the course has changed.",
    )
    lab.add_argument(
        "folder",
        nargs="?",
        type=Path,
        metavar="FOLDER",
        help=f"folder of the working copy (default: the one you are in, else {WORKING_COPY} here)",
    )
    lab.add_argument("--fresh", metavar="SECTION", help="put a clean notebook of the section, such as 04, beside yours")
    lab.add_argument(
        "--student",
        metavar="ID",
        help="your student id, from which the numbers of your exercises are made; said once, it stays in the folder",
    )
    _add_nodes(lab)
    lab.add_argument(
        "--lang",
        choices=language.available(),
        help="language of the notebooks (default: SWARMLAB_LANG if it is set, else en)",
    )
    lab.add_argument("--no-browser", action="store_true", help="print the URL, and open no browser")
    lab.add_argument("--port", type=int, help="port of JupyterLab (default: 8888, or the next one that is free)")
    _add_engine(lab)

    command(
        "doctor",
        "Check this computer: one line for each fact, and a fix for each problem. "
        "The exit status is 1 if something is missing that the practicum needs.",
    )
    test = command(
        "test",
        "Run the tests: without Docker, on a real engine, the notebooks, and in a real browser.",
        "Everything after 'test' is for pytest, for example: test tests/unit -x, or test --all tests/grading",
    )
    test.add_argument(
        "--all",
        action="store_true",
        help="run the exhaustive tests too, such as a class of thirty, or every scenario on a real engine; "
        "this takes up to 40 minutes instead of 15",
    )
    test.add_argument(
        "--machines",
        nargs="?",
        const="all",
        metavar="NAME",
        help="run only the tests on other machines that are made here from packages, or on the one of that name: "
        "debian12, debian13, debian14, virtual; this needs Linux, root and 20 GB",
    )

    up = command("up", "Start a cluster of machines; use the one that exists, and repair it if it is broken.")
    _add_nodes(up)
    up.add_argument("--swarm", action="store_true", help="make the machines one swarm")
    _add_name(up)
    _add_engine(up)

    status = command("status", "Show the engine, the clusters, their nodes and their services.")
    status.add_argument("--name", help="only the cluster of that name (default: all); OWNER/NAME is another's")

    shell = command("shell", "Open a terminal on a node, where docker is the node's own.")
    shell.add_argument("node", metavar="NODE", help="name of the node, such as node2")
    _add_name(shell)

    down = command("down", "Remove a cluster: its containers, network and volumes.")
    which = down.add_mutually_exclusive_group()
    which.add_argument(
        "--all", action="store_true", help="all your clusters; and stop the course's own engine if nobody else uses it"
    )
    _add_name(which)

    bundle = command("bundle", "All images of the course in one file, for a classroom without internet.")
    verbs = bundle.add_subparsers(dest="verb", metavar="save|load", required=True)
    for verb, what in (("save", "Save all images in the file."), ("load", "Load the images of the file.")):
        verbs.add_parser(verb, description=what).add_argument("file", metavar="FILE", type=Path)

    _add_evidence_options(
        command(
            "evidence",
            "Make a signed file of the work that a student has done in the sections, to hand in.",
            "'evidence verify FILE...' checks such files; the exit status is 1 if there is anything to look at. "
            "A signature made on a student's computer shows that the file was not changed since, and which key "
            "signed it; it does not show who did the work.",
        )
    )
    _add_report_options(
        command(
            "report",
            "Make the report of a student's work: one page with the pictures of each section, predictions beside "
            "outcomes, results and answers. It says what it holds, and asks before it is written.",
            "'evidence verify FILE...' checks such reports, too.",
        )
    )
    grade_options.add(
        command(
            "grade",
            "Grade notebooks that students handed in: each runs in a container and on a swarm of its "
            "own. A notebook that was graded before and did not change is not graded again.",
            "Example: grade submissions/ --out graded/ --jobs 2",
        )
    )

    mark = command(
        "mark",
        "Show the answers in words of a graded class on a page, question by question with a rubric; write points and "
        "comments into overrides.csv. Ctrl-C ends it, and brings tables and feedback up to date.",
    )
    mark.add_argument("--out", metavar="DIR", type=Path, required=True, help="the folder that was --out of `grade`")

    release = command(
        "release",
        "Write what students get: a folder in which 'lab' starts, with notebooks without outputs, and no solutions. A "
        "release into the folder of an earlier one takes its place.",
    )
    release.add_argument("--out", metavar="DIR", type=Path, required=True, help="folder for it, new or empty")
    release.add_argument("--zip", action="store_true", help="pack it into DIR.zip too")
    release.add_argument("--git", action="store_true", help="commit it to a git repository in DIR, for links of a hub")
    release.add_argument("--nbgrader", action="store_true", help="write a course folder of nbgrader instead")
    release.add_argument("--lang", metavar="LANG[,LANG]", default="", help="languages, such as en,id (default: all)")

    translate = command(
        "translate",
        "Update the catalogues and the notebooks of the other languages from the English, and list "
        "the texts left to translate.",
    )
    translate.add_argument(
        "--check",
        action="store_true",
        help="write nothing; the exit status is 1 if a text is not translated, or a file is out of date",
    )
    return parser


def _add_evidence_options(evidence: argparse.ArgumentParser) -> None:
    evidence.add_argument(
        "--student", metavar="ID", help="student id for the file (default: the one that `lab` remembers)"
    )
    evidence.add_argument("--out", metavar="FILE", type=Path, help="file to write (default: evidence-ID.json)")
    _add_name(evidence)
    verbs = evidence.add_subparsers(dest="verb", metavar="[verify]")
    verify = verbs.add_parser("verify", description="Check files that students have handed in.")
    verify.add_argument("files", metavar="FILE", type=Path, nargs="+", help="evidence, a report, or a folder of them")


def _add_report_options(report: argparse.ArgumentParser) -> None:
    report.add_argument(
        "folder",
        nargs="?",
        type=Path,
        metavar="FOLDER",
        help=f"folder of the working copy, for the answers (default: the one you are in, else {WORKING_COPY} here)",
    )
    report.add_argument("--student", metavar="ID", help="student id for the report (default: that of the notebooks)")
    report.add_argument("--out", metavar="FILE", type=Path, help="file to write (default: report-ID.html)")
    report.add_argument("--lang", choices=language.available(), help="language of the report and of the notebooks")
    report.add_argument("--yes", action="store_true", help="write it without asking")
    _add_name(report)


def _add_nodes(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--nodes", type=int, default=3, metavar="N", help="number of machines (default: 3)")


def _add_name(parser: argparse._ActionsContainer) -> None:
    parser.add_argument(
        "--name",
        help="name of the cluster (default: SWARMLAB_CLUSTER if it is set, else course); OWNER/NAME is another's",
    )


def _add_engine(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--engine",
        choices=["simulated"],
        help="a simulated engine, whose containers run nothing (default: a real one if there is or can be one)",
    )
    parser.add_argument(
        "--speed",
        type=float,
        metavar="N",
        help="speed of the simulated engine's clock; 2: twice as fast (default: 1)",
    )
    parser.add_argument(
        "--install-engine",
        action=argparse.BooleanOptionalAction,
        default=None,
        help="if there is no engine: install one with apt without asking, or never",
    )
