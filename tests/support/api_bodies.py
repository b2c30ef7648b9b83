"""Bodies as a manager sends them, with the fields that a test is about; and observations of them."""

from typing import Any

from swarmkit_helpers.records import Container, Observation

WHEN = "2026-11-23T04:44:15.918706745Z"


def node(name: str, state: str = "ready", availability: str = "active", role: str = "worker", **more: Any) -> dict:
    return {
        "ID": more.get("id", f"id-{name}"),
        "Version": {"Index": 1},
        "Spec": {"Role": role, "Availability": availability, "Labels": more.get("labels", {})},
        "Description": {
            "Hostname": name,
            "Platform": {"OS": "linux", "Architecture": "x86_64"},
            "Engine": {"Labels": more.get("engine_labels", {})},
        },
        "Status": {"State": state, "Addr": more.get("address", "10.0.0.1")},
    }


def service(name: str = "web", mode: dict | None = None, update: str | None = None, **more: Any) -> dict:
    """A service of that name; `mode` as in the ServiceSpec, `update` is the state of its UpdateStatus."""
    body = {
        "ID": f"id-{name}",
        "Version": {"Index": 1},
        "CreatedAt": WHEN,
        "Spec": {
            "Name": name,
            "Mode": mode or {"Replicated": {"Replicas": more.get("replicas", 2)}},
            "TaskTemplate": {
                "ContainerSpec": {"Image": "busybox:latest"},
                "Placement": {"Constraints": more.get("constraints", [])},
            },
        },
    }
    if update:
        body["UpdateStatus"] = {"State": update, "Message": "a message"}
    if "iteration" in more:
        body["JobStatus"] = {"JobIteration": {"Index": more["iteration"]}}
    return body


def task(slot: int, node: str | None = "node1", state: str = "running", desired: str = "running", **more: Any) -> dict:
    service = more.get("service", "web")
    return {
        "ID": f"{service}.{slot}@{node}:{state}-{desired}",
        "ServiceID": f"id-{service}",
        "Slot": slot,
        "NodeID": f"id-{node}" if node else "",
        "DesiredState": desired,
        "Spec": {},
        "CreatedAt": more.get("created", WHEN),
        "JobIteration": {"Index": more.get("iteration", 0)},
        "Status": {"State": state, "Timestamp": WHEN, "Message": state, "Err": more.get("error", "")},
    }


def seen(*, nodes: list[dict] | None = None, services: list[dict] | None = None, tasks: list[dict] = ()) -> Observation:
    """An observation; by default of three ready nodes and the service web with two replicas.

    A task whose body has an empty spec is as its service asks for now.
    """
    three = [node("node1", role="manager"), node("node2"), node("node3")]
    services = [service()] if services is None else services
    templates = {body["ID"]: body["Spec"]["TaskTemplate"] for body in services}
    tasks = [body | {"Spec": body["Spec"] or templates.get(body["ServiceID"], {})} for body in tasks]
    return Observation.from_api(0.0, nodes or three, services, tasks)


def container(name: str, node: str = "node1", state: str = "running") -> Container:
    """A container run by hand."""
    return Container(f"id-{name}", name, "busybox", node, state, None)
