"""`python3 -m swarmkit_helpers.scheduling FILE.jsonl ...` checks cases recorded from SwarmKit's own code."""

import argparse
import sys
from pathlib import Path

from ..errors import BadInput
from .cases import check

SHOWN = 5  # differences that are printed


def main() -> int:
    """Print how many cases the rules reproduce, and the first they do not; the exit status is 0 if they do them all."""
    parser = argparse.ArgumentParser(prog="python3 -m swarmkit_helpers.scheduling", description=__doc__)
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE.jsonl")
    results = []
    try:
        for path in parser.parse_args().files:
            results += [(path, line, miss) for line, miss in check(path)]
    except BadInput as error:
        print(error, file=sys.stderr)
        return 2
    misses = [result for result in results if result[2]]
    for path, line, miss in misses[:SHOWN]:
        print(f"{path}:{line}: {miss}")
    print(f"{len(results) - len(misses)} of {len(results)}")
    return 1 if misses else 0


if __name__ == "__main__":
    sys.exit(main())
