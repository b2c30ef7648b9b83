"""The commands of the course, run as a user runs them."""

import os
import pty
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager


def command(*arguments: str) -> str:
    """What the command says, which ends well and prints no error; the environment is that of this process."""
    ran = subprocess.run(
        [sys.executable, "-m", "swarmkit_helpers.cli", *arguments],
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
    )
    assert (ran.returncode, ran.stderr) == (0, "")
    return ran.stdout


@contextmanager
def open_shell(node: str, env: Mapping[str, str] | None = None) -> Iterator[tuple["subprocess.Popen[bytes]", str]]:
    """A terminal on the node that waits for its first command, and what it has said; after the block it ends."""
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        [sys.executable, "-m", "swarmkit_helpers.cli", "shell", node],
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        env=env,
        start_new_session=True,
    ) as shell:
        os.close(theirs)
        said = ""
        while f"{node}# " not in said:
            said += os.read(ours, 1 << 16).decode()
        yield shell, said
        os.write(ours, b"exit\n")
        shell.wait(60)
        os.close(ours)
