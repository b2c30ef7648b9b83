"""The overlay networks in the Engine API (moby, daemon/cluster/networks.go; SwarmKit, controlapi/network.go)."""

import re
from collections.abc import Iterable
from ipaddress import ip_address, ip_network

from ..errors import ApiError, rpc
from ..managers.swarm import ControlPlane
from ..objects import Resource, State
from ..store import Store
from . import filters as object_filters
from . import responses, validate
from .filters import Filters
from .go_structs import BOOL, LABELS, TEXT, Always, Json, ListOf, Struct, body
from .prune_filters import PruneFilters

_CONFIG = Struct("IPAMConfig", {"Subnet": TEXT, "IPRange": TEXT, "Gateway": TEXT, "AuxiliaryAddresses": LABELS})
CREATE = Struct(
    "NetworkCreateRequest",
    {
        "Name": Always(TEXT),
        "Driver": TEXT,
        "Scope": TEXT,
        "EnableIPv6": Always(BOOL),
        "Internal": Always(BOOL),
        "Attachable": Always(BOOL),
        "Ingress": Always(BOOL),
        "Options": LABELS,
        "Labels": LABELS,
        "IPAM": Struct("IPAM", {"Driver": TEXT, "Options": LABELS, "Config": ListOf(_CONFIG)}),
    },
)
_VXLAN, _FIRST_VXLAN = "com.docker.network.driver.overlay.vxlanid_list", 4096


def known(store: Store) -> list[Resource]:
    """The networks that span the nodes."""
    return [resource for resource in store.resources.values() if resource.kind == "network"]


def find(store: Store, wanted: str) -> Resource:
    """The network of that id, name, or beginning of an id, also one that each node has for itself.

    Raise `ApiError`.
    """
    networks = {
        resource.id: resource for resource in store.resources.values() if resource.kind in ("network", "predefined")
    }
    return object_filters.find_one("network", networks, lambda resource: resource.name, wanted)


def predefined(store: Store) -> list[Resource]:
    """The networks that each node has for itself, with the ids that services name. Nothing is allocated in them."""
    return [
        new(store, name, kind="predefined", Driver=name, Labels={"com.docker.swarm.predefined": "true"})
        for name in ("bridge", "host")
    ]


def ingress(store: Store) -> Resource | None:
    """The network of the routing mesh, unless it was removed."""
    return next((network for network in known(store) if network.spec["Ingress"]), None)


def new(store: Store, name: str, ingress: bool = False, kind: str = "network", **spec: object) -> Resource:
    """A new network, not saved yet. The allocator gives it a range of addresses, unless it has one."""
    whole = {
        "Name": name,
        "Labels": None,
        "Driver": "overlay",
        "EnableIPv6": False,
        "Internal": False,
        "Attachable": False,
        "Ingress": ingress,
        "Options": {},
    } | spec
    return Resource(id=store.new_id(), kind=kind, spec=whole)


def list_networks(control_plane: ControlPlane, filters: Filters) -> list[Json]:
    """GET /networks, the swarm's part."""
    object_filters.check_keys(filters, "dangling", "driver", "id", "label", "name", "scope", "type")
    used = _used(control_plane.store)
    return [
        responses.network(network)
        for network in responses.sorted_by_id(known(control_plane.store))
        if _fits(network, filters, network.id in used)
    ]


def inspect(control_plane: ControlPlane, wanted: str) -> Json:
    """GET /networks/{id}, by id, name, or beginning of an id."""
    return responses.network(find(control_plane.store, wanted))


def create(control_plane: ControlPlane, request: object) -> Json:
    """POST /networks/create for a network that spans the nodes. Raise `ApiError`."""
    store = control_plane.store
    asked = body(CREATE, request)
    name = asked["Name"]
    if name in ("bridge", "host", "none", *(network.name for network in known(store))):
        raise ApiError(409, f"network with name {name} already exists")
    validate.name(name)
    configs = [_checked(config) for config in asked.get("IPAM", {}).get("Config", ())]
    if asked["Ingress"] and (present := ingress(store)):
        raise rpc("AlreadyExists", f"ingress network ({present.id}) is already present")
    network = new(
        store,
        name,
        asked["Ingress"],
        Labels=asked.get("Labels"),
        Internal=asked["Internal"],
        Attachable=asked["Attachable"],
        EnableIPv6=asked["EnableIPv6"],
        Options=asked.get("Options", {}),
    )
    if configs:  # otherwise the allocator chooses one
        network.extra = {"Configs": configs, "Options": {_VXLAN: str(_FIRST_VXLAN + len(known(store)))}}
    store.save(network)
    return {"Id": network.id, "Warning": ""}


