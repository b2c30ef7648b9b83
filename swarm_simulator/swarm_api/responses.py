"""What the Engine API says of the swarm's objects: their JSON.

Field for field what moby's daemon/cluster/convert makes of SwarmKit's objects, empty fields omitted as Go does.
TLSInfo is left out everywhere: there are no certificates here.
"""

from collections.abc import Callable, Iterable
from typing import Any

from ..managers.swarm import ManagerState
from ..objects import Node, Resource, Service, Spec, State, StoreObject, Swarm, Task
from ..store import Store
from .timestamps import stamp

Json = dict[str, Any]
_WORDS = {state: state.word for state in State}


def listed(kept: Iterable[StoreObject]) -> list[Any]:
    """In the order of their ids, as SwarmKit's store lists them."""
    return sorted(kept, key=lambda each: each.id)


def node(kept: Node, manager: ManagerState | None) -> Json:
    """A node; `manager` is its place in Raft, if it has one."""
    body = _meta(kept) | {
        "Spec": kept.spec,
        "Description": _description(kept),
        "Status": _given(State=kept.state, Message=kept.message, Addr=kept.address),
    }
    if manager:
        body["ManagerStatus"] = _given(Leader=manager.leader, Reachability=manager.reachability, Addr=manager.address)
    return body


def service(kept: Service) -> Json:
    body = _meta(kept) | {"Spec": kept.spec}
    if kept.previous_spec is not None:
        body["PreviousSpec"] = kept.previous_spec
    body["Endpoint"] = {"Spec": {}} | {key: value for key, value in kept.endpoint.items() if value}
    if kept.update_status:
        body["UpdateStatus"] = {
            key: stamp(value) if isinstance(value, float | int) else value
            for key, value in kept.update_status.items()
            if value
        }
    if next(iter(kept.spec["Mode"])) in ("ReplicatedJob", "GlobalJob"):
        body["JobStatus"] = {"JobIteration": _given(Index=kept.iteration), "LastExecution": stamp(kept.last_execution)}
    return body


def task_renderer(store: Store) -> Callable[[Task], Json]:
    """What shows tasks. What many of them share, their spec and their networks, is made once."""
    specs: dict[int, Json] = {}  # by the identity of the template: tasks of one version share it
    networks: dict[str, Json] = {}

    def spec(template: Spec) -> Json:
        """A service's template as its tasks show it: the runtime is not said again."""
        if id(template) not in specs:
            specs[id(template)] = {key: value for key, value in template.items() if key != "Runtime"}
        return specs[id(template)]

    def attachment(each: Spec) -> Json:
        network_id = each["NetworkID"]
        if network_id not in networks:
            known = store.resources.get(network_id)
            networks[network_id] = attached_network(known) if known else {"ID": network_id}
        return {"Network": networks[network_id], "Addresses": each["Addresses"]}

    def show(kept: Task) -> Json:
        body: Json = {
            "ID": kept.id,
            "Version": {"Index": kept.version},
            "CreatedAt": stamp(kept.created),
            "UpdatedAt": stamp(kept.updated),
            "Labels": {},
            "Spec": spec(kept.spec),
            "ServiceID": kept.service_id,
        }
        if kept.slot:
            body["Slot"] = kept.slot
        if kept.node_id:
            body["NodeID"] = kept.node_id
        body["Status"] = _status(kept)
        body["DesiredState"] = _WORDS[kept.desired]
        if kept.networks:
            body["NetworksAttachments"] = [attachment(each) for each in kept.networks]
        if kept.generic:
            body["GenericResources"] = kept.generic
        if kept.iteration is not None:
            body["JobIteration"] = _given(Index=kept.iteration)
        return body

    return show


