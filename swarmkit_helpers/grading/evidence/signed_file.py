"""The file of evidence: a student's work from the journal, signed with Ed25519 (RFC 8032) by the student's own key.

It is one JSON object. The signature covers all its other fields, in the one form that `_canonical` writes, so a change
of any character shows. The file may come from a stranger: every field is checked when it is read.
"""

import base64
import json
from dataclasses import asdict, dataclass
from functools import cached_property
from hashlib import sha256
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from ...course import atomic_write, journal
from ...course.journal import Event
from ...errors import BadInput, Refused
from ...file_lock import one_at_a_time
from ...language import _
from ...records import Json
from ..json_records import read_record
from . import bundle_files

FORMAT = "swarmlab-evidence-1"
FILE_MAX_BYTES = 5_000_000  # seven full sections make less than one million
MAX_RESULTS = 1000  # and as many predictions; the course has about forty
# The encodings of Ed25519's points of small order without the sign, as in libsodium's ge25519_has_small_order: 0, 1,
# the two of order eight; and -1, 0 and 1 modulo the prime.
_SMALL_ORDER = {
    bytes(32),
    (1).to_bytes(32, "little"),
    bytes.fromhex("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"),
    bytes.fromhex("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a"),
    *(number.to_bytes(32, "little") for number in range(2**255 - 20, 2**255 - 17)),
}
ABOUT = (
    "The signature shows that nothing in this file was changed after it was signed, and with which key. It cannot "
    "show who did the work, nor that the swarm was real: who controls a computer can sign anything on it."
)


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
    """The last prediction of its id."""

    section: str
    exercise: str
    value: int | str
    at: float  # seconds since the epoch


@dataclass(frozen=True)
class Evidence:
    """The work that a student hands in."""

    student: str
    worked_as: str  # the student id with which the notebooks were run
    cluster: str
    made: float  # when, in seconds since the epoch
    versions: dict[str, str]
    results: tuple[Result, ...]
    predictions: tuple[Prediction, ...]
    timeline: dict[str, tuple[Event, ...]]  # by section


@dataclass(frozen=True)
class Bundle:
    """Evidence with a right signature."""

    evidence: Evidence
    key: str  # the first 16 hexadecimal digits of the public key's SHA-256: enough to tell keys apart
    page: str = ""  # the SHA-256 of the report that it stands in; empty in a file of its own

    @cached_property
    def work(self) -> str:
        """A digest of the work: equal in two bundles if the work is the same, to the second, for any student ids."""
        body = asdict(self.evidence)
        return sha256(_canonical([body["results"], body["predictions"], body["timeline"]])).hexdigest()


def write(evidence: Evidence, path: Path) -> Bundle:
    """Sign the evidence with this user's key, and write it to the file. Raises `BadInput` if that cannot be written."""
    content, bundle = signed(evidence)
    save(json.dumps(content, indent=1, ensure_ascii=False) + "\n", path)
    return bundle


def signed(evidence: Evidence, page: str = "") -> tuple[Json, Bundle]:
    """Sign the evidence with this user's key; the value is what is written, and the same as a bundle.

    `page` is the SHA-256 of the report that it will stand in: the signature covers that, too.
    """
    private = _own_key()
    public = private.public_key().public_bytes_raw()
    content: Json = {"format": FORMAT, "about": ABOUT, "key": base64.b64encode(public).decode()}
    content |= {"content": asdict(evidence), **({"page": page} if page else {})}
    content["signature"] = base64.b64encode(private.sign(_canonical(content))).decode()
    return content, Bundle(evidence, _fingerprint(public), page)


def save(text: str, path: Path) -> None:
    """Write the text to the file. Raises `BadInput` if that cannot be written."""
    try:
        atomic_write.write(path, text)
    except Refused as error:
        raise BadInput(error.problem, _("name a file in a folder that exists, with --out")) from error


def read(path: Path) -> Bundle:
    """Read the bundle in that file. Raises `BadInput` if it holds none, or was changed after it was signed."""
    return parsed(bundle_files.read(path, FILE_MAX_BYTES), path)


def parsed(found: bytes, path: Path) -> Bundle:
    """The bundle with that content, which `path` names. Raises `BadInput`, as `read` does."""
    again = _("ask the student to make it again with: python3 -m swarmkit_helpers evidence --student ID")
    try:
        if len(found) > FILE_MAX_BYTES:
            raise BadInput(_("{path} is larger than any bundle").format(path=path), again)
        content = json.loads(found.decode("utf-8-sig"), parse_constant=_refuse_constant)
        if not isinstance(content, dict) or content.get("format") != FORMAT:
            raise BadInput(
                _("{path} is not a bundle of evidence, or a newer version of the course made it").format(path=path),
                again,
            )
        public = base64.b64decode(content["key"], validate=True)
        signature = base64.b64decode(content.pop("signature"), validate=True)
        if is_weak(public):
            raise BadInput(_("{path} is signed with a key that fits everything").format(path=path), again)
        Ed25519PublicKey.from_public_bytes(public).verify(signature, _canonical(content))
        evidence, page = _evidence(content["content"]), content.get("page", "")
        if not isinstance(page, str):
            raise TypeError("a digest is a text")
    except InvalidSignature as error:
        raise BadInput(_("{path} was changed after it was signed").format(path=path), again) from error
    # No JSON, JSON of another form, or nested a thousand levels deep.
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise BadInput(_("{path} is not a whole bundle of evidence").format(path=path), again) from error
    return Bundle(evidence, _fingerprint(public), page)


def is_weak(public: bytes) -> bool:
    """Whether the public key is a point of small order, for which a signature of anything can be made."""
    return bytes([*public[:-1], public[-1] & 0x7F]) in _SMALL_ORDER if public else True


def _canonical(content: object) -> bytes:
    return json.dumps(content, sort_keys=True, separators=(",", ":"), allow_nan=False).encode()


def _refuse_constant(text: str) -> None:
    raise ValueError(f"{text} is not JSON")  # such as NaN


def _evidence(body: object) -> Evidence:
    """The evidence in this JSON object. Raises `ValueError` or `TypeError` for any other."""
    evidence = read_record(Evidence, body)
    if max(len(evidence.results), len(evidence.predictions)) > MAX_RESULTS:
        raise ValueError("no course has that many exercises")
    return evidence


def _fingerprint(public: bytes) -> str:
    return sha256(public).hexdigest()[:16]


def _own_key() -> Ed25519PrivateKey:
    """This user's key, which no other user can read; it is made when it is first needed."""
    path = journal.folder() / "evidence-key.pem"
    path.parent.mkdir(parents=True, exist_ok=True)
    with one_at_a_time(path.with_suffix(".lock")):
        if not path.exists():
            pem = Ed25519PrivateKey.generate().private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
            atomic_write.write(path, pem.decode(), mode=0o600)
    try:
        key = serialization.load_pem_private_key(path.read_bytes(), None)
    except (OSError, ValueError) as error:
        raise BadInput(
            _("the key in {path} cannot be read").format(path=path),
            _("remove that file, so that a new key is made; and tell your teacher that your key has changed"),
        ) from error
    if not isinstance(key, Ed25519PrivateKey):
        raise BadInput(
            _("the key in {path} is not one of this course").format(path=path),
            _("remove that file, so that a new key is made; and tell your teacher that your key has changed"),
        )
    return key
