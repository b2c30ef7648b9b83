"""From a clone to JupyterLab's address, caches empty: as the course does it (uv), beside pip alone, in turns.

python -m benchmarks.first_start [rounds]

It fetches some 100 MB a turn, from where pip's configuration says. The aim is a ratio of at most 0.6.
"""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from swarmkit_helpers.installation import ROOT

# What `python3 -m swarmkit_helpers lab` does in a new clone, and the same without uv.
START = """
import os
from swarmkit_helpers.bootstrap import environment, uv
{}
python = str(environment.ensure_environment("lab"))
os.execv(python, [python, "-m", "swarmkit_helpers.cli", "lab", "--no-browser"])
"""
WAYS = {"ours": START.format(""), "pip": START.format("uv.find = lambda *_: None")}


def main(rounds: int = 3) -> None:
    """Print the medians and their ratio."""
    seconds: dict[str, list[float]] = {way: [] for way in WAYS}
    for _ in range(rounds):
        for way, code in WAYS.items():
            with TemporaryDirectory(prefix="swarmlab-first-start-") as folder:
                seconds[way].append(_seconds(Path(folder), code))
                print(f"{way}: {seconds[way][-1]:.1f} s", flush=True)
    ours, pip = median(seconds["ours"]), median(seconds["pip"])
    print(f"median of {rounds}: ours {ours:.1f} s, pip {pip:.1f} s, ratio {ours / pip:.2f} (aim: at most 0.6)")


def _seconds(folder: Path, code: str) -> float:
    """The time from a new clone in the folder to JupyterLab's address; nothing is cached or compiled before."""
    clone = folder / "clone"
    subprocess.run(["git", "clone", "--quiet", ROOT, clone], check=True)
    own = {
        "PIP_NO_CACHE_DIR": "1",
        "UV_CACHE_DIR": str(folder / "uv-cache"),
        "PYTHONPATH": "",
        "SWARMLAB_CLUSTER": "first-start",
    }
    begun = time.perf_counter()
    python = os.path.realpath(sys._base_executable)  # type: ignore[attr-defined]  # the Python under this environment
    lab = subprocess.Popen(
        [python, "-c", code], cwd=clone, env=os.environ | own, stdout=subprocess.PIPE, text=True, start_new_session=True
    )
    assert lab.stdout is not None
    try:
        said = []
        for line in lab.stdout:
            said.append(line)
            if "http://" in line:
                return time.perf_counter() - begun
        sys.exit(f"lab ended before it named JupyterLab's address:\n{''.join(said)}")
    finally:
        lab.send_signal(signal.SIGINT)  # as Ctrl-C does: it removes the machines
        lab.communicate()


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
