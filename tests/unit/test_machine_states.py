"""What is said of a machine that does not simply run."""

from datetime import UTC, datetime

import pytest

from swarmkit_helpers.display.machine_states import faults
from swarmkit_helpers.records import MachineState

SINCE = datetime(2026, 11, 23, 10, 41, 2, tzinfo=UTC)


@pytest.mark.parametrize(
    ("state", "said"),
    [
        ("exited", "node2's machine is off since {time}: cluster.start('node2')"),
        ("paused", "node2's machine is frozen since {time}: cluster.unpause('node2')"),
        ("disconnected", "node2's machine is cut off from the network since {time}: cluster.reconnect('node2')"),
    ],
)
def test_the_fault_its_time_and_its_repair_are_said(state: str, said: str):
    machines = (MachineState("m1", "node1", "running", SINCE), MachineState("m2", "node2", state, SINCE))
    time = f"{SINCE.astimezone():%H:%M:%S}"  # of this computer's clock
    assert faults(machines) == [said.format(time=time)]


def test_a_time_that_is_not_known_is_left_out():
    machines = (MachineState("m2", "node2", "paused", None),)
    assert faults(machines) == ["node2's machine is frozen: cluster.unpause('node2')"]
