"""The allocator: it gives networks their address ranges, and services their ports and addresses.

Follows SwarmKit's manager/allocator: a range of the swarm's address pools for each network, published ports from
30000 on, a virtual address for each service in each of its networks. A new task becomes pending after that.
"""

from collections.abc import Iterable, Sequence
from ipaddress import IPv4Network, ip_network

from ..objects import Resource, Service, Spec, State, StoreObject, Task
from ..store import Action
from .leadership import LATENCY_SECONDS, DelayedCall, LeaderTerm

FIRST_PORT, LAST_PORT = 30000, 32767
FIRST_VXLAN = 4096


def ipv4_subnet(configs: Iterable[Spec]) -> IPv4Network | None:
    """The IPv4 subnet of a network with that IPAM configuration; None if it has none."""
    for config in configs:
        subnet = ip_network(config["Subnet"])
        if isinstance(subnet, IPv4Network):
            return subnet
    return None


class Allocator:
    """Allocates what services, networks and tasks need before a task can be scheduled."""

    def __init__(self, term: LeaderTerm) -> None:
        self._store, self._clock = term.store, term.clock
        self._tasks: list[Task] = []
        self._objects: list[Service | Resource] = []
        self._addresses: dict[str, int] = {}  # by network id: the last one allocated
        self._allocate_soon = DelayedCall(term, LATENCY_SECONDS, self._allocate)
        for obj in (*self._store.resources.values(), *self._store.services.values()):
            self._changed("create", obj)
        for task in self._store.tasks.values():
            self._task_changed("create", task)
        term.watch_tasks(self._task_changed)
        term.watch(self._changed)

    def _task_changed(self, action: Action, task: Task) -> None:
        if action == "create" and task.state == State.NEW:
            self._tasks.append(task)
            self._allocate_soon()

    def _changed(self, action: Action, obj: StoreObject) -> None:
        if action != "remove" and isinstance(obj, Service | Resource):
            self._objects.append(obj)
            self._allocate_soon()

    def _allocate(self) -> None:
        objects, self._objects = self._objects, []
        for obj in objects:
            if isinstance(obj, Resource):
                if obj.kind == "network" and obj.id in self._store.resources and self._allocate_range(obj):
                    self._store.save(obj)
            elif obj.id in self._store.services and self._allocate_endpoint(obj):
                self._store.save(obj)
        tasks = [task for task in self._tasks if task.id in self._store.tasks and task.state == State.NEW]
        self._tasks = []
        for task in tasks:
            task.networks = [
                {"NetworkID": network.id, "Addresses": [self._next_address(network)]}
                for network in self._networks(task.spec, task.endpoint)
            ]
            task.state, task.message, task.reported = State.PENDING, "pending task scheduling", self._clock.now
        if tasks:
            self._store.save(*tasks)

    def _allocate_range(self, network: Resource) -> bool:
        """Give the network an address range. Return whether it had none."""
        if "Configs" in network.extra:
            return False
        used = [
            ip_network(config["Subnet"])
            for each in self._store.resources.values()
            if each.kind == "network"
            for config in each.extra.get("Configs", ())
        ]
        subnet = self._free_subnet([each for each in used if isinstance(each, IPv4Network)])
        if subnet is None:
            return False  # it waits until another network is removed
        network.extra = {
            "Configs": [{"Subnet": str(subnet), "Gateway": str(subnet[1])}],
            "Options": {"com.docker.network.driver.overlay.vxlanid_list": str(FIRST_VXLAN + len(used))},
        } | network.extra
        return True

    def _next_address(self, network: Resource) -> str:
        """The next free address of the network, as tasks have it: with the length of the range's prefix."""
        subnet = ipv4_subnet(network.extra.get("Configs") or [])
        if subnet is None:
            return ""
        given = self._addresses[network.id] = self._addresses.get(network.id, 1) + 1
        return f"{subnet[1 + given % max(1, subnet.num_addresses - 2)]}/{subnet.prefixlen}"

    def _free_subnet(self, used: Sequence[IPv4Network]) -> IPv4Network | None:
        """The first subnet of the swarm's pools that no network has; None if all are taken."""
        addresses = self._store.swarm.addresses
        for pool in addresses.pools:
            for subnet in IPv4Network(pool).subnets(new_prefix=addresses.subnet_size):
                if not any(map(subnet.overlaps, used)):
                    return subnet
        return None

    def _networks(self, template: Spec, endpoint: Spec) -> list[Resource]:
        """The networks of a task with this template; with the ingress network if a port is published through it."""
        targets = [each["Target"] for each in template.get("Networks") or ()]
        resources = [each for each in self._store.resources.values() if each.kind == "network"]
        through = any(port.get("PublishMode", "ingress") == "ingress" for port in endpoint.get("Ports") or ())
        return [
            each
            for each in resources
            if each.id in targets or each.name in targets or (through and each.spec.get("Ingress"))
        ]

    def _allocate_endpoint(self, service: Service) -> bool:
        """Give the service the ports and virtual addresses it asks for. Return whether anything is new."""
        asked = service.spec.get("EndpointSpec") or {}
        ports = [
            port
            if port.get("PublishMode") == "host" or port.get("PublishedPort")
            else port | {"PublishedPort": self._port_for(service, port)}
            for port in asked.get("Ports") or ()
        ]
        networks = self._networks(service.spec["TaskTemplate"], asked) if asked.get("Mode", "vip") == "vip" else []
        if not ports and not networks:
            endpoint: Spec = {}
        else:
            had = {each["NetworkID"]: each["Addr"] for each in service.endpoint.get("VirtualIPs") or ()}
            endpoint = {
                "Spec": asked,
                "Ports": ports,
                "VirtualIPs": [
                    {"NetworkID": each.id, "Addr": had.get(each.id) or self._next_address(each)} for each in networks
                ],
            }
        if endpoint == service.endpoint:
            return False
        service.endpoint = endpoint
        return True

    def _port_for(self, service: Service, port: Spec) -> int:
        """The published port of a service that names none: the one it has already, or a free one."""
        for had in service.endpoint.get("Ports") or ():
            if (had.get("TargetPort"), had.get("Protocol")) == (port.get("TargetPort"), port.get("Protocol")):
                number: int = had["PublishedPort"]
                return number
        taken = {
            each.get("PublishedPort")
            for other in self._store.services.values()
            for each in other.endpoint.get("Ports") or ()
        }
        return next(number for number in range(FIRST_PORT, LAST_PORT + 1) if number not in taken)
