"""Whatever a request has in it, the simulated control API answers, or refuses with a status and a text."""

from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.simulated_api import SmallSwarmAPI

from swarm_simulator.swarm_api import networks, nodes, secrets_configs, service_spec, swarm
from swarm_simulator.swarm_api.go_structs import Always, ListOf, MapOf, Pointer, Struct

WORDS = st.sampled_from(
    [
        "",
        "web",
        "busybox",
        "worker",
        "drain",
        "active",
        "vip",
        "dnsrr",
        "host",
        "ingress",
        "overlay",
        "any",
        "pause",
        "node.id==x",
        "default",
        "eA==",
    ]
) | st.text(max_size=4)
JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
    max_leaves=4,
)
SCALARS = {
    "string": WORDS,
    "bool": st.booleans(),
    "int64": st.integers(0, 5) | st.integers(-(2**63), 2**63 - 1),
    "uint64": st.integers(0, 3),
    "uint32": st.integers(0, 70_000),
    "float32": st.floats(0, 1),
}


def of(kind: Any) -> st.SearchStrategy[Any]:
    """Values of that kind, each field there or not."""
    if isinstance(kind, Always | Pointer):
        return of(kind.field_type)
    if isinstance(kind, Struct):
        return st.fixed_dictionaries({}, optional={name: of(field) for name, field in kind.fields.items()})
    if isinstance(kind, ListOf):
        return st.lists(of(kind.item), max_size=2)
    if isinstance(kind, MapOf):
        return st.dictionaries(st.text(max_size=3), of(kind.item), max_size=2)
    return SCALARS[kind.go]


def service(parts: Any) -> Any:
    """A service's spec that is refused for its parts, if at all."""
    whole = {"TaskTemplate": {}} | parts
    whole["TaskTemplate"] = {"ContainerSpec": {}} | whole["TaskTemplate"]
    whole["TaskTemplate"]["ContainerSpec"] |= {"Image": "busybox"}
    return whole


BODIES = {
    "/services/create": of(service_spec.SERVICE).map(service),
    "/networks/create": of(networks.CREATE),
    "/secrets/create": of(secrets_configs.SPEC),
    "/nodes/node2/update": of(nodes.SPEC),
    "/swarm/update": of(swarm.SPEC),
}
FILTERS = st.dictionaries(
    st.sampled_from(
        ["name", "id", "label", "role", "service", "node", "desired-state", "mode", "type", "dangling", "runtime"]
    ),
    st.lists(WORDS, max_size=2),
    max_size=2,
)
REQUESTS = st.one_of(
    *(st.tuples(st.just("POST"), st.just(path), st.just({}), body | JUNK) for path, body in BODIES.items()),
    *(
        st.tuples(st.just("GET"), st.just(f"/{kind}"), st.fixed_dictionaries({"filters": FILTERS}), st.none())
        for kind in ("nodes", "services", "tasks", "networks", "secrets")
    ),
)


@settings(suppress_health_check=list(HealthCheck))
@given(st.lists(REQUESTS, max_size=5))
def test_every_request_is_answered_or_refused(requests: list[tuple[str, str, Any, Any]]):
    office = SmallSwarmAPI()
    for verb, path, query, body in requests:
        if path.endswith("/update"):
            query = {"version": office.nodes[1].version if path.startswith("/nodes") else office.store.swarm.version}
        status, answer = office.answer(verb, path, query, body)
        assert status < 300 or (400 <= status < 600 and answer["message"])
        office.run(2)
    assert len(office.api.list_nodes({})) == 2  # what was accepted has spoilt nothing
