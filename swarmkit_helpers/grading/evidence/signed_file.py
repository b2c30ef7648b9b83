"""The file that is handed in: what the journal has, signed with Ed25519 (RFC 8032) by a key of the student's own.

One JSON object. Signed is all of it but the signature, in the one way of writing it that `_canonical` has, so
that not a character of what is read can have been changed since. Whoever reads it has been handed a file by a
stranger: every field is looked at before it is believed to be one.
"""

import base64
import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import Any, TypeVar

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from ...course import journal
from ...course.journal import Event
from ...errors import BadInput
from ...file_lock import one_at_a_time
from ...language import _

FORMAT = "swarmlab-evidence-1"
LARGEST = 5_000_000  # bytes of a bundle; seven full sections make less than one million
MOST = 1000  # results or predictions; the course has about forty
GREATEST = 1e12  # of any number in it: times are seconds since 1970
ABOUT = (
    "The signature shows that nothing in this file was changed after it was signed, and with which key. It cannot "
    "show who did the work, nor that the swarm was real: whoever controls a computer can sign anything on it."
)

Record = TypeVar("Record")


@dataclass(frozen=True)
class Result:
    """The best result of an exercise or a prediction."""

    section: str
    exercise: str
    outcome: str
    points: float
    of: int
    at: float  # when it was reached, in seconds since the epoch; 0: not known


@dataclass(frozen=True)
class Prediction:
    """What was predicted last."""

    section: str
    exercise: str
    value: int | str
    at: float  # seconds since the epoch


@dataclass(frozen=True)
class Evidence:
    """What a student hands in."""

    student: str
    worked_as: str  # the student id with which the notebooks were run
    cluster: str
    made: float  # when, in seconds since the epoch
    versions: Mapping[str, str]
    results: tuple[Result, ...]
    predictions: tuple[Prediction, ...]
    timeline: Mapping[str, tuple[Event, ...]]  # by section, as it was told


@dataclass(frozen=True)
class Bundle:
    """Evidence whose signature is right."""

    evidence: Evidence
    key: str  # the first 16 hexadecimal digits of the public key's SHA-256: enough to tell keys apart

    @cached_property
    def work(self) -> str:
        """Equal in two bundles only if the work is the same, to the second, whatever the student is called."""
        done = self.evidence
        return sha256(
            _canonical(
                [
                    [asdict(each) for each in (*done.results, *done.predictions)],
                    {id: [vars(event) for event in told] for id, told in done.timeline.items()},
                ]
            )
        ).hexdigest()


def write(evidence: Evidence, path: Path) -> Bundle:
    """The file holds the evidence, signed with this user's key; it appears whole or not at all.

    Raises `BadInput` if it cannot be written.
    """
    private = _own_key()
    public = private.public_key().public_bytes_raw()
    content = {"format": FORMAT, "about": ABOUT, "key": base64.b64encode(public).decode(), "content": asdict(evidence)}
    content["signature"] = base64.b64encode(private.sign(_canonical(content))).decode()
    part = path.with_name(path.name + ".part")
    try:
        part.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
        part.replace(path)
    except OSError as error:
        raise BadInput(
            _("{path} cannot be written ({reason})"),
            _("name a file in a folder that exists, with --out"),
            path=path,
            reason=error.strerror,
        ) from error
    return Bundle(evidence, _fingerprint(public))


def read(path: Path) -> Bundle:
    """The bundle in that file. Raises `BadInput` where there is none, or where it was changed since it was signed."""
    again = _("ask the student to make it again with: python3 -m swarmkit_helpers evidence --student ID")
    try:
        if path.stat().st_size > LARGEST:
            raise BadInput(_("{path} is larger than any bundle").format(path=path), again)
        content = json.loads(path.read_text(encoding="utf-8"), parse_constant=_no_number)
        if not isinstance(content, dict) or content.get("format") != FORMAT:
            raise BadInput(
                _("{path} is no bundle of evidence, or one of a course newer than yours").format(path=path), again
            )
        public = base64.b64decode(content["key"], validate=True)
        signature = base64.b64decode(content.pop("signature"), validate=True)
        Ed25519PublicKey.from_public_bytes(public).verify(signature, _canonical(content))
        evidence = _evidence(content["content"])
    except InvalidSignature as error:
        raise BadInput(_("{path} was changed after it was signed").format(path=path), again) from error
    except OSError as error:
        raise BadInput(
            _("{path} cannot be read ({reason})").format(path=path, reason=error.strerror),
            _("name a file that `swarmlab evidence` has made"),
        ) from error
    # What is no JSON at all, JSON of another shape, or nested a thousand deep.
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise BadInput(_("{path} is not a whole bundle of evidence").format(path=path), again) from error
    return Bundle(evidence, _fingerprint(public))


def _canonical(content: object) -> bytes:
    return json.dumps(content, sort_keys=True, separators=(",", ":"), allow_nan=False).encode()


def _no_number(text: str) -> None:
    raise ValueError(f"{text} is not JSON")


def _evidence(body: Any) -> Evidence:
    """The evidence of this body. Raises `ValueError`, `TypeError`, `KeyError` or `AttributeError` if it is no such."""
    parts = {
        "versions": {str(key): _of(str, text) for key, text in body["versions"].items()},
        "results": tuple(_record(Result, each) for each in body["results"]),
        "predictions": tuple(_record(Prediction, each) for each in body["predictions"]),
        "timeline": {
            str(section): tuple(_record(Event, each) for each in told) for section, told in body["timeline"].items()
        },
    }
    if max(len(parts["results"]), len(parts["predictions"])) > MOST:
        raise ValueError("no course has that many exercises")
    return _record(Evidence, body, parts)


def _record(kind: type[Record], body: Any, parts: Mapping[str, object] = {}) -> Record:
    """The record of this body: its fields are there, no others, each of its type; `parts` have been looked at."""
    if {field.name for field in fields(kind)} != body.keys():
        raise ValueError(f"these are not the fields of a {kind.__name__}")
    return kind(
        **{
            field.name: parts[field.name] if field.name in parts else _of(field.type, body[field.name])
            for field in fields(kind)
        }
    )


def _of(kind: Any, value: object) -> Any:
    """The value, which is of that type; for a float an int will do."""
    if isinstance(value, bool) or not isinstance(value, (int, float) if kind is float else kind):
        raise TypeError(f"{value!r} is not a {kind}")
    if isinstance(value, (int, float)) and not abs(value) <= GREATEST:
        raise ValueError(f"{value} is no time and no number of points")
    return value


def _fingerprint(public: bytes) -> str:
    return sha256(public).hexdigest()[:16]


def _own_key() -> Ed25519PrivateKey:
    """This user's key, which is made when it is first needed; nobody else on the computer can read it."""
    path = journal.folder() / "evidence-key.pem"
    path.parent.mkdir(parents=True, exist_ok=True)
    with one_at_a_time(path.with_suffix(".lock")):
        if not path.exists():
            fresh = path.with_suffix(".new")
            fresh.unlink(missing_ok=True)
            pem = Ed25519PrivateKey.generate().private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
            with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
                file.write(pem)
            fresh.replace(path)
    try:
        key = serialization.load_pem_private_key(path.read_bytes(), None)
    except (OSError, ValueError) as error:
        raise BadInput(
            _("the key in {path} cannot be read").format(path=path),
            _("remove that file: a new key is made, and tell your teacher that yours is another now"),
        ) from error
    if not isinstance(key, Ed25519PrivateKey):
        raise BadInput(
            _("the key in {path} is not one of this course").format(path=path),
            _("remove that file: a new key is made, and tell your teacher that yours is another now"),
        )
    return key
