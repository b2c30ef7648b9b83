"""How many examples Hypothesis tries here: few and always the same, or with --all many and each time others."""

import pytest
from hypothesis import settings

settings.register_profile("default", derandomize=True, database=None, max_examples=30, deadline=None)
settings.register_profile("explore", print_blob=True, max_examples=300, deadline=None)


def pytest_configure(config: pytest.Config) -> None:
    settings.load_profile("explore" if config.option.all else "default")
