"""Running a notebook, cell by cell, in an untrusted kernel that another program has started.

Papermill executes the cells. This adds limits: a cell that uses up its time, or prints too much, is interrupted, and
the next cells run. It also calls a watcher before and after each cell.
"""

import asyncio
import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, Protocol

import nbformat
import papermill
from jupyter_client.connect import KernelConnectionInfo
from jupyter_client.manager import AsyncKernelManager
from nbclient.exceptions import DeadKernelError
from nbformat import NotebookNode
from papermill.clientwrap import PapermillNotebookClient
from papermill.engines import Engine, NotebookExecutionManager, papermill_engines
from papermill.exceptions import PapermillExecutionError

from ..course import atomic_write
from .exam import Ending

START_SECONDS = 60  # that a kernel may take until it answers: on a busy computer its imports alone take ten
INTERRUPT_SECONDS = 10  # after which an interrupted kernel must be ready for the next cell
HEARTBEAT_SECONDS = 5.0  # without one after which a kernel is dead; its heartbeat has a thread of its own
LINE_BYTES = 64  # that a line of an output takes besides its text: the file has a list of lines
SAVE_SECONDS = 10  # after which the notebook is written as far as it has come: a sudden end keeps that
_TIME_LIMIT = "TimeLimit"  # in the reply to a cell that took too long, in the place of an error's class


class Watcher(Protocol):
    """An object that is called while the notebook runs."""

    def before(self, cell: NotebookNode) -> None:
        """Called when the code cell is about to run."""

    def after(self, cell: NotebookNode) -> None:
        """Called when the code cell has run, and has its outputs."""

    def stopped(self, cell: NotebookNode, why: Literal["time", "output"]) -> None:
        """Called before `after` if the cell was interrupted: it used up its time, or printed too much."""


@dataclass(frozen=True)
class Limits:
    """The limits of a notebook."""

    cell_seconds: float
    total_seconds: float  # of all cells together
    output_bytes: int  # of a cell's outputs, as the kernel sends them


class RemoteKernel(AsyncKernelManager):
    """A kernel in another container: we can send it messages and interrupt it, but not start or end it."""

    has_kernel = True

    def __init__(self, connection: KernelConnectionInfo) -> None:
        super().__init__()
        self.load_connection_info(connection)
        self._heartbeat: Callable[[], bool] = lambda: True

    def client(self, **kwargs: Any) -> Any:
        client = super().client(**kwargs)
        client.hb_channel.time_to_dead = HEARTBEAT_SECONDS
        self._heartbeat = lambda: client.hb_channel.is_beating() or not client.hb_channel.is_alive()
        return client

    async def _async_is_alive(self) -> bool:
        return self._heartbeat()

    is_alive = _async_is_alive

    async def _async_interrupt_kernel(self) -> None:
        self._connect_control_socket()
        self.session.send(self._control_socket, self.session.msg("interrupt_request", content={}))

    interrupt_kernel = _async_interrupt_kernel


class _NoTimeLeft(Exception):
    """No further cell can run."""


@dataclass
class Execution:
    """One execution of a notebook: its kernel, its limits, its watcher, and in the end how it ended."""

    connection: KernelConnectionInfo
    limits: Limits
    watcher: Watcher
    ending: Ending = "completed"
    started: float = field(default_factory=time.monotonic)

    def seconds_left(self) -> float:
        """The seconds that the notebook still has."""
        return self.limits.total_seconds - (time.monotonic() - self.started)


