"""Which examinations are left behind: a process id means something only where it was given."""

import os
import subprocess
import sys
import time

import pytest

from swarmkit_helpers.grading import containers, leftovers

ENDED, HERE, ELSEWHERE = "ended", containers.namespace(), "f" * containers.NAMESPACE_CHARS


@pytest.mark.parametrize(
    ("process", "namespace", "lease", "dead"),
    [
        ("running", HERE, 99, False),
        (ENDED, HERE, 99, True),
        (ENDED, "", 99, True),  # of a version that had no namespaces
        ("running", "", -99, False),
        (ENDED, ELSEWHERE, 99, False),
        (ENDED, ELSEWHERE, -99, True),
    ],
)
def test_what_is_left_behind_is_known(process: str, namespace: str, lease: int, dead: bool):
    id = os.getpid()
    if process == ENDED:
        with subprocess.Popen([sys.executable, "-c", ""]) as ended:
            id = ended.pid
    assert leftovers.is_dead(str(id), namespace, str(int(time.time()) + lease)) is dead


def test_a_cluster_s_name_says_whose_it_is():
    made = leftovers._CLUSTER.fullmatch(leftovers.new_cluster_name())
    assert leftovers.is_own(made[1], made[2] or "", "")
    assert leftovers._CLUSTER.fullmatch("exam-7-0123abcd")[2] is None
    elsewhere = leftovers._CLUSTER.fullmatch("exam-7-ffffff-0123abcd")
    assert not leftovers.is_dead(elsewhere[1], elsewhere[2], "")
