"""`import swarmkit_helpers` is quick: large modules are loaded when they are first used."""

import json
import subprocess
import sys

import pytest

import swarmkit_helpers

HEAVY = {"docker", "requests", "IPython", "ipywidgets", "matplotlib", "numpy", "asyncio", "http", "ssl"}


def loaded_by(statement: str) -> set[str]:
    """The modules that the statement loads in a new Python."""
    code = f"import sys; had = set(sys.modules); {statement}; import json; print(json.dumps([*set(sys.modules) - had]))"
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(json.loads(shown.stdout))


def test_the_import_loads_a_handful_of_modules_and_none_that_is_heavy():
    loaded = loaded_by("import swarmkit_helpers")
    assert not {name.partition(".")[0] for name in loaded} & HEAVY
    # `typing` and what it needs; a third of these are this test's own, for `json`. The Docker SDK alone loads 400.
    assert len(loaded) <= 40


def test_help_needs_nothing_that_has_to_be_installed():
    assert not {name.partition(".")[0] for name in loaded_by("import swarmkit_helpers.cli")} & HEAVY


@pytest.mark.parametrize("name", swarmkit_helpers.__all__)
def test_every_name_of_the_front_door_can_be_imported(name: str):
    assert getattr(swarmkit_helpers, name).__name__.rpartition(".")[2] == name


def test_a_name_that_is_not_there_is_an_attribute_error():
    with pytest.raises(AttributeError, match="swarmkit_helpers"):
        _ = swarmkit_helpers.Klaster
