"""The parameters of a section's notebook. A wrong one is refused by its own name, before any machine starts."""

from collections.abc import Mapping
from typing import Any, TypedDict

from .. import service_settings, setting_types
from ..cluster import node_container
from ..errors import BadInput, NotFound
from ..language import _

# In the notebooks, and as `Section.start` calls them.
NAMES = {"nodes": "nodes", "image": "image", "replicas": "up", "replicas_down": "down", "node_to_drain": "node"}
DEFAULTS = {"image": "busybox", "up": 7, "down": 4, "node": "node2"}
_TYPES = {
    "image": setting_types.IMAGE,
    "replicas": setting_types.REPLICAS,
    "replicas_down": setting_types.REPLICAS,
}


class Parameters(TypedDict, total=False):
    """The parameters, as the notebooks call them."""

    nodes: int
    image: str
    replicas: int
    replicas_down: int
    node_to_drain: str


def checked(given: Mapping[str, Any]) -> dict[str, Any]:
    """The parameters as `Section.start` calls them, with the defaults of those that are not given.

    Raises `BadInput` for a value that a section cannot be run with, `NotFound` for an unknown parameter or machine.
    """
    for name, value in given.items():
        if name not in NAMES:
            raise NotFound(
                _("no parameter is called {name!r}; there are: {known}"),
                _("use one of those names"),
                name=name,
                known=", ".join(NAMES),
            )
        if name in _TYPES:
            service_settings.read(name, _TYPES[name], value)
    if "nodes" in given:
        node_container.check_count(given["nodes"])
    if {"replicas", "replicas_down"} <= given.keys() and not given["replicas"] > given["replicas_down"]:
        raise BadInput(
            _("replicas={up} has to be more than replicas_down={down}: the section scales up, and then down"),
            _("give a larger number of replicas, or a smaller one of replicas_down"),
            up=given["replicas"],
            down=given["replicas_down"],
        )
    if {"nodes", "node_to_drain"} <= given.keys():
        check_node("node_to_drain", given["node_to_drain"], given["nodes"])
    return DEFAULTS | {NAMES[name]: value for name, value in given.items()}


def check_node(name: str, node: object, nodes: int) -> None:
    """Raise `NotFound` if the node, which the parameter of that name gives, is none of so many machines."""
    known = [f"node{number}" for number in range(1, nodes + 1)]
    if node not in known:
        raise NotFound(
            _("{name}={node!r}: no machine is called so; this section has: {known}"),
            _("use one of those names"),
            name=name,
            node=node,
            known=", ".join(known),
        )
