"""What `release` makes for students: a folder in which `lab` starts, with notebooks without outputs.

The notebooks are those of a working copy. The tests, and with them the solutions, stay in the teacher's clone.
"""

import io
import os
import shutil
import subprocess
import zipfile
from collections.abc import Iterable, Sequence
from pathlib import Path

from .. import __version__
from ..course import atomic_write
from ..course.pristine import GLOSSARY, glossary, pristine, sections, text
from ..errors import BadInput, NotFound, Refused
from ..installation import ROOT
from ..language import _, available, ngettext, temporarily

MANIFEST = ".swarmlab-edition"  # in the folder: which files are of the release, one a line
BRANCH = "main"  # of the repository
WORKING_COPY = "swarm-practicum"  # the folder that `lab` makes beside the program
PACKAGES = ("swarmkit_helpers", "swarm_simulator")
LEFT_OUT = {"__pycache__", "rubrics"}  # folders of these; rubrics say what a full answer has
FILES = (
    ".gitignore", GLOSSARY, "LICENSE", "LICENSE-CC-BY-4.0", "environment.yml", "pyproject.toml",
    "requirements/lab.lock",
    ".binder/environment.yml", ".binder/postBuild", ".binder/start", ".devcontainer/devcontainer.json",
)  # fmt: skip
_AUTHOR = ("-c", "user.name=Swarm practicum", "-c", "user.email=swarmlab@localhost", "-c", "commit.gpgsign=false")


def write(out: Path, languages: Sequence[str] = (), *, zipped: bool = False, git: bool = False) -> None:
    """Write what students get into the folder, with the notebooks of those languages, or of all.

    `zipped` packs it into a file beside the folder. `git` commits it to a repository in the folder; a later release
    into the same folder is the next commit. Raises `BadInput` for an unknown language, and for a folder that holds
    anything but an earlier release; `NotFound` outside of a clone, or without git; `Refused` if it cannot be written.
    """
    languages = checked(languages)
    before = _made_before(out)
    if git and not shutil.which("git"):
        raise NotFound(_("there is no git on this computer"), _("install git, or leave out --git"))
    files = _files(languages)
    # The first of all, so that the folder is known as ours if it stays half done.
    _write_files(out, {MANIFEST: "\n".join(sorted({*before, *files})).encode()})
    _write_files(out, files)
    for name in before - set(files):
        (out / name).unlink(missing_ok=True)
    _write_files(out, {MANIFEST: "\n".join(sorted(files)).encode()})
    said = ngettext("{folder} has what students get: {n} file", "{folder} has what students get: {n} files", len(files))
    print(said.format(folder=out, n=len(files)))
    if zipped:
        archive = out.resolve().with_name(f"{out.resolve().name}.zip")
        _write_files(archive.parent, {archive.name: _zip(out.resolve().name, files)})
        print(_("{file} is the same as one file").format(file=archive))
    if git:
        news = _("a new commit") if _commit(out) else _("nothing has changed")
        print(_("{folder} is a git repository, branch {branch}: {news}").format(folder=out, branch=BRANCH, news=news))


def checked(languages: Sequence[str]) -> Sequence[str]:
    """Those languages, or all if there are none. Raises `BadInput` for an unknown one."""
    if unknown := set(languages) - set(available()):
        raise BadInput(
            _("there are no notebooks in the language {name!r}"),
            _("choose one of these: {known}"),
            name=", ".join(sorted(unknown)),
            known=", ".join(available()),
        )
    return languages or available()


def _made_before(out: Path) -> set[str]:
    """The names of the files that an earlier release has written there. Raises `BadInput` if it holds another thing."""
    manifest = out / MANIFEST
    if manifest.is_file():
        names = manifest.read_text(encoding="utf-8").splitlines()
        return {name for name in names if (out / name).resolve().is_relative_to(out.resolve()) and name}
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise BadInput(
            _("{out} holds something other than a release"), _("name a folder that is new or empty"), out=out
        )
    return set()


