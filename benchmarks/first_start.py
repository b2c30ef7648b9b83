"""From a clone to the environment ready, caches empty: as the course does it (uv), beside pip alone, in turns.

python -m benchmarks.first_start [rounds]

It fetches some 100 MB a turn, from where pip's configuration says. The aim is a ratio of at most 0.6.
"""

import os
import subprocess
import sys
import time
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from swarmkit_helpers.installation import ROOT

START = "from swarmkit_helpers.bootstrap import environment, uv; {}environment.ensure_environment('lab')"
WAYS = {"ours": START.format(""), "pip": START.format("uv.find = lambda *_: None; ")}


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
    """The time from a new clone in the folder to its environment; what was compiled or cached before is not there."""
    clone = folder / "clone"
    subprocess.run(["git", "clone", "--quiet", ROOT, clone], check=True)
    caches = {"PIP_NO_CACHE_DIR": "1", "UV_CACHE_DIR": str(folder / "uv-cache"), "PYTHONPATH": ""}
    begun = time.perf_counter()
    python = os.path.realpath(sys._base_executable)  # type: ignore[attr-defined]  # the Python under this environment
    subprocess.run([python, "-c", code], cwd=clone, env=os.environ | caches, check=True)
    return time.perf_counter() - begun


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
