"""When a step of a lesson begins and ends. A figure is live during its step, and then stands still.

A step begins with the first request of a cell. It ends when everything asked for runs, and at the latest with the
student's next prediction or check, or with a set-up.
"""

import threading
import time
from collections import deque
from collections.abc import Callable
from functools import lru_cache
from typing import Protocol

from .. import docker_commands
from ..cluster import converge
from ..docker_commands import Command
from ..recorder import Gap
from ..records import Observation
from ..rules import convergence

# Without a change until all that was asked for counts as done: a machine that is lost is noticed after 15 s, and the
# swarm replaces its tasks 5 s later. `converge` knows it earlier.
SETTLED_SECONDS = 25.0
COMMANDS_MAX = 100  # of a step that are kept, the newest


class LiveFigure(Protocol):
    """What is live during a step."""

    def stand_still(self) -> None:
        """Show from now on what is so now."""

    def wake(self) -> None:
        """Look whether the step is over."""


class Step:
    """What the cells of this kernel ask for, until it is done. Controls are for playing: their requests end no step."""

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self._lock = threading.RLock()  # never held while a figure is asked to do something
        self._commands: deque[Command] = deque(maxlen=COMMANDS_MAX)
        self._began: float | None = None
        self.episode = clock()  # when the student predicted, checked or set up last, in seconds since the epoch
        self._done = self._cell_runs = False
        self._cell_ended = 0.0
        self._figures: list[LiveFigure] = []
        self._starts: dict[str, Callable[[], float]] = {}

    @property
    def began(self) -> float | None:
        """The time of its first command, in seconds since the epoch; None before that."""
        return self._began

    @property
    def commands(self) -> tuple[Command, ...]:
        """The docker commands of its cells, the newest `COMMANDS_MAX`."""
        with self._lock:
            return tuple(self._commands)

    @property
    def done(self) -> bool:
        """Whether everything that its cells asked for is done."""
        return self._done

    # What ends it ----------------------------------------------------------------------------------------

    def begin(self) -> None:
        """End this step, because the student predicts or checks or a section is set up, and begin the next."""
        self._end_figures()
        with self._lock:
            self._commands.clear()
            self._began, self._done, self.episode = None, False, self._clock()

    def finish(self) -> None:
        """End this step, because what its cells asked for is done, or the student has waited for it in vain."""
        with self._lock:
            if self._began is None or self._done:
                return
            self._done = True
        self._end_figures()

    def settles_at(self, latest: Observation | Gap) -> float | None:
        """When it is done if the state stays that of `latest`, in seconds since the epoch; None: not without a change.

        While a cell runs it is not done: more may be asked for. What is done without any service, only `finish` knows.
        """
        with self._lock:
            if self._began is None or self._done or self._cell_runs:
                return None
            last = max(latest.at, self._commands[-1].at, self._cell_ended)
        if isinstance(latest, Gap) or not latest.services or convergence.reasons(latest):
            return None
        return last + SETTLED_SECONDS

    def note(self, command: Command) -> None:
        """Note the command if a cell has given it and it is a request."""
        if docker_commands.only_reads(command.text):
            return
        with self._lock:
            if not self._cell_runs:
                return
            if self._done:
                self._commands.clear()
                self._began, self._done = None, False
            self._commands.append(command)
            self._began = command.at if self._began is None else self._began

    def cell_begins(self, *_: object) -> None:
        """Note that a cell runs from now on (IPython's event pre_run_cell)."""
        with self._lock:
            self._cell_runs = True

    def cell_ends(self, *_: object) -> None:
        """Note that the cell has ended (IPython's event post_run_cell)."""
        with self._lock:
            self._cell_runs, self._cell_ended = False, self._clock()
            figures = tuple(self._figures)
        for figure in figures:
            figure.wake()

    # Figures and sections ----------------------------------------------------------------------------------

    def add(self, figure: LiveFigure) -> None:
        """Let the figure stand still when the step ends."""
        with self._lock:
            self._figures.append(figure)

    def discard(self, figure: LiveFigure) -> None:
        """Leave out the figure, which stands still already."""
        with self._lock:
            self._figures = [each for each in self._figures if each is not figure]

    def follow_starts(self, cluster: str, started: Callable[[], float]) -> None:
        """Ask that function when another kernel has started a section on the cluster last (seconds since the epoch)."""
        self._starts[cluster] = started

    def started_elsewhere(self, cluster: str) -> float:
        """When another kernel has started a section on the cluster last, in seconds since the epoch; 0: never."""
        started = self._starts.get(cluster)
        return started() if started else 0.0

    def _end_figures(self) -> None:
        with self._lock:
            figures, self._figures = self._figures, []
        for figure in figures:
            figure.stand_still()


@lru_cache(maxsize=1)
def of_kernel() -> Step:
    """The present step of this kernel."""
    step = Step()
    docker_commands.listen(step.note)
    converge.listen(step.finish)
    return step
