"""Locks that this kernel holds while one of its cells runs: another kernel then knows that a notebook is at work.

Between the cells they are free. Several notebooks may be open on one cluster, but no two can run at once.
"""

from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from typing import IO

from ..file_lock import held


class CellLock:
    """The locks of one kernel."""

    def __init__(self) -> None:
        self._files: dict[Path, IO[str] | None] = {}
        self._cell_runs = False

    def take(self, path: Path) -> bool:
        """Hold the lock of that path until the cell ends, and in each later cell. False if another kernel holds it.

        Without cells, as in a plain Python, it is only looked at.
        """
        file = self._files.get(path) or held(path)
        if file and self._cell_runs:
            self._files[path] = file
        elif file:
            _let_go(path, file)
        return file is not None

    def cell_begins(self, *_: object) -> None:
        """Hold the locks from now on, except those that others hold (IPython's event pre_run_cell)."""
        self._cell_runs = True
        for path, file in self._files.items():
            self._files[path] = file or held(path)

    def cell_ends(self, *_: object) -> None:
        """Let the locks go (IPython's event post_run_cell)."""
        self._cell_runs = False
        for path, file in self._files.items():
            if file:
                _let_go(path, file)
            self._files[path] = None


def _let_go(path: Path, file: IO[str]) -> None:
    """Let the lock go, and remove its file: each simulated engine would leave one."""
    file.close()
    with suppress(PermissionError):  # on Windows, where another kernel has it already
        path.unlink(missing_ok=True)


@lru_cache(maxsize=1)
def of_kernel() -> CellLock:
    """The locks of this kernel."""
    return CellLock()
