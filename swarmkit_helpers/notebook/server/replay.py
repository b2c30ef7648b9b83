"""What of a record can be replayed. Observations and commands have numbers, without a gap: a number is a moment."""

from ...docker_commands import Command
from ...recorder import Recording
from ...records import Json


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
