"""Docstrings of what acts are imperative: a function that gives back nothing can only act."""

import ast
from pathlib import Path

ROOT = Path(__file__).parents[2]
# With these words a sentence says what is or what happens, and not what to do.
NOT_IMPERATIVE = {
    "the", "a", "an", "it", "its", "nothing", "none", "no", "what", "whatever", "whether", "that", "this", "these",
    "those", "there", "all", "each", "every", "how", "where", "when", "of", "in", "on", "to", "from", "for", "after",
    "before", "now", "by", "so", "until", "with", "as", "if", "such", "here", "only", "inside", "also",
}  # fmt: skip
VERBS_WITH_S = {"address", "compress", "cross", "discuss", "dismiss", "express", "guess", "pass", "press", "process"}


def says_what_to_do(docstring: str) -> bool:
    word = docstring.split()[0].strip("`'.,:").lower()
    return word not in NOT_IMPERATIVE and (not word.endswith("s") or word in VERBS_WITH_S)


def test_what_acts_is_said_in_the_imperative():
    files = [path for package in ("swarmkit_helpers", "swarm_simulator") for path in (ROOT / package).rglob("*.py")]
    wrong = [
        f"{path.relative_to(ROOT)}:{node.lineno}: {docstring.splitlines()[0]}"
        for path in sorted(files)
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))
        and isinstance(node.returns, ast.Constant)
        and node.returns.value is None
        and not node.name.startswith("__")
        and (docstring := ast.get_docstring(node))
        and not says_what_to_do(docstring)
    ]
    assert wrong == []
