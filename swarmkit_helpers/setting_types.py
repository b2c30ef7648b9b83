"""The types of a service's settings: numbers, sizes, lists, ports.

A type reads a Python value into the JSON of the Engine API, and writes that JSON as a flag of the docker
command line.
"""

import math
import re
import shlex
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from . import constraints
from .language import _

NANOSECONDS = 10**9  # in a second: the engine counts time in nanoseconds
NANOCPUS = 10**9  # in a processor: the engine counts processors in billionths
MAX_REPLICAS = 1000  # a larger number is taken for a typing error
_UNIT_BYTES = {"": 1, "k": 2**10, "m": 2**20, "g": 2**30, "t": 2**40}
_SIZE = re.compile(r"(\d+(?:\.\d+)?) ?([kmgt]?)(?:i?b)?", re.IGNORECASE)
_SHORT_PORT = re.compile(r"(?:(\d+):)?(\d+)(?:/(tcp|udp|sctp))?")


@dataclass(frozen=True)
class SettingType:
    """How the values of one type are read and written."""

    wants: Callable[[], str]  # the valid values, in words
    read: Callable[[Any], Any]  # Python value -> JSON; raises ValueError or TypeError if it is not valid
    write: Callable[[Any], str]  # JSON, or one item of it -> argument of the flag
    many: bool = False  # whether the flag is repeated for each item
    keyed: bool = False  # whether an item is removed by the part before its "="


def number(maximum: float = math.inf) -> SettingType:
    """The type of whole numbers from 0 to `maximum`."""

    def read(value: Any) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= maximum:
            raise ValueError
        return value

    def wants() -> str:
        return (
            _("a whole number, 0 or more")
            if maximum == math.inf
            else _("a whole number from 0 to {most}").format(most=maximum)
        )

    return SettingType(wants, read, str)


def one_of(*words: str) -> SettingType:
    """The type of a value that has to be one of those words."""

    def read(value: Any) -> str:
        if value not in words:
            raise ValueError
        return str(value)

    return SettingType(lambda: _("one of {words}").format(words=", ".join(words)), read, str)


def _read_number(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value < math.inf:
        raise ValueError
    return value


def _read_ratio(value: Any) -> float:
    ratio = _read_number(value)
    if ratio > 1:
        raise ValueError
    return ratio


def _read_text(value: Any) -> str:
    if not isinstance(value, str) or not value or value != value.strip():
        raise ValueError
    return value


def _read_image(value: Any) -> str:
    """Read an image's name, and add its tag. The docker command always writes the tag. To it, a name without the tag
    is another image: its next `docker service scale` would restart every task."""
    image = _read_text(value)
    name = image.rpartition("/")[2]
    return image if ":" in name or "@" in name else f"{image}:latest"


def _read_switch(value: Any) -> bool:
    if not isinstance(value, bool):
        raise TypeError
    return value


def _read_words(value: Any) -> list[str]:
    """Read a command: a list of words, or one line, which is split as by a shell."""
    if isinstance(value, str):
        return shlex.split(value)
    if not isinstance(value, (list, tuple)) or not all(isinstance(word, str) for word in value):
        raise TypeError
    return list(value)


def _read_texts(value: Any) -> list[str]:
    """Read a list of texts. A single text is refused, as it would be a list of its letters."""
    if not isinstance(value, (list, tuple)):
        raise TypeError
    return [_read_text(item) for item in value]


def _read_constraints(value: Any) -> list[str]:
    texts = _read_texts(value)
    constraints.parse(texts)
    return texts


def _read_pairs(value: Any) -> dict[str, str]:
    if not isinstance(value, Mapping):
        raise TypeError
    if not all(isinstance(key, str) and key and "=" not in key for key in value):
        raise ValueError
    if not all(isinstance(item, (str, int, float)) and not isinstance(item, bool) for item in value.values()):
        raise TypeError
    return {key: str(item) for key, item in value.items()}


def _read_bytes(value: Any) -> int:
    if isinstance(value, str) and (match := _SIZE.fullmatch(value)):
        size, unit = match.groups()
        return int(float(size) * _UNIT_BYTES[unit.lower()])
    return int(number().read(value))


def _write_bytes(size: int) -> str:
    return f"{size // 2**20}MiB" if size and size % 2**20 == 0 else str(size)


def _read_port(text: str) -> dict[str, Any]:
    """Read a port: 8080:80, 8080:80/udp, 80, or published=8080,target=80,protocol=tcp,mode=host."""
    if match := _SHORT_PORT.fullmatch(text):
        published, target, protocol = match.groups()
        fields: dict[str, Any] = {"target": target, "published": published or 0, "protocol": protocol or "tcp"}
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


def _write_port(port: Mapping[str, Any]) -> str:
    """Write the port for --publish, in the short form where that is complete."""
    published, protocol = port.get("PublishedPort", 0), port.get("Protocol", "tcp")
    if port.get("PublishMode", "ingress") == "ingress":
        ends = f"{published}:{port['TargetPort']}" if published else str(port["TargetPort"])
        return ends if protocol == "tcp" else f"{ends}/{protocol}"
    text = f"mode=host,target={port['TargetPort']}" + (f",published={published}" if published else "")
    return text if protocol == "tcp" else f"{text},protocol={protocol}"


COUNT = number()
REPLICAS = number(MAX_REPLICAS)
IMAGE = SettingType(lambda: _("the name of an image, such as 'busybox'"), _read_image, str)
SWITCH = SettingType(lambda: _("True or False"), _read_switch, lambda value: str(value).lower())
RATIO = SettingType(lambda: _("a number from 0 to 1"), _read_ratio, "{:g}".format)
SECONDS = SettingType(
    lambda: _("a number of seconds"),
    lambda value: round(_read_number(value) * NANOSECONDS),
    lambda nanoseconds: f"{nanoseconds / NANOSECONDS:.9g}s",
)
CPUS = SettingType(
    lambda: _("a number of CPUs, such as 0.5"),
    lambda value: round(_read_number(value) * NANOCPUS),
    lambda nano: f"{nano / NANOCPUS:.9g}",
)
MEMORY = SettingType(lambda: _("a number of bytes, or a text such as '64MiB'"), _read_bytes, _write_bytes)
WORDS = SettingType(lambda: _("a text, or a list of texts"), _read_words, shlex.join)
VARIABLES = SettingType(
    lambda: _("a dict such as {example}").format(example="{'COLOR': 'blue'}"),
    lambda value: [f"{key}={item}" for key, item in _read_pairs(value).items()],
    str,
    True,
    True,
)
LABELS = SettingType(
    lambda: _("a dict such as {example}").format(example="{'team': 'blue'}"), _read_pairs, "=".join, True, True
)
CONSTRAINTS = SettingType(
    lambda: _("a list such as {example}").format(example="['node.role==worker']"), _read_constraints, str, True
)
PREFERENCES = SettingType(
    lambda: _("a list such as {example}").format(example="['node.labels.rack']"),
    lambda value: [{"Spread": {"SpreadDescriptor": text}} for text in _read_texts(value)],
    lambda item: f"spread={item['Spread']['SpreadDescriptor']}",
    True,
)
NETWORKS = SettingType(
    lambda: _("a list of networks' names"),
    lambda value: [{"Target": text} for text in _read_texts(value)],
    lambda item: item["Target"],
    True,
)
PORTS = SettingType(
    lambda: _("a list such as {example}").format(example="['8080:80', 'mode=host,published=8080,target=80']"),
    lambda value: [_read_port(text) for text in _read_texts(value)],
    _write_port,
    True,
)
