"""The entries of a record, and the lines of text that keep them.

An observation is written as its difference from the one before in the same text; the first one is written whole.
The fields of the dataclasses in `records` decide what is written, so a new field needs nothing here. A line that lacks
a field is read with that field's default, and a field that is unknown is left out: older versions wrote other fields.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields, is_dataclass, replace
from datetime import datetime
from functools import cache
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

from ..docker_commands import Command, recordable, redacted
from ..records import Container, Json, MachineState, Observation


@dataclass(frozen=True)
class Gap:
    """No manager answered, from this time until the next observation."""

    at: float  # seconds since the epoch
    error: str
    containers: tuple[Container, ...] = ()  # what was around the swarm, as in an observation
    machines: tuple[MachineState, ...] = ()


Entry = Observation | Gap | Command
Numbered = tuple[int, Entry]


class Encoder:
    """Writes the entries of one text, line by line."""

    def __init__(self) -> None:
        self._before: Observation | None = None

    def line(self, number: int, entry: Entry) -> str:
        """The entry as one line of JSON, without secrets; `number` is its number."""
        return redacted(json.dumps({"n": number, **self._body(entry)}, separators=(",", ":")))

    def _body(self, entry: Entry) -> Json:
        if isinstance(entry, Command):
            # Before it is JSON: there a quote that ends a password looks different.
            return {"command": _written(replace(entry, text=recordable(entry.text)))}
        if isinstance(entry, Gap):
            return {"gap": _written(replace(entry, error=recordable(entry.error)))}
        before, self._before = self._before, entry
        if before is None:
            return {"whole": _written(entry)}
        changes = {
            each.name: _difference(getattr(before, each.name), getattr(entry, each.name))
            for each in fields(entry)
            if getattr(before, each.name) != getattr(entry, each.name)
        }
        return {"changed": changes}


class Decoder:
    """Reads the lines of one text, in their order."""

    def __init__(self) -> None:
        self._before: Observation | None = None

    def entry(self, line: str | bytes) -> Numbered:
        """The number and the entry of the line. Raises `ValueError`, `KeyError` or `TypeError` for a damaged one."""
        body = json.loads(line)
        number = int(body["n"])
        if "command" in body:
            return number, _reader(Command)(body["command"])
        if "gap" in body:
            return number, _reader(Gap)(body["gap"])
        if "whole" in body:
            seen: Observation = _reader(Observation)(body["whole"])
        elif self._before is None:
            raise ValueError("the text does not begin with a whole observation")
        else:
            types = _types(Observation)
            changes = {name: change for name, change in body["changed"].items() if name in types}
            before = self._before
            seen = replace(
                before,
                **{name: _changed(types[name], getattr(before, name), change) for name, change in changes.items()},
            )
        self._before = seen
        return number, seen


def _difference(before: Any, now: Any) -> Json:
    """What makes the value of before that of now: of a tuple, the parts that are new, gone, or have other fields."""
    old, new = _by_id(before), _by_id(now)
    if old is None or new is None or [id for id in old if id in new] != [id for id in new if id in old]:
        return {"all": _written(now)}
    edits = {id: (old[id], part) for id, part in new.items() if id in old and old[id] != part}
    return {
        "gone": [id for id in old if id not in new],
        "new": [[place, _written(part)] for place, (id, part) in enumerate(new.items()) if id not in old],
        "edit": {
            id: {
                each.name: _written(getattr(part, each.name))
                for each in fields(part)
                if getattr(part, each.name) != getattr(was, each.name)
            }
            for id, (was, part) in edits.items()
        },
    }


def _changed(kind: Any, before: Any, change: Json) -> Any:
    """The value of now, from the value of before and `_difference`."""
    if "all" in change:
        return _reader(kind)(change["all"])
    gone, edits = set(change["gone"]), change["edit"]
    parts = [_edited(part, edits[part.id]) if part.id in edits else part for part in before if part.id not in gone]
    for place, body in change["new"]:
        parts.insert(place, _reader(get_args(kind)[0])(body))
    return tuple(parts)


def _edited(part: Any, edit: Json) -> Any:
    kind: Any = type(part)
    types = _types(kind)
    return replace(part, **{name: _reader(types[name])(value) for name, value in edit.items() if name in types})


def _by_id(value: Any) -> dict[str, Any] | None:
    """The parts of a tuple by their ids; None if it is no such tuple."""
    if not isinstance(value, tuple) or not all(is_dataclass(part) and hasattr(part, "id") for part in value):
        return None
    parts = {part.id: part for part in value}
    return parts if len(parts) == len(value) else None


def _written(value: Any) -> Any:
    """The value as JSON has it."""
    if is_dataclass(value):
        return {each.name: _written(getattr(value, each.name)) for each in fields(value)}
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, frozenset):
        return sorted(map(_written, value))
    if isinstance(value, tuple):
        return list(map(_written, value))
    return value


@cache
def _types(kind: Any) -> dict[str, Any]:
    """The types of a dataclass's fields by name."""
    hints = get_type_hints(kind)
    return {each.name: hints[each.name] for each in fields(kind)}


@cache
def _reader(kind: Any) -> Callable[[Any], Any]:
    """A function that reads a value of that type from what `_written` made."""
    origin, of = get_origin(kind), get_args(kind)
    if origin in (Union, UnionType):
        [some] = [each for each in of if each is not NoneType]
        inner = _reader(some)
        return lambda value: None if value is None else inner(value)
    if is_dataclass(kind):
        make: Any = kind
        readers = {name: _reader(each) for name, each in _types(make).items()}
        return lambda body: make(**{name: readers[name](value) for name, value in body.items() if name in readers})
    if kind is datetime:
        return datetime.fromisoformat
    if origin is frozenset:
        return lambda values: frozenset(map(_reader(of[0]), values))
    if origin is tuple:
        return lambda values: tuple(map(_reader(of[0]), values)) if of[1:] == (...,) else _pair(of, values)
    return lambda value: value


def _pair(kinds: Sequence[Any], values: Sequence[Any]) -> tuple[Any, ...]:
    return tuple(_reader(kind)(value) for kind, value in zip(kinds, values, strict=True))
