"""What the bodies of requests to a machine's engine may ask for: nothing that reaches out of a container.

Named as in the Docker Engine API. Keys are compared without regard to case, as the engine takes them. A key that is
not on the list of its object passes only where its value is empty: the docker command sends many of those.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

Driver = Callable[[str], str]  # the driver of the network of that name or id
Check = Callable[[Mapping[str, Any], Driver], Iterator[str]]  # what does not pass, in words


def _keys(names: str) -> frozenset[str]:
    return frozenset(names.split())


_OWN_NAMESPACE = ("", "private", "shareable", "none", "default")
_CONTAINER = _keys("""hostname domainname user attachstdin attachstdout attachstderr tty openstdin stdinonce env cmd
    entrypoint image labels workingdir stopsignal stoptimeout healthcheck exposedports volumes
    hostconfig networkingconfig onbuild shell networkdisabled""")
_HOST = _keys("""memory memoryswap memoryreservation memoryswappiness nanocpus cpushares cpuperiod cpuquota pidslimit
    restartpolicy autoremove init logconfig dns dnsoptions dnssearch extrahosts portbindings
    publishallports readonlyrootfs capdrop tmpfs ulimits networkmode ipcmode cgroupnsmode mounts shmsize
    consolesize oomkilldisable maskedpaths readonlypaths isolation""")
_TASK = _keys("""containerspec resources restartpolicy placement forceupdate runtime networks logdriver""")
_SERVICE = _keys("""name labels tasktemplate mode updateconfig rollbackconfig networks endpointspec""")
_SERVICE_CONTAINER = _keys("""image labels command args hostname env dir user groups tty openstdin readonly mounts
    stopsignal stopgraceperiod healthcheck hosts dnsconfig secrets configs isolation init capabilitydrop ulimits""")
_MOUNT = _keys("""type source target readonly consistency tmpfsoptions""")
_NETWORK = _keys("""name driver attachable labels ipam internal checkduplicate scope enableipv6 enableipv4""")
_ENDPOINT = _keys("""ipamconfig aliases links networkid""")
_PLAIN = frozenset(("", "default", "bridge", "none"))  # networks that every engine has, and that reach out of nothing
_LOGS = ("", "json-file", "local", "none")


def problem(path: str, body: Any, driver: Driver) -> str:
    """What in the body of a request to that path does not pass, in words; nothing if all of it does."""
    for pattern, check in _CHECKS:
        if re.fullmatch(pattern, path):
            if body is None:
                return ""
            if not isinstance(body, dict):
                return "the body is not an object"
            try:
                return next(check(body, driver), "")
            except (TypeError, AttributeError, ValueError):  # a number where an object belongs, and the like
                return "the body has not the form that the Engine API gives it"
    return f"{path} takes no body" if body else ""


def _container(body: Mapping[str, Any], driver: Driver) -> Iterator[str]:
    yield from _others(body, _CONTAINER)
    host = _part(body, "hostconfig")
    # Empty lists here mean "unmask all"; the docker command sends null.
    yield from (
        f"{key} cannot be changed"
        for key in ("maskedpaths", "readonlypaths")
        if key in _low(host) and _low(host)[key] is not None
    )
    yield from _others(host, _HOST)
    for key in ("ipcmode", "cgroupnsmode"):
        if (_low(host).get(key) or "") not in _OWN_NAMESPACE:
            yield f"{key} {_low(host)[key]!r} reaches out of the container"
    yield from _logs(_part(host, "logconfig"), "type")
    yield from _mounts(_low(host).get("mounts"))
    mode = _low(host).get("networkmode") or ""
    networks = _part(_part(body, "networkingconfig"), "endpointsconfig")
    yield from _on_networks({mode, *networks} - _PLAIN, driver)
    for end in networks.values():
        yield from _others(end or {}, _ENDPOINT)


def _service(body: Mapping[str, Any], driver: Driver) -> Iterator[str]:
    yield from _others(body, _SERVICE)
    task = _part(body, "tasktemplate")
    yield from _others(task, _TASK)
    if (_low(task).get("runtime") or "container") != "container":
        yield "a service runs containers, and nothing else"
    yield from _logs(_part(task, "logdriver"), "name")
    container = _part(task, "containerspec")
    yield from _others(container, _SERVICE_CONTAINER)
    yield from _mounts(_low(container).get("mounts"))
    wanted = [*(_low(task).get("networks") or ()), *(_low(body).get("networks") or ())]
    yield from _on_networks({str(_low(each).get("target")) for each in wanted}, driver)
    for each in wanted:
        yield from _others(each, frozenset(("target", "aliases")))


def _only(names: str) -> Check:
    """A check of bodies that have nothing but that."""
    known = _keys(names)
    return lambda body, driver: _others(body, known)


def _new_network(body: Mapping[str, Any], driver: Driver) -> Iterator[str]:
    yield from _others(body, _NETWORK)
    if (_low(body).get("driver") or "bridge") not in ("bridge", "overlay"):
        yield "a network is of the driver bridge or overlay"
    yield from _others(_part(body, "ipam"), frozenset(("driver", "config")))
    if (_low(_part(body, "ipam")).get("driver") or "default") != "default":
        yield "addresses are given by the default driver"


def _connection(body: Mapping[str, Any], driver: Driver) -> Iterator[str]:
    yield from _others(body, frozenset(("container", "endpointconfig")))
    yield from _others(_part(body, "endpointconfig"), _ENDPOINT)


def _volume(body: Mapping[str, Any], driver: Driver) -> Iterator[str]:
    yield from _others(body, frozenset(("name", "labels", "driver")))
    if (_low(body).get("driver") or "local") != "local":
        yield "a volume is of the driver local"


def _swarm(body: Mapping[str, Any], driver: Driver) -> Iterator[str]:
    for spec in (body, _part(body, "spec")):  # an update is the specification itself
        yield from (
            f"{key} cannot be changed"
            for key in ("externalcas", "signingcacert", "signingcakey")
            if _low(_part(spec, "caconfig")).get(key)
        )
        yield from _logs(_part(_part(spec, "taskdefaults"), "logdriver"), "name")


_CHECKS: tuple[tuple[str, Check], ...] = (
    (r"/containers/create", _container),
    (r"/services/(create|[^/]+/update)", _service),
    (
        r"/containers/[^/]+/exec",
        _only("""user tty attachstdin attachstdout attachstderr detach detachkeys env workingdir
        cmd consolesize"""),
    ),
    (r"/exec/[^/]+/start", _only("detach tty consolesize")),
    (r"/networks/create", _new_network),
    (r"/networks/[^/]+/connect", _connection),
    (r"/networks/[^/]+/disconnect", _only("container force")),
    (r"/nodes/[^/]+/update", _only("name labels role availability")),
    (r"/volumes/create", _volume),
    (r"/swarm/(init|join|update)", _swarm),
    (r"/(secrets|configs)/(create|[^/]+/update)", _only("name labels data")),
)


def _low(thing: Mapping[str, Any]) -> dict[str, Any]:
    return {key.casefold(): value for key, value in thing.items()}


def _part(thing: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    """The object at that key; an empty one if there is none."""
    return _low(thing).get(key) or {}


def _others(thing: Mapping[str, Any], known: frozenset[str]) -> Iterator[str]:
    """What is asked for at keys that are not known."""
    return (
        f"{key} is not for an examination"
        for key, value in _low(thing).items()
        if key not in known and not _empty(value)
    )


def _empty(value: Any) -> bool:
    """Whether nothing is asked for with it."""
    inside = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return not value or (isinstance(value, dict | list) and all(map(_empty, inside)))


def _logs(config: Mapping[str, Any], name: str) -> Iterator[str]:
    if (_low(config).get(name) or "") not in _LOGS:
        yield "logs are kept on the node"


def _mounts(mounts: Any) -> Iterator[str]:
    for mount in mounts or ():
        if _low(mount).get("type") not in ("volume", "tmpfs"):
            yield "a mount is a volume or a tmpfs: nothing of the node's own files can be mounted"
        if str(_low(mount).get("source") or "").startswith("/"):
            yield "a volume has a name, and is no folder"
        yield from _others(mount, _MOUNT)


def _on_networks(names: set[str] | frozenset[str], driver: Driver) -> Iterator[str]:
    for name in sorted(names):
        if driver(name) not in ("bridge", "overlay"):
            yield f"{name} is no network for an examination"
