"""What strangers wrote, as it can be shown: on a terminal, in a table, on a page."""


def shown(text: str, longest: int = 200) -> str:
    """The text in one line, without what would steer a terminal or turn the reading direction, and not longer."""
    line = "".join(char if char.isprintable() else " " if char.isspace() else "\ufffd" for char in text[: longest + 1])
    return line if len(line) <= longest else f"{line[: longest - 1]}…"
