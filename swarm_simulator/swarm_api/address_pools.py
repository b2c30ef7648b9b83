"""The addresses from which a swarm's networks get theirs (moby, daemon/cluster/swarm.go, Init)."""

from ipaddress import IPv4Network

from ..errors import ApiError
from ..objects import AddressPools
from .go_structs import Json

MAX_SUBNET_SIZE = 29  # with 30, a network would have no address left for a task
FIRST_DATA_PORT, LAST_DATA_PORT = 1024, 49151


def read(body: Json) -> AddressPools:
    """The pools that POST /swarm/init asks for. A size without pools counts for nothing. Raises `ApiError` 500."""
    default = AddressPools()
    port = body.get("DataPathPort") or default.data_path_port
    if not FIRST_DATA_PORT <= port <= LAST_DATA_PORT:
        raise ApiError(500, f"Datapath port number is not in valid range (1024-49151) : {port}")
    pools, size = body.get("DefaultAddrPool"), body.get("SubnetSize") or default.subnet_size
    if not pools:
        return AddressPools(data_path_port=port)
    if size > MAX_SUBNET_SIZE:
        raise ApiError(500, f"subnet size is out of range: {size}")
    networks = []
    for pool in pools:
        try:
            networks.append(IPv4Network(pool, strict=False))
        except ValueError:
            raise ApiError(500, f"invalid base pool {pool}: invalid CIDR address: {pool}") from None
        if networks[-1].prefixlen > size:
            raise ApiError(500, f'invalid CIDR: "{pool}". Subnet size is too small for pool: {size}')
    return AddressPools(tuple(map(str, networks)), size, port)
