"""A beginner's slips in a cell, answered with a sentence and a fix instead of a traceback.

`lab` and the hub load this into each kernel they start (`server/kernel_specs.py`). A slip of the text (`docker ps` in a
Python cell) is found before the cell runs, a slip of a call when Python refuses it. Every other error keeps its
traceback.
"""

import ast
import difflib
import inspect
import re
import traceback
from collections.abc import Callable, Container, Sequence
from types import ModuleType, TracebackType
from typing import Any

from IPython.core.getipython import get_ipython
from IPython.core.interactiveshell import InteractiveShell

from ..errors import BadInput
from ..language import _

PACKAGE = __name__.partition(".")[0]
# What the cells under Setup set, make and import.
SETTINGS = {"student", "nodes", "image", "replicas", "replicas_down", "node_to_drain"}
SETUP_NAMES = SETTINGS | {
    "cluster", "swarm", "section", "Cluster", "Section", "Dashboard", "AvailabilityControl",
    "FaultControl", "ScaleControl", "charts", "watch", "doctor", "expect_error",
}  # fmt: skip
CALLS = ("cluster", "swarm", "section")  # objects whose methods a cell calls by name
BRACKETS = {"(": ")", "[": "]", "{": "}"}
_WRONG_CALL = re.compile(r"(?:[\w.]*\.)?(\w+)\(\) (?:missing|takes|got)\b")


def load_ipython_extension(shell: InteractiveShell) -> None:
    """Look at each cell before it runs, and at each error that a slip can cause."""
    shell.input_transformers_cleanup.append(_CellReader(shell))
    shell.set_custom_exc((NameError, AttributeError, TypeError), _answer)


def is_loaded() -> bool:
    """Whether `lab` or a hub started this kernel: those of papermill, nbval, nbconvert and `grade` have no slips."""
    shell = get_ipython()
    return bool(shell and shell.extension_manager and __name__ in shell.extension_manager.loaded)


class _CellReader:
    """Reads a cell before it runs. IPython calls it with the cell's lines, and shows what it raises."""

    def __init__(self, shell: InteractiveShell) -> None:
        self._shell = shell

    def __call__(self, lines: list[str]) -> list[str]:
        has_node_magic = "node" in self._shell.magics_manager.magics["cell"]
        cell = "".join(lines)
        if slip := slip_of_text(cell, has_node_magic) or slip_of_setting(cell, self._shell.user_ns):
            raise slip
        return lines


def slip_of_text(cell: str, has_node_magic: bool = True) -> BadInput | None:
    """The slip in the text of a cell, if there is one. Without Setup a kernel does not have `%%node` yet."""
    written = [line.strip() for line in cell.splitlines() if line.strip()]
    if not written:
        return None
    place = next((number for number, line in enumerate(written) if line.startswith("%%node")), None)
    if place is not None and all(line.startswith("#") for line in written[:place]):
        return _slip_of_node(written, place, has_node_magic)
    problem = _syntax_error(cell)
    if problem is None:
        return None
    command = next((line for line in written if re.match(r"docker\s+[a-z]", line)), None)
    if command:
        return BadInput(
            _("this is a Python cell, and {command!r} is a command for a node"),
            _("write %%node node1 as the first line of the cell, above the command"),
            command=command,
        )
    if (problem.msg or "").startswith("unterminated string literal"):
        return BadInput(
            _("in line {number} a quote is missing: {line}"),
            _("a text begins and ends with the same quote, such as {example}"),
            number=problem.lineno,
            line=(problem.text or "").strip(),
            example='"sleep-app"',
        )
    return _slip_of_bracket(problem)


def _slip_of_bracket(problem: SyntaxError) -> BadInput | None:
    """The slip of a bracket that is missing or too many, if Python has found one."""
    message = problem.msg or ""
    places = {"number": problem.lineno, "line": (problem.text or "").strip()}
    if found := re.match(r"'(.)' was never closed", message):
        return BadInput(
            _("in line {number} the bracket {bracket} is not closed: {line}"),
            _("write {closing} where it ends; each bracket that opens needs one that closes"),
            bracket=found[1],
            closing=BRACKETS[found[1]],
            **places,
        )
    if found := re.match(r"unmatched '(.)'|closing parenthesis '(.)' does not match", message):
        return BadInput(
            _("in line {number} the bracket {bracket} closes none that is open: {line}"),
            _("remove it, or write the bracket that it is to close: {pairs}"),
            bracket=found[1] or found[2],
            pairs="() [] {}",
            **places,
        )
    return None


def slip_of_setting(cell: str, names: Container[str]) -> BadInput | None:
    """The slip of a command for a node with a setting that is not there yet: a shell would take it as empty."""
    if "section" in names or not re.search(r"^\s*%%?node\b", cell, re.M):
        return None
    missing = [name for name in re.findall(r"\$\{?(\w+)", cell) if name in SETTINGS and name not in names]
    return _before_setup(f"${missing[0]}") if missing else None


