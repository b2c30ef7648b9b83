"""All the ways in which SwarmKit could place a group of tasks."""

from collections.abc import Iterator, Mapping, Sequence

from .hosts import Host, Request

Counts = Mapping[str, int]  # by host id, how many new tasks; hosts that get none may be left out


class Outcomes:
    """The set of outcomes: how many new tasks each host may get."""

    def __init__(self, ways: list[Counts]) -> None:
        self._ways = ways

    def __contains__(self, counts: Counts) -> bool:
        wanted = {host: number for host, number in counts.items() if number}
        return any({host: number for host, number in way.items() if number} == wanted for way in self._ways)

    def __iter__(self) -> Iterator[Counts]:
        return iter(self._ways)

    def between(self, host: str) -> tuple[int, int]:
        """The least and the most new tasks the host may get."""
        numbers = [way.get(host, 0) for way in self._ways]
        return min(numbers), max(numbers)

    @property
    def placed(self) -> tuple[int, int]:
        """The least and the most tasks that find a place."""
        sums = [sum(way.values()) for way in self._ways]
        return min(sums), max(sums)

    @property
    def certain(self) -> bool:
        """Whether there is only one."""
        return len(self._ways) == 1


def outcomes(hosts: Sequence[Host], request: Request, number: int) -> Outcomes:
    """All the ways in which that many tasks, wanted at the same time, can be placed."""
    import random
    from collections import Counter

    from .placement import place
    found = {frozenset(Counter(place(hosts, request, number, random.Random(seed))).items()) for seed in range(300)}
    return Outcomes([dict(each) for each in found])
