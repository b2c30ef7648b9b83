"""A development container, made by the Dev Container CLI: what is in it after its first start, and a swarm in it.

Its image and the feature docker-in-docker come from registries. Here an image made from Debian's packages and a feature
that starts Debian's engine take their places; all else is as in the repository that students get.
"""

import json
import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from support import debian_image, other_machine
from support.debian_image import docker
from support.environments import run

from swarmkit_helpers.engine.discover import Engine
from swarmkit_helpers.grading import student_edition

CLI = "@devcontainers/cli@0.89.0"
IMAGE = "swarmlab-test-devcontainer"
DESCRIPTION = Path(__file__).parents[2] / ".devcontainer" / "devcontainer.json"
USER = 1000  # vscode, in the image that is named
PREPARED = """
FROM {base}
RUN useradd --create-home --uid {user} --shell /bin/bash vscode
LABEL devcontainer.metadata='[{{"remoteUser": "vscode"}}]'
"""
# The real one asks for all rights, which not every computer can give. These are those of a node, and enough.
FEATURE = {
    "id": "docker-in-docker",
    "version": "2.0.0",
    "capAdd": ["NET_ADMIN", "SYS_ADMIN", "NET_RAW", "SYS_PTRACE"],
    "securityOpt": ["seccomp=unconfined", "apparmor=unconfined", "label=disable", "systempaths=unconfined"],
    "entrypoint": "/usr/local/share/docker-init.sh",
    "mounts": [{"source": "dind-var-lib-docker-${devcontainerId}", "target": "/var/lib/docker", "type": "volume"}],
}
RUN_OPTIONS = ["--device-cgroup-rule=a *:* rwm"]
INSTALL = """#!/bin/sh
set -e
usermod --append --groups docker "$_REMOTE_USER"
cat > /usr/local/share/docker-init.sh <<'SCRIPT'
#!/bin/sh
mount -o remount,bind,rw /sys
mount -o remount,rw /sys/fs/cgroup
for group in /sys/fs/cgroup/*/; do mount -o remount,bind,rw "$group"; done
dockerd > /tmp/dockerd.log 2>&1 &
until docker info > /dev/null 2>&1; do sleep 1; done
exec "$@"
SCRIPT
chmod +x /usr/local/share/docker-init.sh
"""
# Start lab, ask the address that it prints, and end it.
LAB = r"""
python3 -m swarmkit_helpers lab --no-browser > lab.log 2>&1 &
until grep -q http:// lab.log; do kill -0 $! || { cat lab.log; exit 1; }; sleep 1; done
python3 -c "import sys, urllib.request as r; print(r.urlopen(sys.argv[1] + 'api').read().decode())" \
    "$(sed -n 's|.*\(http://[^/]*/\).*|\1|p' lab.log)"
kill $!; wait
"""
pytestmark = [
    pytest.mark.exhaustive(
        "it makes a Debian and an environment in it, and the container's description seldom changes"
    ),
    pytest.mark.skipif(other_machine.missing("npm") is not None, reason=str(other_machine.missing("npm"))),
]


class Container:
    """A development container, made from the description in the folder."""

    def __init__(self, cli: Path, engine: Engine, folder: Path) -> None:
        self._cli, self._engine, self._folder = cli, engine, folder
        self.said = self._run("up", "--buildkit", "never")

    def sh(self, script: str) -> str:
        """What a shell script prints in the container, in the folder."""
        return self._run("exec", "sh", "-c", script)

    def _run(self, verb: str, *arguments: str) -> str:
        command = [self._cli, verb, "--workspace-folder", self._folder, *arguments]
        return run(*command, cwd=self._folder, DOCKER_HOST=self._engine.url)


@pytest.fixture(scope="module")
def folder(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The repository that students get, with what takes the places of the image and of the feature."""
    folder = tmp_path_factory.mktemp("student") / "edition"
    student_edition.write(folder)
    debian_image.build(engine, IMAGE, "-", input=PREPARED.format(base=debian_image.make(engine), user=USER))
    description = json.loads(re.sub(r"^ *//.*", "", DESCRIPTION.read_text(encoding="utf-8"), flags=re.M))
    assert [feature.split("/")[-1] for feature in description["features"]] == ["docker-in-docker:2"]
    description |= {"image": IMAGE, "features": {"./docker-in-docker": {}}, "runArgs": RUN_OPTIONS}
    own = folder / ".devcontainer"
    (own / "devcontainer.json").write_text(json.dumps(description))
    (own / "docker-in-docker").mkdir()
    (own / "docker-in-docker" / "devcontainer-feature.json").write_text(json.dumps(FEATURE))
    (own / "docker-in-docker" / "install.sh").write_text(INSTALL)
    for path in (folder, *folder.rglob("*")):
        os.chown(path, USER, USER)
    yield folder
    here = ("--quiet", f"--filter=label=devcontainer.local_folder={folder}")
    for container in docker(engine, "ps", "--all", *here).split():
        image, volume = docker(
            engine, "inspect", "--format={{.Config.Image}} {{(index .Mounts 1).Name}}", container
        ).split()
        docker(engine, "rm", "--force", container)
        docker(engine, "volume", "rm", volume)
        docker(engine, "rmi", image, image.removesuffix("-uid"))
    docker(engine, "rmi", IMAGE)


@pytest.fixture(scope="module")
def container(folder: Path, engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Container:
    npm = tmp_path_factory.mktemp("devcontainer-cli")
    run("npm", "install", "--silent", "--no-fund", "--no-audit", "--prefix", npm, CLI, cwd=npm)
    return Container(npm / "node_modules" / ".bin" / "devcontainer", engine, folder)


def test_its_first_start_makes_the_environment_and_says_that_the_sections_will_work(container: Container):
    assert "The environment is ready" in container.said
    assert re.search(r"Docker Engine \S+ \(the default engine, unix:///var/run/docker.sock\)", container.said)
    assert "Sections 00 to 06 should work" in container.said


def test_a_real_swarm_runs_in_it(container: Container):
    nodes = container.sh("python3 -m swarmkit_helpers up --swarm")
    assert len(re.findall(r"^  node\d +running +ready +active", nodes, re.M)) == 3
    container.sh("python3 -m swarmkit_helpers down")


def test_lab_answers_in_it(container: Container):
    assert '{"version": "2.' in container.sh(LAB)
