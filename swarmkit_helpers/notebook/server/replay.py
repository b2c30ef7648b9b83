"""The record as of an earlier moment. Observations and commands have numbers, without a gap: a number is a moment."""

import time

from ...display import charts
from ...docker_commands import Command
from ...recorder import Recording
from ...records import Json


def as_of(recording: Recording, number: int | None = None) -> charts.Record:
    """The record as it was when the entry of that number was the last one; by default as it is now.

    What this server has recorded is shown without what earlier ones have: between two days anything may have happened.
    """
    entries = recording.since(0) if number is None else recording.until(number)
    if entries and entries[-1][0] > recording.began:
        entries = [each for each in entries if each[0] > recording.began]
    history = tuple(entry for _number, entry in entries if not isinstance(entry, Command))
    markers = tuple(entry for _number, entry in entries if isinstance(entry, Command))
    return charts.Record(history, markers, time.time() if number is None else entries[-1][1].at if entries else None)


def moments(recording: Recording) -> Json:
    """The first and the last number that can be shown, and the commands among them."""
    entries = recording.since(0)
    seen = [number for number, entry in entries if not isinstance(entry, Command)]
    return {
        "first": seen[0] if seen else 0,
        "last": entries[-1][0] if seen else 0,
        "commands": [
            {"number": number, "text": str(entry)}
            for number, entry in entries
            if isinstance(entry, Command) and seen and number > seen[0]
        ],
    }
