"""The course's notebooks as they are stored: without widgets, which show nothing where their kernel is not.

A control is stored as its text and its picture in HTML. `.ci/execute` runs
`python3 -m tests.support.stored_notebooks FILES` when it has executed them.
"""

import sys
from pathlib import Path

import nbformat

WIDGET = "application/vnd.jupyter.widget-view+json"


def without_widgets(notebook: nbformat.NotebookNode) -> nbformat.NotebookNode:
    """The notebook without views and states of widgets; it is changed."""
    notebook.metadata.pop("widgets", None)
    for cell in notebook.cells:
        for output in cell.get("outputs", ()):
            output.get("data", {}).pop(WIDGET, None)
    return notebook


if __name__ == "__main__":
    for name in sys.argv[1:]:
        path = Path(name)
        stored = nbformat.writes(without_widgets(nbformat.read(path, as_version=4)))
        path.write_text(stored + "\n", encoding="utf-8", newline="\n")
