"""A service's settings: their names in Python, as flags of `docker service`, and in the ServiceSpec.

The JSON that is sent and the command line that is shown come from the same table, so that they agree. Paths
are those of the Docker Engine API, "ServiceSpec".
"""

import re
import shlex
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, TypedDict

from . import setting_types
from .errors import BadInput
from .language import _
from .setting_types import SettingType

Spec = dict[str, Any]


class ServiceSettings(TypedDict, total=False):
    """The settings that `create_service` and `update_service` accept. Times are in seconds."""

    mode: str  # replicated, global, replicated-job, global-job; only for create_service
    replicas: int  # of a job: completions
    max_concurrent: int  # of a replicated job: how many run at once
    env: Mapping[str, str | int | float]
    labels: Mapping[str, str | int | float]
    constraints: Sequence[str]
    preferences: Sequence[str]  # node labels to spread over, such as node.labels.rack
    max_replicas_per_node: int  # 0: no limit
    reserve_cpus: float
    reserve_memory: str | int  # "64MiB", or bytes
    limit_cpus: float
    limit_memory: str | int
    networks: Sequence[str]
    ports: Sequence[str]  # "8080:80", "mode=host,published=8080,target=80"
    endpoint_mode: str  # vip, dnsrr
    init: bool  # whether a small init runs as the first process
    stop_grace_period: float
    restart_condition: str  # any, on-failure, none
    restart_delay: float
    restart_max_attempts: int
    restart_window: float
    update_parallelism: int  # 0: all at once
    update_delay: float
    update_monitor: float
    update_order: str  # stop-first, start-first
    update_failure_action: str  # pause, continue, rollback
    update_max_failure_ratio: float
    rollback_parallelism: int
    rollback_delay: float
    rollback_monitor: float
    rollback_order: str
    rollback_failure_action: str  # pause, continue
    rollback_max_failure_ratio: float


class ServiceChanges(ServiceSettings, total=False):
    """The settings that `update_service` accepts: these and those of `create_service`."""

    image: str
    command: str | Sequence[str]


@dataclass(frozen=True)
class Setting:
    """One setting: its flag, its path in the ServiceSpec, and its type."""

    flag: str
    path: str
    kind: SettingType


def _rolling(flag: str, path: str, *actions: str) -> dict[str, Setting]:
    """The settings of a rolling update or a rollback, which have the same names."""
    return {
        f"{flag}_parallelism": Setting(f"--{flag}-parallelism", f"{path}.Parallelism", setting_types.COUNT),
        f"{flag}_delay": Setting(f"--{flag}-delay", f"{path}.Delay", setting_types.SECONDS),
        f"{flag}_monitor": Setting(f"--{flag}-monitor", f"{path}.Monitor", setting_types.SECONDS),
        f"{flag}_order": Setting(f"--{flag}-order", f"{path}.Order", setting_types.one_of("stop-first", "start-first")),
        f"{flag}_failure_action": Setting(
            f"--{flag}-failure-action", f"{path}.FailureAction", setting_types.one_of(*actions)
        ),
        f"{flag}_max_failure_ratio": Setting(
            f"--{flag}-max-failure-ratio", f"{path}.MaxFailureRatio", setting_types.RATIO
        ),
    }


_TASK = "TaskTemplate"
_CONTAINER = "TaskTemplate.ContainerSpec"
_LIMITS, _RESERVATIONS = "TaskTemplate.Resources.Limits", "TaskTemplate.Resources.Reservations"
_PLACEMENT, _RESTART = "TaskTemplate.Placement", "TaskTemplate.RestartPolicy"

