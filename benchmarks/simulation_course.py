"""The course, solved, on simulations of several speeds, beside the same on the engine of this computer.

python -m benchmarks.simulation_course
"""

import os
import subprocess
import sys
import time
from pathlib import Path

from swarmkit_helpers.engine.discover import find_engine
from swarmkit_helpers.engine.simulator import temporary_simulator

ROOT = Path(__file__).parents[1]
SOLVED = "tests/notebooks/test_sections_run.py"  # each section by papermill, with other parameters and all answers
SPEEDS = (1, 20, 100)


def main() -> None:
    """Seconds of all sections one after the other, and the ratios to the real engine's."""
    engine = find_engine()
    if engine.simulated:
        raise SystemExit("a real engine is needed to compare with; no DOCKER_HOST may lead to a simulated one")
    print(f"load {os.getloadavg()[0]:.1f} of {os.cpu_count()} cores; {engine}", flush=True)
    real = _graded({})
    print(f"real engine: {real:.0f} s", flush=True)
    for speed in SPEEDS:
        with temporary_simulator(speed=speed) as url:
            seconds = _graded({"DOCKER_HOST": url})
        print(
            f"simulated at speed {speed}: {seconds:.0f} s, ratio {seconds / real:.2f}; load {os.getloadavg()[0]:.1f}",
            flush=True,
        )


def _graded(engine: dict[str, str]) -> float:
    """Seconds in which each section has run and got all its points there."""
    start = time.perf_counter()
    ran = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--tb=short", SOLVED],
        cwd=ROOT,
        env=os.environ | engine,
        capture_output=True,
        text=True,
    )
    seconds = time.perf_counter() - start
    if ran.returncode:
        raise SystemExit(f"a section did not get its points:\n{ran.stdout[-3000:]}")
    return seconds


if __name__ == "__main__":
    main()
