"""Run a simulated engine: python3 -m swarm_simulator --speed 20."""

import sys

from .serve import main

if __name__ == "__main__":
    sys.exit(main())
