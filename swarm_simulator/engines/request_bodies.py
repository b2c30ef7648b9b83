"""The bodies of requests to an engine, as Go's structs (moby, api/types)."""

from typing import Any

from ..swarm_api.go_structs import BOOL, INT, LABELS, PORT, TEXT, TEXTS, Fields, ListOf, MapOf, Pointer, Struct


class _Words:
    """A command: a list of words, or one word (moby, strslice.StrSlice)."""

    go = "[]string"

    def zero(self) -> list[str]:
        return []

    def read(self, value: Any, place: tuple[str, str]) -> list[str]:
        return [value] if isinstance(value, str) else TEXTS.read(value, place)


_WORDS = _Words()
_NOTHING = Struct("", {})
_HEALTH = Struct(
    "HealthConfig",
    {"Test": TEXTS, "Interval": INT, "Timeout": INT, "StartPeriod": INT, "StartInterval": INT, "Retries": INT},
)
_ENDPOINT = Struct(
    "EndpointSettings",
    {
        "IPAMConfig": Struct("EndpointIPAMConfig", {"IPv4Address": TEXT, "IPv6Address": TEXT, "LinkLocalIPs": TEXTS}),
        "Links": TEXTS,
        "Aliases": TEXTS,
        "MacAddress": TEXT,
        "DriverOpts": LABELS,
        "NetworkID": TEXT,
    },
)
_MOUNT = Struct(
    "Mount",
    {
        "Type": TEXT,
        "Source": TEXT,
        "Target": TEXT,
        "ReadOnly": BOOL,
        "Consistency": TEXT,
        "BindOptions": Struct("BindOptions", {"Propagation": TEXT, "NonRecursive": BOOL, "CreateMountpoint": BOOL}),
        "VolumeOptions": Struct(
            "VolumeOptions",
            {
                "NoCopy": BOOL,
                "Labels": LABELS,
                "Subpath": TEXT,
                "DriverConfig": Struct("Driver", {"Name": TEXT, "Options": LABELS}),
            },
        ),
        "TmpfsOptions": Struct("TmpfsOptions", {"SizeBytes": INT, "Mode": PORT}),
    },
)
_RESTART = Struct("RestartPolicy", {"Name": TEXT, "MaximumRetryCount": INT})
_LIMITS: Fields = {
    "CpuShares": INT,
    "Memory": INT,
    "NanoCpus": INT,
    "CgroupParent": TEXT,
    "CpuPeriod": INT,
    "CpuQuota": INT,
    "CpusetCpus": TEXT,
    "CpusetMems": TEXT,
    "MemoryReservation": INT,
    "MemorySwap": INT,
    "MemorySwappiness": Pointer(INT),
    "OomKillDisable": Pointer(BOOL),
    "PidsLimit": Pointer(INT),
    "BlkioWeight": INT,
    "DeviceCgroupRules": TEXTS,
    "Ulimits": ListOf(Struct("Ulimit", {"Name": TEXT, "Hard": INT, "Soft": INT})),
}
_PORTS = MapOf(ListOf(Struct("PortBinding", {"HostIp": TEXT, "HostPort": TEXT})))
_HOST = Struct(
    "HostConfig",
    {
        "Binds": TEXTS,
        "ContainerIDFile": TEXT,
        "LogConfig": Struct("LogConfig", {"Type": TEXT, "Config": LABELS}),
        "NetworkMode": TEXT,
        "PortBindings": _PORTS,
        "RestartPolicy": _RESTART,
        "AutoRemove": BOOL,
        "VolumeDriver": TEXT,
        "VolumesFrom": TEXTS,
        "CapAdd": _WORDS,
        "CapDrop": _WORDS,
        "CgroupnsMode": TEXT,
        "Dns": TEXTS,
        "DnsOptions": TEXTS,
        "DnsSearch": TEXTS,
        "ExtraHosts": TEXTS,
        "GroupAdd": TEXTS,
        "IpcMode": TEXT,
        "Links": TEXTS,
        "OomScoreAdj": INT,
        "PidMode": TEXT,
        "Privileged": BOOL,
        "PublishAllPorts": BOOL,
        "ReadonlyRootfs": BOOL,
        "SecurityOpt": TEXTS,
        "StorageOpt": LABELS,
        "Tmpfs": LABELS,
        "UTSMode": TEXT,
        "UsernsMode": TEXT,
        "ShmSize": INT,
        "Sysctls": LABELS,
        "Runtime": TEXT,
        "Isolation": TEXT,
        "Mounts": ListOf(_MOUNT),
        "MaskedPaths": Pointer(TEXTS),
        "ReadonlyPaths": Pointer(TEXTS),
        "Init": Pointer(BOOL),
        **_LIMITS,
    },
)
CONTAINER = Struct(
    "CreateRequest",
    {
        "Hostname": TEXT,
        "Domainname": TEXT,
        "User": TEXT,
        "AttachStdin": BOOL,
        "AttachStdout": BOOL,
        "AttachStderr": BOOL,
        "ExposedPorts": MapOf(_NOTHING),
        "Tty": BOOL,
        "OpenStdin": BOOL,
        "StdinOnce": BOOL,
        "Env": TEXTS,
        "Cmd": _WORDS,
        "Healthcheck": _HEALTH,
        "ArgsEscaped": BOOL,
        "Image": TEXT,
        "Volumes": MapOf(_NOTHING),
        "WorkingDir": TEXT,
        "Entrypoint": _WORDS,
        "NetworkDisabled": BOOL,
        "MacAddress": TEXT,
        "OnBuild": TEXTS,
        "Labels": LABELS,
        "StopSignal": TEXT,
        "StopTimeout": Pointer(INT),
        "Shell": _WORDS,
        "HostConfig": _HOST,
        "NetworkingConfig": Struct("NetworkingConfig", {"EndpointsConfig": MapOf(_ENDPOINT)}),
    },
)
UPDATE = Struct("UpdateConfig", {**_LIMITS, "RestartPolicy": _RESTART})
EXEC = Struct(
    "ExecCreateRequest",
    {
        "User": TEXT,
        "Privileged": BOOL,
        "Tty": BOOL,
        "ConsoleSize": Pointer(ListOf(INT)),
        "AttachStdin": BOOL,
        "AttachStderr": BOOL,
        "AttachStdout": BOOL,
        "DetachKeys": TEXT,
        "Env": TEXTS,
        "WorkingDir": TEXT,
        "Cmd": _WORDS,
        "Detach": BOOL,
    },
)
EXEC_START = Struct("ExecStartRequest", {"Detach": BOOL, "Tty": BOOL, "ConsoleSize": Pointer(ListOf(INT))})
_POOL = Struct("IPAMConfig", {"Subnet": TEXT, "IPRange": TEXT, "Gateway": TEXT, "AuxiliaryAddresses": LABELS})
NETWORK = Struct(
    "CreateRequest",
    {
        "Name": TEXT,
        "CheckDuplicate": BOOL,
        "Driver": TEXT,
        "Scope": TEXT,
        "EnableIPv4": Pointer(BOOL),
        "EnableIPv6": Pointer(BOOL),
        "Internal": BOOL,
        "Attachable": BOOL,
        "Ingress": BOOL,
        "ConfigOnly": BOOL,
        "ConfigFrom": Struct("ConfigReference", {"Network": TEXT}),
        "Options": LABELS,
        "Labels": LABELS,
        "IPAM": Struct("IPAM", {"Driver": TEXT, "Options": LABELS, "Config": ListOf(_POOL)}),
    },
)
CONNECT = Struct("ConnectRequest", {"Container": TEXT, "Force": BOOL, "EndpointConfig": _ENDPOINT})
VOLUME = Struct("CreateOptions", {"Name": TEXT, "Driver": TEXT, "DriverOpts": LABELS, "Labels": LABELS})
_POOLS: Fields = {"DefaultAddrPool": TEXTS, "SubnetSize": PORT, "DataPathPort": PORT, "DataPathAddr": TEXT}
JOIN = Struct(
    "JoinRequest",
    {
        "ListenAddr": TEXT,
        "AdvertiseAddr": TEXT,
        "DataPathAddr": TEXT,
        "RemoteAddrs": TEXTS,
        "JoinToken": TEXT,
        "Availability": TEXT,
    },
)
INIT = Struct(
    "InitRequest",
    {
        "ListenAddr": TEXT,
        "AdvertiseAddr": TEXT,
        **_POOLS,
        "ForceNewCluster": BOOL,
        "AutoLockManagers": BOOL,
        "Availability": TEXT,
    },
)
UNLOCK = Struct("UnlockRequest", {"UnlockKey": TEXT})
