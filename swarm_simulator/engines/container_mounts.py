"""The mounts of a container as the Engine API shows them: volumes, and folders of the engine's computer."""

from ..swarm_api.go_structs import Json
from .container import Container

_PROPAGATIONS = ("private", "rprivate", "shared", "rshared", "slave", "rslave")


def bind_targets(host_config: Json) -> set[str]:
    """The paths at which it has a folder of the engine's computer."""
    binds = [parts for each in host_config.get("Binds") or () if len(parts := each.split(":")) > 1]
    return {parts[1] for parts in binds if parts[0].startswith("/")}


def mounts(container: Container) -> list[Json]:
    """The "Mounts" of GET /containers/{id}/json."""
    modes = {parts[1]: parts[2:] for each in container.host_config.get("Binds") or () if (parts := each.split(":"))[1:]}
    asked = {each.get("Target"): each for each in container.host_config.get("Mounts") or ()}
    found: list[Json] = []
    for bind in container.host_config.get("Binds") or ():
        source, _, rest = bind.partition(":")
        if source.startswith("/"):
            target, _, mode = rest.partition(":")
            found.append(_bind(source, target, mode))
    for target, mount in asked.items():
        if mount.get("Type") == "bind":
            propagation = (mount.get("BindOptions") or {}).get("Propagation") or "rprivate"
            found.append(
                _bind(mount.get("Source") or "", target or "", "ro" if mount.get("ReadOnly") else "", propagation)
            )
    for target, name in container.volumes.items():
        mode = "".join(modes.get(target, ()))
        read_only = "ro" in mode.split(",") or asked.get(target, {}).get("ReadOnly", False)
        found.append(
            {
                "Type": "volume",
                "Name": name,
                "Source": f"/var/lib/docker/volumes/{name}/_data",
                "Destination": target,
                "Driver": "local",
                "Mode": mode or "z",
                "RW": not read_only,
                "Propagation": "",
            }
        )
    return found


def _bind(source: str, target: str, mode: str, propagation: str = "") -> Json:
    """An entry for a folder of the engine's computer."""
    words = mode.split(",")
    return {
        "Type": "bind",
        "Source": source,
        "Destination": target,
        "Mode": mode,
        "RW": "ro" not in words,
        "Propagation": propagation or next((word for word in words if word in _PROPAGATIONS), "rprivate"),
    }
