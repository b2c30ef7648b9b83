"""The house: each wing imports only wings listed before it, nothing imports in a circle, files stay readable."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
HELPERS, SIMULATOR = "swarmkit_helpers", "swarm_simulator"

# The order of ARCHITECTURE.md. What is not a wing is the ground, on which all wings stand.
WINGS = ("engine", "rules", "display", "cluster", "notebook", "course", "grading", "cli")
GROUND = {
    "constraints", "errors", "records", "machine", "recorder", "service_settings", "setting_types",
    "docker_commands", "language", "progress", "polling", "file_lock", "installation",
}  # fmt: skip
FRONT_DOOR = {"__init__", "__main__", "bootstrap"}
TOP_MAX_MODULES = 16

# Which wings and modules may know a library. Errors of the Docker SDK are translated at these doors.
LIBRARIES = {
    "docker": {"engine", "cluster"},
    "requests": {"engine"},
    "urllib3": {"engine"},
    "babel": {"language", "cli"},
    "cryptography": {"grading"},
    "matplotlib": {"display"},
    "PIL": {"display"},
    "ipywidgets": {"notebook"},
    "nbformat": {"course", "cli", "grading"},
    "papermill": {"grading"},
    "nbclient": {"grading"},
    "jupyter_client": {"notebook", "grading"},
    "traitlets": {"grading"},
    "distributed": {"grading"},
    "IPython": {"notebook"},
    "comm": {"notebook"},
    "jupyter_core": {"cli", "course", "notebook"},
    "tornado": {SIMULATOR, "notebook"},
    "jupyter_server": {"notebook", "cli"},
    "jupyter_server_terminals": {"notebook"},
    "terminado": {"notebook"},
}
# What the simulator takes from the helpers: the rules, and the vocabulary.
SIMULATOR_IMPORTS = {"rules", "constraints", "errors", "records", "machine", "service_settings", "setting_types"}
FILE_MAX_LINES = 300  # of the tests too
IGNORED_MAX = 20  # lines that mypy does not check


def modules() -> dict[str, Path]:
    """The file of every module, by its dotted name."""
    files = (path for package in (HELPERS, SIMULATOR) for path in sorted((ROOT / package).rglob("*.py")))
    names = {".".join(path.relative_to(ROOT).with_suffix("").parts): path for path in files}
    return {name.removesuffix(".__init__"): path for name, path in names.items()}


MODULES = modules()


def imported(name: str) -> Iterator[str]:
    """What a module imports, wherever in its file: modules of ours by their dotted names, names of `__init__` too."""
    path = MODULES[name]
    package = name if path.name == "__init__.py" else name.rpartition(".")[0]
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            parts = package.split(".")[: len(package.split(".")) - node.level + 1] if node.level else []
            base = ".".join([*parts, *filter(None, [node.module])])
            for alias in node.names:
                yield full if (full := f"{base}.{alias.name}") in MODULES else base


IMPORTS = {name: set(imported(name)) - {name} for name in MODULES}
ARROWS = [(name, target) for name, targets in IMPORTS.items() for target in targets if target in MODULES]


def part(name: str) -> str:
    """The wing or the module of the ground that a module belongs to; the simulator is one part."""
    top, _dot, inner = name.partition(".")
    return SIMULATOR if top == SIMULATOR else inner.partition(".")[0] or "__init__"


def may_import(importer: str, target: str) -> bool:
    """Whether the plan allows it."""
    if importer == target or importer == "__init__":
        return True
    if SIMULATOR in (importer, target):
        return importer == SIMULATOR and target in SIMULATOR_IMPORTS
    if target == "bootstrap" or importer == "__main__":
        return (importer, target) == ("__main__", "bootstrap")
    if importer in GROUND:
        return target in GROUND
    order = [*WINGS, "bootstrap"]
    return target in GROUND or order.index(target) < order.index(importer)


def test_every_module_has_its_place_in_the_plan():
    parts = {part(name) for name in MODULES}
    assert parts == {*WINGS, *GROUND, *FRONT_DOOR, SIMULATOR}
    assert len(list((ROOT / HELPERS).glob("*.py"))) <= TOP_MAX_MODULES


def test_a_wing_imports_only_wings_listed_before_it():
    front = {(name, target) for name, target in ARROWS if target == HELPERS}
    assert {
        (name, target)
        for name, target in ARROWS
        if (name, target) not in front and not may_import(part(name), part(target))
    } == set()


def test_the_front_door_is_asked_only_for_its_version():
    asked = {
        (str(path.relative_to(ROOT)), alias.name)
        for name, path in MODULES.items()
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
        if HELPERS in IMPORTS[name] and _of_the_door(name, path, node, alias.name)
    }
    assert {what for _path, what in asked} <= {"__version__"}


def _of_the_door(name: str, path: Path, node: ast.ImportFrom, what: str) -> bool:
    """Whether the statement takes that name out of the helpers' `__init__`."""
    package = name if path.name == "__init__.py" else name.rpartition(".")[0]
    base = ".".join(package.split(".")[: len(package.split(".")) - node.level + 1]) if node.level else node.module
    return (node.module is None or not node.level) and base == HELPERS and f"{HELPERS}.{what}" not in MODULES


