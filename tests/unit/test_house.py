"""The house has floors, and imports only go down."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[2] / "swarmkit_helpers"

# A module imports from floors below its own; `engine` is a folder, whose modules may import each other.
FLOORS = (
    ("language", "bootstrap"),
    ("errors",),
    ("announce", "locking", "progress", "records", "waiting", "logs"),
    ("engine", "scheduling", "node", "recorder", "journal"),
    ("values", "homemade", "tables", "convergence", "managers", "shell", "confined"),
    ("specs", "images", "narration", "comparison"),
    ("simulation", "assembly", "bundle", "charts", "waits", "reaction"),
    ("forecast", "explain"),
    ("swarm",),
    ("membership", "live"),
    ("cluster",),
    ("checks",),
    ("sections", "controls"),
    ("magics", "lab", "terminal", "translate"),
    ("grading", "evidence"),
    ("release",),
    ("doctor", "testing"),
    ("cli",),
)
# The front door opens lazily, and bootstrap hands over to the command once there is an environment.
APART = {
    "": {"cluster", "controls", "errors", "live", "recorder", "records", "sections", "swarm"},
    "__main__": {"bootstrap"},
    "bootstrap": {"cli", "locking"},
}

# Who may know what comes from elsewhere. Errors of the Docker SDK are translated at these doors.
FOREIGN = {
    "docker": {"engine", "images", "assembly", "managers", "shell"},
    "requests": {"engine"},
    "urllib3": {"engine"},
    "tqdm": {"progress"},
    "babel": {"language", "translate"},
    "cryptography": {"evidence"},
    "matplotlib": {"charts"},
    "ipywidgets": {"controls"},
    "nbformat": {"translate", "grading"},
    "papermill": {"grading"},
    "nbclient": {"grading"},
    "jupyter_client": {"grading"},
    "traitlets": {"grading"},
    "distributed": {"grading"},
    "IPython": {"live", "magics", "controls"},
    "jupyter_core": {"lab", "journal"},
    "tornado": {"simulation"},
}
LONGEST = 300  # lines of a file, of the tests too


def modules() -> Iterator[tuple[str, Path]]:
    """Each module: the part of its name that has a floor, and its file."""
    for path in sorted(PACKAGE.rglob("*.py")):
        inside = path.relative_to(PACKAGE)
        yield "" if inside.name == "__init__.py" and len(inside.parts) == 1 else inside.with_suffix("").parts[0], path


def imports(path: Path) -> Iterator[tuple[bool, str]]:
    """What the file imports: whether it is of this package, and the first part of its name."""
    folder = path.relative_to(PACKAGE).parent.parts
    for found in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(found, ast.Import):
            yield from ((False, alias.name.partition(".")[0]) for alias in found.names)
        elif isinstance(found, ast.ImportFrom) and not found.level:
            yield False, (found.module or "").partition(".")[0]
        elif isinstance(found, ast.ImportFrom):
            base = [*folder[: len(folder) - found.level + 1], *(found.module or "").split(".")]
            where = [part for part in base if part]
            yield from ((True, where[0] if where else alias.name) for alias in found.names)


def below(name: str) -> set[str]:
    """What a module of that name may import of the package."""
    if name in APART:
        return APART[name]
    [number] = [number for number, floor in enumerate(FLOORS) if name in floor]
    return {module for floor in FLOORS[:number] for module in floor}


def test_every_module_has_a_floor():
    names = {name for name, _path in modules()}
    assert names - set(APART) == {name for floor in FLOORS for name in floor} - set(APART)


@pytest.fixture(scope="module")
def imported() -> set[tuple[str, str, bool, str]]:
    """What is imported: by which file, the part of its name that has a floor, and as `imports` says it."""
    return {(str(path.relative_to(PACKAGE)), name, *found) for name, path in modules() for found in imports(path)}


def test_imports_only_go_down(imported: set[tuple[str, str, bool, str]]):
    known = {module for floor in FLOORS for module in floor}
    used = {(path, name, module) for path, name, ours, module in imported
            if ours and name in known | set(APART) and module in known - {name}}
    assert {(path, module) for path, name, module in used if module not in below(name)} == set()


def test_what_comes_from_elsewhere_comes_in_by_its_door(imported: set[tuple[str, str, bool, str]]):
    foreign = {(path, name, module) for path, name, ours, module in imported if not ours}
    assert {(path, module) for path, name, module in foreign
            if module not in sys.stdlib_module_names and name not in FOREIGN.get(module, ())} == set()


def test_ruff_finds_nothing():
    checked = subprocess.run([sys.executable, "-m", "ruff", "check", "--quiet", PACKAGE.parent],
                             capture_output=True, text=True)
    assert checked.stdout == ""
    assert checked.returncode == 0


def test_a_file_can_be_read_in_one_sitting():
    files = (path for folder in (PACKAGE, PACKAGE.parent / "tests") for path in folder.rglob("*.py"))
    lines = {str(path): len(path.read_text(encoding="utf-8").splitlines()) for path in files}
    assert {path: number for path, number in lines.items() if number > LONGEST} == {}
