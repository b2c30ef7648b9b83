"""A lock is held by one process at a time, whichever user's it is."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path

import pytest

from swarmkit_helpers import file_lock

if os.name == "nt" or os.geteuid() != 0:
    pytest.skip("only root may act as another user", allow_module_level=True)
NOBODY = 65534  # the user and group without rights: Linux, /proc/sys/kernel/overflowuid


@contextmanager
def another_user() -> Iterator[None]:
    """Act as a user without rights during the block."""
    os.setegid(NOBODY)
    os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)
        os.setegid(0)


@pytest.fixture
def shared() -> Iterator[Path]:
    """A folder like /tmp, and users who let nobody read what they make."""
    folder = Path(tempfile.mkdtemp(dir="/tmp"))  # pytest's own folders are closed to others
    folder.chmod(0o1777)
    before = os.umask(0o077)
    yield folder
    os.umask(before)
    shutil.rmtree(folder)


@pytest.mark.parametrize(("first", "second"), [(nullcontext, another_user), (another_user, nullcontext)])
def test_what_one_user_locked_another_can_lock(shared: Path, first, second):
    path = shared / "lock"
    with first(), file_lock.one_at_a_time(path):
        pass
    with second(), file_lock.one_at_a_time(path):
        pass
    with first(), file_lock.one_at_a_time(path), second(), os.fdopen(file_lock._open(str(path))) as file:
        assert not file_lock._lock(file, wait=False)


def test_a_lock_in_a_closed_folder_is_no_lock(shared: Path):
    shared.chmod(0o755)
    with another_user(), pytest.raises(PermissionError), file_lock.one_at_a_time(shared / "lock"):
        pass


def test_the_shared_folder_does_not_depend_on_the_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    assert file_lock.SHARED == "/tmp"
