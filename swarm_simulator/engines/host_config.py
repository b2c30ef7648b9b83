"""The HostConfig of a container as the Engine API shows it: what was not asked for has its default."""

from ..swarm_api.go_structs import Json

SHM_BYTES = 64 << 20
_MASKED = ("asound", "acpi", "kcore", "keys", "latency_stats", "timer_list", "timer_stats", "sched_debug", "scsi")
_READ_ONLY = ("bus", "fs", "irq", "sys", "sysrq-trigger")
_DEFAULTS: Json = {
    "Binds": None,
    "ContainerIDFile": "",
    "LogConfig": {"Type": "json-file", "Config": {}},
    "NetworkMode": "bridge",
    "PortBindings": {},
    "RestartPolicy": {"Name": "no", "MaximumRetryCount": 0},
    "AutoRemove": False,
    "VolumeDriver": "",
    "VolumesFrom": None,
    "ConsoleSize": [0, 0],
    "CapAdd": None,
    "CapDrop": None,
    "CgroupnsMode": "private",
    "Dns": None,
    "DnsOptions": None,
    "DnsSearch": None,
    "ExtraHosts": None,
    "GroupAdd": None,
    "IpcMode": "private",
    "Cgroup": "",
    "Links": None,
    "OomScoreAdj": 0,
    "PidMode": "",
    "Privileged": False,
    "PublishAllPorts": False,
    "ReadonlyRootfs": False,
    "SecurityOpt": None,
    "UTSMode": "",
    "UsernsMode": "",
    "ShmSize": SHM_BYTES,
    "Runtime": "runc",
    "Isolation": "",
    "CpuShares": 0,
    "Memory": 0,
    "NanoCpus": 0,
    "CgroupParent": "",
    "BlkioWeight": 0,
    "CpuPeriod": 0,
    "CpuQuota": 0,
    "CpusetCpus": "",
    "CpusetMems": "",
    "Devices": None,
    "DeviceCgroupRules": None,
    "DeviceRequests": None,
    "MemoryReservation": 0,
    "MemorySwap": 0,
    "MemorySwappiness": None,
    "OomKillDisable": False,
    "PidsLimit": None,
    "Ulimits": None,
    "MaskedPaths": [f"/proc/{name}" for name in _MASKED] + ["/sys/firmware"],
    "ReadonlyPaths": [f"/proc/{name}" for name in _READ_ONLY],
}


def shown(host_config: Json) -> Json:
    """The settings with the defaults of what they leave out, or leave empty."""
    given = {key: value for key, value in host_config.items() if value is not None}
    found = {**_DEFAULTS, **given}
    for key in ("ShmSize", "Runtime", "CgroupnsMode", "IpcMode", "NetworkMode"):
        found[key] = found[key] or _DEFAULTS[key]
    log = found["LogConfig"]
    found["LogConfig"] = {"Type": log.get("Type") or "json-file", "Config": log.get("Config") or {}}
    found["PortBindings"] = {
        port: [{"HostIp": "", "HostPort": "", **binding} for binding in bindings or ()]
        for port, bindings in found["PortBindings"].items()
    }
    return found
