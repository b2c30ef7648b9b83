"""A kernel that runs a cell is known to the others; one that has ended its cell is not."""

from pathlib import Path

import pytest

from swarmkit_helpers.notebook.cell_lock import CellLock


@pytest.fixture
def lock(tmp_path: Path) -> Path:
    return tmp_path / "start-course.lock"


@pytest.fixture
def busy(lock: Path) -> CellLock:
    """The locks of a kernel whose cell has taken the lock, and runs."""
    kernel = CellLock()
    kernel.cell_begins()
    assert kernel.take(lock)
    return kernel


def test_while_a_cell_runs_another_kernel_gets_nothing(busy: CellLock, lock: Path):
    other = CellLock()
    other.cell_begins()
    assert not other.take(lock)


def test_the_same_kernel_takes_it_again(busy: CellLock, lock: Path):
    assert busy.take(lock)
    busy.cell_ends()
    assert CellLock().take(lock)


def test_between_two_cells_it_is_free(busy: CellLock, lock: Path):
    busy.cell_ends()
    assert CellLock().take(lock)


def test_a_later_cell_holds_it_again(busy: CellLock, lock: Path):
    busy.cell_ends()
    busy.cell_begins()
    assert not CellLock().take(lock)


def test_without_cells_it_is_only_looked_at(lock: Path):
    plain = CellLock()
    assert plain.take(lock)
    assert CellLock().take(lock)


def test_a_cell_runs_though_another_kernel_has_the_lock(busy: CellLock, lock: Path):
    busy.cell_ends()
    other = CellLock()
    other.cell_begins()
    assert other.take(lock)
    busy.cell_begins()
    busy.cell_ends()
    assert not CellLock().take(lock)


def test_no_file_stays(busy: CellLock, lock: Path):
    busy.cell_ends()
    assert CellLock().take(lock)
    assert not lock.exists()