def _files(languages: Sequence[str]) -> dict[str, bytes]:
    """The content of every file that students get, by its name in the folder. Raises `NotFound` outside of a clone."""
    files = {name: _read(ROOT / name) for name in FILES}
    files["pyproject.toml"] = _only_notebooks_of(languages, files["pyproject.toml"])
    # In a student's clone the work is what they commit and hand in; in a clone of the course it is nobody's.
    files[".gitignore"] = files[".gitignore"].replace(f"/{WORKING_COPY}/\n".encode(), b"")
    for path in (path for package in PACKAGES for path in sorted((ROOT / package).rglob("*"))):
        if path.is_file() and not LEFT_OUT & {*path.parts}:
            files[path.relative_to(ROOT).as_posix()] = _read(path)
    for language in languages:
        folder = f"notebooks/{language}"
        files |= {
            f"{folder}/{section}.ipynb": text(pristine(section, language)).encode() for section in sections(language)
        }
        files[f"{folder}/{GLOSSARY}"] = glossary().encode()  # notebooks that are opened there link to it
        files[_readme_name(language, languages)] = _readme(language, languages).encode()
    return files


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError as error:
        raise NotFound(_("there is no {path}"), _("run this in a clone of the project"), path=path) from error


def _only_notebooks_of(languages: Iterable[str], pyproject: bytes) -> bytes:
    """The project's file without the lines of folders that are not there: nothing could be installed from it."""
    absent = tuple(f'"notebooks/{language}" ='.encode() for language in available() if language not in languages)
    return b"".join(line for line in pyproject.splitlines(keepends=True) if not line.startswith(absent))


def _readme_name(language: str, languages: Sequence[str]) -> str:
    """The name of the page in that language; the first language has the page that is shown first."""
    return "README.md" if language == languages[0] else f"README.{language}.md"


def _readme(language: str, languages: Sequence[str]) -> str:
    """How to start, for students, in their language."""
    command = "python3 -m swarmkit_helpers"
    with temporarily(language):
        paragraphs = [
            "# " + _("Docker Swarm, hands on"),
            _("You need Python 3.11 or newer, and a Docker Engine. Open a terminal in this folder, and type:"),
            f"```\n{command} lab --lang {language} --student ID\n```",
            _(
                "The first start makes an environment in this folder, which takes some minutes. Then JupyterLab opens "
                "the first notebook. Ctrl-C in the terminal ends it, and removes the machines that it has started."
            ),
            _(
                "In the place of ID stands your student id, from which the numbers of your exercises are made. It is "
                "remembered: leave it out later. Your work is kept in `{folder}`: hand in the notebooks there."
            ).format(folder=f"{WORKING_COPY}/{language}"),
            _(
                "No Docker Engine can run on your computer? Add `--engine simulated`: the same notebooks then run on a "
                "simulated engine, and every screen says so."
            ),
            _("Something fails? `{command}` says what is missing, and how to fix it.").format(
                command=f"{command} doctor"
            ),
            _("The words of the course are in [{file}]({file}).").format(file=GLOSSARY),
        ]
        others = [f"[{other}]({_readme_name(other, languages)})" for other in languages if other != language]
        if others:
            paragraphs.append(_("This page in other languages: {links}").format(links=", ".join(others)))
    return "\n\n".join(paragraphs) + "\n"


def _write_files(folder: Path, files: dict[str, bytes]) -> None:
    for name, content in files.items():
        path = folder / name
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise Refused(
                _("{folder} cannot be made, or not be written in ({reason})"),
                _("name a folder that is new or empty"),
                folder=path.parent,
                reason=error.strerror,
            ) from error
        atomic_write.write_bytes(path, content)


def _zip(folder: str, files: dict[str, bytes]) -> bytes:
    """The files as a zip, in one folder of that name."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in sorted(files.items()):
            archive.writestr(f"{folder}/{name}", content)
    return packed.getvalue()


def _commit(out: Path) -> bool:
    """Commit the folder to its own repository, which is made if there is none; whether there was anything new."""
    # A hook of git that runs this would say with variables which repository is meant: another one.
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}

    def run(*arguments: str) -> int:
        return subprocess.run(
            ["git", *_AUTHOR, *arguments], cwd=out, env=environment, stdout=subprocess.DEVNULL
        ).returncode

    def done(*arguments: str) -> None:
        if run(*arguments):
            raise Refused(
                _("git {arguments} failed in {folder}"),
                _("fix the reason that git gives above, and type the command again"),
                arguments=arguments[0],
                folder=out,
            )

    if not (out / ".git").exists():
        done("init", "--quiet")
        done("symbolic-ref", "HEAD", f"refs/heads/{BRANCH}")
    done("add", "--all", "--", ".", f":!{WORKING_COPY}")  # a teacher's own answers are not handed out
    if not run("diff", "--cached", "--quiet"):
        return False
    done("commit", "--quiet", "-m", f"Swarm practicum {__version__}")
    return True
