"""What holds for every unit test."""

import pytest

from swarmkit_helpers import language


@pytest.fixture(autouse=True)
def english() -> None:
    """Texts are those of the sources, whatever the shell or an earlier test has chosen."""
    language.use("en")
