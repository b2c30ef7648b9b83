"""Which engine is used is decided by what the docker command would use; one named on purpose has to answer."""

import http.server
import json
import os
import socket
from pathlib import Path
from threading import Thread

import pytest
from docker.context.config import get_meta_file
from docker.transport.unixconn import UnixHTTPConnection

from swarmkit_helpers import BadInput, NotFound, Swarm
from swarmkit_helpers.cli import clusters, doctor
from swarmkit_helpers.engine import discover
from swarmkit_helpers.engine.api import answers
from swarmkit_helpers.errors import EngineUnavailable


@pytest.fixture(autouse=True)
def no_engine_named(monkeypatch, tmp_path):
    for name in ("DOCKER_HOST", "DOCKER_CONTEXT", "DOCKER_TLS_VERIFY", "DOCKER_CERT_PATH"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path))


def test_a_dead_docker_host_is_named_and_nothing_else_is_tried(monkeypatch, tmp_path):
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/none.sock")
    with pytest.raises(EngineUnavailable, match=r"DOCKER_HOST is unix://.*none\.sock, where no engine answers"):
        discover.find_engine()


def test_a_simulation_that_has_ended_is_told_from_an_engine_that_does_not_run(monkeypatch):
    monkeypatch.setenv("DOCKER_HOST", "tcp://127.0.0.1:9/secret")
    with pytest.raises(EngineUnavailable, match="that was a simulation, and it has ended") as caught:
        discover.find_engine()
    assert "secret" not in str(caught.value)


def test_a_swarm_shows_its_address_without_the_secret_of_a_simulation():
    url = "tcp://127.0.0.1:9/secret/machines/node1"
    assert repr(Swarm(lambda: discover.connect(url, "a test").api, url)) == "Swarm 'tcp://127.0.0.1:9'"


def test_an_unknown_context_is_named(monkeypatch):
    monkeypatch.setenv("DOCKER_CONTEXT", "nowhere")
    with pytest.raises(EngineUnavailable, match=r"the current docker context is 'nowhere'.*no such context") as caught:
        discover.find_engine()
    assert "unset DOCKER_CONTEXT" in caught.value.fix


def test_the_context_of_a_docker_desktop_that_is_gone_is_named(tmp_path):
    (tmp_path / "config.json").write_text('{"currentContext": "desktop-linux"}')
    with pytest.raises(EngineUnavailable, match="the current docker context is 'desktop-linux'") as caught:
        discover.find_engine()
    assert caught.value.fix.endswith("docker context use default")


def test_a_context_whose_file_is_broken_is_named(monkeypatch, tmp_path):
    (tmp_path / "config.json").write_text("{}")  # without it the SDK looks for contexts in the present folder
    meta = Path(get_meta_file("broken"))
    meta.parent.mkdir(parents=True)
    meta.write_text("{")
    monkeypatch.setenv("DOCKER_CONTEXT", "broken")
    with pytest.raises(EngineUnavailable, match=r"the current docker context is 'broken'.*corrupted"):
        discover.find_engine()
    with pytest.raises(NotFound, match="the docker context 'broken' cannot be used"):
        Swarm.connect("broken")


UNIX = pytest.mark.skipif(os.name == "nt", reason="Windows has named pipes")
ODD_URLS = [
    "tcp://localhost:99999",
    "tcp://localhost",
    "tcp://",
    "ftp://x",
    "fd://",
    "ssh://host/path",
    "tcp://[::1:2375",
    "ssh://",
    pytest.param("npipe://", marks=UNIX),
    pytest.param("npipe:////./pipe/docker_engine", marks=UNIX),
]


def test_a_unix_socket_is_a_sentence_where_python_has_none(monkeypatch):
    monkeypatch.delattr(socket, "AF_UNIX")
    with pytest.raises(EngineUnavailable, match=r"unix:///run/docker.sock.*has no Unix sockets: npipe:"):
        discover.connect("unix:///run/docker.sock", "DOCKER_HOST")


class PipeError(Exception):
    """As pywin32 defines `pywintypes.error`, which docker-py raises where Docker Desktop does not run."""

    __module__ = "pywintypes"

    def __init__(self, code: int, function: str, text: str) -> None:
        super().__init__(code, function, text)
        self.strerror = text


def test_a_docker_desktop_that_does_not_run_is_a_sentence(monkeypatch):
    def no_pipe(connection: object) -> None:
        raise PipeError(2, "CreateFile", "The system cannot find the file specified.")

    monkeypatch.setattr(UnixHTTPConnection, "connect", no_pipe)  # Linux has no pipes; this one is opened the same way
    with pytest.raises(EngineUnavailable, match=r"no engine answers \(The system cannot find the file specified\.\)"):
        discover.connect("unix:///run/docker.sock", "DOCKER_HOST")
    assert not answers("unix:///run/docker.sock")


