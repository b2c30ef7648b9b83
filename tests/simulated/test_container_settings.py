"""What an engine refuses in a container's settings, in a real engine's words, and what it shows of them."""

import docker
import pytest
from support.simulator_server import ask, client, serving


@pytest.fixture(scope="module")
def server():
    with serving() as server:
        yield server


@pytest.mark.parametrize(
    ("host_config", "words"),
    [
        ({"RestartPolicy": {"Name": "nosuch"}}, "invalid restart policy 'nosuch'"),
        (
            {"RestartPolicy": {"Name": "always", "MaximumRetryCount": 3}},
            "maximum retry count cannot be used with restart policy 'always'",
        ),
        (
            {"RestartPolicy": {"Name": "on-failure", "MaximumRetryCount": -1}},
            "maximum retry count cannot be negative",
        ),
        (
            {"RestartPolicy": {"Name": "always"}, "AutoRemove": True},
            "can't create 'AutoRemove' container with restart policy",
        ),
        ({"Memory": 1000}, "Minimum memory limit allowed is 6MB"),
        ({"NanoCpus": 900 * 10**9}, "Range of CPUs is from 0.01 to 4.00, as there are only 4 CPUs available"),
        ({"LogConfig": {"Type": "asdf"}}, 'error looking up logging plugin asdf: plugin "asdf" not found'),
        ({"PidMode": "container:nosuch"}, "No such container: nosuch"),
        ({"VolumesFrom": ["nosuch:ro"]}, "No such container: nosuch"),
        ({"Links": ["nosuch:a"]}, "could not get container for nosuch: No such container: nosuch"),
        ({"Runtime": "nosuch"}, "Unknown runtime specified nosuch"),
        ({"MemorySwap": 100}, "You should always set the Memory limit when using Memoryswap limit, see usage"),
        ({"ShmSize": -1}, "SHM size can not be less than 0"),
        ({"OomScoreAdj": 5000}, "Invalid value 5000, range for oom score adj is [-1000, 1000]"),
    ],
)
def test_what_cannot_be_is_refused(server, host_config, words):
    status, _, body = ask(server, "POST", "/containers/create", {"Image": "busybox", "HostConfig": host_config})
    assert (status, body["message"]) == (400, words)


@pytest.mark.parametrize(
    ("config", "words"),
    [
        ({"WorkingDir": "rel"}, "the working directory 'rel' is invalid, it needs to be an absolute path"),
        ({"Env": ["=1"]}, "invalid environment variable: =1"),
        ({"Healthcheck": {"Interval": 1}}, "Interval in Healthcheck cannot be less than 1ms"),
    ],
)
def test_a_config_that_cannot_be_is_refused(server, config, words):
    status, _, body = ask(server, "POST", "/containers/create", {"Image": "busybox", **config})
    assert (status, body["message"]) == (400, words)


def test_what_is_not_asked_for_has_its_default(server):
    with client(server) as host:
        settings = {"LogConfig": {"Type": ""}, "PortBindings": {"80/tcp": [{"HostPort": "8080"}]}}
        made = host.create_container("busybox", "true", host_config=settings)
        shown = host.inspect_container(made)["HostConfig"]
    assert (shown["LogConfig"], shown["Runtime"], shown["ShmSize"]) == (
        {"Type": "json-file", "Config": {}},
        "runc",
        64 << 20,
    )
    assert shown["PortBindings"] == {"80/tcp": [{"HostIp": "", "HostPort": "8080"}]}


def test_small_refusals(server):
    with client(server) as host:
        with pytest.raises(docker.errors.APIError, match="has no links between containers") as refused:
            host.remove_container("a/b", link=True)
        assert refused.value.status_code == 501
    status, _, body = ask(server, "POST", "/volumes/create", b"", Content_Type="application/json")
    assert (status, body["message"]) == (400, "invalid JSON: got EOF while reading request body")