class _Client(PapermillNotebookClient):  # type: ignore[misc]  # papermill has no types
    def __init__(self, nb_man: NotebookExecutionManager, execution: Execution, target: Path, **options: Any) -> None:
        super().__init__(
            nb_man,
            km=RemoteKernel(execution.connection),
            allow_errors=True,
            interrupt_on_timeout=True,
            error_on_timeout={"ename": _TIME_LIMIT, "evalue": "", "traceback": []},
            raise_on_iopub_timeout=False,
            **options,
        )
        self.timeout_func = self._cell_seconds
        self.on_cell_execute = self._before
        self.on_cell_executed = self._after
        self._execution, self._target = execution, target
        self._saved = time.monotonic()
        self._bytes_written, self._may_be_busy = 0, False

    def execute(self, **_options: Any) -> NotebookNode:
        self.reset_execution_trackers()
        with self.setup_kernel():
            try:
                self.papermill_execute_cells()
            except _NoTimeLeft:
                self._execution.ending = "time"
            except DeadKernelError:
                self._execution.ending = "kernel"
            self.set_widgets_metadata()
            self.kc.stop_channels()
        notebook: NotebookNode = self.nb
        return notebook

    def _cell_seconds(self, cell: NotebookNode) -> float:
        """The seconds that the cell has; the set-up has all of them, as only a busy computer can make it slow."""
        own = self._execution.limits.cell_seconds if cell.get("id") != "setup" else self._execution.limits.total_seconds
        return max(1, min(own, self._execution.seconds_left()))

    async def _before(self, cell: NotebookNode, cell_index: int) -> None:
        if self._may_be_busy:
            try:
                await asyncio.wait_for(self.async_wait_for_reply(self.kc.kernel_info()), INTERRUPT_SECONDS)
            except TimeoutError as error:
                raise _NoTimeLeft from error
        if self._execution.seconds_left() <= 0:
            raise _NoTimeLeft
        self._bytes_written, self._may_be_busy = 0, False
        self._execution.watcher.before(cell)

    async def _after(self, cell: NotebookNode, cell_index: int, execute_reply: Mapping[str, Any]) -> None:
        too_late = execute_reply["content"].get("ename") == _TIME_LIMIT
        too_much = self._bytes_written > self._execution.limits.output_bytes
        self._may_be_busy = too_late or too_much
        if self._may_be_busy:
            self._execution.watcher.stopped(cell, "time" if too_late and not too_much else "output")
        self._execution.watcher.after(cell)
        if time.monotonic() - self._saved > SAVE_SECONDS:
            atomic_write.write(self._target, nbformat.writes(self.nb))
            self._saved = time.monotonic()

    def process_message(self, msg: Any, cell: NotebookNode, cell_index: int) -> Any:
        if msg["msg_type"] in ("status", "execute_input"):
            return super().process_message(msg, cell, cell_index)
        fitted_before = self._bytes_written <= self._execution.limits.output_bytes
        # Halves of surrogate pairs cannot be written to a file: they become question marks.
        content = json.dumps(msg["content"], ensure_ascii=False, default=str).encode(errors="replace")
        self._bytes_written += size_as_written(content)
        if self._bytes_written <= self._execution.limits.output_bytes:
            return super().process_message({**msg, "content": json.loads(content)}, cell, cell_index)
        if fitted_before:
            self._interrupting = asyncio.ensure_future(self.km.interrupt_kernel())
        return None


class _Engine(Engine):  # type: ignore[misc]  # papermill has no types
    """The engine with which papermill uses our client."""

    @classmethod
    def execute_managed_notebook(
        cls, nb_man: NotebookExecutionManager, kernel_name: str, *, execution: Execution, target: Path, **_options: Any
    ) -> NotebookNode:
        client = _Client(nb_man, execution, target, kernel_name=kernel_name, startup_timeout=START_SECONDS)
        return client.execute()


papermill_engines.register("swarmlab", _Engine)


def size_as_written(content: bytes) -> int:
    """The size of a message's content, as JSON, where it is written: its file has a list of its lines."""
    return len(content) + LINE_BYTES * content.count(rb"\n")


def execute(source: Path, target: Path, parameters: Mapping[str, Any], execution: Execution) -> None:
    """Run the notebook as far as it goes, and write it to `target`; `execution.ending` then says how it ended.

    Raises `RuntimeError` if the kernel does not answer at all.
    """
    try:
        papermill.execute_notebook(
            source,
            target,
            dict(parameters),
            engine_name="swarmlab",
            progress_bar=False,
            request_save_on_cell_execute=False,
            execution=execution,
            target=target,
        )
    except PapermillExecutionError:
        pass  # a cell has raised: the other cells have run, and the notebook is written
