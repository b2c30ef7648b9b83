"""How the nodes ranked for a task when it was placed: in words, and as a table."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ...language import _, ngettext
from ...records import natural_key
from ...rules import Host
from ..summary import MAX_NODES
from ..tables import data, grid


@dataclass(frozen=True)
class Standing:
    """Nodes that were equal for the scheduler: chance decides between them."""

    nodes: tuple[str, ...]
    tasks: int  # of the service, on each of these nodes
    total: int  # of all services, on each of these nodes


def standings(ranking: Iterable[Sequence[Host]]) -> tuple[Standing, ...]:
    """The standings of hosts that are in order already, equals together."""
    return tuple(
        Standing(tuple(sorted((host.name for host in equals), key=natural_key)), equals[0].tasks, equals[0].total)
        for equals in ranking
    )


def words(service: str, ranking: Iterable[Standing]) -> str:
    """node2, node3 (0 tasks of web, 1 of all services); then node1 (1 task of web, 4 of all services)."""
    told = [
        ngettext(
            "{nodes} ({n} task of {service}, {total} of all services)",
            "{nodes} ({n} tasks of {service}, {total} of all services)",
            each.tasks,
        ).format(nodes=_names(each), n=each.tasks, service=service, total=each.total)
        for each in ranking
    ]
    return _("; then ").join(told)


def table(service: str, ranking: Iterable[Standing]) -> str:
    """The HTML of the table: a row for each standing, the best first."""
    titles = [_("RANK"), _("NODE"), _("TASKS OF {service}").format(service=service), _("TASKS OF ALL SERVICES")]
    rows = ([str(rank), _names(each), str(each.tasks), str(each.total)] for rank, each in enumerate(ranking, 1))
    return grid(titles, map(data, rows))


def _names(standing: Standing) -> str:
    if len(standing.nodes) > MAX_NODES:
        return ngettext("{n} node", "{n} nodes", len(standing.nodes)).format(n=len(standing.nodes))
    return ", ".join(standing.nodes)
