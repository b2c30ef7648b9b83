"""The container of a node, in which a Docker Engine of its own runs.

It gets the fewest rights that work, instead of `--privileged`. Measured on Docker 20.10 with cgroup v1. Where the
outer engine needs more, `Cluster.up` notices it, says so and uses `--privileged`.
"""

from ..errors import BadInput
from ..language import _
from ..machine import ADDRESS_LABEL, NODE_LABEL, RIGHTS_LABEL, cluster_labels, network_name
from ..records import Json, natural_key

SOCKET = "unix:///var/run/docker.sock"
NANO_CPUS = 1_000_000_000  # the API counts processors in billionths
NODE_MAX_MEMORY_BYTES = 1 << 30  # what a node may use at most
IDLE_MEMORY_BYTES = 150 << 20  # what an idle node needs; a worker takes about 70 MB, a manager 80 to 125 MB
NODE_MAX_PROCESSES = 2000
MAX_NODES = 50  # in a cluster
DATA = ("/var/lib/docker", "/var/lib/containerd")  # where a node's engine keeps its data; Docker 29 in both
RIGHTS = ("reduced", "privileged")  # of a node's container, the fewest first

# The script that the container runs: it prepares the node and ends as the node's engine. A node has no name server,
# so that the search for a registry fails at once, with and without internet; otherwise each task would wait 20 s.
# With reduced rights /sys is read-only at first. With cgroup v2 an engine can pass resources on only from a group
# that has no processes of its own (kernel documentation, cgroup-v2, "No Internal Process Constraint"). The official
# image's entry point does that part itself; given a full dockerd command it opens no TCP port.
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
    """The address of node{number} on the cluster's network, whose addresses start with the prefix."""
    return f"{prefix}.{10 + number}"


def create_body(
    cluster: str, node: str, image: str, prefix: str, rights: str, cpus: int, owner: str = "", network: str = ""
) -> Json:
    """The body of POST /containers/create for the node; by default on the network named after the cluster alone."""
    labels = cluster_labels(cluster, owner)
    address = address_of(prefix, natural_key(node)[1])
    host: Json = {
        "NanoCpus": min(2, cpus) * NANO_CPUS,
        "Memory": NODE_MAX_MEMORY_BYTES,
        "PidsLimit": NODE_MAX_PROCESSES,
        # Overlay on overlay fails, so the node's images are on volumes. /run is empty at each start, so that
        # no old process id prevents the engine from starting again.
        "Mounts": [{"Type": "volume", "Target": target, "VolumeOptions": {"Labels": labels}} for target in DATA],
        "Tmpfs": {"/run": "exec"},
        "ExtraHosts": [f"node{number}:{address_of(prefix, number)}" for number in range(1, MAX_NODES + 1)],
        **_rights(rights),
    }
    return {
        "Image": image,
        "Entrypoint": ["sh", "-c", START],
        "Cmd": [],
        "Hostname": node,
        "Labels": {**labels, NODE_LABEL: node, ADDRESS_LABEL: address, RIGHTS_LABEL: rights},
        "HostConfig": host,
        "NetworkingConfig": {"EndpointsConfig": {network or network_name(cluster): endpoint(node, address)}},
    }


def endpoint(node: str, address: str) -> Json:
    """The settings of the node on the cluster's network: always the same address, because its swarm remembers it."""
    return {"IPAMConfig": {"IPv4Address": address}, "Aliases": [node]}


def _rights(rights: str) -> Json:
    if rights == "privileged":
        return {"Privileged": True}
    return {
        "CapAdd": ["NET_ADMIN", "SYS_ADMIN", "NET_RAW", "SYS_PTRACE"],
        # The node's engine confines its own containers; a second confinement around it would prevent its mounts.
        "SecurityOpt": ["seccomp=unconfined", "apparmor=unconfined", "label=disable"],
        "DeviceCgroupRules": ["a *:* rwm"],
        # The API has no flag for `--security-opt systempaths=unconfined`; this is what it sends.
        "MaskedPaths": [],
        "ReadonlyPaths": [],
    }


def check_count(nodes: object) -> int:
    """Return the number of nodes if a cluster can have so many. Raises `BadInput`."""
    if not isinstance(nodes, int) or isinstance(nodes, bool) or not 1 <= nodes <= MAX_NODES:
        raise BadInput(
            _("a cluster has 1 to {most} nodes, not {nodes!r}"),
            _("give a whole number from 1 to {most}, such as 3"),
            most=MAX_NODES,
            nodes=nodes,
        )
    return nodes
