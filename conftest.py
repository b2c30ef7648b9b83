"""How tests and notebooks run together: which, in which order, and never on a student's cluster.

It is here because `pytest notebooks/en/02-configure-swarm.ipynb` alone has to find it too.
"""

import os
import shutil
import signal
from contextlib import ExitStack, suppress

import pytest

from swarmkit_helpers import Cluster, EngineUnavailable, NotFound
from swarmkit_helpers.course import journal
from swarmkit_helpers.engine import apt

# What the notebooks call their cluster while they are tested: `Cluster.up()` takes its default from here.
NOTEBOOKS = f"pytest-notebooks-{os.getpid()}"
ORDER = ("unit", "fresh", "simulated", "conformance", "swarm", "grading", "course", "notebook", "places", "browser")
NEEDS_ENGINE = ("swarm", "grading", "notebook", "places", "browser")
LEFT_OUT = pytest.StashKey[int]()  # how many exhaustive tests do not run

_session = ExitStack()
_opened: set[str] = set()  # notebooks whose cells have begun


def kind(item: pytest.Item) -> str:
    """The kind of the test, which decides when it runs."""
    folder = item.path.parent.name
    if item.path.suffix == ".ipynb" or folder == "notebooks":
        return "notebook"
    return folder if folder in ORDER else "unit"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--all", action="store_true", help="run the tests marked as exhaustive too")


def pytest_configure(config: pytest.Config) -> None:
    os.environ["SWARMLAB_CLUSTER"] = NOTEBOOKS
    if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:  # as in a job in the background; what is started inherits it
        signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Put quick tests first, and leave out exhaustive ones without --all.

    What needs an engine is skipped where there is none, unless this is CI, where it fails.
    """
    left_out = [] if config.option.all else [item for item in items if item.get_closest_marker("exhaustive")]
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        config.stash[LEFT_OUT] = len(left_out)
        items[:] = [item for item in items if not item.get_closest_marker("exhaustive")]
    items.sort(key=lambda item: ORDER.index(kind(item)))
    needing = [item for item in items if kind(item) in NEEDS_ENGINE or "engine" in getattr(item, "fixturenames", ())]
    if not needing or config.option.collectonly:
        return
    try:
        _session.enter_context(apt.engine_for_this_run())
    except EngineUnavailable as error:
        if not apt.in_ci():
            for item in needing:
                item.add_marker(pytest.mark.skip(reason=error.problem))


def pytest_report_collectionfinish(config: pytest.Config) -> str | list[str]:
    number = config.stash.get(LEFT_OUT, 0)
    return f"{number} exhaustive tests are left out; with --all they run too" if number else []


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Remove the notebooks' cluster before a notebook's first cell."""
    if kind(item) == "notebook" and str(item.path) not in _opened:
        _opened.add(str(item.path))
        _no_cluster()


def pytest_unconfigure(config: pytest.Config) -> None:
    with _session:
        if _opened:
            _no_cluster()
        journal.forget(NOTEBOOKS)  # also what JupyterLab's kernels kept in the browser tests
        for record in journal.folder().glob(f"records/*.{NOTEBOOKS}*"):  # and its server
            shutil.rmtree(record)


def _no_cluster() -> None:
    journal.forget(NOTEBOOKS)
    with suppress(NotFound, EngineUnavailable):
        Cluster.adopt(NOTEBOOKS).down()
