"""What SwarmKit decides, as pure functions: which nodes can take a task, where tasks go, which slots end.

Nothing here asks an engine or changes anything. Where SwarmKit chooses at random, `place` chooses one outcome, and
`outcomes` is the set of all. `python3 -m tests.support.scheduling_cases FILE.jsonl` checks these functions
against cases recorded from SwarmKit's own code.
"""

from .filters import Filter, pending_message, preassigned_message, rejected
from .hosts import Host, Request
from .node_info import FAILURE_WINDOW, MAX_FAILURES, is_active, occupies
from .outcomes import Outcomes, outcomes
from .placement import place, rank, with_tasks
from .scale_down import Slot, excess, free_slots

__all__ = [
    "FAILURE_WINDOW", "MAX_FAILURES", "Filter", "Host", "Outcomes", "Request",
    "Slot", "excess", "free_slots", "is_active", "occupies", "outcomes", "pending_message", "place",
    "preassigned_message", "rank", "rejected", "with_tasks",
]  # fmt: skip
