"""Frozen dataclasses from JSON that a stranger may have written: every field is checked."""

from dataclasses import fields, is_dataclass
from types import UnionType
from typing import Any, ClassVar, Literal, Protocol, TypeVar, get_args, get_origin, get_type_hints

NUMBER_MAX = 1e12  # of any number in such a file: the largest are times, in seconds since 1970


class Dataclass(Protocol):
    """Any dataclass."""

    __dataclass_fields__: ClassVar[dict[str, Any]]


Record = TypeVar("Record", bound=Dataclass)


def read_record(kind: type[Record], body: object) -> Record:
    """Make a dataclass of that kind from a JSON object that has its fields, no others, each of its type.

    The types can be `str`, `int`, `float` (an int will do), `None`, `Any`, literals, unions, other dataclasses,
    `tuple[X, ...]` for a JSON array, and `dict[str, X]` for a JSON object. Raises `ValueError` or `TypeError`.
    """
    if not isinstance(body, dict) or {field.name for field in fields(kind)} != body.keys():
        raise ValueError(f"these are not the fields of {kind.__name__}")
    types = get_type_hints(kind)
    return kind(**{name: _checked(types[name], value) for name, value in body.items()})


def _checked(kind: Any, value: object) -> Any:
    """The value, if it is of that type. Raises `ValueError` or `TypeError`."""
    if kind is Any:
        return value
    origin, parts = get_origin(kind), get_args(kind)
    if origin is UnionType:
        return _checked(next((part for part in parts if _fits(part, value)), parts[0]), value)
    if origin is tuple and isinstance(value, list):
        return tuple(_checked(parts[0], each) for each in value)
    if origin is dict and isinstance(value, dict):
        return {str(key): _checked(parts[1], each) for key, each in value.items()}
    if isinstance(kind, type) and is_dataclass(kind):
        return read_record(kind, value)
    if not _fits(kind, value):
        raise TypeError(f"{value!r} is not {kind}")
    if isinstance(value, int | float) and not abs(value) <= NUMBER_MAX:  # NaN is not, either
        raise ValueError(f"{value} is no time and no number of points")
    return value


def _fits(kind: Any, value: object) -> bool:
    """Whether the value is of that simple type."""
    if get_origin(kind) is Literal:
        return value in get_args(kind)
    if isinstance(value, bool):
        return kind is bool
    return isinstance(kind, type) and isinstance(value, int | float if kind is float else kind)
