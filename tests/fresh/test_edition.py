"""What students get starts on a bare machine: unpacked in an empty folder, with a Python that has no packages."""

import json
import os
import sys
import urllib.request
import zipfile
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from support.lab import running_lab

from swarmkit_helpers.course.pristine import sections
from swarmkit_helpers.grading import student_edition

BARE = os.path.realpath(sys._base_executable)  # the Python under this environment
OURS = ("PYTHONPATH", "VIRTUAL_ENV", "DOCKER_HOST", "SWARMLAB_CLUSTER")


@pytest.mark.exhaustive("it makes an environment of a gigabyte")
@pytest.mark.skipif(os.name == "nt", reason="ends lab with a POSIX signal")
def test_lab_starts_from_the_unpacked_zip(tmp_path: Path):
    student_edition.write(tmp_path / "edition", ["id"], zipped=True)
    student = tmp_path / "student"
    zipfile.ZipFile(tmp_path / "edition.zip").extractall(student)
    environment = {name: value for name, value in os.environ.items() if name not in OURS}
    environment |= {"CI": "", "JUPYTER_DATA_DIR": str(tmp_path / "data")}

    arguments = ("--lang", "id", "--engine", "simulated", "--speed", "20")
    with running_lab(*arguments, cwd=student / "edition", env=environment, python=BARE) as url:
        address = urlsplit(url)
        listing = f"http://{address.netloc}/api/contents/id?{address.query}"
        with urllib.request.urlopen(listing, timeout=30) as answer:
            shown = {each["name"] for each in json.load(answer)["content"]}
    assert {f"{section}.ipynb" for section in sections("id")} <= shown
    assert (student / "edition" / "swarm-practicum" / "id" / "00-start.ipynb").exists()
