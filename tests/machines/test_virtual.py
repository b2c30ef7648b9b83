"""The course on a usual kernel, with cgroup v2 and IPVS: limits hold, published ports and virtual addresses answer."""

import json
import re
import time
from typing import Any

import pytest
from support.other_machine import missing
from support.virtual_machine import VirtualMachine

LACKING = missing("qemu-system-x86_64", "mkfs.ext4")
pytestmark = pytest.mark.skipif(LACKING is not None, reason=str(LACKING))
TASK_MEMORY = 33554432  # bytes: 32m

# Runs in the machine. One node after the other, because an emulated processor is slow.
LOOK = """
import json
from swarmkit_helpers import Cluster
from swarmkit_helpers.engine.images import WEB

cluster = Cluster.up(nodes=1)
cluster.add_node()
swarm = cluster.ensure_swarm()
swarm.create_network("front")
swarm.create_service("web", image=WEB, networks=["front"], ports=["8080:80"], limit_memory="32MiB")
swarm.create_service("client", image="busybox", command="sleep infinity", networks=["front"], mode="global")
swarm.converge(timeout=600)

def inside(node, service, command):
    find = f"docker ps --quiet --filter label=com.docker.swarm.service.name={service}"
    return cluster.sh(node, f"docker exec $({find}) {command}").stdout

[task] = swarm.tasks("web")
names = [machine.name for machine in cluster.machines()]
asked = "printf 'GET / HTTP/1.0\\\\r\\\\n\\\\r\\\\n' | nc -w 30 127.0.0.1 8080"
print("FACTS " + json.dumps({
    "nodes": {name: cluster.sh(name, "cat /sys/fs/cgroup/memory.max").stdout.strip() for name in names},
    "task": inside(task.node, "web", "cat /sys/fs/cgroup/memory.max").strip(),
    "mesh": {name: "200 OK" in cluster.sh(name, asked).stdout for name in names},
    "virtual address": {name: inside(name, "client", "wget -q -O - -T 30 http://web") for name in names},
}))
"""
SCRIPT = f"""
python=$(ls -d .venv*/bin/python | head -1)
uname -r; cat /sys/fs/cgroup/cgroup.controllers
cat > /tmp/look.py <<'END'
{LOOK}
END
$python /tmp/look.py && $python -m swarmkit_helpers down && $python -m swarmkit_helpers doctor
"""


@pytest.fixture(scope="module")
def printed() -> str:
    """What the machine printed from its start to its end."""
    machine = VirtualMachine()
    machine.make()
    began = time.monotonic()
    printed = machine.boot(SCRIPT)
    machine.keep("printed", f"{printed}\n({time.monotonic() - began:.0f} s)\n")
    return printed


@pytest.fixture(scope="module")
def facts(printed: str) -> dict[str, Any]:
    """What was found in the machine."""
    found = re.search(r"^FACTS (.*)$", printed, re.M)
    assert found, printed[-4000:]
    return json.loads(found[1])


def test_the_limit_of_a_node_holds(facts: dict[str, Any]):
    assert set(facts["nodes"].values()) == {"1073741824"}


def test_the_limit_of_a_task_holds(facts: dict[str, Any]):
    assert facts["task"] == str(TASK_MEMORY)


def test_a_published_port_answers_on_each_node(facts: dict[str, Any]):
    assert facts["mesh"] == {"node1": True, "node2": True}


def test_the_virtual_address_of_a_service_answers_on_each_node(facts: dict[str, Any]):
    assert all(facts["virtual address"].values()), facts


def test_the_doctor_says_all_that(printed: str):
    assert "a published port answers, through the routing mesh" in printed
    assert "Sections 00 to 06 will work." in printed
    assert re.search(r"^exit status 0$", printed, re.M), printed[-3000:]
