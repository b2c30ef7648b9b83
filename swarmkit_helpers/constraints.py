"""SwarmKit's placement constraints: which nodes a service may run on.

Follows SwarmKit's manager/constraint/constraint.go, which the scheduler applies to each task.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from ipaddress import ip_address, ip_network
from typing import Protocol

from .errors import BadInput
from .language import _

OPERATORS = ("==", "!=")
_KEY = re.compile(r"[a-z_][a-z0-9\-_.]+", re.IGNORECASE | re.ASCII)
_VALUE = re.compile(r"[a-z0-9:\-_\s.*()?+\[\]\\^$|/]+", re.IGNORECASE | re.ASCII)
_NODE_LABEL, _ENGINE_LABEL = "node.labels.", "engine.labels."


class NodeAttributes(Protocol):
    """The fields of a node that a constraint can name: a `records.Node` and a `rules.hosts.Host` have them."""

    @property
    def id(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def role(self) -> str: ...
    @property
    def address(self) -> str: ...
    @property
    def platform(self) -> tuple[str, str]: ...
    @property
    def labels(self) -> Mapping[str, str]: ...
    @property
    def engine_labels(self) -> Mapping[str, str]: ...


@dataclass(frozen=True)
class Constraint:
    """One condition on a node, such as node.role == worker."""

    key: str
    operator: str  # == or !=
    value: str  # compared as plain text, without regard to case; no patterns

    @classmethod
    def parse(cls, text: str) -> "Constraint":
        """Parse one constraint. Raises `BadInput` for a text that the engine would refuse."""
        # The engine looks for == first, anywhere in the text.
        operator = next((operator for operator in OPERATORS if operator in text), None)
        if operator is None:
            raise _malformed(text, _("it has neither == nor !="))
        key, value = (part.strip() for part in text.split(operator, 1))
        if not _KEY.fullmatch(key):
            raise _malformed(text, _("{part!r} is not a key").format(part=key))
        if not _VALUE.fullmatch(value):
            raise _malformed(text, _("{part!r} is not a value").format(part=value))
        return cls(key, operator, value)

    def accepts(self, node: NodeAttributes) -> bool:
        """Whether the node meets the constraint. A label that the node does not have counts as an empty text."""
        wanted = self.operator == "=="
        if self.key.lower() == "node.ip":
            inside = _inside(node.address, self.value)
            return inside is not None and inside == wanted
        seen = _value(node, self.key)
        # No node meets a constraint with a key that SwarmKit does not know, neither with == nor with !=.
        return seen is not None and (seen.lower() == self.value.lower()) == wanted


def parse(constraints: Iterable[str]) -> list[Constraint]:
    """Parse the constraints. Raises `BadInput` at the first that is malformed."""
    return [Constraint.parse(text) for text in constraints]


def satisfies(node: NodeAttributes, constraints: Iterable[str]) -> bool:
    """Whether the node meets all the constraints."""
    return all(constraint.accepts(node) for constraint in parse(constraints))


def _value(node: NodeAttributes, key: str) -> str | None:
    """The node's value for the key; None if there is no such key. Only names of labels are case-sensitive."""
    lower = key.lower()
    if lower.startswith(_NODE_LABEL) and lower != _NODE_LABEL:
        return node.labels.get(key[len(_NODE_LABEL) :], "")
    if lower.startswith(_ENGINE_LABEL) and lower != _ENGINE_LABEL:
        return node.engine_labels.get(key[len(_ENGINE_LABEL) :], "")
    system, architecture = node.platform
    return {"node.id": node.id, "node.hostname": node.name, "node.role": node.role,
            "node.platform.os": system, "node.platform.arch": architecture}.get(lower)  # fmt: skip


def _inside(address: str, wanted: str) -> bool | None:
    """Whether the address is `wanted`, or in the network `wanted`; None if `wanted` is neither."""
    if "." in wanted.partition("/")[2]:
        return None  # Python accepts a mask such as 255.255.0.0, Go only the number of its bits
    try:
        # A single address is a network of one; host bits are ignored, as by Go's ParseCIDR.
        network = ip_network(wanted, strict=False)
    except ValueError:
        return None
    try:
        return ip_address(address) in network
    except ValueError:
        return False  # the manager does not know the node's address


def _malformed(text: str, why: str) -> BadInput:
    return BadInput(
        _("the constraint {text!r} cannot be read: {why}"),
        _("write it like node.role==worker, node.hostname!=node1 or node.labels.rack==a"),
        text=text,
        why=why,
    )