SETTINGS: dict[str, Setting] = {
    "image": Setting("--image", f"{_CONTAINER}.Image", setting_types.IMAGE),
    "command": Setting("--args", f"{_CONTAINER}.Args", setting_types.WORDS),
    "replicas": Setting("--replicas", "Mode.Replicated.Replicas", setting_types.REPLICAS),
    "max_concurrent": Setting("--max-concurrent", "Mode.ReplicatedJob.MaxConcurrent", setting_types.REPLICAS),
    "env": Setting("--env", f"{_CONTAINER}.Env", setting_types.VARIABLES),
    "labels": Setting("--label", "Labels", setting_types.LABELS),
    "constraints": Setting("--constraint", f"{_PLACEMENT}.Constraints", setting_types.CONSTRAINTS),
    "preferences": Setting("--placement-pref", f"{_PLACEMENT}.Preferences", setting_types.PREFERENCES),
    "max_replicas_per_node": Setting("--replicas-max-per-node", f"{_PLACEMENT}.MaxReplicas", setting_types.COUNT),
    "reserve_cpus": Setting("--reserve-cpu", f"{_RESERVATIONS}.NanoCPUs", setting_types.CPUS),
    "reserve_memory": Setting("--reserve-memory", f"{_RESERVATIONS}.MemoryBytes", setting_types.MEMORY),
    "limit_cpus": Setting("--limit-cpu", f"{_LIMITS}.NanoCPUs", setting_types.CPUS),
    "limit_memory": Setting("--limit-memory", f"{_LIMITS}.MemoryBytes", setting_types.MEMORY),
    "networks": Setting("--network", f"{_TASK}.Networks", setting_types.NETWORKS),
    "ports": Setting("--publish", "EndpointSpec.Ports", setting_types.PORTS),
    "endpoint_mode": Setting("--endpoint-mode", "EndpointSpec.Mode", setting_types.one_of("vip", "dnsrr")),
    "init": Setting("--init", f"{_CONTAINER}.Init", setting_types.SWITCH),
    "stop_grace_period": Setting("--stop-grace-period", f"{_CONTAINER}.StopGracePeriod", setting_types.SECONDS),
    "restart_condition": Setting(
        "--restart-condition", f"{_RESTART}.Condition", setting_types.one_of("any", "on-failure", "none")
    ),
    "restart_delay": Setting("--restart-delay", f"{_RESTART}.Delay", setting_types.SECONDS),
    "restart_max_attempts": Setting("--restart-max-attempts", f"{_RESTART}.MaxAttempts", setting_types.COUNT),
    "restart_window": Setting("--restart-window", f"{_RESTART}.Window", setting_types.SECONDS),
    **_rolling("update", "UpdateConfig", "pause", "continue", "rollback"),
    **_rolling("rollback", "RollbackConfig", "pause", "continue"),
}

MODES = {"replicated": "Replicated", "global": "Global", "replicated-job": "ReplicatedJob", "global-job": "GlobalJob"}

# A part of the spec gets these values when one of its settings is given. Without them the engine would read
# zeros, which differ from its defaults (SwarmKit, api/defaults/service.go).
_ROLLING_DEFAULTS = {
    "Parallelism": 1,
    "Delay": 0,
    "Monitor": 5 * setting_types.NANOSECONDS,
    "FailureAction": "pause",
    "MaxFailureRatio": 0,
    "Order": "stop-first",
}
DEFAULTS = {
    "UpdateConfig": _ROLLING_DEFAULTS,
    "RollbackConfig": _ROLLING_DEFAULTS,
    "RestartPolicy": {"Condition": "any", "Delay": 5 * setting_types.NANOSECONDS, "MaxAttempts": 0},
}

# Names become host names: letters, digits, and - or _ inside (SwarmKit, manager/controlapi/common.go).
SERVICE_NAME = re.compile(r"[a-zA-Z0-9](?:[-_]*[a-zA-Z0-9]+)*", re.ASCII)


def create(name: str, image: str, command: str | Sequence[str] | None, settings: Mapping[str, Any]) -> tuple[Spec, str]:
    """The ServiceSpec of a new service, and the docker command for it. Raises `BadInput`."""
    check_name(name)
    settings = dict(settings)
    mode = read("mode", setting_types.one_of(*MODES), settings.pop("mode", "replicated"))
    spec: Spec = {"Name": name, "Mode": {MODES[mode]: {}}, "EndpointSpec": {"Mode": "vip"}}
    words = ["docker", "service", "create", "--name", name]
    if mode != "replicated":
        words += ["--mode", mode]
    elif "replicas" not in settings:
        _set(spec, "Mode.Replicated.Replicas", 1)
    for setting, value in _read(settings, spec):
        _set(spec, setting.path, value)
        words += _flags(setting, setting.flag, _items(setting, value))
    for setting, tagged in _read({"image": image}, spec):
        _set(spec, setting.path, tagged)
    words.append(image)
    if command is not None:
        for setting, args in _read({"command": command}, spec):
            _set(spec, setting.path, args)
            words += args
    if mode == "replicated-job":
        job = spec["Mode"]["ReplicatedJob"]
        job.setdefault("TotalCompletions", 1)
        job.setdefault("MaxConcurrent", job["TotalCompletions"])
    return spec, shlex.join(words)


