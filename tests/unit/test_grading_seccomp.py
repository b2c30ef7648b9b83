"""What holds a student's kernel in, as far as it can be seen without an engine."""

import errno
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
libc = ctypes.CDLL(None, use_errno=True)
for call in (425, 426, 427, 438, *{calls}):
    print(call, libc.syscall(call, 0, 0, 0, 0, 0, 0), ctypes.get_errno())
print(os.system("true"))
"""


@pytest.mark.skipif(sys.platform != "linux" or platform.machine() not in ("x86_64", "aarch64"), reason="Linux only")
def test_behind_the_filter_there_is_no_way_to_the_hypervisor_nor_to_other_processes():
    # ptrace, process_vm_readv, process_vm_writev, kcmp, io_setup (asm/unistd.h)
    calls = {"x86_64": (101, 310, 311, 312, 206), "aarch64": (117, 270, 271, 272, 0)}[platform.machine()]
    command = [sys.executable, "-m", "swarmkit_helpers.grading.seccomp", sys.executable, "-c"]
    done = subprocess.run([*command, TRY.format(calls=calls)], capture_output=True, text=True, check=True)
    sockets = ["1 True", "2 True", "10 True", "40 1", "38 1", "17 1"]
    refused = [f"{call} -1 {errno.EPERM}" for call in (425, 426, 427, 438, *calls)]
    assert done.stdout.splitlines() == [*sockets, *refused, "0"]


def test_a_home_is_never_mounted(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.setenv("HOME", str(tmp_path))
    assert not any(
        tmp_path.is_relative_to(mount["Source"]) for mount in container_files.mounts(container_files.FRAME_IMAGE)
    )
    monkeypatch.setattr(sys, "base_prefix", str(tmp_path))  # as ./configure --prefix=$HOME does it
    with pytest.raises(BadInput, match=tmp_path.name):
        container_files.mounts(container_files.FRAME_IMAGE)
