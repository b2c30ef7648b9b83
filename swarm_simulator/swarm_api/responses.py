"""The JSON of the swarm's objects in the Engine API.

It has the fields that moby's daemon/cluster/convert makes of SwarmKit's objects, without empty ones, as Go omits them.
TLSInfo is missing everywhere: there are no certificates here.
"""

from collections.abc import Callable, Iterable
from typing import Any

from ..managers.swarm import ManagerState
from ..objects import Node, Resource, Service, Spec, State, StoreObject, Swarm, Task
from ..store import Store
from .timestamps import stamp

Json = dict[str, Any]
_WORDS = {state: state.word for state in State}


def sorted_by_id(obj: Iterable[StoreObject]) -> list[Any]:
    """The objects in the order of their ids, as SwarmKit's store lists them."""
    return sorted(obj, key=lambda each: each.id)


def node(obj: Node, manager: ManagerState | None) -> Json:
    """A node; `manager` is its state in Raft, if it is a member."""
    body = _meta(obj) | {
        "Spec": obj.spec,
        "Description": _description(obj),
        "Status": _given(State=obj.state, Message=obj.message, Addr=obj.address),
    }
    if manager:
        body["ManagerStatus"] = _given(Leader=manager.leader, Reachability=manager.reachability, Addr=manager.address)
    return body


def service(obj: Service) -> Json:
    body = _meta(obj) | {"Spec": obj.spec}
    if obj.previous_spec is not None:
        body["PreviousSpec"] = obj.previous_spec
    body["Endpoint"] = {"Spec": {}} | {key: value for key, value in obj.endpoint.items() if value}
    if obj.update_status:
        body["UpdateStatus"] = {
            key: stamp(value) if isinstance(value, float | int) else value
            for key, value in obj.update_status.items()
            if value
        }
    if next(iter(obj.spec["Mode"])) in ("ReplicatedJob", "GlobalJob"):
        body["JobStatus"] = {"JobIteration": _given(Index=obj.iteration), "LastExecution": stamp(obj.last_execution)}
    return body


def task_renderer(store: Store) -> Callable[[Task], Json]:
    """A function that makes the JSON of tasks. Parts that tasks share, spec and networks, are made once."""
    specs: dict[int, Json] = {}  # by the id() of the template, which tasks of one version share
    networks: dict[str, Json] = {}

    def spec(template: Spec) -> Json:
        """A service's template as its tasks have it, without the runtime."""
        if id(template) not in specs:
            specs[id(template)] = {key: value for key, value in template.items() if key != "Runtime"}
        return specs[id(template)]

    def attachment(each: Spec) -> Json:
        network_id = each["NetworkID"]
        if network_id not in networks:
            known = store.resources.get(network_id)
            networks[network_id] = attached_network(known) if known else {"ID": network_id}
        return {"Network": networks[network_id], "Addresses": each["Addresses"]}

    def show(obj: Task) -> Json:
        body: Json = {
            "ID": obj.id,
            "Version": {"Index": obj.version},
            "CreatedAt": stamp(obj.created),
            "UpdatedAt": stamp(obj.updated),
            "Labels": {},
            "Spec": spec(obj.spec),
            "ServiceID": obj.service_id,
        }
        if obj.slot:
            body["Slot"] = obj.slot
        if obj.node_id:
            body["NodeID"] = obj.node_id
        body["Status"] = _status(obj)
        body["DesiredState"] = _WORDS[obj.desired]
        if obj.networks:
            body["NetworksAttachments"] = [attachment(each) for each in obj.networks]
        if obj.generic:
            body["GenericResources"] = obj.generic
        if obj.iteration is not None:
            body["JobIteration"] = _given(Index=obj.iteration)
        return body

    return show


