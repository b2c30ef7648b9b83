"""The templates in a container spec: where they may be, and how they are filled in (SwarmKit, template/expand.go)."""

import json
from collections.abc import Iterator
from contextlib import contextmanager

from ..errors import ApiError, rpc
from ..objects import Node, Service, Task
from .go_structs import Json
from .template import (
    Context,
    NodeContext,
    Platform,
    ServiceContext,
    TaskContext,
    TemplateError,
    UnknownTemplate,
    expand,
)

# What SwarmKit fills in to try a new spec (manager/controlapi/service.go, validateContainerSpec).
_SAMPLE = Context(
    ServiceContext("serviceid", "servicename", {}),
    NodeContext("nodeid", "nodeHostname", Platform("architecture", "os")),
    TaskContext("", "taskname", "1"),
)


def context_of(task: Task, service: Service | None, node: Node) -> Context:
    """What the templates of that task can say."""
    name = service.name if service else task.service_id
    system, architecture = node.platform
    return Context(
        ServiceContext(task.service_id, name, dict(service.spec["Labels"] or {}) if service else {}),
        NodeContext(node.id, node.hostname, Platform(architecture, system)),
        TaskContext(task.id, f"{name}.{task.slot or node.id}.{task.id}", str(task.slot)),
    )


def check(container: Json) -> None:
    """Refuse a container spec with a template that cannot be. Raises `ApiError` 400, or 501 for one not simulated."""
    try:
        expand_container(container, _SAMPLE)
    except UnknownTemplate as error:
        raise ApiError(501, str(error)) from None
    except TemplateError as error:
        raise rpc("InvalidArgument", str(error)) from None


def expand_container(container: Json, context: Context) -> Json:
    """The container spec with its templates filled in: mounts, host name, environment. Raises `TemplateError`."""
    expanded = dict(container)
    if "Mounts" in container:
        with _within("expanding mounts failed"):
            expanded["Mounts"] = [_mount(mount, context) for mount in container["Mounts"]]
    if container.get("Hostname"):
        with _within("expanding hostname failed"):
            expanded["Hostname"] = expand(container["Hostname"], context)
    if "Env" in container:
        with _within("expanding env failed"):
            expanded["Env"] = [_variable(line, context) for line in container["Env"]]
    return expanded


@contextmanager
def _within(where: str) -> Iterator[None]:
    """Let an error of the block say where it was."""
    try:
        yield
    except UnknownTemplate:
        raise
    except TemplateError as error:
        raise TemplateError(f"{where}: {error}") from None


def _variable(line: str, context: Context) -> str:
    """A line of the environment: only its value may be a template."""
    name, mark, value = line.partition("=")
    with _within(f"expanding env {_quoted(line)}"):
        return name + mark + expand(value, context)


def _mount(mount: Json, context: Context) -> Json:
    filled = dict(mount)
    for key, said in (("Source", "source"), ("Target", "target")):
        if key in mount:
            with _within(f"expanding mount {said} {_quoted(mount[key])}"):
                filled[key] = expand(mount[key], context)
    options = dict(mount.get("VolumeOptions") or {})
    if options.get("Labels"):
        with _within("expanding volume labels"):
            filled["VolumeOptions"] = options | {"Labels": _map(options["Labels"], context)}
    return filled


def _map(entries: Json, context: Context) -> Json:
    filled = {}
    for key, value in entries.items():
        with _within(f"expanding map entry {_quoted(key)}={_quoted(value)}"):
            filled[key] = expand(value, context)
    return filled


def _quoted(text: str) -> str:
    """As Go's %q writes it."""
    return json.dumps(text, ensure_ascii=False)
