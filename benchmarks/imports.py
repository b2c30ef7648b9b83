"""`import swarmkit_helpers` beside a Python that imports nothing, and beside the Docker SDK.

python -m benchmarks.imports
"""

import subprocess
import sys
import time
from statistics import median

ROUNDS = 20


def main() -> None:
    """The medians in milliseconds, and the ratio to the SDK's import."""
    nothing, ours, sdk = (_milliseconds(code) for code in ("pass", "import swarmkit_helpers", "import docker"))
    print(
        f"median of {ROUNDS}: import swarmkit_helpers {ours - nothing:.0f} ms, import docker {sdk - nothing:.0f} ms, "
        f"ratio {(ours - nothing) / (sdk - nothing):.2f}; Python itself {nothing:.0f} ms"
    )


def _milliseconds(code: str) -> float:
    def once() -> float:
        start = time.perf_counter()
        subprocess.run([sys.executable, "-c", code], check=True)
        return (time.perf_counter() - start) * 1e3

    return median(once() for _ in range(ROUNDS))


if __name__ == "__main__":
    main()
