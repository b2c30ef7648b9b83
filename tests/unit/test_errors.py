"""Errors are two sentences, wherever they show."""

import pickle

import pytest

from swarmkit_helpers import errors
from swarmkit_helpers.errors import BadInput, NotFound, SwarmkitError, expect_error, unknown

KINDS = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, SwarmkitError)]


@pytest.mark.parametrize("kind", KINDS)
def test_a_problem_and_its_fix(kind):
    error = kind("no service is called 'wbe'", "use another name")
    assert str(error) == "no service is called 'wbe'\n  Fix: use another name"
    assert error._render_traceback_() == [f"{kind.__name__}: no service is called 'wbe'", "  Fix: use another name"]


@pytest.mark.parametrize("kind", KINDS)
def test_it_survives_another_process(kind):
    error = pickle.loads(pickle.dumps(kind("a problem", "a fix")))
    assert (type(error), error.problem, error.fix) == (kind, "a problem", "a fix")


def test_both_parts_are_needed():
    with pytest.raises(TypeError):
        BadInput("a problem without a fix")


def test_an_expected_error_is_printed(capsys):
    with expect_error(NotFound):
        raise NotFound("no node is called 'nod1'", "use node1")
    assert capsys.readouterr().out == "NotFound: no node is called 'nod1'\n  Fix: use node1\n"


def test_an_expected_error_that_does_not_come_is_one():
    with pytest.raises(BadInput, match="expected NotFound"), expect_error(NotFound):
        pass


def test_another_error_comes_through():
    with pytest.raises(BadInput, match="something else"), expect_error(NotFound):
        raise BadInput("something else", "a fix")


def test_a_service_that_is_missing_is_created_or_comes_with_setup():
    assert unknown("services", "sleep-app", []).fix.endswith("or run the two cells under Setup again")
    assert "Setup" not in unknown("services", "wbe", ["web"]).fix
