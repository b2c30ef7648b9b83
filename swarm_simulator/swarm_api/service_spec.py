"""The spec of a service: how the engine reads and completes it.

The fields are those of moby's api/types/swarm. What is filled in is what its daemon/cluster/convert adds on the way to
SwarmKit and back. Errors of this file carry no gRPC code: they are the engine's own.
"""

from random import Random

from ..errors import ApiError
from ..ids_and_times import random_name
from .go_structs import BOOL, COUNT, INT, LABELS, PORT, REAL, TEXT, TEXTS, Always, Json, ListOf, Pointer, Struct, body

_DRIVER = Struct("Driver", {"Name": TEXT, "Options": LABELS})
_FILE = Struct("FileTarget", {"Name": Always(TEXT), "UID": Always(TEXT), "GID": Always(TEXT), "Mode": Always(PORT)})
_MOUNT = Struct(
    "Mount",
    {
        "Type": TEXT,
        "Source": TEXT,
        "Target": TEXT,
        "ReadOnly": BOOL,
        "Consistency": TEXT,
        "BindOptions": Struct(
            "BindOptions",
            {
                "Propagation": TEXT,
                "NonRecursive": BOOL,
                "CreateMountpoint": BOOL,
                "ReadOnlyNonRecursive": BOOL,
                "ReadOnlyForceRecursive": BOOL,
            },
        ),
        "VolumeOptions": Struct(
            "VolumeOptions", {"NoCopy": BOOL, "Labels": LABELS, "Subpath": TEXT, "DriverConfig": _DRIVER}
        ),
        "TmpfsOptions": Struct("TmpfsOptions", {"SizeBytes": INT, "Mode": PORT}),
    },
)
_PRIVILEGES = Struct(
    "Privileges",
    {
        "CredentialSpec": Struct("CredentialSpec", {"Config": TEXT, "File": TEXT, "Registry": TEXT}),
        "SELinuxContext": Struct(
            "SELinuxContext",
            {
                "Disable": Always(BOOL),
                "User": Always(TEXT),
                "Role": Always(TEXT),
                "Type": Always(TEXT),
                "Level": Always(TEXT),
            },
        ),
        "NoNewPrivileges": BOOL,
    },
)
_CONTAINER = Struct(
    "ContainerSpec",
    {
        "Image": TEXT,
        "Labels": LABELS,
        "Command": TEXTS,
        "Args": TEXTS,
        "Hostname": TEXT,
        "Env": TEXTS,
        "Dir": TEXT,
        "User": TEXT,
        "Groups": TEXTS,
        "Privileges": _PRIVILEGES,
        "Init": Pointer(BOOL),
        "StopSignal": TEXT,
        "TTY": BOOL,
        "OpenStdin": BOOL,
        "ReadOnly": BOOL,
        "Mounts": ListOf(_MOUNT),
        "StopGracePeriod": Pointer(INT),
        "Healthcheck": Struct(
            "HealthConfig",
            {"Test": TEXTS, "Interval": INT, "Timeout": INT, "StartPeriod": INT, "StartInterval": INT, "Retries": INT},
        ),
        "Hosts": TEXTS,
        "DNSConfig": Struct("DNSConfig", {"Nameservers": TEXTS, "Search": TEXTS, "Options": TEXTS}),
        "Secrets": ListOf(
            Struct("SecretReference", {"File": _FILE, "SecretID": Always(TEXT), "SecretName": Always(TEXT)})
        ),
        "Configs": ListOf(
            Struct(
                "ConfigReference",
                {
                    "File": _FILE,
                    "Runtime": Struct("ConfigReferenceRuntimeTarget", {}),
                    "ConfigID": Always(TEXT),
                    "ConfigName": Always(TEXT),
                },
            )
        ),
        "Isolation": TEXT,
        "Sysctls": LABELS,
        "CapabilityAdd": TEXTS,
        "CapabilityDrop": TEXTS,
        "Ulimits": ListOf(Struct("Ulimit", {"Name": Always(TEXT), "Hard": Always(INT), "Soft": Always(INT)})),
        "OomScoreAdj": INT,
    },
)
_GENERIC = ListOf(
    Struct(
        "GenericResource",
        {
            "NamedResourceSpec": Struct("NamedGenericResource", {"Kind": TEXT, "Value": TEXT}),
            "DiscreteResourceSpec": Struct("DiscreteGenericResource", {"Kind": TEXT, "Value": INT}),
        },
    )
)
_ATTACHMENTS = ListOf(Struct("NetworkAttachmentConfig", {"Target": TEXT, "Aliases": TEXTS, "DriverOpts": LABELS}))
_TASK = Struct(
    "TaskSpec",
    {
        "ContainerSpec": _CONTAINER,
        "PluginSpec": Struct("PluginSpec", {"Name": TEXT, "Remote": TEXT}),
        "Resources": Struct(
            "ResourceRequirements",
            {
                "Limits": Struct("Limit", {"NanoCPUs": INT, "MemoryBytes": INT, "Pids": INT}),
                "Reservations": Struct(
                    "Resources", {"NanoCPUs": INT, "MemoryBytes": INT, "GenericResources": _GENERIC}
                ),
            },
        ),
        "RestartPolicy": Struct(
            "RestartPolicy",
            {"Condition": TEXT, "Delay": Pointer(INT), "MaxAttempts": Pointer(COUNT), "Window": Pointer(INT)},
        ),
        "Placement": Struct(
            "Placement",
            {
                "Constraints": TEXTS,
                "Preferences": ListOf(
                    Struct("PlacementPreference", {"Spread": Struct("SpreadOver", {"SpreadDescriptor": Always(TEXT)})})
                ),
                "MaxReplicas": COUNT,
                "Platforms": ListOf(Struct("Platform", {"Architecture": TEXT, "OS": TEXT})),
            },
        ),
        "Networks": _ATTACHMENTS,
        "LogDriver": _DRIVER,
        "ForceUpdate": Always(COUNT),
        "Runtime": TEXT,
    },
)
_UPDATE = Struct(
    "UpdateConfig",
    {
        "Parallelism": Always(COUNT),
        "Delay": INT,
        "FailureAction": TEXT,
        "Monitor": INT,
        "MaxFailureRatio": Always(REAL),
        "Order": Always(TEXT),
    },
)
_MODE = Struct(
    "ServiceMode",
    {
        "Replicated": Struct("ReplicatedService", {"Replicas": Pointer(COUNT)}),
        "Global": Struct("GlobalService", {}),
        "ReplicatedJob": Struct("ReplicatedJob", {"MaxConcurrent": Pointer(COUNT), "TotalCompletions": Pointer(COUNT)}),
        "GlobalJob": Struct("GlobalJob", {}),
    },
)
_ENDPOINT = Struct(
    "EndpointSpec",
    {
        "Mode": TEXT,
        "Ports": ListOf(
            Struct(
                "PortConfig",
                {"Name": TEXT, "Protocol": TEXT, "TargetPort": PORT, "PublishedPort": PORT, "PublishMode": TEXT},
            )
        ),
    },
)
SERVICE = Struct(
    "ServiceSpec",
    {
        "Name": TEXT,
        "Labels": Always(LABELS),
        "TaskTemplate": Always(_TASK),
        "Mode": Always(_MODE),
        "UpdateConfig": _UPDATE,
        "RollbackConfig": _UPDATE,
        "EndpointSpec": _ENDPOINT,
    },
)


