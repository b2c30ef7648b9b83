"""A simulated engine in a process of its own."""

import argparse
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

START_TIME = 20.0  # seconds it gets to say where it is


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one until SIGTERM or Ctrl-C, or until standard input ends where that is a pipe: so it ends with its parent.

    Its first line on standard output is what DOCKER_HOST is to be, which is a secret.
    """
    parser = argparse.ArgumentParser(prog="python3 -m swarmkit_helpers.simulation", allow_abbrev=False,
                                     description="A simulated Docker Engine, until it is ended.")
    parser.add_argument("--speed", type=_speed, default=1.0, help="how many times as fast as ours its time goes")
    parser.add_argument("--seed", type=int, default=0, help="decides all that is chance in it")
    parser.add_argument("--attached", action="store_true", help="end when standard input ends")
    options = parser.parse_args(arguments)

    from tornado.ioloop import IOLoop

    from .server import Server
    from .world import World

    async def run() -> None:
        loop = IOLoop.current()
        server = Server(World(options.seed, options.speed))
        ended = asyncio.Event()
        for name in (signal.SIGINT, signal.SIGTERM):
            signal.signal(name, lambda *_: loop.add_callback_from_signal(ended.set))
        if options.attached:
            threading.Thread(target=_until_the_end_of_input, args=(loop, ended), daemon=True).start()
        print(server.url, flush=True)
        await ended.wait()
        server.close()

    import asyncio

    asyncio.run(run())
    return 0


def _until_the_end_of_input(loop: object, ended: object) -> None:
    while os.read(0, 1 << 10):
        continue
    loop.add_callback(ended.set)


def _speed(text: str) -> float:
    speed = float(text)
    if not 0.1 <= speed <= 1000:
        raise ValueError(text)
    return speed


@contextmanager
def running(speed: float = 1.0, seed: int = 0) -> Iterator[str]:
    """What DOCKER_HOST is to be, of a simulated engine that ends with the block, or with this process."""
    process, url = start(speed, seed)
    try:
        yield url
    finally:
        end(process)


def start(speed: float = 1.0, seed: int = 0) -> tuple[subprocess.Popen[str], str]:
    """A simulated engine that answers: its process, and what DOCKER_HOST is to be."""
    command = [sys.executable, "-m", "swarmkit_helpers.simulation", "--attached", "--speed", str(speed),
               "--seed", str(seed)]
    # In a session of its own, so that a Ctrl-C on the terminal reaches only us: then it ends after its machines.
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
                               start_new_session=os.name != "nt")
    url = process.stdout.readline().strip()
    if not url:
        end(process)
        raise RuntimeError("the simulated engine did not start")
    return process, url


def end(process: "subprocess.Popen[str]") -> None:
    """It has ended."""
    process.terminate()
    process.stdin.close()
    process.wait()
    process.stdout.close()
