"""The bodies that an examination's proxy sends to a machine's engine: none may reach out of a container.

The names are those of the Docker Engine API. The case of keys makes no difference, as for the engine. A key that is not
on the list of its object passes only if its value is empty: the docker command sends many of those.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

REPLICAS_MAX = 500  # of a service in an examination; the lessons ask for 30, and 200,000 keep the engine busy
Driver = Callable[[str], str]  # the driver of the network of that name or id
Check = Callable[[Mapping[str, Any], Driver], Iterator[str]]  # sentences about what does not pass


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
_BUILTIN_NETWORKS = frozenset(
    ("", "default", "bridge", "none")
)  # every engine has them, and they reach out of no container
_LOG_DRIVERS = ("", "json-file", "local", "none")


def problem(path: str, body: Any, driver: Driver) -> str:
    """A sentence about the first thing in the body that may not pass to that path; empty if all may."""
    for pattern, check in _CHECKS:
        if re.fullmatch(pattern, path):
            if body is None:
                return ""
            if not isinstance(body, dict):
                return "the body is not an object"
            try:
                return next(check(body, driver), "")
            except (TypeError, AttributeError, ValueError):  # such as a number in the place of an object
                return "the body does not have the form that the Engine API gives it"
    return f"{path} takes no body" if body else ""


def _container(body: Mapping[str, Any], driver: Driver) -> Iterator[str]:
    yield from _unknown_keys(body, _CONTAINER)
    host = _object_at(body, "hostconfig")
    # Empty lists here mean "unmask all"; the docker command sends null.
    yield from (
        f"{key} cannot be changed"
        for key in ("maskedpaths", "readonlypaths")
        if key in _lower_case(host) and _lower_case(host)[key] is not None
    )
    yield from _unknown_keys(host, _HOST)
    for key in ("ipcmode", "cgroupnsmode"):
        if (_lower_case(host).get(key) or "") not in _OWN_NAMESPACE:
            yield f"{key} {_lower_case(host)[key]!r} reaches out of the container"
    yield from _log_problems(_object_at(host, "logconfig"), "type")
    yield from _mount_problems(_lower_case(host).get("mounts"))
    mode = _lower_case(host).get("networkmode") or ""
    networks = _object_at(_object_at(body, "networkingconfig"), "endpointsconfig")
    yield from _network_problems({mode, *networks} - _BUILTIN_NETWORKS, driver)
    for endpoint in networks.values():
        yield from _unknown_keys(endpoint or {}, _ENDPOINT)


def _service(body: Mapping[str, Any], driver: Driver) -> Iterator[str]:
    yield from _unknown_keys(body, _SERVICE)
    task = _object_at(body, "tasktemplate")
    yield from _unknown_keys(task, _TASK)
    if (_lower_case(task).get("runtime") or "container") != "container":
        yield "a service runs containers, and nothing else"
    yield from _log_problems(_object_at(task, "logdriver"), "name")
    for mode in _object_at(body, "mode").values():
        yield from _replica_problems(mode or {})
    container = _object_at(task, "containerspec")
    yield from _unknown_keys(container, _SERVICE_CONTAINER)
    yield from _mount_problems(_lower_case(container).get("mounts"))
    wanted = [*(_lower_case(task).get("networks") or ()), *(_lower_case(body).get("networks") or ())]
    yield from _network_problems({str(_lower_case(each).get("target")) for each in wanted}, driver)
    for each in wanted:
        yield from _unknown_keys(each, frozenset(("target", "aliases")))


def _only(names: str) -> Check:
    """A check of bodies that may have only those keys."""
    known = _keys(names)
    return lambda body, driver: _unknown_keys(body, known)


def _new_network(body: Mapping[str, Any], driver: Driver) -> Iterator[str]:
    yield from _unknown_keys(body, _NETWORK)
    if (_lower_case(body).get("driver") or "bridge") not in ("bridge", "overlay"):
        yield "a network is of the driver bridge or overlay"
    yield from _unknown_keys(_object_at(body, "ipam"), frozenset(("driver", "config")))
    if (_lower_case(_object_at(body, "ipam")).get("driver") or "default") != "default":
        yield "addresses are given by the default driver"


def _connection(body: Mapping[str, Any], driver: Driver) -> Iterator[str]:
    yield from _unknown_keys(body, frozenset(("container", "endpointconfig")))
    yield from _unknown_keys(_object_at(body, "endpointconfig"), _ENDPOINT)


def _volume(body: Mapping[str, Any], driver: Driver) -> Iterator[str]:
    yield from _unknown_keys(body, frozenset(("name", "labels", "driver")))
    if (_lower_case(body).get("driver") or "local") != "local":
        yield "a volume is of the driver local"


def _swarm(body: Mapping[str, Any], driver: Driver) -> Iterator[str]:
    for spec in (body, _object_at(body, "spec")):  # an update is the specification itself
        yield from (
            f"{key} cannot be changed"
            for key in ("externalcas", "signingcacert", "signingcakey")
            if _lower_case(_object_at(spec, "caconfig")).get(key)
        )
        yield from _log_problems(_object_at(_object_at(spec, "taskdefaults"), "logdriver"), "name")


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


def _lower_case(body: Mapping[str, Any]) -> dict[str, Any]:
    return {key.casefold(): value for key, value in body.items()}


def _object_at(body: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    """The object at that key; an empty one if there is none."""
    return _lower_case(body).get(key) or {}


def _unknown_keys(body: Mapping[str, Any], known: frozenset[str]) -> Iterator[str]:
    """A sentence about each key that is not known and whose value is not empty."""
    return (
        f"{key} is not for an examination"
        for key, value in _lower_case(body).items()
        if key not in known and not _empty(value)
    )


def _empty(value: Any) -> bool:
    """Whether the value is empty, or holds only empty values."""
    inside = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return not value or (isinstance(value, dict | list) and all(map(_empty, inside)))


def _log_problems(config: Mapping[str, Any], name: str) -> Iterator[str]:
    if (_lower_case(config).get(name) or "") not in _LOG_DRIVERS:
        yield "logs are kept on the node"


def _replica_problems(mode: Mapping[str, Any]) -> Iterator[str]:
    """A sentence if that mode of a service asks for too many tasks."""
    asked = (_lower_case(mode).get(key) or 0 for key in ("replicas", "maxconcurrent", "totalcompletions"))
    if max(asked) > REPLICAS_MAX:
        yield f"a service has at most {REPLICAS_MAX} replicas"


def _mount_problems(mounts: Any) -> Iterator[str]:
    for mount in mounts or ():
        if _lower_case(mount).get("type") not in ("volume", "tmpfs"):
            yield "a mount is a volume or a tmpfs: nothing of the node's own files can be mounted"
        if str(_lower_case(mount).get("source") or "").startswith("/"):
            yield "a volume has a name, and is no folder"
        yield from _unknown_keys(mount, _MOUNT)


def _network_problems(names: set[str] | frozenset[str], driver: Driver) -> Iterator[str]:
    for name in sorted(names):
        if driver(name) not in ("bridge", "overlay"):
            yield f"{name} is no network for an examination"