def test_no_files_import_each_other_in_a_circle():
    graph = {
        name: {target for target in targets if target in MODULES and target != HELPERS}
        for name, targets in IMPORTS.items()
        if name != HELPERS
    }
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        pytest.fail(" imports ".join(reversed(error.args[1])))


def test_what_comes_from_elsewhere_comes_in_by_its_door():
    foreign = {(name, target.partition(".")[0]) for name, targets in IMPORTS.items() for target in targets}
    assert {
        (name, library)
        for name, library in foreign
        if library not in sys.stdlib_module_names
        and library not in (HELPERS, SIMULATOR)
        and part(name) not in LIBRARIES.get(library, ())
    } == set()


def test_code_that_is_kept_as_text_imports_what_exists():
    """An attack that ends at its import attacks nothing, and the test of it passes."""
    files = [path for folder in ("tests", "benchmarks") for path in (ROOT / folder).rglob("*.py")]
    imports = re.compile(rf"(?:from|import) ((?:{HELPERS}|{SIMULATOR})[\w.]*)")
    named = {(path.name, name) for path in files for name in imports.findall(path.read_text(encoding="utf-8"))}
    folders = {name.rpartition(".")[0] for name in MODULES}
    assert {(file, name) for file, name in named if name not in MODULES.keys() | folders} == set()


@pytest.mark.parametrize("command", [["check"], ["format", "--check"]], ids=["check", "format"])
def test_ruff_finds_nothing(command: list[str]):
    checked = subprocess.run([sys.executable, "-m", "ruff", *command, "--quiet", ROOT], capture_output=True, text=True)
    assert (checked.returncode, checked.stdout) == (0, "")


def test_mypy_finds_nothing():
    command = [sys.executable, "-m", "mypy", "--platform", "linux", "--no-error-summary"]
    checked = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert (checked.returncode, checked.stdout) == (0, "")


def test_what_the_type_checker_ignores_is_little_and_has_a_reason():
    files = [path for folder in (HELPERS, SIMULATOR) for path in (ROOT / folder).rglob("*.py")]
    lines = [line for path in files for line in path.read_text(encoding="utf-8").splitlines()]
    ignored = [line.partition("# type: ")[2] for line in lines if "# type: ignore" in line]
    assert [each for each in ignored if not re.fullmatch(r"ignore\[[a-z, -]+\]  # \S.+", each)] == []
    assert len(ignored) <= IGNORED_MAX


def test_a_file_can_be_read_in_one_sitting():
    files = (path for folder in (HELPERS, SIMULATOR, "tests") for path in (ROOT / folder).rglob("*.py"))
    lines = {str(path): len(path.read_text(encoding="utf-8").splitlines()) for path in files}
    assert {path: number for path, number in lines.items() if number > FILE_MAX_LINES} == {}
