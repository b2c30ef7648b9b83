"""Run `python3 -m swarmkit_helpers COMMAND`, from a fresh clone with nothing installed or an installed package."""

import sys

from .bootstrap import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
