"""Run docker-py's own integration tests, unchanged, on one node; compare what fails with docs/SIMULATION.md.

    python3 -m tests.support.docker_py_suite [--repository DIR] [--engine real]

None of docker-py's code is in this repository: DIR is a clone of github.com/docker/docker-py; without it one is made.
"""

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import NamedTuple
from xml.etree import ElementTree

from swarmkit_helpers import Cluster
from swarmkit_helpers.engine.simulator import temporary_docker_host
from swarmkit_helpers.machine import container_name

from .engine_socket import engine_socket

URL = "https://github.com/docker/docker-py"
PAGE = Path(__file__).parents[2] / "docs" / "SIMULATION.md"
HEAD = "| Test of docker-py | Fails on | Reason |"
CLUSTER = "dockerpy"
TEST_MAX_SECONDS = 90
SPEED = 1.0  # of the simulated engine's clock
GROUPS = {
    "swarm, nodes, configs, secrets, volumes, client": (
        "api_swarm_test", "models_swarm_test", "models_nodes_test", "api_config_test", "api_secret_test",
        "api_volume_test", "models_volumes_test", "client_test",
    ),
    "services and networks": ("api_service_test", "models_services_test", "api_network_test", "models_networks_test"),
    "containers": ("api_container_test", "models_containers_test", "api_exec_test"),
}  # fmt: skip
# A plugin of pytest, as there is none in its own distribution: it ends a test that takes too long.
TIME_LIMIT = f"""\
import signal
import pytest

def _end(*_):
    raise TimeoutError("after {TEST_MAX_SECONDS} s")

@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_call(item):
    signal.signal(signal.SIGALRM, _end)
    signal.alarm({TEST_MAX_SECONDS})
    yield
    signal.alarm(0)
"""
# docker-py's tests import paramiko to look at its type, also where no connection is made by ssh.
NO_PARAMIKO = "class Channel: pass\n"


class Result(NamedTuple):
    """How the tests of a group ended: the names of those that failed, and the numbers."""

    failed: dict[str, str]  # the first line of the problem, by name
    passed: int
    skipped: int


def run_group(files: tuple[str, ...], repository: Path, docker_host: str, extra: Path, only: str) -> Result:
    """Run these files with pytest."""
    report = extra / "report.xml"
    report.unlink(missing_ok=True)
    subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "time_limit", "--tb=short",
         f"--junitxml={report}", *(["-k", only] if only else []),
         *(f"tests/integration/{name}.py" for name in files)],
        cwd=repository,
        env={**os.environ, "DOCKER_HOST": docker_host, "PYTHONPATH": str(extra), "PYTHONDONTWRITEBYTECODE": "1"},
        stdout=sys.stderr,
        check=False,
    )  # fmt: skip
    failed: dict[str, str] = {}
    cases = [*ElementTree.parse(report).iter("testcase")]
    skipped = 0
    for case in cases:
        name = f"{case.get('classname', '').removeprefix('tests.integration.')}.{case.get('name')}"
        problem = case.find("failure")
        problem = case.find("error") if problem is None else problem
        if problem is not None:
            failed[name] = (problem.get("message") or "").splitlines()[0][:160] if problem.get("message") else ""
        elif case.find("skipped") is not None:
            skipped += 1
    return Result(failed, len(cases) - len(failed) - skipped, skipped)


@contextmanager
def node(engine: str) -> Iterator[str]:
    """One node in no swarm, with the image that docker-py's tests use. The value is its DOCKER_HOST."""
    with ExitStack() as stack:
        if engine == "simulated":
            stack.enter_context(temporary_docker_host(SPEED))
        cluster = Cluster.up(CLUSTER, nodes=1)
        stack.callback(cluster.down)
        cluster.api("node1").client.tag("busybox:latest", "alpine", "3.10")
        cluster.api("node1").client.tag("busybox:latest", "alpine", "latest")
        if engine == "simulated":
            yield f"{os.environ['DOCKER_HOST']}/machines/{container_name(CLUSTER, 'node1')}"
        else:
            yield stack.enter_context(engine_socket(cluster.engine.client, container_name(CLUSTER, "node1")))


def listed(engine: str) -> set[str]:
    """The tests that docs/SIMULATION.md says fail on that engine."""
    _, _, table = PAGE.read_text(encoding="utf-8").partition(HEAD + "\n")
    rows = [re.split(r"(?<!\\)\|", line)[1:-1] for line in table.split("\n\n")[0].splitlines()[1:]]
    return {row[0].strip().strip("`") for row in rows if row[1].strip() in ("both", engine)}


def main() -> int:
    """Print what passes and what fails. The status is 1 if the page says otherwise."""
    parser = argparse.ArgumentParser(prog="python3 -m tests.support.docker_py_suite", description=__doc__)
    parser.add_argument("--repository", help="a clone of docker-py; without it one is made")
    parser.add_argument("--engine", choices=("simulated", "real"), default="simulated", help="where the node is")
    parser.add_argument("--only", default="", help="an expression as pytest's -k takes it; then nothing is compared")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="docker-py-") as folder:
        repository, extra = Path(folder, "docker-py"), Path(folder, "extra")
        depth = [] if options.repository else ["--depth=1"]
        subprocess.run(["git", "clone", "--quiet", *depth, options.repository or URL, str(repository)], check=True)
        extra.mkdir()
        (extra / "time_limit.py").write_text(TIME_LIMIT, encoding="utf-8")
        if not shutil.which("ssh") or not _has_paramiko():
            (extra / "paramiko.py").write_text(NO_PARAMIKO, encoding="utf-8")
        failed: dict[str, str] = {}
        with node(options.engine) as docker_host:
            for name, files in GROUPS.items():
                result = run_group(files, repository, docker_host, extra, options.only)
                failed |= result.failed
                print(f"{name}: {result.passed} pass, {len(result.failed)} fail, {result.skipped} are skipped")
    return 0 if options.only else compare(failed, options.engine)


def _has_paramiko() -> bool:
    return subprocess.run([sys.executable, "-c", "import paramiko"], capture_output=True, check=False).returncode == 0


def compare(failed: dict[str, str], engine: str) -> int:
    """Print where the page and the result differ. Return 1 if they do."""
    known = listed(engine)
    for name in sorted(failed.keys() - known):
        print(f"fails, and is not in {PAGE.name}: {name}: {failed[name]}")
    for name in sorted(known - failed.keys()):
        print(f"passes, or is skipped, though {PAGE.name} has it: {name}")
    return 1 if failed.keys() ^ known else 0


if __name__ == "__main__":
    sys.exit(main())
