"""JupyterLab, started by the course's own command and stopped as by Ctrl-C."""

import re
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

END_SECONDS = 60  # that `lab` gets to end, with its machines


@contextmanager
def running_lab(*arguments: str, cwd: Path, env: Mapping[str, str], python: str = sys.executable) -> Iterator[str]:
    """Run `lab` with these arguments during the block; the value is the URL that it prints, token and all."""
    command = [python, "-m", "swarmkit_helpers", "lab", "--no-browser", *arguments]
    with subprocess.Popen(
        command, cwd=cwd, stdout=subprocess.PIPE, text=True, start_new_session=True, env=env
    ) as process:
        said = []
        for line in process.stdout or ():
            said.append(line)
            if url := re.search(r"http://\S+", line):
                break
        else:
            raise AssertionError("lab ended without a URL:\n" + "".join(said))
        try:
            yield url.group()
        finally:
            process.send_signal(signal.SIGINT)
            process.communicate(timeout=END_SECONDS)
