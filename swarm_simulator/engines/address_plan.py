"""The addresses of one network: its subnets, and which of their addresses a container gets (moby, libnetwork/ipam)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network

from ..errors import ApiError
from ..swarm_api.go_structs import Json

Subnet = IPv4Network | IPv6Network
_MIN_ADDRESSES = 4


@dataclass(slots=True)
class AddressPlan:
    """The subnets of a network. One without any gives no addresses."""

    subnet: IPv4Network | None = None
    gateway: str = ""
    range: IPv4Network | None = None  # where the addresses come from that nobody asks for; None: the whole subnet
    subnet6: IPv6Network | None = None
    gateway6: str = ""
    reserved: frozenset[str] = frozenset()  # auxiliary addresses
    configured: bool = False  # whether the request named the IPv4 subnet, so that containers may ask for addresses
    configs: list[Json] = field(default_factory=list)  # as the Engine API shows them
    options: dict[str, str] | None = None

    @classmethod
    def of(cls, subnet: IPv4Network | None, gateway: str = "", configured: bool = True) -> "AddressPlan":
        """A plan with that IPv4 subnet alone."""
        config = {"Subnet": str(subnet), **({"Gateway": gateway} if gateway else {})}
        return cls(subnet, gateway, configured=configured, configs=[config] if subnet else [])

    def free_address(self, taken: Iterable[str], last_first: bool = False) -> str:
        """The next free IPv4 address; empty without a subnet. Raises `ApiError` 500 if all are taken."""
        if self.subnet is None:
            return ""
        pool = self.range or self.subnet
        first = max(int(pool[0]), int(self.subnet[0]) + 1)
        numbers = range(first, min(int(pool[-1]), int(self.subnet[-1]) - 1) + 1)
        used = {*taken, self.gateway, *self.reserved}
        for number in reversed(numbers) if last_first else numbers:
            if (address := str(ip_address(number))) not in used:
                return address
        raise ApiError(500, "no available IPv4 addresses on this network's address pools")

    def free_address6(self, taken: Iterable[str]) -> str:
        """The next free IPv6 address; empty without an IPv6 subnet."""
        if self.subnet6 is None:
            return ""
        used = {*taken, self.gateway6, *self.reserved}
        return next(str(address) for address in self.subnet6.hosts() if str(address) not in used)

    def check(self, address: str, network: str, taken: Iterable[str]) -> str:
        """The address that a container asks for on the network of that name, in its plain form. Raises `ApiError`."""
        try:
            found = ip_address(address)
        except ValueError:
            raise ApiError(400, f"invalid IP address: {address}") from None
        subnets: Sequence[Subnet] = [subnet for subnet in (self.subnet, self.subnet6) if subnet]
        problem = ""
        if not self.configured and found.version == 4:
            problem = (
                "user specified IP address is supported only when connecting to networks with user configured subnets"
            )
        elif not any(found in subnet for subnet in subnets):
            problem = f"no configured subnet contains IP address {address}"
        if problem:
            raise ApiError(400, f"invalid config for network {network}: invalid endpoint settings:\n{problem}")
        if str(found) in {*taken, self.gateway, self.gateway6}:
            raise ApiError(403, "Address already in use")
        return str(found)


def plan(ipam: Json, enable_ipv6: bool, taken: Sequence[AddressPlan], driver: str = "bridge") -> AddressPlan:
    """The addresses of a new network: the requested ones, or the next free ones. Raises `ApiError`."""
    if (name := ipam.get("Driver") or "default") not in ("default", "null"):
        raise ApiError(404, f'plugin "{name}" not found')
    pairs = [(config, _subnet(config)) for config in ipam.get("Config") or [] if config]
    for config, subnet in pairs:
        _check_config(config, subnet)
    for version in (4, 6):
        if driver == "bridge" and sum(subnet.version == version for _, subnet in pairs) > 1:
            raise ApiError(403, "bridge driver doesn't support multiple subnets")
    found = AddressPlan(options=ipam.get("Options") or None)
    found.reserved = frozenset(
        address for config, _ in pairs for address in (config.get("AuxiliaryAddresses") or {}).values()
    )
    for config, subnet in pairs:
        if isinstance(subnet, IPv4Network):
            _add_ipv4(found, config, subnet, [each.subnet for each in taken if each.subnet])
    if found.subnet is None:
        subnet4 = _free_ipv4([each.subnet for each in taken if each.subnet])
        found.subnet, found.gateway = subnet4, str(subnet4[1])
        found.configs.append({"Subnet": str(subnet4), "Gateway": found.gateway})
    for config, subnet in pairs:
        if isinstance(subnet, IPv6Network):
            found.configs.append(config)
            if enable_ipv6:
                _add_ipv6(found, config, subnet, [each.subnet6 for each in taken if each.subnet6])
    if enable_ipv6 and found.subnet6 is None:
        used = [each.subnet6 for each in taken if each.subnet6]
        found.subnet6 = next(each for each in _unique_local() if not any(map(each.overlaps, used)))
        found.gateway6 = str(found.subnet6[1])
        found.configs.append({"Subnet": str(found.subnet6), "Gateway": found.gateway6})
    return found


def _subnet(config: Json) -> Subnet:
    """The subnet of a configuration. Raises `ApiError` 400."""
    text = config.get("Subnet") or ""
    try:
        return ip_network(text, strict=False)
    except ValueError:
        raise _invalid(f"invalid subnet {text}: invalid CIDR block notation") from None


def _check_config(config: Json, subnet: Subnet) -> None:
    """Refuse addresses that are not in the subnet (moby, api/types/network/ipam.go). Raises `ApiError` 400."""
    if subnet.num_addresses < _MIN_ADDRESSES:
        raise ApiError(400, "failed to allocate gateway (): No available addresses on this pool")
    try:
        if config.get("IPRange") and ip_network(config["IPRange"], strict=False)[0] not in subnet:
            raise _invalid(f"invalid ip-range {config['IPRange']}: parent subnet {subnet} doesn't contain ip-range")
    except ValueError:
        raise _invalid(f"invalid ip-range {config['IPRange']}: invalid CIDR block notation") from None
    gateway, auxiliary = config.get("Gateway"), config.get("AuxiliaryAddresses") or {}
    for said, address in [
        ("gateway", gateway),
        *((f"auxiliary address {name}", each) for name, each in auxiliary.items()),
    ]:
        try:
            inside = not address or ip_address(address) in subnet
        except ValueError:
            raise _invalid(f"invalid {said}: invalid address {address}") from None
        if not inside:
            raise _invalid(f"invalid {said}: parent subnet {subnet} doesn't contain this address {address}")


def _invalid(problem: str) -> ApiError:
    return ApiError(400, f"invalid network config:\n{problem}")


def _add_ipv4(found: AddressPlan, config: Json, subnet: IPv4Network, taken: Iterable[IPv4Network]) -> None:
    if any(map(subnet.overlaps, taken)):
        raise ApiError(403, "Pool overlaps with other one on this address space")
    found.subnet, found.configured = subnet, True
    addresses = ip_network(config["IPRange"], strict=False) if config.get("IPRange") else None
    found.range = addresses if isinstance(addresses, IPv4Network) else None
    found.gateway = config.get("Gateway") or str(found.range[0] if found.range else subnet[1])
    found.configs.append(config)


def _add_ipv6(found: AddressPlan, config: Json, subnet: IPv6Network, taken: Iterable[IPv6Network]) -> None:
    if any(map(subnet.overlaps, taken)):
        raise ApiError(403, "Pool overlaps with other one on this address space")
    found.subnet6, found.gateway6 = subnet, config.get("Gateway") or str(subnet[1])


def _free_ipv4(taken: Sequence[IPv4Network]) -> IPv4Network:
    """The next free one of Docker's predefined subnets. Raises `ApiError` 400."""
    pools = (IPv4Network(f"172.{number}.0.0/16") for number in range(18, 256))
    free = next((pool for pool in pools if not any(map(pool.overlaps, taken))), None)
    if free is None:
        raise ApiError(400, "all predefined address pools have been fully subnetted")
    return free


def _unique_local() -> Iterable[IPv6Network]:
    """The subnets of a network with IPv6 that names none."""
    return (IPv6Network(f"fd00:0:0:{number:x}::/64") for number in range(1, 1 << 16))
