"""An engine that refuses old versions of its API (Docker 29: below 1.44 or 1.40) can be used, in a node too."""

import os
import subprocess
import sys

import docker
import pytest
from support.small_engine import small_engine

from swarmkit_helpers.cli.node_facts import known_faults
from swarmkit_helpers.engine import discover, images, tunnel
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


VERSIONS = [("29.0.0", "1.44"), ("29.3.0", "1.40")]


@pytest.fixture(params=VERSIONS, ids=lambda version: version[0])
def version(request) -> str:
    return request.param[0]


@pytest.fixture
def url(tmp_path, version):
    with small_engine(tmp_path, version, dict(VERSIONS)[version]) as (url, _asked):
        yield url


def test_an_engine_that_refuses_old_versions_answers(url):
    assert answers(url)


def test_where_nothing_listens_no_engine_answers(tmp_path):
    assert not answers(f"unix://{tmp_path}/engine.sock")


def test_an_engine_that_refuses_old_versions_is_found(url, version):
    assert discover.connect(url, "a test").version == version


def test_an_engine_that_refuses_old_versions_is_reached_in_a_node(url, version):
    outer = docker.APIClient(base_url=url, version="auto")
    assert tunnel.connect(outer, "node1").info()["ServerVersion"] == version


def test_the_answer_of_an_exec_is_closed_before_its_stream(url):
    # Python 3.13 and newer always report what a stream's finalizer raises, older ones with -X dev.
    command = [sys.executable, "-X", "dev", "-W", "ignore", "-c", CONNECTIONS, url]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")


def test_a_reason_that_comes_with_the_head_of_the_answer_is_kept(tmp_path):
    with small_engine(tmp_path) as (url, _asked):
        outer = docker.APIClient(base_url=url, version="1.44")
        with pytest.raises(ConnectionError, match="Cannot connect to the Docker daemon"):
            tunnel.open_stream(outer, "node2", 5).recv(100)


def test_a_stream_that_is_closed_says_so_as_a_socket_does(tmp_path):
    with small_engine(tmp_path) as (url, _asked):
        stream = tunnel.open_stream(docker.APIClient(base_url=url, version="1.44"), "node1", 5)
        stream.close()
        with pytest.raises(OSError, match="closed"):
            stream.recv(100)


def test_images_are_saved_for_one_platform(tmp_path):
    with small_engine(tmp_path) as (url, asked):
        engine = discover.connect(url, "a test")
        assert images.archive(engine, ("one", "two")) == b"an archive"
        assert '/images/get?names=one&names=two&platform={"os":+"linux",+"architecture":+"amd64"}' in asked[-1]
        images.archive(engine, ("one", "arm"))
        assert asked[-1].endswith("/images/get?names=one&names=arm")


def test_a_platform_is_not_named_to_an_engine_that_knows_none(tmp_path):
    with small_engine(tmp_path, minimum="1.40") as (url, asked):
        engine = discover.connect(url, "a test")
        engine.client._version = "1.47"
        images.archive(engine, ("one", "two"))
        assert asked[-1] == "/v1.47/images/get?names=one&names=two"


@pytest.mark.parametrize(
    ("version", "known"),
    [("28.5.2", False), ("29.0.0-rc.1", True), ("29.6.2", True), ("29.10.0", False), ("20.10.24+dfsg1", False)],
)
def test_doctor_names_the_fault_of_a_version(version, known):
    faults = [fact.detail for fact in known_faults(version)]
    assert [version in fault and "moby/moby#53141" in fault for fault in faults] == [True] * known
