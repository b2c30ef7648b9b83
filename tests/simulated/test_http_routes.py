"""The page about the simulated engine lists its routes. Write the list: python tests/simulated/test_http_routes.py."""

from pathlib import Path

from swarm_simulator.http import routes

PAGE = Path(__file__).parents[2] / "docs" / "SIMULATION.md"
HEAD = "| Of | Routes |\n| --- | --- |\n"
METHODS = ("GET", "POST", "DELETE", "PUT", "HEAD")


def table() -> str:
    """The table of all routes: a row for each first part of a path."""
    rows: dict[str, dict[str, list[str]]] = {}
    for method, pattern in routes.ALL:
        row = rows.setdefault(pattern.split("/")[1], {known: [] for known in METHODS})
        row[method].append(pattern.replace(":path", ""))
    return HEAD + "".join(f"| {start} | {' · '.join(_cell(row))} |\n" for start, row in sorted(rows.items()))


def _cell(row: dict[str, list[str]]) -> list[str]:
    return [f"{method} " + " ".join(f"`{path}`" for path in sorted(paths)) for method, paths in row.items() if paths]


def split_page() -> tuple[str, str, str]:
    """The page before its table of routes, the table, and the page after it."""
    before, head, rest = PAGE.read_text(encoding="utf-8").partition(HEAD)
    rows, blank, after = rest.partition("\n\n")
    return before, f"{head}{rows}\n", blank[1:] + after


def test_the_page_lists_exactly_the_routes():
    assert split_page()[1] == table()


if __name__ == "__main__":
    before, _, after = split_page()
    PAGE.write_text(before + table() + after, encoding="utf-8")