def change(spec: Spec, settings: Mapping[str, Any]) -> str:
    """Change the settings in the spec, and return the docker command for that. Raises `BadInput`.

    A list or a dict replaces the present one, and the command says what to add and what to remove. Nothing else
    in the spec changes: to the engine, a default that is written out is a difference, and a difference restarts
    every task.
    """
    if not settings:
        raise BadInput(
            _("this update changes nothing"),
            _("name a setting, such as image=, command= or replicas="),
        )
    if "mode" in settings:
        raise BadInput(
            _("the mode of a service cannot change"), _("remove the service, and create it in the other mode")
        )
    words = ["docker", "service", "update"]
    for setting, value in _read(settings, spec):
        before = _items(setting, _get(spec, setting.path))
        after = _items(setting, value)
        _set(spec, setting.path, value)
        if setting.kind.many:
            removed = _keys(setting, before) - _keys(setting, after)
            words += _flags(setting, f"{setting.flag}-rm", sorted(removed))
            words += _flags(setting, f"{setting.flag}-add", [item for item in after if item not in before])
        else:
            words += _flags(setting, setting.flag, after)
    return shlex.join([*words, spec["Name"]])


def mode_of(spec: Mapping[str, Any]) -> str:
    """The mode of the service, as in the docker command line."""
    return next(mode for mode, key in MODES.items() if key in spec["Mode"])


def check_name(name: Any) -> None:
    """Check the name of a service. Raises `BadInput`."""
    if not isinstance(name, str) or len(name) > 63 or not SERVICE_NAME.fullmatch(name):
        raise BadInput(
            _("{name!r} is not a valid name for a service"),
            _("use letters, digits, and - or _ between them, at most 63, such as 'sleep-app'"),
            name=name,
        )


def _read(settings: Mapping[str, Any], spec: Spec) -> list[tuple[Setting, Any]]:
    """Read each setting: its entry in the table, and its value as JSON. Raises `BadInput`."""
    return [(setting := _setting(name, spec), read(name, setting.kind, value)) for name, value in settings.items()]


def _setting(name: str, spec: Spec) -> Setting:
    """Find the setting of that name, for a service of the spec's mode. Raises `BadInput`."""
    if name not in SETTINGS:
        near = get_close_matches(name, SETTINGS, n=1)
        raise BadInput(
            _("there is no setting {name!r}: did you mean {near}?") if near else _("there is no setting {name!r}"),
            _("use one of these settings: {known}"),
            name=name,
            known=", ".join([*near, *(known for known in ["mode", *SETTINGS] if known not in near)]),
            near="".join(near),
        )
    mode, setting = mode_of(spec), SETTINGS[name]
    if name == "replicas" and mode == "replicated-job":
        return Setting(setting.flag, "Mode.ReplicatedJob.TotalCompletions", setting.kind)
    needed = {"replicas": "replicated", "max_concurrent": "replicated-job"}.get(name, mode)
    if needed != mode:
        raise BadInput(
            _("{name} is a setting of a {needed} service, and this one is {mode}"),
            _("leave {name} out, or create the service with mode={needed!r}"),
            name=name,
            needed=needed,
            mode=mode,
        )
    return setting


def read(name: str, kind: SettingType, value: Any) -> Any:
    """Read the value of a setting or an argument of that name into JSON. Raises `BadInput`."""
    try:
        return kind.read(value)
    except (ValueError, TypeError) as error:
        raise BadInput(
            _("{name}={value!r} is not a valid value"),
            _("give {name} as {wants}"),
            name=name,
            value=value,
            wants=kind.wants(),
        ) from error


def _items(setting: Setting, value: Any) -> list[str]:
    """The arguments of the flag, one for each time that it is given."""
    if not setting.kind.many:
        return [] if value is None else [setting.kind.write(value)]
    return [setting.kind.write(item) for item in (value.items() if isinstance(value, Mapping) else value or ())]


def _keys(setting: Setting, items: Iterable[str]) -> set[str]:
    """The texts by which the items are removed."""
    return {item.partition("=")[0] if setting.kind.keyed else item for item in items}


def _flags(setting: Setting, flag: str, items: Iterable[str]) -> list[str]:
    if setting.kind is setting_types.SWITCH:  # its flag has no argument
        return [flag if item == "true" else f"{flag}={item}" for item in items]
    return [word for item in items for word in (flag, item)]


def _get(spec: Spec, path: str) -> Any:
    """The value at the path in the spec; None if there is none."""
    at: Any = spec
    for key in path.split("."):
        at = (at or {}).get(key)
    return at


def _set(spec: Spec, path: str, value: Any) -> None:
    """Set the value at the path in the spec. A new part of the spec also gets the engine's defaults."""
    *parts, last = path.split(".")
    for part in parts:
        spec[part] = spec.get(part) or dict(DEFAULTS.get(part, {}))
        spec = spec[part]
    spec[last] = value
