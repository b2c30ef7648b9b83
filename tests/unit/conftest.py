"""What holds for every unit test."""

import gc

import pytest

from swarmkit_helpers import language


def pytest_collection_finish() -> None:
    """What was imported stays: no collection of garbage has to go through it, and some tests collect to find leaks."""
    gc.freeze()


@pytest.fixture(autouse=True)
def english() -> None:
    """Texts are those of the sources, whatever the shell or an earlier test has chosen."""
    language.use("en")
