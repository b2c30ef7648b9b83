"""A program is run without what neither a container's own network nor Docker's list of system calls takes from it.

    python3 -m swarmkit_helpers.grading.seccomp PROGRAM...

Sockets to the hypervisor (AF_VSOCK) belong to no network namespace, and Docker before 23 lets them pass; io_uring makes
sockets that no list of calls sees. For the program, and all it starts, there are the sockets below and no others.
"""

import ctypes
import errno
import os
import platform
import socket
import struct
import sys

# Of an architecture: what the kernel calls it (linux/audit.h), and its number of the call socket.
_ARCHITECTURES = {"x86_64": (0xC000003E, 41), "aarch64": (0xC00000B7, 198)}
_IO_URING_SETUP = 425  # everywhere
_OTHER_ABI = 0x40000000  # from here on x86_64 has its calls again, under other numbers
# Without AF_NETLINK ZeroMQ ends the program; like IP it reaches only the container's own network.
_FAMILIES = (socket.AF_UNIX, socket.AF_INET, socket.AF_INET6, socket.AF_NETLINK)
_LOAD, _EQUAL, _AT_LEAST, _RETURN = 0x20, 0x15, 0x35, 0x06  # linux/bpf_common.h
_ALLOWED, _REFUSED = 0x7FFF0000, 0x00050000 | errno.EPERM  # linux/seccomp.h
_CALL, _ARCHITECTURE, _FIRST_ARGUMENT = 0, 4, 16  # offsets in its seccomp_data
_NO_NEW_PRIVILEGES, _SECCOMP, _FILTER = 38, 22, 2  # linux/prctl.h


def program(architecture: int, call_socket: int) -> bytes:
    """The filter: instructions of a code, two jumps forward (if so, if not) and a value."""
    known = len(_FAMILIES)
    made = [
        (_LOAD, 0, 0, _ARCHITECTURE),
        (_EQUAL, 0, 5 + known, architecture),
        (_LOAD, 0, 0, _CALL),
        (_AT_LEAST, 3 + known, 0, _OTHER_ABI),
        (_EQUAL, 2 + known, 0, _IO_URING_SETUP),
        (_EQUAL, 0, 2 + known, call_socket),
        (_LOAD, 0, 0, _FIRST_ARGUMENT),
        *((_EQUAL, known - place, 0, family) for place, family in enumerate(_FAMILIES)),
        (_RETURN, 0, 0, _REFUSED),
        (_RETURN, 0, 0, _ALLOWED),
    ]
    return b"".join(struct.pack("HBBI", *each) for each in made)


def close() -> None:
    """From now on this process is fenced in. Raises `OSError`; of other architectures nothing is known here."""
    if platform.machine() not in _ARCHITECTURES:
        return
    code = program(*_ARCHITECTURES[platform.machine()])
    buffer = ctypes.create_string_buffer(code, len(code))
    libc = ctypes.CDLL(None, use_errno=True)
    about = struct.pack("HxxxxxxP", len(code) // 8, ctypes.addressof(buffer))
    if libc.prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0) or libc.prctl(_SECCOMP, _FILTER, about, 0, 0):
        raise OSError(ctypes.get_errno(), "seccomp")


if __name__ == "__main__":
    close()
    os.execvp(sys.argv[1], sys.argv[1:])
