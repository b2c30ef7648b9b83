"""Templates as Go writes them, as far as specs use them: fields, texts, `index` and `join` (SwarmKit, template)."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, fields

_ACTION = re.compile(r"\{\{(-\s)?(.*?)(\s-)?\}\}", re.DOTALL)
_WORD = re.compile(r'\s*("(?:[^"\\]|\\.)*"|`[^`]*`|\||\.[\w.]*|[^\s|]+)')
_FIELD = re.compile(r"\.|(?:\.\w+)+")
# What Go knows besides; a simulated engine refuses it.
_OTHER_WORDS = """
and call eq ge gt html js le len lt ne not or print printf println slice urlquery
if else end range with define template block break continue true false nil
"""
_OTHERS = {*_OTHER_WORDS.split()}


class TemplateError(Exception):
    """A template that Go would refuse, in Go's words."""


class UnknownTemplate(TemplateError):
    """A template that Go might accept, but which is not simulated."""


@dataclass(frozen=True, slots=True)
class Platform:
    """The platform of a node."""

    architecture: str
    os: str


@dataclass(frozen=True, slots=True)
class ServiceContext:
    """What a template can say of its service."""

    id: str
    name: str
    labels: dict[str, str]


@dataclass(frozen=True, slots=True)
class NodeContext:
    """What a template can say of its node."""

    id: str
    hostname: str
    platform: Platform


@dataclass(frozen=True, slots=True)
class TaskContext:
    """What a template can say of its task."""

    id: str
    name: str
    slot: str


@dataclass(frozen=True, slots=True)
class Context:
    """What a template can say (SwarmKit, template/context.go)."""

    service: ServiceContext
    node: NodeContext
    task: TaskContext


STRUCTS = (Context, ServiceContext, NodeContext, TaskContext, Platform)
# How Go calls these types and their fields, which a template names with Go's capitals.
_GO_TYPES = {
    Context: "*template.Context",
    ServiceContext: "struct { ID string; Name string; Labels map[string]string }",
    NodeContext: "struct { ID string; Hostname string; Platform template.Platform }",
    TaskContext: "struct { ID string; Name string; Slot string }",
    Platform: "template.Platform",
}


def _go_name(name: str) -> str:
    return name.upper() if name in ("id", "os") else name.capitalize()


def expand(text: str, context: Context) -> str:
    """The text with its templates filled in. Raises `TemplateError`."""
    written, end, trim = "", 0, False
    for action in _ACTION.finditer(text):
        before = text[end : action.start()]
        before = before.lstrip() if trim else before
        written += before.rstrip() if action[1] else before
        end, trim = action.end(), bool(action[3])
        written += _evaluate(text, action, context)
    rest = text[end:]
    if "{{" in rest:
        raise TemplateError(f"template: expansion:{_line(text, end + rest.index('{{'))}: unclosed action")
    return written + (rest.lstrip() if trim else rest)


def _evaluate(text: str, action: re.Match[str], context: Context) -> str:
    """The value of an action, such as `.Node.Hostname` or `index .Service.Labels "a"`."""
    inner = action[2]
    if inner.strip().startswith("/*"):
        return ""
    line = f"template: expansion:{_line(text, action.start())}: "
    if not inner.strip():
        raise TemplateError(f"{line}missing value for command")
    values: list[object] = []
    function = ""
    for number, word in enumerate(_WORD.finditer(inner)):
        token = word[1]
        if _FIELD.fullmatch(token):
            values.append(_field(text, action.start(2) + word.start(1), token, context))
        elif token[0] in '"`':
            values.append(token[1:-1].replace('\\"', '"').replace("\\\\", "\\"))
        elif number == 0 and token in ("index", "join"):
            function = token
        elif token in _OTHERS or token[0] in "|$(" or token.isdigit():
            raise UnknownTemplate(
                f"a simulated engine fills in fields, index and join in templates, but not {action[0]}"
            )
        else:
            raise TemplateError(f'{line}function "{token}" not defined')
    if function == "index" and len(values) == 2 and isinstance(values[0], dict):
        return str(values[0].get(values[1], ""))
    if function == "join" and values:
        return str(values[0]).join(map(_written, values[1:]))
    if function or len(values) != 1:
        raise UnknownTemplate(f"a simulated engine fills in fields, index and join in templates, but not {action[0]}")
    return _written(values[0])


def _field(text: str, start: int, chain: str, context: Context) -> object:
    """The value of a chain of fields, which begins there in the text."""
    names = chain.split(".")[1:] if chain != "." else []
    position = start + (1 + len(names[0]) if len(names) > 1 else 0)  # where Go says that the chain is
    column = position - (text.rfind("\n", 0, position) + 1)
    value: object = context
    for name in names:
        if isinstance(value, dict):
            problem = "" if name in value else f'map has no entry for key "{name}"'
            value = value.get(name)
        else:
            known = {_go_name(field.name): field.name for field in fields(value)} if isinstance(value, STRUCTS) else {}
            problem = "" if name in known else f"can't evaluate field {name} in type {_go_type(value)}"
            value = getattr(value, known[name]) if name in known else None
        if problem:
            raise TemplateError(
                f'template: expansion:{_line(text, position)}:{column}: executing "expansion" at <{chain}>: {problem}'
            )
    return value


def _go_type(value: object) -> str:
    return _GO_TYPES.get(type(value), "string")


def _line(text: str, position: int) -> int:
    return text.count("\n", 0, position) + 1


def _written(value: object) -> str:
    """As Go's %v writes it."""
    if isinstance(value, dict):
        return "map[" + " ".join(f"{key}:{value[key]}" for key in sorted(value)) + "]"
    if isinstance(value, STRUCTS):
        parts: Sequence[object] = [getattr(value, field.name) for field in fields(value)]
        return "{" + " ".join(map(_written, parts)) + "}"
    return str(value)
