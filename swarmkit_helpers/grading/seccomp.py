"""Running a program behind a seccomp filter, which closes two ways out that Docker leaves open.

    python3 -m swarmkit_helpers.grading.seccomp PROGRAM...

Sockets to the hypervisor (AF_VSOCK) belong to no network namespace, and Docker before 23 allows them. io_uring makes
sockets that no filter of system calls sees. By ptrace a student's code could freeze the process that ends the container
in time, and by io_setup take all asynchronous I/O of the computer. The program, and all that it starts, can make only
the sockets below, and none of these calls.
"""

import ctypes
import errno
import os
import platform
import struct
import sys
from collections.abc import Sequence

# On all architectures: io_uring_setup, io_uring_enter, io_uring_register, pidfd_getfd.
_REFUSED_EVERYWHERE = (425, 426, 427, 438)
# For each architecture: its number in the kernel (linux/audit.h), and its numbers of the system calls socket, then
# ptrace, process_vm_readv, process_vm_writev, kcmp and io_setup.
_ARCHITECTURES = {
    "x86_64": (0xC000003E, 41, (101, 310, 311, 312, 206)),
    "aarch64": (0xC00000B7, 198, (117, 270, 271, 272, 0)),
}
_OTHER_ABI = 0x40000000  # from this number on x86_64 has its system calls a second time (the x32 ABI)
# ZeroMQ needs AF_NETLINK, or it ends the program; like IP it reaches only the container's own network.
_FAMILIES = (1, 2, 10, 16)  # Linux's AF_UNIX, AF_INET, AF_INET6 and AF_NETLINK, which other systems do not name
_LOAD, _EQUAL, _AT_LEAST, _RETURN = 0x20, 0x15, 0x35, 0x06  # linux/bpf_common.h
_ALLOWED, _REFUSED = 0x7FFF0000, 0x00050000 | errno.EPERM  # linux/seccomp.h
_CALL, _ARCHITECTURE, _FIRST_ARGUMENT = 0, 4, 16  # offsets in its seccomp_data
_NO_NEW_PRIVILEGES, _SECCOMP, _FILTER = 38, 22, 2  # linux/prctl.h


def program(architecture: int, call_socket: int, refused: Sequence[int]) -> bytes:
    """The filter in BPF: instructions with a code, two jumps forward (if true, if false) and a value."""
    families = len(_FAMILIES)
    refused = (*refused, *_REFUSED_EVERYWHERE)
    instructions = [
        (_LOAD, 0, 0, _ARCHITECTURE),
        (_EQUAL, 0, 4 + len(refused) + families, architecture),
        (_LOAD, 0, 0, _CALL),
        (_AT_LEAST, 2 + len(refused) + families, 0, _OTHER_ABI),
        *((_EQUAL, 2 + families + len(refused) - place, 0, call) for place, call in enumerate(refused, 1)),
        (_EQUAL, 0, 2 + families, call_socket),
        (_LOAD, 0, 0, _FIRST_ARGUMENT),
        *((_EQUAL, families - place, 0, family) for place, family in enumerate(_FAMILIES)),
        (_RETURN, 0, 0, _REFUSED),
        (_RETURN, 0, 0, _ALLOWED),
    ]
    return b"".join(struct.pack("HBBI", *each) for each in instructions)


def install() -> None:
    """Put this process behind the filter, for ever. Raises `OSError`; does nothing on other architectures."""
    if platform.machine() not in _ARCHITECTURES:
        return
    filter_code = program(*_ARCHITECTURES[platform.machine()])
    buffer = ctypes.create_string_buffer(filter_code, len(filter_code))
    libc = ctypes.CDLL(None, use_errno=True)
    sock_fprog = struct.pack("HxxxxxxP", len(filter_code) // 8, ctypes.addressof(buffer))
    if libc.prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0) or libc.prctl(_SECCOMP, _FILTER, sock_fprog, 0, 0):
        raise OSError(ctypes.get_errno(), "seccomp")


if __name__ == "__main__":
    install()
    os.execvp(sys.argv[1], sys.argv[1:])
