"""Text that strangers wrote, in a form that is safe to show: on a terminal, in a table, on a page."""


def shown(text: str, max_chars: int = 200) -> str:
    """The text in one short line, without characters that move a cursor or turn the reading direction."""
    line = "".join(
        char if char.isprintable() else " " if char.isspace() else "\ufffd" for char in text[: max_chars + 1]
    )
    return line if len(line) <= max_chars else f"{line[: max_chars - 1]}…"