def _slip_of_node(written: Sequence[str], place: int, has_node_magic: bool) -> BadInput | None:
    """The slip in a cell that is meant for a node."""
    line = written[place]
    _magic, name, command = [*line.split(maxsplit=2), "", ""][:3]
    if place:
        return BadInput(
            _("{line} has to be the first line of its cell"),
            _("move the lines that begin with # below it"),
            line=line,
        )
    if command and len(written) == 1:
        return BadInput(
            _("the command stands on the line of {magic}"),
            _("write the command on the next line; or, in one line, %node {name} {command}"),
            magic=f"%%node {name}",
            name=name,
            command=command,
        )
    return None if has_node_magic else _before_setup("%%node")


def _syntax_error(cell: str) -> SyntaxError | None:
    """What Python cannot read in the cell. A cell with magics or shell commands is IPython's own to read."""
    if re.search(r"^\s*[%!?]|\?\s*$", cell, re.M):
        return None
    try:
        compile(cell, "<cell>", "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT | ast.PyCF_ONLY_AST)
    except SyntaxError as error:
        return error
    return None


def _answer(
    shell: InteractiveShell,
    kind: type[BaseException],
    error: BaseException,
    trace: TracebackType,
    tb_offset: int | None = None,
) -> None:
    """Show the error as its slip, or as IPython would."""
    slip = slip_of_call(error, trace, shell.user_ns.get)
    shown = (BadInput, slip, trace) if slip else (kind, error, trace)
    shell.showtraceback(shown, running_compiled_code=True)


def slip_of_call(error: BaseException, trace: TracebackType, named: Callable[[str], Any]) -> BadInput | None:
    """The slip that made Python refuse a line of the cell, if it was one; `named` gives the notebook's objects."""
    *_outer, last = traceback.extract_tb(trace)
    if PACKAGE in last.filename.replace("\\", "/").split("/") or "site-packages" in last.filename:
        return None  # raised inside a package: no slip of the cell
    if isinstance(error, NameError):
        return _unknown_name(error.name or "", last.line or "")
    if isinstance(error, AttributeError):
        return _unknown_attribute(error)
    return _wrong_call(str(error), named)


def _before_setup(name: str) -> BadInput:
    return BadInput(
        _("{name} is not known yet: the cells under Setup have not run since the kernel started"),
        _("run the two cells under Setup, then this cell again"),
        name=name,
    )


def _unknown_name(name: str, line: str) -> BadInput | None:
    if name in SETUP_NAMES:
        return _before_setup(name)
    # A service's name may have hyphens: `scale(sleep-app, 7)` asks for what is called sleep.
    found = re.search(rf"[(,=]\s*({re.escape(name)}(?:-\w+)*)\s*[,)]", line)
    if found:
        name = found[1]
        return BadInput(
            _("`{name}` has no quotes, and nothing in this notebook has that name"),
            _("if a number is asked for, write it in digits, such as 3; if it is a text, put it in quotes: {quoted}")
            if re.search(r"\.predict\(", line)
            else _("if it is a text, put it in quotes: {quoted}"),
            name=name,
            quoted=f'"{name}"',
        )
    return None


def _unknown_attribute(error: AttributeError) -> BadInput | None:
    home = error.obj if isinstance(error.obj, ModuleType) else type(error.obj)
    module = home.__name__ if isinstance(home, ModuleType) else home.__module__
    if module.partition(".")[0] != PACKAGE:
        return None
    known = [name for name in dir(error.obj) if not name.startswith("_")]
    likely = difflib.get_close_matches(error.name or "", known, 3, 0.5)
    return BadInput(
        _("{kind} has nothing called {name!r}: did you mean {likely}?")
        if likely
        else _("{kind} has nothing called {name!r}"),
        _("use one of these names: {known}"),
        kind=home.__name__.rpartition(".")[2],
        name=error.name,
        known=", ".join([*likely, *(name for name in known if name not in likely)]),
        likely=_(" or ").join(likely),
    )


def _wrong_call(message: str, named: Callable[[str], Any]) -> BadInput | None:
    """The slip in a call that does not fit the method it calls, with how that method is called."""
    found = _WRONG_CALL.match(message)
    if not found:
        return None
    for owner in CALLS:
        method = getattr(type(named(owner)), found[1], None)
        if inspect.isfunction(method) and method.__module__.startswith(PACKAGE):
            parameters = list(inspect.signature(method).parameters.values())[1:]
            return BadInput(
                _("this call does not fit: {message}"),
                _("call it like this: {example}"),
                message=message.partition("() ")[2],
                example=f"{owner}.{found[1]}({', '.join(map(_written, parameters))})",
            )
    return None


def _written(parameter: inspect.Parameter) -> str:
    """The parameter as a call names it: a value that may be left out has its default, a setting its equals sign."""
    if parameter.kind is parameter.VAR_KEYWORD:
        return _("setting=value, …")
    if parameter.default is not parameter.empty:
        return f"{parameter.name}={parameter.default!r}"
    return f"{parameter.name}=…" if parameter.kind is parameter.KEYWORD_ONLY else parameter.name