def remove(control_plane: ControlPlane, wanted: str) -> None:
    """DELETE /networks/{id}. Raise `ApiError` while it is used."""
    store = control_plane.store
    network = find(store, wanted)
    if network.kind == "predefined":
        raise rpc("PermissionDenied", f"{network.name} ({network.id}) is a pre-defined network and cannot be removed")
    for service in responses.sorted_by_id(store.services.values()):
        if network.spec["Ingress"] and needs_ingress(service.spec):
            raise rpc(
                "FailedPrecondition", f"ingress network cannot be removed because service {service.id} depends on it"
            )
        if network.id in targets(service.spec):
            raise rpc("FailedPrecondition", f"network {network.id} is in use by service {service.id}")
    for task in store.tasks.values():
        # The tasks of a removed service end a moment later. A real manager takes that long to answer `docker stack rm`.
        ending = task.desired > State.RUNNING or (task.service_id and task.service_id not in store.services)
        if not ending and task.state <= State.RUNNING and network.id in _attached(task.networks):
            raise rpc("FailedPrecondition", f"network {network.id} is in use by task {task.id}")
    store.remove(network)


def prune(control_plane: ControlPlane, wanted: PruneFilters) -> list[str]:
    """POST /networks/prune: remove those that nothing uses, and return their names (moby, clusterNetworksPrune)."""
    removed = []
    for network in responses.sorted_by_id(known(control_plane.store)):
        if network.spec["Ingress"] or not wanted.include(network.spec["Labels"], network.created):
            continue
        try:
            remove(control_plane, network.id)
        except ApiError:
            continue  # it is in use
        removed.append(network.name)
    return removed


def targets(spec: Json) -> list[str]:
    """The ids of the networks that a service's spec names."""
    return [attachment["Target"] for attachment in spec["TaskTemplate"].get("Networks", ())]


def needs_ingress(spec: Json) -> bool:
    """Whether a service has a port on the routing mesh (SwarmKit, allocator, IsIngressNetworkNeeded)."""
    endpoint = spec.get("EndpointSpec", {})
    return any(port["PublishMode"] == "ingress" for port in endpoint.get("Ports", ())) and endpoint["Mode"] == "vip"


def _attached(attachments: Iterable[Json]) -> list[str]:
    return [attachment["NetworkID"] for attachment in attachments]


def _used(store: Store) -> set[str]:
    return {target for service in store.services.values() for target in targets(service.spec)}


def _fits(network: Resource, filters: Filters, used: bool) -> bool:
    """Whether the filters let the network through (moby, daemon/network/filter.go).

    A name or an id matches if it contains the text that is wanted.
    """
    body_ = {
        "driver": network.spec["Driver"],
        "scope": "swarm",
        "type": "custom",
    }
    for key, value in body_.items():
        if filters.get(key) and value not in filters[key]:
            return False
    for key, text in (("name", network.name), ("id", network.id)):
        if filters.get(key) and not any(_matches(asked, text) for asked in filters[key]):
            return False
    dangling = [each.lower() in ("1", "true") for each in filters.get("dangling", ())]
    if dangling and used in dangling:
        return False
    return object_filters.has_labels(filters.get("label", ()), network.spec["Labels"])


def _matches(asked: str, text: str) -> bool:
    try:
        return bool(re.search(asked, text))
    except re.error:
        return asked in text


def _checked(config: Json) -> Json:
    """The part of the address plan in a request, with its gateway. Raise `ApiError`."""
    subnet = config.get("Subnet", "")
    try:
        whole = ip_network(subnet, strict=False)
    except ValueError:
        raise ApiError(400, f"invalid network config:\ninvalid subnet {subnet}: invalid CIDR block notation") from None
    for field, said, read in (("IPRange", "range", ip_network), ("Gateway", "gateway", ip_address)):
        if not (text := config.get(field)):
            continue
        try:
            inside = ip_address(str(read(text)).partition("/")[0]) in whole
        except ValueError:
            raise rpc("InvalidArgument", f"ipam configuration: invalid {said} {text}") from None
        if not inside:
            raise rpc("InvalidArgument", f"ipam configuration: subnet {subnet} does not contain {said} {text}")
    return (
        {"Subnet": str(whole)}
        | ({"IPRange": config["IPRange"]} if "IPRange" in config else {})
        | {"Gateway": config.get("Gateway") or str(whole[1])}
    )
