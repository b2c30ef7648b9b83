"""Where SwarmKit puts tasks and which it takes away: its rules, as pure functions.

Nothing here asks an engine or changes anything. Where SwarmKit chooses at random, `place` chooses one way, and
`outcomes` is the set of all ways. `python3 -m tests.support.scheduling_cases FILE.jsonl` checks these functions
against cases recorded from SwarmKit's own code.
"""

from .accounting import FAILURE_WINDOW, MAX_FAILURES, is_active, occupies
from .filters import Filter, pending_message, preassigned_message, rejected
from .hosts import Host, Request
from .outcomes import Outcomes, outcomes
from .placement import place, rank, with_tasks
from .scale_down import Slot, excess, free_slots

__all__ = [
    "FAILURE_WINDOW", "MAX_FAILURES", "Filter", "Host", "Outcomes", "Request",
    "Slot", "excess", "free_slots", "is_active", "occupies", "outcomes", "pending_message", "place",
    "preassigned_message", "rank", "rejected", "with_tasks",
]  # fmt: skip
