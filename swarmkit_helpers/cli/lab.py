"""`lab`: start an engine, machines, and JupyterLab on the working copy; at the end, stop all that it started."""

import os
import shlex
import shutil
import signal
import sys
import webbrowser
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path

from .. import machine, progress
from ..cluster import ownership
from ..cluster.cluster import Cluster
from ..course import journal, student_id, working_copy
from ..course.pristine import sections
from ..engine import apt, simulator
from ..engine.discover import Engine
from ..language import _
from . import jupyterlab
from .parser import WORKING_COPY


def run(
    named_folder: Path | None,
    fresh: str | None,
    student: str | None,
    nodes: int,
    language: str,
    port: int | None,
    browser: bool,
    install_engine: bool | None,
    simulated_speed: float | None = None,
) -> int:
    """Run JupyterLab on the working copy in that folder until it ends, and return the exit status.

    What this command started is removed; the working copy stays. `fresh` names a section of which a clean notebook is
    put beside the student's. `student` is the id in the copy from now on. With a speed, the engine is a simulated one
    whose clock is that many times as fast as ours. Raises what `working_copy` raises, `BadInput` for a port that is
    taken or an id that is none, `Refused` with the last lines of JupyterLab's log if it does not start or fails, and
    the errors of `Cluster.up`.
    """
    port = jupyterlab.free_port(port)
    folder = (named_folder or default_folder()).absolute()
    if student is not None:
        student_id.remember(student)
    page = _working_copy(folder, language, fresh)
    _write_student_id(folder, language, student)
    alone = simulated_speed is not None
    simulation = nullcontext() if simulated_speed is None else simulator.temporary_docker_host(simulated_speed)
    with (
        _signals_as_ctrl_c(),
        simulation,
        apt.engine_for_this_run(install_engine, simulate=True) as engine,
        _cluster(engine, nodes, alone) as used,
        jupyterlab.running(port, folder, language, used) as jupyter,
    ):
        if engine.simulated and not shutil.which("docker"):
            print(
                "   "
                + _(
                    "The docker command is not installed, and %%node cells need it: install docker-cli, which "
                    "needs no engine."
                )
            )
        print(
            "\n   JupyterLab: {}\n   {}\n   {}\n".format(
                jupyter.url(page),
                _("Your work is kept in {folder}.").format(folder=folder),
                _("Press Ctrl-C here to end it, and all that this command started."),
            ),
            flush=True,
        )
        if browser and _has_display():
            webbrowser.open(jupyter.url(page))
        try:
            jupyter.wait()
        except KeyboardInterrupt:
            return 0  # the usual way to end it
    return 0


def default_folder() -> Path:
    """The folder of the working copy where none is named: the one that this command is run in, else one below."""
    here = Path.cwd()
    return next((folder for folder in (here, here.parent) if working_copy.is_one(folder)), here / WORKING_COPY)


def _working_copy(folder: Path, language: str, fresh: str | None) -> str:
    """Make the working copy, or bring it up to date, and say so; the value is the notebook that JupyterLab opens.

    That is the clean one, else the section that the student worked on last, else the first.
    """
    known = sections(language)
    last = journal.last_section(ownership.split_name(None)[1]) if working_copy.is_one(folder) else None
    for sentence in working_copy.bring_up_to_date(folder, language):
        print("   " + sentence)
    if fresh is not None:
        return f"{language}/{working_copy.add_clean(folder, language, fresh).name}"
    if last in known:
        print("   " + _("Section {section} opens: it is the one that you worked on last.").format(section=last))
        return f"{language}/{last}.ipynb"
    return f"{language}/{known[0]}.ipynb"


def _write_student_id(folder: Path, language: str, said: str | None) -> None:
    """Put the student's id into the notebooks, and say whose they are, or which have another id.

    If none was `said`, it is the one of this working copy. One of another copy may be another person's: it is offered.
    """
    if student := said or working_copy.student(folder):
        for sentence in working_copy.write_student_id(folder, language, student, replace=said is not None):
            print("   " + sentence)
        if not working_copy.other_ids(folder, language, student, but=""):
            print("   " + _("The notebooks are those of student {student}.").format(student=student))
    elif known := student_id.remembered():
        offer = _(
            "These notebooks have no student id yet. Are you {student}, who was here before? Then take that id in "
            "section 00, or with `lab --student {student}`."
        )
        print("   " + offer.format(student=known))


@contextmanager
def _signals_as_ctrl_c() -> Iterator[None]:
    """Let SIGTERM and a closed terminal end the block as Ctrl-C does; a second signal does not interrupt the end."""

    def interrupt(number: int, frame: object) -> None:
        for each in numbers:
            signal.signal(each, signal.SIG_IGN)
        if number == hangup:  # the terminal is closed, and prints fail
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, sys.stdout.fileno())
            os.dup2(nowhere, sys.stderr.fileno())
        raise KeyboardInterrupt

    hangup = getattr(signal, "SIGHUP", None)
    numbers = [number for number in (signal.SIGINT, signal.SIGTERM, hangup) if number]
    before = {number: signal.signal(number, interrupt) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def _cluster(engine: Engine, nodes: int, alone: bool) -> Iterator[str | None]:
    """Start the machines, and remove them after the block. A cluster that was there before, or is used, is kept.

    `alone` says whether the engine is this command's own: then no other `lab` uses it. The value is a name that no
    other cluster has, by which another `lab` knows that this one is used; None if no other can use it.
    """
    before = Cluster.names(engine)
    cluster = Cluster.up(nodes=nodes)
    used = None if alone else machine.network_name(cluster.name, cluster.owner)
    try:
        yield used
    finally:
        if cluster.full_name() in before or (used and jupyterlab.another_is_running(used)):
            why = (
                _("The cluster {name!r} was there before and is kept: {command} removes it")
                if cluster.full_name() in before
                else _("The cluster {name!r} is used by another JupyterLab and is kept: {command} removes it")
            )
            command = "python3 -m swarmkit_helpers down"
            if cluster.full_name() != ownership.DEFAULT_NAME:  # SWARMLAB_CLUSTER names it here, but where it is typed?
                command += f" --name {shlex.quote(cluster.full_name())}"
            print("   " + why.format(name=cluster.full_name(), command=command), flush=True)
        else:
            with progress.current().phase(_("remove the cluster {name!r}").format(name=cluster.name)):
                cluster.down()


def _has_display() -> bool:
    """Whether a browser can be shown; without a display, `webbrowser` may start a text browser in this terminal."""
    return sys.platform in ("darwin", "win32") or bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
