"""An engine that refuses old versions of its API (Docker 29: below 1.44) is found, asked and reached in a node."""

import os
import subprocess
import sys

import docker
import pytest
from support.small_engine import small_engine

from swarmkit_helpers.engine import discover, tunnel
from swarmkit_helpers.engine.api import answers

pytestmark = pytest.mark.skipif(os.name == "nt", reason="the engine listens on a Unix socket")

# Everything that a connection can go through: closed, dropped, and left to the end of the process.
CONNECTIONS = """
import gc, sys, docker
from swarmkit_helpers.engine import tunnel

outer = docker.APIClient(base_url=sys.argv[1], version="1.44")
closed = tunnel.open_stream(outer, "node1", 5)
closed.close()
dropped = tunnel.open_stream(outer, "node1", 5)
del closed, dropped
inner = tunnel.connect(outer, "node1", 5)
assert inner.get(inner.base_url + "/_ping").text == "OK"
inner.close()
dropped = tunnel.connect(outer, "node1", 5)
dropped.info()
del inner, dropped
gc.collect()
left = tunnel.connect(outer, "node1", 5)
left.info()
"""


@pytest.fixture
def url(tmp_path):
    with small_engine(tmp_path) as url:
        yield url


def test_an_engine_that_refuses_old_versions_answers(url):
    assert answers(url)


def test_where_nothing_listens_no_engine_answers(tmp_path):
    assert not answers(f"unix://{tmp_path}/engine.sock")


def test_an_engine_that_refuses_old_versions_is_found(url):
    assert discover.connect(url, "a test").version == "29.0.0"


def test_an_engine_that_refuses_old_versions_is_reached_in_a_node(url):
    outer = docker.APIClient(base_url=url, version="auto")
    assert tunnel.connect(outer, "node1").info()["ServerVersion"] == "29.0.0"


def test_the_answer_of_an_exec_is_closed_before_its_stream(url):
    # Python 3.13 and newer always report what a stream's finalizer raises, older ones with -X dev.
    command = [sys.executable, "-X", "dev", "-W", "ignore", "-c", CONNECTIONS, url]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")
