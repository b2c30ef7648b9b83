"""A student's own parameters, such as nodes = 5: those that are safe count, so that their predictions fit."""

import ast
from collections.abc import Iterator

from ..language import _
from ..records import Json
from .submitted_cells import submitted_cells

# What may be changed, and how far: fewer nodes or replicas would make an exercise another one.
RANGES = {"nodes": (3, 5), "replicas": (5, 20), "replicas_down": (2, 12)}
_OF_THE_RUN = {"cluster_name", "language", "student"}  # the grader sets these


def own_parameters(original: Json, submitted: Json) -> tuple[dict[str, int], list[str]]:
    """The student's parameters that count in grading, and remarks on all that differ from the course's."""
    default = _values(next((cell for cell in original["cells"] if cell["id"] == "parameters"), None))
    theirs = _values(submitted_cells(original, submitted).known.get("parameters"))
    differ = {
        name: value
        for name, value in theirs.items()
        if name in default and name not in _OF_THE_RUN and value != default[name]
    }
    used = {name: value for name, value in differ.items() if _fits(name, value)}
    asked = default | used
    if isinstance(asked.get("replicas"), int) and not asked["replicas"] > asked.get("replicas_down", 0):
        used = {name: value for name, value in used.items() if name == "nodes"}
    remarks = []
    if used:
        text = ", ".join(f"{name} = {value}" for name, value in used.items())
        remarks.append(_("It was graded with its own parameters: {parameters}.").format(parameters=text))
    if left := ", ".join(name for name in differ if name not in used):
        remarks.append(
            _("Its own values of these parameters were not used, but those of the course: {names}.").format(names=left)
        )
    return {name: int(value) for name, value in used.items()}, remarks


def _fits(name: str, value: object) -> bool:
    least, most = RANGES.get(name, (1, 0))
    return isinstance(value, int) and not isinstance(value, bool) and least <= value <= most


def _values(cell: Json | None) -> Json:
    """The values that the cell assigns to names, where they are plain."""
    try:
        return dict(_assigned(ast.parse(cell["source"]))) if cell else {}
    except (SyntaxError, ValueError, RecursionError, MemoryError):  # no Python, or made to break its parser
        return {}


def _assigned(module: ast.Module) -> Iterator[tuple[str, object]]:
    for node in module.body:
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant):
            for target in node.targets:
                if isinstance(target, ast.Name):
                    yield target.id, node.value.value