def network(obj: Resource) -> Json:
    """A network as GET /networks has it."""
    spec = obj.spec
    return {
        "Name": obj.name,
        "Id": obj.id,
        "Created": stamp(obj.created),
        "Scope": "swarm",
        "Driver": spec["Driver"],
        "EnableIPv6": spec["EnableIPv6"],
        "IPAM": {"Driver": "default" if obj.extra else "", "Options": None, "Config": obj.extra.get("Configs", [])},
        "Internal": spec["Internal"],
        "Attachable": spec["Attachable"],
        "Ingress": spec["Ingress"],
        "ConfigFrom": {"Network": ""},
        "ConfigOnly": False,
        "Containers": None,
        "Options": _options(obj),
        "Labels": spec["Labels"],
    }


def attached_network(obj: Resource) -> Json:
    """A network as a task's attachment has it."""
    spec = obj.spec
    said = _given(
        Attachable=spec["Attachable"],
        Internal=spec["Internal"],
        IPv6Enabled=spec["EnableIPv6"],
        Ingress=spec["Ingress"],
    )
    driver = {} if spec["Ingress"] else {"Name": spec["Driver"]}
    return _meta(obj) | {
        "Spec": {
            "Name": obj.name,
            "Labels": spec["Labels"] or {},
            "DriverConfiguration": driver,
            **said,
            "Scope": "swarm",
        },
        "DriverState": {"Name": spec["Driver"], "Options": _options(obj)},
        "IPAMOptions": {"Driver": {"Name": "default"}, "Configs": obj.extra.get("Configs", [])},
    }


def secret(obj: Resource) -> Json:
    """A secret, without its data."""
    return _meta(obj) | {"Spec": {key: value for key, value in obj.spec.items() if key != "Data"}}


def config(obj: Resource) -> Json:
    return _meta(obj) | {"Spec": obj.spec}


def swarm(obj: Swarm) -> Json:
    """The swarm as /info has it; GET /swarm adds the join tokens."""
    return _meta(obj) | {
        "Spec": obj.spec,
        "RootRotationInProgress": False,
        "DefaultAddrPool": [*obj.addresses.pools],
        "SubnetSize": obj.addresses.subnet_size,
        "DataPathPort": obj.addresses.data_path_port,
    }


def _meta(obj: StoreObject) -> Json:
    return {
        "ID": obj.id,
        "Version": {"Index": obj.version},
        "CreatedAt": stamp(obj.created),
        "UpdatedAt": stamp(obj.updated),
    }


def _given(**fields: Any) -> Json:
    """The fields that are not empty."""
    return {name: value for name, value in fields.items() if value}


def _options(network: Resource) -> Json | None:
    return network.extra.get("Options", {}) | network.spec["Options"] or None


def _description(obj: Node) -> Json:
    if not obj.described:
        return {"Platform": {}, "Resources": {}, "Engine": {}}
    system, architecture = obj.platform
    generic = [{"DiscreteResourceSpec": {"Kind": kind, "Value": number}} for kind, number in obj.generic.items()]
    return {
        "Hostname": obj.hostname,
        "Platform": {"Architecture": architecture, "OS": system},
        "Resources": _given(NanoCPUs=obj.cpus, MemoryBytes=obj.memory, GenericResources=generic),
        "Engine": _given(
            EngineVersion=obj.engine_version,
            Labels=obj.engine_labels,
            Plugins=[{"Type": kind, "Name": name} for kind, name in sorted(obj.plugins)],
        ),
    }


def _status(obj: Task) -> Json:
    status: Json = {"Timestamp": stamp(obj.reported), "State": _WORDS[obj.state]}
    if obj.message:
        status["Message"] = obj.message
    if obj.error:
        status["Err"] = obj.error
    if obj.node_id and obj.state >= State.STARTING:
        status["ContainerStatus"] = {"ContainerID": obj.container_id, "PID": obj.pid, "ExitCode": obj.exit_code}
    status["PortStatus"] = {"Ports": ports} if (ports := _host_ports(obj)) else {}
    return status


def _host_ports(obj: Task) -> list[Json]:
    """The ports of the running task's container on its node."""
    if not obj.endpoint or obj.state != State.RUNNING:
        return []
    return [port for port in obj.endpoint.get("Ports", ()) if port["PublishMode"] == "host"]
