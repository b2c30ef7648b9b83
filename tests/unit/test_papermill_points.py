"""The lines of the pages for teachers that read the points of a notebook which papermill has run."""

import subprocess
import sys
from pathlib import Path

import nbformat
from support import guides

from swarmkit_helpers.course.checks import MIME, Result


def test_the_page_s_lines_print_the_points_that_count(tmp_path: Path):
    results = [
        Result("06-clean-up", "leftover", "not yet", 1, 2, "", "", "en"),
        Result("06-clean-up", "empty", "not attempted", 0, 6, "", "", "en"),
        Result("06-clean-up", "empty", "passed", 6, 6, "", "", "en"),
    ]
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell("A text.")])
    for result in results:
        bundle = result._repr_mimebundle_()
        outputs = [nbformat.v4.new_output("stream", text="x"), nbformat.v4.new_output("display_data", data=bundle)]
        notebook.cells.append(nbformat.v4.new_code_cell("section.check(…)", outputs=outputs))
    nbformat.write(notebook, tmp_path / "out.ipynb")
    done = subprocess.run(
        [sys.executable, "-c", guides.python_with(MIME)], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert done.stdout == "7 of 8\n"
