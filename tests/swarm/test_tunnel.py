"""The tunnel into a real node carries what a client ends, and what the engine answers then."""

import shutil
import subprocess

import pytest
from support.engine_socket import engine_socket

from swarmkit_helpers import Cluster


def test_a_program_that_ends_its_input_still_gets_its_output(cluster: Cluster):
    if not (docker := shutil.which("docker")):
        pytest.skip("there is no docker command")
    Cluster.up(cluster.name, nodes=3)
    with engine_socket(cluster.engine.client, cluster.machines()[0].container) as url:
        command = [docker, "--host", url, "run", "--interactive", "--rm", "busybox", "cat"]
        done = subprocess.run(command, input="hello\n", capture_output=True, text=True, timeout=60)
    assert (done.stdout, done.returncode) == ("hello\n", 0), done.stderr
