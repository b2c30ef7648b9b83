"""The control of the machines' faults: a row for each machine, and what it says of itself."""

from ipywidgets import VBox

from swarmkit_helpers import language
from swarmkit_helpers.display.tables import Machines
from swarmkit_helpers.machine import Machine
from swarmkit_helpers.notebook.controls import FaultControl
from swarmkit_helpers.notebook.controls.style import CSS


class Cluster:
    """Machines in the four states that last, and one that is being removed; of no machine is there anything new."""

    name = "machines"
    kinds = ("running", "exited", "paused", "disconnected", "removing")

    def __init__(self) -> None:
        self.engine = self.api = self

    def machines(self) -> Machines:
        return Machines(
            Machine("course", f"node{number}", state, "10.0.0.12", f"id{number}", "image", "reduced")
            for number, state in enumerate(self.kinds)
        )

    def stream(self, *path: str, **query: object) -> list[bytes]:
        return []


def test_how_a_machine_is_stays_beside_its_buttons():
    control = FaultControl(Cluster())
    [rows] = [part.children for part in control.box.children if isinstance(part, VBox)]
    assert len(rows) == len(Cluster.kinds)
    for row, state in zip(rows, Cluster.kinds, strict=True):
        buttons, line = row.children
        assert len(buttons.children) == 3
        assert state in line.value
        assert "swk-columns" in row._dom_classes
    rules = dict(rule.split("{") for rule in CSS.replace("\n", " ").split("}") if rule.count("{") == 1)
    column = rules[" .swk-control .swk-columns > .widget-html "]
    assert "flex: 1 1" in column
    assert "wrap" in rules[" .swk-control .swk-buttons "]
    control.close()


def test_a_fault_is_told_as_what_it_is():
    control = FaultControl(Cluster())
    assert "The swarm is not asked: it is as if you pulled a plug." in control.box.children[1].value
    control.close()


def test_the_buttons_speak_the_language_in_use():
    with language.temporarily("id"):
        rows = FaultControl(Cluster()).buttons
    assert [button.description for row in rows.values() for button in row if not button.disabled] == [
        "Matikan node0",
        "Bekukan node0",
        "Putuskan node0",
        "Nyalakan node1",
        "Lanjutkan node2",
        "Sambungkan node3",
    ]
