"""Running a notebook, cell by cell, in a kernel that somebody else has started and that nobody trusts.

Papermill executes. What is added: each cell has its time and its room for outputs, one that has used them up is
interrupted and the next ones go on; and whoever looks on is told before and after each cell.
"""

import asyncio
import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, Protocol

import papermill
from jupyter_client.manager import AsyncKernelManager
from nbclient.exceptions import DeadKernelError
from nbformat import NotebookNode
from papermill.clientwrap import PapermillNotebookClient
from papermill.engines import Engine, NotebookExecutionManager, papermill_engines
from papermill.exceptions import PapermillExecutionError

Ending = Literal["completed", "time", "kernel"]

START_TIME = 60  # seconds a kernel may take until it answers: on a busy machine its imports alone take ten
GRACE = 10  # seconds in which an interrupted kernel has to be ready for the next cell
BEAT = 5.0  # seconds without a heartbeat after which a kernel is dead; it beats in a thread of its own
_TIME_IS_UP = "TimeLimit"  # what the reply names in the place of an error's class


class OnLooker(Protocol):
    """Who is told what the notebook does."""

    def before(self, cell: NotebookNode) -> None:
        """The code cell is about to run."""

    def after(self, cell: NotebookNode) -> None:
        """It has run, and has its outputs."""

    def stopped(self, cell: NotebookNode, why: Literal["time", "output"]) -> None:
        """It was interrupted, as it had used up its time, or its room for outputs."""


@dataclass
class Limits:
    """What a notebook may use."""

    cell: float  # seconds of a cell
    total: float  # seconds of all cells together
    output: int  # bytes of a cell's outputs, as they come from the kernel


class RemoteKernel(AsyncKernelManager):
    """A kernel somewhere else: it can be talked to and interrupted, not started or ended."""

    has_kernel = True

    def __init__(self, connection: Mapping[str, Any]) -> None:
        super().__init__()
        self.load_connection_info(dict(connection))
        self._heart: Callable[[], bool] = lambda: True

    def client(self, **kwargs: Any) -> Any:
        client = super().client(**kwargs)
        client.hb_channel.time_to_dead = BEAT
        self._heart = lambda: client.hb_channel.is_beating() or not client.hb_channel.is_alive()
        return client

    async def _async_is_alive(self) -> bool:
        return self._heart()

    is_alive = _async_is_alive

    async def interrupt_kernel(self) -> None:
        self._connect_control_socket()
        self.session.send(self._control_socket, self.session.msg("interrupt_request", content={}))


class _Over(Exception):
    """No further cell can run."""


@dataclass
class Run:
    """One execution of a notebook: what it may use, who looks on, and in the end how it ended."""

    connection: Mapping[str, Any]  # of the kernel, as a Jupyter connection file has it
    limits: Limits
    on_looker: OnLooker
    ending: Ending = "completed"
    started: float = field(default_factory=time.monotonic)

    def left(self) -> float:
        """Seconds until the time of the notebook is over."""
        return self.limits.total - (time.monotonic() - self.started)


class _Client(PapermillNotebookClient):
    def __init__(self, nb_man: NotebookExecutionManager, run: Run, **options: Any) -> None:
        super().__init__(
            nb_man,
            km=RemoteKernel(run.connection),
            allow_errors=True,
            interrupt_on_timeout=True,
            error_on_timeout={"ename": _TIME_IS_UP, "evalue": "", "traceback": []},
            raise_on_iopub_timeout=False,
            **options,
        )
        self.timeout_func = self._time_of
        self.on_cell_execute = self._before
        self.on_cell_executed = self._after
        self._run, self._written, self._unsure = run, 0, False

    def execute(self, **_options: Any) -> NotebookNode:
        self.reset_execution_trackers()
        with self.setup_kernel():
            try:
                self.papermill_execute_cells()
            except _Over:
                self._run.ending = "time"
            except DeadKernelError:
                self._run.ending = "kernel"
            self.set_widgets_metadata()
            self.kc.stop_channels()
        return self.nb

    def _time_of(self, cell: NotebookNode) -> float:
        """Seconds that the cell has; until the set-up is done nobody but a busy computer can be slow."""
        own = self._run.limits.cell if cell.get("id") != "setup" else self._run.limits.total
        return max(1, min(own, self._run.left()))

    async def _before(self, cell: NotebookNode, cell_index: int) -> None:
        if self._unsure:
            try:
                await asyncio.wait_for(self.async_wait_for_reply(self.kc.kernel_info()), GRACE)
            except TimeoutError as error:
                raise _Over from error
        if self._run.left() <= 0:
            raise _Over
        self._written, self._unsure = 0, False
        self._run.on_looker.before(cell)

    async def _after(self, cell: NotebookNode, cell_index: int, execute_reply: Mapping[str, Any]) -> None:
        late = execute_reply["content"].get("ename") == _TIME_IS_UP
        full = self._written > self._run.limits.output
        self._unsure = late or full
        if self._unsure:
            self._run.on_looker.stopped(cell, "time" if late and not full else "output")
        self._run.on_looker.after(cell)

    def process_message(self, msg: Any, cell: NotebookNode, cell_index: int) -> Any:
        if msg["msg_type"] in ("status", "execute_input"):
            return super().process_message(msg, cell, cell_index)
        fitted = self._written <= self._run.limits.output
        # Halves of surrogate pairs would stop the notebook from being written.
        content = json.dumps(msg["content"], ensure_ascii=False, default=str).encode(errors="replace")
        self._written += len(content)
        if self._written <= self._run.limits.output:
            return super().process_message({**msg, "content": json.loads(content)}, cell, cell_index)
        if fitted:
            self._interrupting = asyncio.ensure_future(self.km.interrupt_kernel())
        return None


class _Engine(Engine):
    """How papermill reaches our client."""

    @classmethod
    def execute_managed_notebook(
        cls, nb_man: NotebookExecutionManager, kernel_name: str, *, run: Run, **_options: Any
    ) -> NotebookNode:
        return _Client(nb_man, run, kernel_name=kernel_name, startup_timeout=START_TIME).execute()


papermill_engines.register("swarmlab", _Engine)


def execute(source: Path, target: Path, parameters: Mapping[str, Any], run: Run) -> None:
    """The notebook has run as far as it could, and is in `target`; `run.ending` says how it ended.

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
            run=run,
        )
    except PapermillExecutionError:
        pass  # a cell has raised: the notebook has been written, and the other cells have run
