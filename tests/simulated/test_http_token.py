"""The simulated engine's token, its versions of the API, and its refusals of wrong requests."""

import json

import pytest
from support.simulator_server import ask, client, serving


@pytest.fixture(scope="module")
def server():
    with serving() as server:
        yield server


@pytest.mark.parametrize("token", ["", "wrong", "x" * 32])
def test_without_the_token_there_is_no_page(server, token):
    status, headers, body = ask(server, "GET", "/_ping", token=token)
    assert (status, body) == (404, {"message": "page not found"})
    assert "Docker" not in json.dumps(headers)


def test_without_the_token_nothing_is_done(server):
    status, _, _ = ask(server, "POST", "/volumes/create", {"Name": "kept"}, token="wrong")
    assert status == 404
    assert ask(server, "GET", "/volumes")[2]["Volumes"] == []


@pytest.mark.parametrize(
    ("header", "value"),
    [
        ("Origin", "http://somewhere.example"),
        ("Origin", "null"),
        ("Sec_Fetch_Site", "cross-site"),
        ("Host", "somewhere.example"),
        ("Referer", "http://somewhere.example/"),
    ],
)
def test_a_page_in_a_browser_is_refused_even_with_the_token(server, header, value):
    status, _, body = ask(server, "GET", "/_ping", **{header: value})
    assert (status, body["message"]) == (403, "a simulated engine answers no page in a browser, and no WebSocket")


def test_it_listens_on_this_computer_only(server):
    assert server._socket.getsockname()[0] == "127.0.0.1"


def test_a_ping_names_the_engine(server):
    status, headers, body = ask(server, "GET", "/_ping")
    assert (status, body) == (200, b"OK")
    assert headers["Api-Version"] == "1.51"
    assert headers["Ostype"] == "linux"
    assert headers["Swarm"] == "inactive"
    assert headers["Server"] == "Docker/28.5.2-simulated (linux)"


def test_a_ping_may_be_a_head_request(server):
    status, headers, body = ask(server, "HEAD", "/_ping")
    assert (status, headers["Api-Version"], body) == (200, "1.51", b"")


def test_it_says_that_it_is_a_simulation(server):
    info = ask(server, "GET", "/info")[2]
    assert info["OperatingSystem"].startswith("Simulated Docker Engine")
    assert info["ServerVersion"].endswith("-simulated")
    assert ask(server, "GET", "/version")[2]["Platform"]["Name"] == "Simulated Docker Engine"


@pytest.mark.parametrize(
    ("path", "status", "message"),
    [
        ("/v1.51/version", 200, None),
        ("/v1.24/version", 200, None),
        ("/v1.99/version", 400, "client version 1.99 is too new. Maximum supported API version is 1.51"),
        (
            "/v1.5/version",
            400,
            "client version 1.5 is too old. Minimum supported API version is 1.24, please upgrade your "
            "client to a newer version",
        ),
        ("/nonsense", 404, "page not found"),
        ("/containers", 404, "page not found"),
        ("/", 404, "page not found"),
        (
            "/nodes",
            503,
            'This node is not a swarm manager. Use "docker swarm init" or "docker swarm join" to connect this '
            "node to swarm and try again.",
        ),
        ("/containers/none/json", 404, "No such container: none"),
        ("/images/none/json", 404, "No such image: none:latest"),
        ("/networks/nowhere", 404, "network nowhere not found"),
        ("/volumes/none", 404, "get none: no such volume"),
        ("/exec/none/json", 404, "No such exec instance: none"),
        ("/containers/json?filters={", 400, "invalid filter"),
        ('/containers/json?filters={"bogus":["x"]}', 400, "invalid filter 'bogus'"),
        ("/containers/json?limit=x", 400, 'strconv.Atoi: parsing "x": invalid syntax'),
        ("/machines/none/info", 404, "No such container: none"),
    ],
)
def test_the_response_to_a_path(server, path, status, message):
    found, _, body = ask(server, "GET", path)
    assert found == status
    assert message is None or body == {"message": message}


@pytest.mark.parametrize(
    ("body", "kind", "message"),
    [
        (b"{", "application/json", "invalid JSON: "),
        (b"", "application/json", "invalid JSON: got EOF while reading request body"),
        (b"{}", "text/plain", "unsupported Content-Type header (text/plain): must be 'application/json'"),
        (b"[]", "application/json", "invalid JSON: json: cannot unmarshal array"),
        (b'{"Image": 7}', "application/json", "invalid JSON: json: cannot unmarshal number into Go struct field"),
        (b'{"Image": "busybox", "HostConfig": []}', "application/json", "invalid JSON: json: cannot unmarshal array"),
    ],
)
def test_an_unreadable_body_is_a_bad_request(server, body, kind, message):
    status, _, answer = ask(server, "POST", "/containers/create", body, Content_Type=kind)
    assert status == 400
    assert answer["message"].startswith(message)


@pytest.mark.parametrize("filters", ['{"label":["a=1"]}', '{"label":{"a=1":true}}'])
def test_filters_are_read_in_both_their_forms(server, filters):
    made = ask(server, "POST", "/volumes/create", {"Labels": {"a": "1"}})[2]["Name"]
    ask(server, "POST", "/volumes/create", {"Labels": {"a": "2"}})
    found = ask(server, "GET", f"/volumes?filters={filters}")[2]["Volumes"]
    assert made in [volume["Name"] for volume in found]
    assert {volume["Labels"]["a"] for volume in found} == {"1"}


@pytest.mark.parametrize(("flag", "count"), [("1", 1), ("true", 1), ("True", 1), ("0", 0), ("False", 0), ("", 0)])
def test_a_flag_is_read_as_docker_reads_it(server, flag, count):
    ask(server, "POST", "/containers/create?name=once", {"Image": "busybox", "Cmd": ["true"]})
    found = ask(server, "GET", f"/containers/json?all={flag}")[2]
    assert len([each for each in found if each["Names"] == ["/once"]]) == count


def test_the_docker_sdk_keeps_the_token_in_the_path(server):
    assert client(server).version()["ApiVersion"] == "1.51"
