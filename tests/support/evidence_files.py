"""Evidence as a student hands it in."""

from dataclasses import replace
from typing import Any

from swarmkit_helpers.course.journal import Event
from swarmkit_helpers.grading import evidence
from swarmkit_helpers.grading.evidence.signed_file import Evidence, Prediction, Result

SECTION = "04-scale"
NOW = 1_800_000_000.0


def good(**changes: Any) -> Evidence:
    """Evidence in which a review finds nothing wrong."""
    told = (Event(NOW - 99, "prediction", "spread", "3"), Event(NOW - 90, "result", "spread", "passed, 1 of 1"))
    return replace(
        Evidence(
            "s001",
            "s001",
            "course",
            NOW,
            evidence.versions(),
            (Result(SECTION, "spread", "passed", 1, 1, NOW - 90),),
            (Prediction(SECTION, "spread", 3, NOW - 99),),
            {SECTION: told},
        ),
        **changes,
    )
