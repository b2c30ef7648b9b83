"""The record as of an earlier moment. Observations and commands have numbers, without a gap: a number is a moment."""

from bisect import bisect_right

from ...display import charts
from ...docker_commands import Command
from ...recorder import Recording
from ...records import Json


def as_of(recording: Recording, number: int) -> charts.Record:
    """The record as it was when the entry of that number was the last one."""
    entries = recording.since(0)
    kept = entries[: bisect_right(entries, number, key=lambda entry: entry[0])]
    history = tuple(entry for _number, entry in kept if not isinstance(entry, Command))
    markers = tuple(entry for _number, entry in kept if isinstance(entry, Command))
    return charts.Record(history, markers, kept[-1][1].at if kept else None)


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