def read(value: object, random: Random) -> Json:
    """The complete spec of a request, as the Engine API shows it afterwards. Raise `ApiError` (400)."""
    spec = body(SERVICE, value)
    spec = {"Name": spec.get("Name") or random_name(random)} | spec
    _task(spec["TaskTemplate"])
    for name in ("UpdateConfig", "RollbackConfig"):
        if name in spec:
            _update(spec[name])
    if "EndpointSpec" in spec:
        _endpoint(spec["EndpointSpec"])
    spec["Mode"] = _mode(spec["Mode"])
    return spec


def mode_of(spec: Json) -> str:
    """The mode of the service: Replicated, Global, ReplicatedJob or GlobalJob."""
    mode: str = next(iter(spec["Mode"]))
    return mode


def _task(template: Json) -> None:
    runtime = template.get("Runtime", "container")
    if runtime not in ("container", "plugin"):
        raise ApiError(400, "unsupported runtime")
    if runtime == "plugin" or "ContainerSpec" not in template:  # plugins as services are not simulated
        raise ApiError(400, "mismatched Runtime and *Spec fields")
    template["Runtime"] = runtime
    container = template["ContainerSpec"]
    isolation = container.get("Isolation", "").lower()
    container["Isolation"] = isolation if isolation in ("hyperv", "process") else "default"
    if any((container.get("Privileges") or {}).get("CredentialSpec", {}).values()):
        raise ApiError(501, "a simulated engine has no credential specs: they are for containers of Windows")
    for reference in container.get("Configs", ()):
        if ("File" in reference) == ("Runtime" in reference):
            why = (
                "cannot specify both File and Runtime"
                if "File" in reference
                else "either File or Runtime should be set"
            )
            raise ApiError(400, f"invalid Config: {why}")
    for mount in container.get("Mounts", ()):
        mount["Type"] = _one_of(
            mount.get("Type") or "bind", ("bind", "volume", "tmpfs", "npipe", "cluster"), "invalid MountType: {!r}"
        )
    if policy := template.get("RestartPolicy"):
        policy["Condition"] = _one_of(
            policy.get("Condition") or "any", ("none", "on-failure", "any"), "invalid RestartCondition: {!r}"
        )
    if "RestartPolicy" in template:
        policy = template["RestartPolicy"]
        template["RestartPolicy"] = {"Condition": "any"} | policy | {"MaxAttempts": policy.get("MaxAttempts", 0)}


