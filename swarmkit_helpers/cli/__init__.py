"""The commands: each is handed to the module that does the work.

A command's module is imported when the command is called: `--help` answers at once, and before anything is installed.
"""

import argparse
import codecs
import os
import sys
from collections.abc import Sequence
from typing import TextIO

from .. import language
from ..errors import SwarmkitError
from ..language import _
from .parser import HELP, parse

__all__ = ["HELP", "main", "parse"]
PLAIN = {"✓": "+", "✗": "x", "△": "~", "○": "o", "…": "...", "–": "-", "→": "->", "×": "x"}
INTERRUPTED, BROKEN_PIPE = 130, 141  # exit statuses, as a shell reports a process that SIGINT or SIGPIPE ended


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit status."""
    for stream in (sys.stdout, sys.stderr):
        _replace_unknown_characters(stream)
    options = parse(sys.argv[1:] if arguments is None else arguments)
    try:
        return _run(options)
    except SwarmkitError as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\n" + _("Interrupted"), file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:  # the program that read the output, such as head or less, has ended
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return BROKEN_PIPE


def _replace_unknown_characters(stream: TextIO) -> None:
    """Let the stream write something plainer for a character that its encoding lacks, and raise no error."""
    if hasattr(stream, "reconfigure"):
        codecs.register_error("swarmlab", _plainer)
        stream.reconfigure(errors="swarmlab")


def _plainer(error: UnicodeError) -> tuple[str, int]:
    """What is written in the place of characters that an encoding lacks, and where writing goes on."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    lacking = error.object[error.start : error.end]
    return "".join(PLAIN.get(character, "?") for character in lacking), error.end


def _run(options: argparse.Namespace) -> int:
    """Call the command's module and return its exit status."""
    if options.command == "lab":
        from . import lab

        language.use(options.lang)
        return lab.run(
            options.folder,
            options.fresh,
            options.student,
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
        from ..grading import release, student_edition

        languages = [code for code in options.lang.split(",") if code]
        if options.nbgrader:
            release.release(options.out, languages)
        else:
            student_edition.write(options.out, languages, zipped=options.zip, git=options.git)
        return 0
    if options.command == "grade":
        from ..grading import run

        return run.grade(
            options.submissions,
            options.out,
            jobs=options.jobs,
            layout=options.layout,
            student_from=options.student_from,
            roster=options.roster,
            gradebook=options.gradebook,
            column=options.column,
            answers=options.answers,
            again=options.again,
            due=options.due,
            late=options.late,
            timeout=options.timeout,
            engine=options.exam_engine,
            scheduler=options.scheduler,
        )
    if options.command == "mark":
        from ..grading import marking

        return marking.mark(options.out)
    if options.command == "evidence":
        from ..grading import evidence

        if options.verb:
            return evidence.verify(options.files)
        return evidence.make(options.student, options.out, options.name)
    if options.command == "report":
        from ..grading import student_report
        from . import lab

        language.use(options.lang)
        folder = options.folder or lab.default_folder()
        return student_report.make(options.student, folder, options.out, options.name, options.yes)

    from . import clusters

    if options.command == "up":
        return clusters.up(options.name, options.nodes, options.swarm, options.install_engine, options.speed)
    if options.command == "status":
        return clusters.status(options.name)
    if options.command == "shell":
        return clusters.shell(options.node, options.name)
    if options.command == "down":
        return clusters.down_all() if options.all else clusters.down(options.name)
    return clusters.bundle(options.verb, options.file)
