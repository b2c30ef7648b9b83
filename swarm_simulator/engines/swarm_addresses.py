"""Where a node of a swarm listens, and what address it advertises (moby, daemon/cluster/listen_addr.go)."""

from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import ip_address

from ..errors import ApiError
from ..swarm_api.go_structs import Json

PORT = 2377  # of a manager that names none
_LISTEN = "listen address must be an IP address or network interface (with optional port number)"
_ADVERTISE = "advertise address must be a non-zero IP address or network interface (with optional port number)"
_DATA_PATH = "data path address must be a non-zero IP address or network interface (without a port number)"


@dataclass(frozen=True, slots=True)
class SwarmAddresses:
    """The addresses of one node."""

    host: str  # that it advertises
    port: str  # that it advertises as a manager
    listen_port: str  # at which a manager answers the other nodes


def resolve(body: Json, interfaces: Mapping[str, str], address: str) -> SwarmAddresses:
    """The addresses that a request to init or join asks for, on a node with these interfaces and this address.

    Raises `ApiError` 400 for what is no address, 500 for one at which the node cannot listen.
    """
    listen, listen_port = _split(str(body.get("ListenAddr") or "0.0.0.0"))
    listen = _resolved(listen, interfaces, _LISTEN)
    if data_path := str(body.get("DataPathAddr") or ""):
        _resolved(data_path, interfaces, _DATA_PATH, zero=False)
    advertised, port = _split(str(body.get("AdvertiseAddr") or ""), listen_port)
    if advertised:
        advertised = _resolved(advertised, interfaces, _ADVERTISE, zero=False)
    if not (ip_address(listen).is_unspecified or ip_address(listen).is_loopback or listen in interfaces.values()):
        raise ApiError(
            500,
            f"manager stopped: failed to listen on remote API address: listen tcp {listen}:{listen_port}: bind: "
            "cannot assign requested address",
        )
    own = address if ip_address(listen).is_unspecified else listen
    return SwarmAddresses(advertised or own, port, listen_port)


def _split(text: str, default_port: str = str(PORT)) -> tuple[str, str]:
    """The host and the port of an address."""
    text = text.removeprefix("tcp://")
    if text.startswith("["):
        host, _, rest = text[1:].partition("]")
        return host, rest.removeprefix(":") or default_port
    if text.count(":") > 1:
        return text, default_port  # an IPv6 address
    host, _, port = text.partition(":")
    return host, port or default_port


def _resolved(host: str, interfaces: Mapping[str, str], problem: str, zero: bool = True) -> str:
    """The address of that interface, or the address itself. Raises `ApiError` 400 with that text for neither."""
    host = interfaces.get(host, host)
    try:
        unspecified = ip_address(host).is_unspecified
    except ValueError:
        raise ApiError(400, problem) from None
    if unspecified and not zero:
        raise ApiError(400, problem)
    return host