def _update(config: Json) -> None:
    action = _one_of(
        config.get("FailureAction") or "pause",
        ("pause", "continue", "rollback"),
        "unrecognized update failure action {}",
    )
    order = _one_of(config["Order"] or "stop-first", ("stop-first", "start-first"), "unrecognized update order {}")
    config |= {"FailureAction": action, "Order": order}


def _endpoint(endpoint: Json) -> None:
    endpoint["Mode"] = _one_of(endpoint.get("Mode") or "vip", ("vip", "dnsrr"), "invalid resolution mode: {!r}")
    for port in endpoint.get("Ports", ()):
        protocol, publish = port.get("Protocol", "").lower(), port.get("PublishMode", "").lower()
        port["Protocol"] = protocol if protocol in ("udp", "sctp") else "tcp"
        port["PublishMode"] = "host" if publish == "host" else "ingress"


def _mode(mode: Json) -> Json:
    if len(mode) > 1:
        raise ApiError(400, "must specify only one service mode")
    if job := mode.get("ReplicatedJob"):
        at_once = job.get("MaxConcurrent", 1)
        return {"ReplicatedJob": {"MaxConcurrent": at_once, "TotalCompletions": job.get("TotalCompletions", at_once)}}
    if "ReplicatedJob" in mode:
        return {"ReplicatedJob": {"MaxConcurrent": 1, "TotalCompletions": 1}}
    if "Global" in mode or "GlobalJob" in mode:
        return mode
    return {"Replicated": {"Replicas": mode.get("Replicated", {}).get("Replicas", 1)}}


def _one_of(value: str, known: tuple[str, ...], problem: str) -> str:
    """The value, if it is known. Else raise `ApiError` (400); Go quotes as `{!r}` does here, with double quotes."""
    if value not in known:
        raise ApiError(400, problem.format(value).replace("'", '"'))
    return value
