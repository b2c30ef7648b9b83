"""What a service's settings may be: from what is typed, to what the engine keeps, to what a flag would say.

A kind of value reads what was typed into the JSON of the Engine API, and writes that JSON as the docker
command line takes it.
"""

import math
import re
import shlex
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from . import constraints
from .language import _

SECOND = 10**9  # the engine counts time in nanoseconds,
CPU = 10**9  # and processors in billionths
MAX_REPLICAS = 1000  # beyond this a number is a slip of the finger, not a service
_UNITS = {"": 1, "k": 2**10, "m": 2**20, "g": 2**30, "t": 2**40}
_SIZE = re.compile(r"(\d+(?:\.\d+)?) ?([kmgt]?)(?:i?b)?", re.IGNORECASE)
_SHORT_PORT = re.compile(r"(?:(\d+):)?(\d+)(?:/(tcp|udp|sctp))?")


@dataclass(frozen=True)
class SettingType:
    """How one sort of value is read and written."""

    wants: Callable[[], str]  # what has to be typed, in words
    read: Callable[[Any], Any]  # what was typed -> JSON; raises ValueError or TypeError if it cannot be meant
    write: Callable[[Any], str]  # JSON, or one item of it -> what the flag says
    many: bool = False  # whether the flag is given once for each item
    keyed: bool = False  # whether an item is taken away by the part before its "="


def number(most: float = math.inf) -> SettingType:
    """A whole number from 0 to `most`."""

    def read(value: Any) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= most:
            raise ValueError
        return value

    def wants() -> str:
        return (
            _("a whole number, 0 or more")
            if most == math.inf
            else _("a whole number from 0 to {most}").format(most=most)
        )

    return SettingType(wants, read, str)


def one_of(*words: str) -> SettingType:
    """One of those words."""

    def read(value: Any) -> str:
        if value not in words:
            raise ValueError
        return value

    return SettingType(lambda: _("one of {words}").format(words=", ".join(words)), read, str)


def _real(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value < math.inf:
        raise ValueError
    return value


def _ratio(value: Any) -> float:
    if _real(value) > 1:
        raise ValueError
    return value


def _text(value: Any) -> str:
    if not isinstance(value, str) or not value or value != value.strip():
        raise ValueError
    return value


def _image(value: Any) -> str:
    """An image's name with its tag. The docker command writes the tag out, and would take a name without it for
    another image: its next `docker service scale` would restart every task."""
    name = _text(value).rpartition("/")[2]
    return value if ":" in name or "@" in name else f"{value}:latest"


def _switch(value: Any) -> bool:
    if not isinstance(value, bool):
        raise TypeError
    return value


def _words(value: Any) -> list[str]:
    """A command: a list of words, or one line as a shell would split it."""
    if isinstance(value, str):
        return shlex.split(value)
    if not isinstance(value, (list, tuple)) or not all(isinstance(word, str) for word in value):
        raise TypeError
    return list(value)


def _texts(value: Any) -> list[str]:
    """A list of texts. One text alone is not a list of its letters."""
    if not isinstance(value, (list, tuple)):
        raise TypeError
    return [_text(item) for item in value]


def _constraints(value: Any) -> list[str]:
    texts = _texts(value)
    constraints.parse(texts)
    return texts


def _pairs(value: Any) -> dict[str, str]:
    if not isinstance(value, Mapping):
        raise TypeError
    if not all(isinstance(key, str) and key and "=" not in key for key in value):
        raise ValueError
    if not all(isinstance(item, (str, int, float)) and not isinstance(item, bool) for item in value.values()):
        raise TypeError
    return {key: str(item) for key, item in value.items()}


def _bytes(value: Any) -> int:
    if isinstance(value, str) and (match := _SIZE.fullmatch(value)):
        size, unit = match.groups()
        return int(float(size) * _UNITS[unit.lower()])
    return number().read(value)


def _size(size: int) -> str:
    return f"{size // 2**20}MiB" if size and size % 2**20 == 0 else str(size)


def _port(text: str) -> dict[str, Any]:
    """8080:80, 8080:80/udp, 80, or published=8080,target=80,protocol=tcp,mode=host."""
    if match := _SHORT_PORT.fullmatch(text):
        published, target, protocol = match.groups()
        fields = {"target": target, "published": published or 0, "protocol": protocol or "tcp"}
    else:
        fields = dict(part.split("=", 1) for part in text.split(","))
    port = {
        "Protocol": one_of("tcp", "udp", "sctp").read(fields.pop("protocol", "tcp")),
        "TargetPort": int(fields.pop("target", 0)),
        "PublishedPort": int(fields.pop("published", 0)),
        "PublishMode": one_of("ingress", "host").read(fields.pop("mode", "ingress")),
    }
    if fields or not 1 <= port["TargetPort"] <= 65535 or not 0 <= port["PublishedPort"] <= 65535:
        raise ValueError
    return port


def _published(port: Mapping[str, Any]) -> str:
    """The port as --publish takes it, in the short form where that says all."""
    published, protocol = port.get("PublishedPort", 0), port.get("Protocol", "tcp")
    if port.get("PublishMode", "ingress") == "ingress":
        ends = f"{published}:{port['TargetPort']}" if published else str(port["TargetPort"])
        return ends if protocol == "tcp" else f"{ends}/{protocol}"
    text = f"mode=host,target={port['TargetPort']}" + (f",published={published}" if published else "")
    return text if protocol == "tcp" else f"{text},protocol={protocol}"


COUNT = number()
REPLICAS = number(MAX_REPLICAS)
IMAGE = SettingType(lambda: _("the name of an image, such as 'busybox'"), _image, str)
SWITCH = SettingType(lambda: _("True or False"), _switch, lambda value: str(value).lower())
RATIO = SettingType(lambda: _("a number from 0 to 1"), _ratio, "{:g}".format)
SECONDS = SettingType(
    lambda: _("a number of seconds"),
    lambda value: round(_real(value) * SECOND),
    lambda nanoseconds: f"{nanoseconds / SECOND:.9g}s",
)
CPUS = SettingType(
    lambda: _("a number of CPUs, such as 0.5"),
    lambda value: round(_real(value) * CPU),
    lambda nano: f"{nano / CPU:.9g}",
)
MEMORY = SettingType(lambda: _("a number of bytes, or a text such as '64MiB'"), _bytes, _size)
WORDS = SettingType(lambda: _("a text, or a list of texts"), _words, shlex.join)
VARIABLES = SettingType(
    lambda: _("a dict such as {example}").format(example="{'COLOR': 'blue'}"),
    lambda value: [f"{key}={item}" for key, item in _pairs(value).items()],
    str,
    True,
    True,
)
LABELS = SettingType(
    lambda: _("a dict such as {example}").format(example="{'team': 'blue'}"), _pairs, "=".join, True, True
)
CONSTRAINTS = SettingType(
    lambda: _("a list such as {example}").format(example="['node.role==worker']"), _constraints, str, True
)
PREFERENCES = SettingType(
    lambda: _("a list such as {example}").format(example="['node.labels.rack']"),
    lambda value: [{"Spread": {"SpreadDescriptor": text}} for text in _texts(value)],
    lambda item: f"spread={item['Spread']['SpreadDescriptor']}",
    True,
)
NETWORKS = SettingType(
    lambda: _("a list of networks' names"),
    lambda value: [{"Target": text} for text in _texts(value)],
    lambda item: item["Target"],
    True,
)
PORTS = SettingType(
    lambda: _("a list such as {example}").format(example="['8080:80', 'mode=host,published=8080,target=80']"),
    lambda value: [_port(text) for text in _texts(value)],
    _published,
    True,
)
