"""What is handed in late: by how much, and what it costs."""

import math
import re
from dataclasses import dataclass
from datetime import datetime

from ..errors import BadInput
from ..language import _, decimal, ngettext
from .submissions import Submission

_RATE = re.compile(r"(\d+(?:\.\d+)?)%/(hour|day|week)")
_SECONDS = {"hour": 3600, "day": 86_400, "week": 604_800}


@dataclass(frozen=True)
class LatePolicy:
    """When all has to be handed in, and the share of the points that each period after it costs."""

    due: float  # seconds since the epoch
    share: float = 0.0
    period: str = "day"

    def periods_late(self, submission: Submission) -> int:
        """How many periods after the due time it was handed in, begun ones counted; 0 if its time is not known."""
        return max(0, math.ceil((submission.handed_in - self.due) / _SECONDS[self.period]))

    def lost_share(self, submission: Submission) -> float:
        """The share of its points that it loses: at most all."""
        return min(1.0, self.periods_late(submission) * self.share)

    def remark(self, submission: Submission) -> str:
        """A sentence for the student; empty if it was in time."""
        n = self.periods_late(submission)
        if not n:
            return ""
        late = {
            "hour": ngettext("{n} hour after the due time", "{n} hours after the due time", n),
            "day": ngettext("{n} day after the due time", "{n} days after the due time", n),
            "week": ngettext("{n} week after the due time", "{n} weeks after the due time", n),
        }[self.period].format(n=n)
        lost = self.lost_share(submission)
        if not lost:
            return _("It was handed in late: {late}.").format(late=late)
        return _("It was handed in late: {late}. That costs {percent} % of its points.").format(
            late=late, percent=decimal(round(100 * lost, 2))
        )

    def remark_for_teacher(self, submission: Submission) -> str:
        """A sentence if it is not known when it was handed in; else empty."""
        if submission.handed_in or not submission.section or submission.entry is None:
            return ""
        if submission.entry.owner.late:
            return _("The platform marks it as late, and does not say by how much: nothing was deducted.")
        if submission.entry.layout == "canvas":
            return ""
        return _("When it was handed in is not known: nothing was deducted.")


def late_policy(due: str | None, late: str | None) -> LatePolicy | None:
    """The policy that --due and --late ask for; None if they ask for none. Raises `BadInput`."""
    if due is None:
        if late is not None:
            raise BadInput(_("--late needs --due"), _("add the time, such as --due '2027-03-01 23:59'"))
        return None
    try:
        at = datetime.fromisoformat(due)
        if re.fullmatch(r"\d{4}-\d{2}-\d{2}", due.strip()):
            at = at.replace(hour=23, minute=59, second=59)  # the end of that day
        seconds = at.timestamp()
    except (ValueError, OverflowError, OSError) as error:
        raise BadInput(
            _("--due {text!r} is no time"), _("write it as 2027-03-01 23:59, in this computer's time"), text=due
        ) from error
    if late is None:
        return LatePolicy(seconds)
    found = _RATE.fullmatch(late.replace(" ", ""))
    if found is None or float(found[1]) > 100:
        raise BadInput(_("--late {text!r} is no deduction"), _("write it as 10%/day, or /hour or /week"), text=late)
    return LatePolicy(seconds, float(found[1]) / 100, found[2])
