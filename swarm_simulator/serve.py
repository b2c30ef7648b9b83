"""The simulated engine as a process; swarmkit_helpers/engine/simulator.py starts it."""

import argparse
import asyncio
import gc
import os
import signal
import sys
import threading
from collections.abc import Callable, Sequence


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a simulated engine until SIGTERM or Ctrl-C; with --attached also until standard input ends.

    Its first line on standard output is its DOCKER_HOST, which is a secret.
    """
    parser = argparse.ArgumentParser(
        prog="python3 -m swarm_simulator",
        allow_abbrev=False,
        description="A simulated Docker Engine. It runs until SIGTERM or Ctrl-C.",
    )
    parser.add_argument("--speed", type=_speed, default=1.0, help="how many times as fast as ours its clock goes")
    parser.add_argument("--seed", type=int, default=0, help="decides all that is random in it")
    parser.add_argument("--seconds", type=int, default=0, help="end after that time, also while it is busy; 0: never")
    parser.add_argument("--attached", action="store_true", help="end when standard input ends")
    options = parser.parse_args(arguments)
    if options.seconds:
        signal.alarm(options.seconds)  # the system's own end of a process: it needs no Python to run
    asyncio.run(_serve(options))
    return 0


async def _serve(options: argparse.Namespace) -> None:
    gc.disable()  # all that is imported stays: looking through it for garbage takes a third of the time
    from .engines.world import World
    from .http.server import Server  # imported only here, so that --help answers at once

    gc.freeze()
    gc.enable()
    loop, ended = asyncio.get_running_loop(), asyncio.Event()

    def end(*_: object) -> None:
        loop.call_soon_threadsafe(ended.set)

    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, end)
    server = Server(World(options.seed, options.speed))
    try:
        if options.attached:
            threading.Thread(target=_until_input_ends, args=(end,), daemon=True).start()
        print(server.url, flush=True)
        await ended.wait()
    finally:
        server.close()


def _until_input_ends(end: Callable[[], None]) -> None:
    while os.read(sys.stdin.fileno(), 1 << 10):
        continue
    end()


def _speed(text: str) -> float:
    speed = float(text)
    if not 0.1 <= speed <= 1000:
        raise argparse.ArgumentTypeError("a speed is a number from 0.1 to 1000")
    return speed
