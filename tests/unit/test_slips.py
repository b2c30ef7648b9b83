"""A beginner's slips get a sentence and a fix; what is no slip keeps its traceback."""

import pytest
from IPython.core.interactiveshell import InteractiveShell
from IPython.core.magic import Magics, cell_magic, magics_class
from jupyter_client.manager import KernelManager

from swarmkit_helpers import Section, charts
from swarmkit_helpers.cluster.swarm import Swarm
from swarmkit_helpers.notebook import slips
from swarmkit_helpers.notebook.server.kernel_specs import KernelSpecs


@magics_class
class Echo(Magics):
    """Stands where Setup puts `%%node`."""

    @cell_magic
    def node(self, line: str, cell: str) -> None:
        print(f"on {line}: {cell}", end="")


@pytest.fixture(scope="module")
def shell() -> InteractiveShell:
    shell = InteractiveShell()
    shell.history_manager.enabled = False
    slips.load_ipython_extension(shell)
    shell.register_magics(Echo)
    shell.user_ns |= {"swarm": object.__new__(Swarm), "section": Section("04-scale"), "charts": charts}
    return shell


def shown(shell: InteractiveShell, capsys: pytest.CaptureFixture[str], cell: str) -> str:
    shell.run_cell(cell, store_history=False)
    return capsys.readouterr().out


@pytest.mark.parametrize(
    ("cell", "said", "fix"),
    [
        ("docker service ls", "'docker service ls' is a command for a node", "write %%node node1 as the first line"),
        ("# look\ndocker ps -a", "'docker ps -a' is a command for a node", "write %%node node1"),
        (
            "# mine\n%%node node1\ndocker ps",
            "%%node node1 has to be the first line",
            "move the lines that begin with #",
        ),
        ("%%node node1 docker ps -a", "on the line of %%node node1", "in one line, %node node1 docker ps -a"),
        ('swarm.scale("sleep-app, 7)', "in line 1 a quote is missing", "begins and ends with the same quote"),
        ('swarm.scale("sleep-app", 7', 'in line 1 the bracket ( is not closed: swarm.scale("sleep-app", 7', "write )"),
        ('print("7"\nswarm.nodes()', 'in line 1 the bracket ( is not closed: print("7"', "write ) where it ends"),
        ("[7, {8: 9]", "in line 1 the bracket ] closes none that is open", "remove it, or write the bracket"),
        ("print(7))", "in line 1 the bracket ) closes none that is open: print(7))", "remove it"),
        ('section.predict("spread", three)', "`three` has no quotes", "if a number is asked for, write it in digits"),
        ('section.predict("joined-role", worker)', "`worker` has no quotes", 'put it in quotes: "worker"'),
        ("swarm.scale(sleep-app, 8)", "`sleep-app` has no quotes", 'put it in quotes: "sleep-app"'),
        ("cluster.kill('node2')", "cluster is not known yet", "run the two cells under Setup"),
        (
            "swarm.scal('sleep-app', 7)",
            "has nothing called 'scal': did you mean scale",
            "use one of these names: scale, ",
        ),
        ("charts.placment(swarm)", "called 'placment': did you mean placement", "these names: placement, "),
        (
            "swarm.scale('sleep-app')",
            "missing 1 required positional argument: 'replicas'",
            "swarm.scale(name, replicas)",
        ),
        ("swarm.update_service('a', 'sleep')", "takes 2 positional", "swarm.update_service(name, setting=value, …)"),
        ("section.check()", "missing 1 required positional argument: 'id'", "section.check(id)"),
    ],
)
def test_a_slip_is_two_lines(shell, capsys, cell, said, fix):
    output = shown(shell, capsys, cell)
    first, second = output.strip().splitlines()
    assert first.startswith("BadInput: ") and said in first
    assert second.startswith("  Fix: ") and fix in second


@pytest.mark.parametrize(
    ("cell", "said"),
    [
        ("%%node node1\ndocker ps\n", "on node1: docker ps\n"),
        ("docker = 7\nprint(docker)", "7\n"),
        ("print('docker ps')", "docker ps\n"),
        ("# only a comment", ""),
        ("", ""),
    ],
)
def test_a_cell_without_a_slip_runs(shell, capsys, cell, said):
    assert shown(shell, capsys, cell) == said


@pytest.mark.parametrize("cell", ["1 +* 2", "{}.no_such_name", "unknown_name", "len()", "int('x')"])
def test_another_error_keeps_its_traceback(shell, capsys, cell):
    output = shown(shell, capsys, cell)
    assert "BadInput" not in output
    assert "Error" in output


def test_an_error_inside_a_call_is_no_slip_of_the_cell(shell, capsys):
    output = shown(shell, capsys, "swarm.tasks('sleep-app')")  # a Swarm without managers
    assert "BadInput" not in output
    assert "AttributeError" in output


def test_before_setup_the_magic_is_not_there():
    slip = slips.slip_of_text("%%node node1\ndocker ps", has_node_magic=False)
    assert slip
    assert slip.fix == "run the two cells under Setup, then this cell again"


@pytest.mark.parametrize("cell", ["%%node node1\ndocker run -dt $image sleep 9", "%node node1 docker run ${image}"])
def test_before_setup_a_setting_is_not_taken_as_empty(cell):
    slip = slips.slip_of_setting(cell, {})
    assert slip
    assert slip.problem.startswith("$image is not known yet")


@pytest.mark.parametrize(
    ("cell", "names"),
    [
        ("%%node node1\necho $HOME", {}),
        ("%%node node1\necho $image", {"image"}),
        ("%%node node1\nimage=busybox; echo $image", {"section"}),
        ('print("$image")', {}),
    ],
)
def test_other_variables_are_left_to_the_shell(cell, names):
    assert slips.slip_of_setting(cell, names) is None


def test_a_kernel_of_lab_answers_the_first_cell_so():
    manager = KernelManager(kernel_name="python3", kernel_spec_manager=KernelSpecs(), transport="ipc")
    manager.start_kernel()
    client = manager.blocking_client()
    client.start_channels()
    try:
        client.wait_for_ready(timeout=60)
        reply = client.execute_interactive("docker service ls", timeout=60, output_hook=lambda message: None)
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)
    assert reply["content"]["traceback"][1] == (
        "  Fix: write %%node node1 as the first line of the cell, above the command"
    )
