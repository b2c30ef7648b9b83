"""What `start` is compared with: the same machines put together by the plainest parallel script.

Every phase is done for all machines before the next begins, and all of it with the docker command executed
in the nodes. Nothing is adopted, checked, announced or cleaned up after a failure.
"""

import io
import tarfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from docker import APIClient

from swarmkit_helpers.cluster import node_container
from swarmkit_helpers.machine import network_name

PREFIX = "10.214.0"


class RawCluster:
    """Machines made by hand; `up` gives them a swarm."""

    def __init__(self, client: APIClient, image: str, archive: bytes) -> None:
        self.client, self.image, self.archive = client, image, archive
        self.containers: list[str] = []

    def sh(self, container: str, command: str) -> str:
        """What the command printed in the container; it is tried again until it works."""
        while True:
            exec_id = self.client.exec_create(container, ["sh", "-c", command])["Id"]
            output = self.client.exec_start(exec_id)
            if self.client.exec_inspect(exec_id)["ExitCode"] == 0:
                return output.decode()
            time.sleep(0.05)

    def up(self, nodes: int) -> None:
        """A swarm of that many nodes, all ready."""
        self.client.create_network(
            network_name("raw"),
            internal=True,
            ipam={"Config": [{"Subnet": f"{PREFIX}.0/24", "Gateway": f"{PREFIX}.1"}]},
        )
        with ThreadPoolExecutor(8) as pool:

            def each(do: Callable[[str], object], containers: list[str]) -> None:
                list(pool.map(do, containers))

            self.containers = list(pool.map(self._create, range(1, nodes + 1)))
            each(lambda container: self.sh(container, "docker info"), self.containers)
            each(self._load, self.containers)
            first, *others = self.containers
            self.sh(first, f"docker swarm init --advertise-addr {node_container.address_of(PREFIX, 1)}")
            token = self.sh(first, "docker swarm join-token -q worker").strip()
            join = f"docker swarm join --token {token} {node_container.address_of(PREFIX, 1)}:2377"
            each(lambda container: self.sh(container, join), others)
            self.sh(first, f"test $(docker node ls --format '{{{{.Status}}}}' | grep -c Ready) = {nodes}")

    def down(self) -> None:
        """The containers and the network are gone."""
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(lambda name: self.client.remove_container(name, force=True, v=True), self.containers))
        self.client.remove_network(network_name("raw"))

    def _create(self, number: int) -> str:
        name = f"node{number}"
        config = node_container.create_body("raw", name, self.image, PREFIX, "reduced", self.client.info()["NCPU"])
        container = self.client.create_container_from_config(config, f"swarmlab-raw-{name}")["Id"]
        self.client.start(container)
        return container

    def _load(self, container: str) -> None:
        packed = io.BytesIO()
        with tarfile.open(fileobj=packed, mode="w") as tar:
            entry = tarfile.TarInfo("images.tar")
            entry.size = len(self.archive)
            tar.addfile(entry, io.BytesIO(self.archive))
        self.client.put_archive(container, "/tmp", packed.getvalue())
        self.sh(container, "docker load --input /tmp/images.tar")
