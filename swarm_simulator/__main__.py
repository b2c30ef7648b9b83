"""python3 -m swarm_simulator --speed 20: a simulated engine, until it is ended."""

import sys

from .serve import main

if __name__ == "__main__":
    sys.exit(main())
