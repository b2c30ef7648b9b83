"""What a node is made of: a container that runs a Docker Engine of its own.

The least that works, instead of `--privileged`. Measured on Docker 20.10 with cgroup v1; an engine that
needs more is found out by `Cluster.up`, which then says so and falls back.
"""

from collections.abc import Mapping
from typing import Any

from ..errors import BadInput
from ..language import _, ngettext
from ..machine import ADDRESS_LABEL, NODE_LABEL, RIGHTS_LABEL, cluster_labels, network_name
from ..records import natural_key

SOCKET = "unix:///var/run/docker.sock"
NANO = 1_000_000_000
MEMORY = 1 << 30  # bytes a node may use; an idle worker takes about 70 MB, a manager 80 to 125 MB
MEMORY_IDLE = 150 << 20
PIDS = 2000
MOST = 50  # nodes in a cluster
RIGHTS = ("reduced", "privileged")  # what a node may be given, the least first

# Runs in the node, before and as its engine. A node has no name server: looking for a registry then fails at
# once, with and without internet, where it would otherwise be waited for (20 s a task). With reduced rights
# /sys comes read-only. With cgroup v2 an engine can hand resources on only from a group that has no processes
# of its own (kernel documentation, cgroup-v2, "No Internal Process Constraint"). The official image's entry
# point does that part itself; given a full dockerd command it opens no TCP port.
START = f"""
echo "nameserver 127.0.0.1" > /etc/resolv.conf
mount -o remount,bind,rw /sys
mount -o remount,rw /sys/fs/cgroup
for group in /sys/fs/cgroup/*/; do
    grep -q " ${{group%/}} " /proc/mounts && mount -o remount,bind,rw $group
done
if command -v dockerd-entrypoint.sh; then exec dockerd-entrypoint.sh dockerd --host={SOCKET}; fi
if [ -f /sys/fs/cgroup/cgroup.controllers ]; then
    mkdir -p /sys/fs/cgroup/init
    for pid in $(cat /sys/fs/cgroup/cgroup.procs); do echo $pid > /sys/fs/cgroup/init/cgroup.procs; done
    sed 's/[^ ]*/+&/g' /sys/fs/cgroup/cgroup.controllers > /sys/fs/cgroup/cgroup.subtree_control
fi
exec docker-init -- dockerd --host={SOCKET}
"""


def address_of(prefix: str, number: int) -> str:
    """Where node{number} sits on the cluster's network, whose addresses start with the prefix."""
    return f"{prefix}.{10 + number}"


def container(cluster: str, node: str, image: str, prefix: str, rights: str, cpus: int) -> dict[str, Any]:
    """The body of POST /containers/create for the node."""
    mine = cluster_labels(cluster)
    address = address_of(prefix, natural_key(node)[1])
    host: dict[str, Any] = {
        "NanoCpus": min(2, cpus) * NANO,
        "Memory": MEMORY,
        "PidsLimit": PIDS,
        # Overlay on overlay fails: the node's images live on a volume. /run is fresh at each start, so that
        # no old process id keeps the engine from starting again.
        "Mounts": [{"Type": "volume", "Target": "/var/lib/docker", "VolumeOptions": {"Labels": mine}}],
        "Tmpfs": {"/run": "exec"},
        "ExtraHosts": [f"node{number}:{address_of(prefix, number)}" for number in range(1, MOST + 1)],
        **_rights(rights),
    }
    return {
        "Image": image,
        "Entrypoint": ["sh", "-c", START],
        "Cmd": [],
        "Hostname": node,
        "Labels": {**mine, NODE_LABEL: node, ADDRESS_LABEL: address, RIGHTS_LABEL: rights},
        "HostConfig": host,
        "NetworkingConfig": {"EndpointsConfig": {network_name(cluster): endpoint(node, address)}},
    }


def endpoint(node: str, address: str) -> dict[str, Any]:
    """How the node sits on the cluster's network: always at the same address, which its swarm remembers."""
    return {"IPAMConfig": {"IPv4Address": address}, "Aliases": [node]}


def _rights(rights: str) -> Mapping[str, Any]:
    if rights == "privileged":
        return {"Privileged": True}
    return {
        "CapAdd": ["NET_ADMIN", "SYS_ADMIN", "NET_RAW", "SYS_PTRACE"],
        # The node's engine confines its own containers; a second confinement around it would stop its mounts.
        "SecurityOpt": ["seccomp=unconfined", "apparmor=unconfined", "label=disable"],
        "DeviceCgroupRules": ["a *:* rwm"],
        # What `--security-opt systempaths=unconfined` means in the API.
        "MaskedPaths": [],
        "ReadonlyPaths": [],
    }


def check_count(nodes: object, memory: int) -> int:
    """The number of nodes, if an engine with `memory` bytes can carry them. Raises `BadInput`."""
    if not isinstance(nodes, int) or isinstance(nodes, bool) or not 1 <= nodes <= MOST:
        raise BadInput(
            _("a cluster has 1 to {most} nodes, not {nodes!r}"),
            _("give a whole number from 1 to {most}, such as 3"),
            most=MOST,
            nodes=nodes,
        )
    if (needed := nodes * MEMORY_IDLE) > memory:
        raise BadInput(
            ngettext(
                "{n} node needs about {needed} MB of memory; the engine has {memory} MB",
                "{n} nodes need about {needed} MB of memory; the engine has {memory} MB",
                nodes,
            ),
            _("use at most {fit} nodes, or give the engine more memory"),
            n=nodes,
            needed=needed >> 20,
            memory=memory >> 20,
            fit=memory // MEMORY_IDLE,
        )
    return nodes
