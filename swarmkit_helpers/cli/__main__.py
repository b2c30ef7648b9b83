"""`python3 -m swarmkit_helpers.cli COMMAND`: a command in an environment that has what it needs."""

import sys

from . import main

if __name__ == "__main__":
    sys.exit(main())
