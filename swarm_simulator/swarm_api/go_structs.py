"""JSON as the engine reads it into Go's structs, with keys in any case, and as it writes them again.

A `Struct` lists the fields of one struct of the Engine API, in their order (moby, api/types/swarm). What it has read
has no other keys, each value has its type, and what Go omits when empty is missing. No later code checks that again.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from ..errors import ApiError

Json = dict[str, Any]
FieldPath = tuple[str, str]  # the struct with the value, and the path of fields to it


class FieldType(Protocol):
    """The type of a field."""

    @property
    def go(self) -> str:
        """The name of its type in Go, for the engine's error text."""

    def zero(self) -> Any:
        """The value in Go if none was given."""

    def read(self, value: Any, path: FieldPath) -> Any:
        """The value as the engine keeps it. Raise `ApiError` (400) for one of another type."""


@dataclass(frozen=True)
class Scalar:
    """A text, a number or a switch."""

    go: str
    types: tuple[type, ...]
    empty: Any
    least: float = float("-inf")
    most: float = float("inf")

    def zero(self) -> Any:
        """The value in Go if none was given."""
        return self.empty

    def read(self, value: Any, path: FieldPath) -> Any:
        """The value as the engine keeps it. Raise `ApiError` (400) for one of another type."""
        if type(value) not in self.types or (not isinstance(value, str) and not self.least <= value <= self.most):
            raise _mismatch(value, path, self.go)
        return value


TEXT = Scalar("string", (str,), "")
BOOL = Scalar("bool", (bool,), False)
INT = Scalar("int64", (int,), 0, -(2**63), 2**63 - 1)
COUNT = Scalar("uint64", (int,), 0, 0, 2**64 - 1)
PORT = Scalar("uint32", (int,), 0, 0, 2**32 - 1)
REAL = Scalar("float32", (int, float), 0)


@dataclass(frozen=True)
class ListOf:
    """A list of items of one type."""

    item: FieldType

    @property
    def go(self) -> str:
        return f"[]{self.item.go}"

    def zero(self) -> list[Any]:
        """The value in Go if none was given."""
        return []

    def read(self, value: Any, path: FieldPath) -> list[Any]:
        """The value as the engine keeps it. Raise `ApiError` (400) for one of another type."""
        if not isinstance(value, list):
            raise _mismatch(value, path, self.go)
        return [self.item.zero() if item is None else self.item.read(item, path) for item in value]


@dataclass(frozen=True)
class MapOf:
    """A map from texts to one type; its keys are data, so their case stays."""

    item: FieldType

    @property
    def go(self) -> str:
        return f"map[string]{self.item.go}"

    def zero(self) -> Json:
        """The value in Go if none was given."""
        return {}

    def read(self, value: Any, path: FieldPath) -> Json:
        """The value as the engine keeps it. Raise `ApiError` (400) for one of another type."""
        if not isinstance(value, dict):
            raise _mismatch(value, path, self.go)
        return {key: self.item.zero() if item is None else self.item.read(item, path) for key, item in value.items()}


TEXTS = ListOf(TEXT)
LABELS = MapOf(TEXT)


@dataclass(frozen=True)
class Always:
    """A field that is written even when it is empty."""

    field_type: FieldType


@dataclass(frozen=True)
class Pointer:
    """A field that is written if it was given, also as zero."""

    field_type: FieldType


Fields = Mapping[str, FieldType | Always | Pointer]  # by name, in the order in which Go writes them


class Struct:
    """An object with these fields. A field that is a struct itself is written if it was given."""

    def __init__(self, name: str, fields: Fields) -> None:
        self.name, self.fields = name, fields
        self.go = f"swarm.{name}"

    def zero(self) -> Json:
        """The value in Go if none was given."""
        return self.read({}, ("", ""))

    def read(self, value: Any, path: FieldPath) -> Json:
        """The value as the engine keeps it. Raise `ApiError` (400) for one of another type."""
        if not isinstance(value, dict):
            raise _mismatch(value, path, self.go)
        given = {key.lower(): item for key, item in value.items() if item is not None}
        found = {}
        for name, field in self.fields.items():
            field_type = field.field_type if isinstance(field, Always | Pointer) else field
            if name.lower() in given:
                item = field_type.read(given[name.lower()], (self.name, f"{path[1]}.{name}".lstrip(".")))
                if item or isinstance(field, Always | Pointer) or isinstance(field_type, Struct):
                    found[name] = item
            elif isinstance(field, Always):
                found[name] = field_type.zero()
        return found


def body(shape: Struct, value: object) -> Json:
    """The body of a request, read as this struct. Raise `ApiError` (400)."""
    return shape.read({} if value is None else value, ("", ""))


def _mismatch(value: object, path: FieldPath, go: str) -> ApiError:
    if isinstance(value, bool):
        given_type = "bool"
    elif isinstance(value, int | float):
        given_type = f"number {value}" if go != "string" else "number"
    else:
        given_type = "string" if isinstance(value, str) else "array" if isinstance(value, list) else "object"
    target = f"Go struct field {'.'.join(path)}" if path[0] else "Go value"
    return ApiError(400, f"invalid JSON: json: cannot unmarshal {given_type} into {target} of type {go}")
