"""What an engine refuses in the settings of a new container (moby, daemon/container.go and daemon_unix.go)."""

from collections.abc import Callable

from ..errors import ApiError
from ..swarm_api.go_structs import Json
from .hardware import CPUS, PLUGINS

MIN_MEMORY_BYTES = 6 << 20
RESTART_POLICIES = ("", "no", "always", "unless-stopped", "on-failure")
RUNTIMES = ("", "runc")
_LOG_DRIVERS = ("", "none", *(PLUGINS["Log"] or ()))
_MIN_INTERVAL = 1_000_000  # nanoseconds
_CONTAINER = "container:"


def check_settings(body: Json, host: Json, find_container: Callable[[str], object]) -> None:
    """Refuse settings that cannot be; `find_container` finds a container or raises `ApiError`. Raises `ApiError`."""
    _check_config(body)
    _check_restart_policy(host)
    _check_resources(host)
    if (runtime := host.get("Runtime") or "") not in RUNTIMES:
        raise ApiError(400, f"Unknown runtime specified {runtime}")
    if (driver := (host.get("LogConfig") or {}).get("Type") or "") not in _LOG_DRIVERS:
        raise ApiError(400, f'error looking up logging plugin {driver}: plugin "{driver}" not found')
    isolation = host.get("Isolation") or ""
    if isolation.lower() not in ("", "default"):
        raise ApiError(400, f"Invalid isolation: \"{isolation}\" - linux only supports 'default'")
    shared = [host.get(key) or "" for key in ("PidMode", "IpcMode")]
    others = [mode.removeprefix(_CONTAINER) for mode in shared if mode.startswith(_CONTAINER)]
    for name in [*others, *(each.partition(":")[0] for each in host.get("VolumesFrom") or ())]:
        _require(find_container, name, "")
    for link in host.get("Links") or ():
        _require(find_container, link.partition(":")[0], f"could not get container for {link.partition(':')[0]}: ")


def _require(find_container: Callable[[str], object], name: str, before: str) -> None:
    """Require that there is such a container. Raises `ApiError` 400, with these words before its own."""
    try:
        find_container(name)
    except ApiError as error:
        raise ApiError(400, before + error.message) from None


def _check_config(body: Json) -> None:
    folder = body.get("WorkingDir") or ""
    if folder and not folder.startswith("/"):
        raise ApiError(400, f"the working directory '{folder}' is invalid, it needs to be an absolute path")
    if wrong := next((line for line in body.get("Env") or () if line.startswith("=") or not line), None):
        raise ApiError(400, f"invalid environment variable: {wrong}")
    health = body.get("Healthcheck") or {}
    for field in ("Interval", "Timeout", "StartPeriod"):
        if health.get(field) and health[field] < _MIN_INTERVAL:
            raise ApiError(400, f"{field} in Healthcheck cannot be less than 1ms")
    if (health.get("Retries") or 0) < 0:
        raise ApiError(400, "Retries in Healthcheck cannot be negative")


def _check_restart_policy(host: Json) -> None:
    policy = host.get("RestartPolicy") or {}
    name, retries = policy.get("Name") or "", policy.get("MaximumRetryCount") or 0
    if host.get("AutoRemove") and name not in ("", "no"):
        raise ApiError(400, "can't create 'AutoRemove' container with restart policy")
    if name not in RESTART_POLICIES:
        raise ApiError(400, f"invalid restart policy '{name}'")
    if name in ("always", "unless-stopped", "no") and retries:
        raise ApiError(400, f"maximum retry count cannot be used with restart policy '{name}'")
    if name == "on-failure" and retries < 0:
        raise ApiError(400, "maximum retry count cannot be negative")


def _check_resources(host: Json) -> None:
    memory, swap = host.get("Memory") or 0, host.get("MemorySwap") or 0
    reservation, swappiness = host.get("MemoryReservation") or 0, host.get("MemorySwappiness")
    period, oom_score = host.get("CpuPeriod") or 0, host.get("OomScoreAdj") or 0
    if 0 < memory < MIN_MEMORY_BYTES:
        raise ApiError(400, "Minimum memory limit allowed is 6MB")
    if memory > 0 and 0 < swap < memory:
        raise ApiError(400, "Minimum memoryswap limit should be larger than memory limit, see usage")
    if memory == 0 and swap > 0:
        raise ApiError(400, "You should always set the Memory limit when using Memoryswap limit, see usage")
    if swappiness is not None and not -1 <= swappiness <= 100:
        raise ApiError(400, f"Invalid value: {swappiness}, valid memory swappiness range is 0-100")
    if 0 < memory < reservation:
        raise ApiError(400, "Minimum memory limit can not be less than memory reservation limit, see usage")
    if not 0 <= (host.get("NanoCpus") or 0) <= CPUS * 10**9:
        raise ApiError(400, f"Range of CPUs is from 0.01 to {CPUS}.00, as there are only {CPUS} CPUs available")
    if period and not 1000 <= period <= 1_000_000:
        raise ApiError(400, "CPU cfs period can not be less than 1ms (i.e. 1000) or larger than 1s (i.e. 1000000)")
    if (host.get("ShmSize") or 0) < 0:
        raise ApiError(400, "SHM size can not be less than 0")
    if not -1000 <= oom_score <= 1000:
        raise ApiError(400, f"Invalid value {oom_score}, range for oom score adj is [-1000, 1000]")
