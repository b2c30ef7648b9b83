"""What holds a student's kernel in, as far as it can be seen without an engine."""

import platform
import subprocess
import sys
from pathlib import Path

import pytest

from swarmkit_helpers import BadInput
from swarmkit_helpers.grading import container_files

TRY = """
import ctypes, os, socket
for family in (socket.AF_UNIX, socket.AF_INET, socket.AF_INET6, 40, 38, 17):
    try: print(family, bool(socket.socket(family)))
    except OSError as error: print(family, error.errno)
print(ctypes.CDLL(None, use_errno=True).syscall(425, 1, 0), ctypes.get_errno(), os.system("true"))
"""


@pytest.mark.skipif(sys.platform != "linux" or platform.machine() not in ("x86_64", "aarch64"), reason="Linux only")
def test_behind_the_filter_there_is_no_way_to_the_hypervisor():
    command = [sys.executable, "-m", "swarmkit_helpers.grading.seccomp", sys.executable, "-c", TRY]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == ["1 True", "2 True", "10 True", "40 1", "38 1", "17 1", "-1 1 0"]


def test_a_home_is_never_mounted(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.setenv("HOME", str(tmp_path))
    assert not any(
        tmp_path.is_relative_to(mount["Source"]) for mount in container_files.mounts(container_files.FRAME_IMAGE)
    )
    monkeypatch.setattr(sys, "base_prefix", str(tmp_path))  # as ./configure --prefix=$HOME does it
    with pytest.raises(BadInput, match=tmp_path.name):
        container_files.mounts(container_files.FRAME_IMAGE)
