"""The filters of a prune request: what it may remove (moby, daemon/prune.go)."""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime

from ..errors import ApiError

_DURATION = re.compile(r"(?:\d+(?:\.\d+)?(?:ns|us|µs|ms|s|m|h))+")
_DURATION_PART = re.compile(r"(\d+(?:\.\d+)?)(ns|us|µs|ms|s|m|h)")
_UNIT_SECONDS = {"ns": 1e-9, "us": 1e-6, "µs": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0}
_UNIX = re.compile(r"\d{1,12}(?:\.\d+)?")


class PruneFilters:
    """Which of the unused objects a prune request names."""

    def __init__(
        self,
        filters: Mapping[str, Sequence[str]],
        accepted: Sequence[str],
        now: float,
        simulated_time: Callable[[float], float] = lambda moment: moment,
    ) -> None:
        """`now` is in simulated seconds since the epoch; `simulated_time` turns a client's time into such a one.

        Raises `ApiError` 400 for a filter that is not accepted, or for a time that cannot be read.
        """
        if unknown := next((key for key in filters if key not in accepted), None):
            raise ApiError(400, f"invalid filter '{unknown}'")
        self._labels, self._not_labels = filters.get("label", ()), filters.get("label!", ())
        self._until: float | None = None
        if until := filters.get("until"):
            if len(until) > 1:
                raise ApiError(400, "more than one until filter specified")
            self._until = _moment(until[0], now, simulated_time)

    def include(self, labels: Mapping[str, str] | None, created: float) -> bool:
        """Whether the request may remove an unused object with these labels, created then."""
        if self._until is not None and created > self._until:
            return False
        if not _has_all(labels or {}, self._labels):
            return False
        return not (self._not_labels and _has_all(labels or {}, self._not_labels))


def _has_all(labels: Mapping[str, str], wanted: Sequence[str]) -> bool:
    """Whether there are all those labels: "key" or "key=value" (moby, filters.Args.MatchKVList)."""
    pairs = [each.partition("=") for each in wanted]
    return all(key in labels and (not mark or labels[key] == value) for key, mark, value in pairs)


def _moment(text: str, now: float, simulated_time: Callable[[float], float]) -> float:
    """A duration before now, a Unix time or a date (moby, timetypes.GetTimestamp). Raises `ApiError` 400."""
    if _DURATION.fullmatch(text):
        return now - sum(float(number) * _UNIT_SECONDS[unit] for number, unit in _DURATION_PART.findall(text))
    if _UNIX.fullmatch(text):
        return simulated_time(float(text))
    try:
        date = datetime.fromisoformat(text)
    except ValueError:
        raise ApiError(400, f"failed to parse value as time or duration: {text}") from None
    return simulated_time((date if date.tzinfo else date.replace(tzinfo=UTC)).timestamp())
