"""Text that strangers wrote, in a form that is safe to show: on a terminal, in a table, on a page."""

_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def shown(text: str, max_chars: int = 200) -> str:
    """The text in one short line, without characters that move a cursor or turn the reading direction."""
    line = "".join(
        char if char.isprintable() else " " if char.isspace() else "\ufffd" for char in text[: max_chars + 1]
    )
    return line if len(line) <= max_chars else f"{line[: max_chars - 1]}…"


def shown_lines(text: str) -> str:
    """The text with its lines and tabs, and without other characters that move a cursor or turn the direction."""
    return "".join(char if char.isprintable() or char in "\n\t" else "\ufffd" for char in text.replace("\r\n", "\n"))


def cell(value: object) -> object:
    """A cell that no spreadsheet takes for a formula (OWASP, CSV Injection)."""
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value


def of_cell(value: str) -> str:
    """The text that `cell` has made that cell of."""
    return value[1:] if value.startswith("'") and value[1:].startswith(_FORMULA) else value
