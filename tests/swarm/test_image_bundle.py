"""One file for a classroom without internet: whole, or not at all."""

import gzip

import pytest

from swarmkit_helpers import BadInput, progress
from swarmkit_helpers.engine import image_bundle, images


@pytest.fixture(scope="module")
def packed(engine, tmp_path_factory):
    path = tmp_path_factory.mktemp("bundle") / "course.tar.gz"
    image_bundle.save_bundle(engine, path, progress.current())
    return path


def test_a_bundle_brings_the_images_back(engine, packed):
    engine.client.remove_image(images.WEB, force=True)
    assert not images.has(engine.api, images.WEB)
    image_bundle.load_bundle(engine, packed, progress.current())
    assert images.has(engine.api, images.WEB)


@pytest.mark.parametrize("damage", ["cut short", "a byte changed", "no bundle", "not packed"])
def test_a_damaged_bundle_is_refused_before_anything_is_loaded(engine, packed, tmp_path, damage):
    whole = packed.read_bytes()
    broken = {
        "cut short": whole[: len(whole) // 2],
        "a byte changed": whole[:-2000] + bytes([whole[-2000] ^ 255]) + whole[-1999:],
        "no bundle": gzip.compress(b""),
        "not packed": b"hello",
    }[damage]
    path = tmp_path / "course.tar.gz"
    path.write_bytes(broken)
    with pytest.raises(BadInput, match="bundle") as caught:
        image_bundle.load_bundle(engine, path, progress.current())
    assert str(path) in caught.value.problem
    assert "bundle save" in caught.value.fix


def test_a_bundle_that_cannot_be_written_leaves_no_part_of_it(engine, tmp_path):
    with pytest.raises(BadInput, match="cannot be written"):
        image_bundle.save_bundle(engine, tmp_path / "no such folder" / "x", progress.current())
    assert list(tmp_path.iterdir()) == []