def network(kept: Resource) -> Json:
    """A network as GET /networks has it."""
    spec = kept.spec
    return {
        "Name": kept.name,
        "Id": kept.id,
        "Created": stamp(kept.created),
        "Scope": "swarm",
        "Driver": spec["Driver"],
        "EnableIPv6": spec["EnableIPv6"],
        "IPAM": {"Driver": "default" if kept.extra else "", "Options": None, "Config": kept.extra.get("Configs", [])},
        "Internal": spec["Internal"],
        "Attachable": spec["Attachable"],
        "Ingress": spec["Ingress"],
        "ConfigFrom": {"Network": ""},
        "ConfigOnly": False,
        "Containers": None,
        "Options": _options(kept),
        "Labels": spec["Labels"],
    }


def attached_network(kept: Resource) -> Json:
    """A network as a task's attachment has it."""
    spec = kept.spec
    said = _given(
        Attachable=spec["Attachable"],
        Internal=spec["Internal"],
        IPv6Enabled=spec["EnableIPv6"],
        Ingress=spec["Ingress"],
    )
    driver = {} if spec["Ingress"] else {"Name": spec["Driver"]}
    return _meta(kept) | {
        "Spec": {
            "Name": kept.name,
            "Labels": spec["Labels"] or {},
            "DriverConfiguration": driver,
            **said,
            "Scope": "swarm",
        },
        "DriverState": {"Name": spec["Driver"], "Options": _options(kept)},
        "IPAMOptions": {"Driver": {"Name": "default"}, "Configs": kept.extra.get("Configs", [])},
    }


def secret(kept: Resource) -> Json:
    """A secret, without what it keeps."""
    return _meta(kept) | {"Spec": {key: value for key, value in kept.spec.items() if key != "Data"}}


def config(kept: Resource) -> Json:
    return _meta(kept) | {"Spec": kept.spec}


def swarm(kept: Swarm) -> Json:
    """The swarm as /info has it; GET /swarm adds the join tokens."""
    return _meta(kept) | {
        "Spec": kept.spec,
        "RootRotationInProgress": False,
        "DefaultAddrPool": ["10.0.0.0/8"],
        "SubnetSize": 24,
        "DataPathPort": 4789,
    }


def _meta(kept: StoreObject) -> Json:
    return {
        "ID": kept.id,
        "Version": {"Index": kept.version},
        "CreatedAt": stamp(kept.created),
        "UpdatedAt": stamp(kept.updated),
    }


def _given(**fields: Any) -> Json:
    """The fields that are not empty."""
    return {name: value for name, value in fields.items() if value}


def _options(network: Resource) -> Json | None:
    return network.extra.get("Options", {}) | network.spec["Options"] or None


def _description(kept: Node) -> Json:
    if not kept.described:
        return {"Platform": {}, "Resources": {}, "Engine": {}}
    system, architecture = kept.platform
    generic = [{"DiscreteResourceSpec": {"Kind": kind, "Value": number}} for kind, number in kept.generic.items()]
    return {
        "Hostname": kept.hostname,
        "Platform": {"Architecture": architecture, "OS": system},
        "Resources": _given(NanoCPUs=kept.cpus, MemoryBytes=kept.memory, GenericResources=generic),
        "Engine": _given(
            EngineVersion=kept.engine_version,
            Labels=kept.engine_labels,
            Plugins=[{"Type": kind, "Name": name} for kind, name in sorted(kept.plugins)],
        ),
    }


def _status(kept: Task) -> Json:
    status: Json = {"Timestamp": stamp(kept.reported), "State": _WORDS[kept.state]}
    if kept.message:
        status["Message"] = kept.message
    if kept.error:
        status["Err"] = kept.error
    if kept.node_id and kept.state >= State.STARTING:
        status["ContainerStatus"] = {"ContainerID": kept.container_id, "PID": kept.pid, "ExitCode": kept.exit_code}
    status["PortStatus"] = {"Ports": ports} if (ports := _host_ports(kept)) else {}
    return status


def _host_ports(kept: Task) -> list[Json]:
    """The ports that the running task's container has on its node."""
    if not kept.endpoint or kept.state != State.RUNNING:
        return []
    return [port for port in kept.endpoint.get("Ports", ()) if port["PublishMode"] == "host"]
