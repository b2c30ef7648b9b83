"""Files that are made to pass for evidence, or to break what reads them."""

import base64
import json
import os
import zipfile
from pathlib import Path

import pytest
from support.evidence_files import good

from swarmkit_helpers.errors import BadInput
from swarmkit_helpers.grading import evidence
from swarmkit_helpers.grading.evidence import signed_file


@pytest.fixture(autouse=True)
def own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path / "data"))


def order_divides_eight(y: int, sign: int) -> bool:
    """Whether the point of Ed25519 with that y, three times doubled, is the neutral one (RFC 8032, 5.1)."""
    p = 2**255 - 19
    d = -121665 * pow(121666, -1, p) % p
    y %= p
    squared = (y * y - 1) * pow(d * y * y + 1, -1, p) % p
    x = pow(squared, (p + 3) // 8, p)
    x = x if x * x % p == squared else x * pow(2, (p - 1) // 4, p) % p
    assert x * x % p == squared
    x = x if x % 2 == sign else -x % p
    for _doubling in range(3):
        product = d * x * x * y * y % p
        x, y = 2 * x * y * pow(1 + product, -1, p) % p, (y * y + x * x) * pow(1 - product, -1, p) % p
    return (x, y) == (0, 1)


@pytest.mark.parametrize("weak", sorted(signed_file._SMALL_ORDER), ids=lambda weak: weak.hex()[:8])
@pytest.mark.parametrize("sign", [0, 1])
def test_a_key_whose_signature_fits_everything_is_refused(tmp_path: Path, weak: bytes, sign: int):
    assert order_divides_eight(int.from_bytes(weak, "little"), sign)
    key = bytes([*weak[:-1], weak[-1] | sign << 7])
    whole = json.loads(signed_file_text(tmp_path))
    whole |= {"key": base64.b64encode(key).decode(), "signature": base64.b64encode(bytes([1, *bytes(63)])).decode()}
    (tmp_path / "x.json").write_text(json.dumps(whole), encoding="utf-8")
    with pytest.raises(BadInput, match="a key that fits everything"):
        signed_file.read(tmp_path / "x.json")


def signed_file_text(folder: Path) -> str:
    signed_file.write(good(), folder / "good.json")
    return (folder / "good.json").read_text(encoding="utf-8")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="it has no pipes in folders")
def test_only_regular_files_are_read_bounded_and_also_from_zips(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    text = signed_file_text(tmp_path)
    folder = tmp_path / "handed-in"
    folder.mkdir()
    (folder / "endless.json").symlink_to("/dev/zero")
    os.mkfifo(folder / "pipe.json")
    (folder / "mark.json").write_text("\ufeff" + text, encoding="utf-8")
    (folder / "large.json").write_bytes(b" " * (signed_file.FILE_MAX_BYTES + 1))
    (folder / "broken.zip").write_bytes(b"PK")
    with zipfile.ZipFile(folder / "moodle.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("Ani_1_assignsubmission_file_/evidence.json", text)
        archive.writestr("large.json", b" " * (signed_file.FILE_MAX_BYTES * 9))
    assert evidence.verify([folder]) == 1
    said = capsys.readouterr().out
    signed = [line.split()[0] for line in said.splitlines() if " s001 " in line]
    assert [path.removeprefix(f"{folder}/") for path in signed] == [
        "mark.json",
        "moodle.zip/Ani_1_assignsubmission_file_/evidence.json",
    ]
    assert said.count("larger than any bundle") == 2
    for name in ("endless.json", "pipe.json", "broken.zip"):
        assert f"{folder}/{name}" in said
