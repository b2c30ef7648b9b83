"""Examinations on this computer: what runs beside them."""

import psutil

from swarmkit_helpers.grading import workers


def listening() -> set[tuple[str, int]]:
    """The addresses at which this process listens."""
    connections = psutil.Process().net_connections("inet")
    return {(each.laddr.ip, each.laddr.port) for each in connections if each.status == psutil.CONN_LISTEN}


def test_nothing_listens_for_other_computers():
    before = listening()
    with workers._local_cluster(1):
        assert {address for address, _port in listening() - before} == {"127.0.0.1"}