@pytest.mark.parametrize("url", ODD_URLS)
def test_an_odd_docker_host_is_a_sentence(monkeypatch, capsys, url):
    monkeypatch.setenv("DOCKER_HOST", url)
    with pytest.raises(EngineUnavailable, match="is not the URL of an engine") as caught:
        discover.find_engine()
    assert "unset DOCKER_HOST" in caught.value.fix
    assert clusters.status() == 0
    assert "is not the URL of an engine" in capsys.readouterr().out
    assert not next(fact for fact in doctor.facts() if fact.name == "Docker Engine").ok
    with pytest.raises(BadInput, match="is not the URL of an engine"):
        Swarm.connect(url)


ODD_CONTEXTS = [
    {},
    {"Endpoints": []},
    {"Endpoints": {"docker": {}}},
    {"Name": "odd", "Metadata": {}, "Endpoints": {"docker": {"Host": 3}}},
]


@pytest.mark.parametrize("meta", ODD_CONTEXTS)
def test_a_context_whose_file_docker_has_not_written_is_a_sentence(tmp_path, meta):
    (tmp_path / "config.json").write_text('{"currentContext": "odd"}')
    file = Path(get_meta_file("odd"))
    file.parent.mkdir(parents=True)
    file.write_text(json.dumps(meta))
    with pytest.raises(EngineUnavailable, match=r"'odd', which cannot be used \((its file|it names no)"):
        discover.find_engine()
    with pytest.raises(NotFound, match="'odd' cannot be used"):
        Swarm.connect("odd")


def test_an_odd_url_of_a_context_has_a_cure_of_its_own(tmp_path):
    (tmp_path / "config.json").write_text('{"currentContext": "odd"}')
    file = Path(get_meta_file("odd"))
    file.parent.mkdir(parents=True)
    file.write_text(json.dumps({"Name": "odd", "Metadata": {}, "Endpoints": {"docker": {"Host": "tcp://a:99999"}}}))
    with pytest.raises(EngineUnavailable, match="is not the URL of an engine") as caught:
        discover.find_engine()
    assert caught.value.fix.endswith("docker context use default")


@pytest.mark.parametrize("settings", ["[]", '{"proxies": 3}', '{"auths": []}', '{"HttpHeaders": "a"}'])
def test_settings_that_docker_has_not_written_are_a_sentence(monkeypatch, tmp_path, settings):
    (tmp_path / "config.json").write_text(settings)
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/none.sock")
    with pytest.raises(EngineUnavailable, match=r"config\.json is not as docker writes it"):
        discover.find_engine()


class WebPage(http.server.BaseHTTPRequestHandler):
    """A server that is no engine."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(b"<html>hello</html>")

    def log_message(self, *_: object) -> None:
        pass


def test_an_address_where_something_else_answers(monkeypatch):
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), WebPage) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        monkeypatch.setenv("DOCKER_HOST", f"tcp://127.0.0.1:{server.server_port}")
        with pytest.raises(EngineUnavailable, match="what answers there is no Docker Engine") as caught:
            discover.find_engine()
        server.shutdown()
    assert f"docker --host tcp://127.0.0.1:{server.server_port} version" in caught.value.fix


def test_the_reason_is_the_innermost_error(monkeypatch):
    monkeypatch.setenv("DOCKER_HOST", f"unix:///{'a' * 120}")
    with pytest.raises(EngineUnavailable, match=r"no engine answers \(AF_UNIX path too long\)"):
        discover.find_engine()


def test_tls_without_certificates_is_a_sentence(monkeypatch, tmp_path):
    monkeypatch.setenv("DOCKER_HOST", "tcp://localhost:2376")
    monkeypatch.setenv("DOCKER_TLS_VERIFY", "1")
    monkeypatch.setenv("DOCKER_CERT_PATH", str(tmp_path))
    with pytest.raises(EngineUnavailable, match=rf"asks for TLS, but {tmp_path} lacks cert\.pem"):
        discover.find_engine()


@pytest.mark.parametrize("nothing", ["", " ", None])
def test_connect_to_nothing_is_refused(nothing):
    with pytest.raises(BadInput, match="names no engine"):
        Swarm.connect(nothing)


def test_status_says_which_engine_does_not_answer(monkeypatch, capsys, tmp_path):
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/none.sock")
    assert clusters.status() == 0
    said = capsys.readouterr().out
    assert "DOCKER_HOST is unix://" in said
    assert "Fix:" in said
    assert "`lab`" not in said
