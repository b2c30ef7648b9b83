"""Starting a simulated engine in a process of its own.

    with running(speed=20) as url:  # what DOCKER_HOST is to be
"""

from ..engine.simulated import running

__all__ = ["running"]
