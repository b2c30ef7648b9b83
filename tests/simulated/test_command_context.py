"""Programs that tell of what is around them, and files that are not there."""

import pytest
from support.simulator_server import client, node_client, serving, start_node

from swarm_simulator.engines.command_behaviour import behaviour_of
from swarm_simulator.engines.command_context import HOSTNAME, CommandContext
from swarmkit_helpers.polling import wait_until

NO_FILES = b"this container is simulated: it has no files that could be read\n"


def told(command: str, **context) -> tuple[int, bytes]:
    """The exit code and the output of a command."""
    behaviour = behaviour_of(command.split(" ", 2) if command.startswith("sh -c") else command.split(), _of(**context))
    return behaviour.exit_code, b"".join(line.text for line in behaviour.output)


def _of(**context) -> CommandContext:
    return CommandContext(**context)


@pytest.mark.parametrize(
    ("command", "context", "answer"),
    [
        ("cat /nosuch", {}, (1, b"cat: can't open '/nosuch': No such file or directory\n")),
        ("ls /nosuch", {}, (1, b"ls: /nosuch: No such file or directory\n")),
        ("ls /data", {"mounts": ("/data",)}, (1, b"ls: /data: " + NO_FILES)),
        ("cat /etc/passwd", {}, (1, b"cat: can't open '/etc/passwd': " + NO_FILES)),
        ("echo -n a", {}, (0, b"a")),
        ("echo -e a\\nb", {}, (0, b"a\nb\n")),
        ("printf %s-%d\\n a 3", {}, (0, b"a-3\n")),
        ("cat /etc/hostname", {}, (0, f"{HOSTNAME}\n".encode())),
        ("cat /run/secrets/pw", {"files": {"/run/secrets/pw": b"s3cret"}}, (0, b"s3cret")),
        ("ls", {}, (0, b"bin\ndev\netc\nproc\nroot\nsys\ntmp\nvar\n")),
        (
            "env",
            {"variables": {"A": "1", "PATH": "/bin"}},
            (0, f"PATH=/bin\nHOSTNAME={HOSTNAME}\nA=1\nHOME=/\n".encode()),
        ),
        ("printenv A", {"variables": {"A": "1"}}, (0, b"1\n")),
        ("printenv B", {"variables": {"A": "1"}}, (1, b"")),
        ("id", {}, (0, b"uid=0 gid=0 groups=0\n")),
        ("id -u", {"user": "1000:1001"}, (0, b"1000\n")),
        ("id -G", {"groups": ("1000", "1001")}, (0, b"0 1000 1001\n")),
        ("pwd", {"folder": "/tmp"}, (0, b"/tmp\n")),
        ("ping nosuchhost", {"resolves": lambda host: False}, (1, b"ping: bad address 'nosuchhost'\n")),
        ("sh -c cat /nosuch && echo never", {}, (1, b"cat: can't open '/nosuch': No such file or directory\n")),
        ("sh -c echo a > /made; cat /made; echo b", {}, (0, b"cat: can't open '/made': " + NO_FILES + b"b\n")),
        ("sh -c ls /nosuch || true", {}, (0, b"")),
    ],
)
def test_a_program_tells_what_a_real_one_tells(command, context, answer):
    assert told(command, **context) == answer


def test_an_open_input_keeps_a_program_up_that_reads_it():
    for command in (["cat"], ["sh"]):
        assert behaviour_of(command, CommandContext(open_stdin=True)).seconds is None
        assert behaviour_of(command).seconds is not None


def test_a_ping_finds_the_services_of_its_swarm_and_nothing_else():
    with serving() as server, client(server) as host, node_client(host, start_node(host)) as node:
        node.load_image(b"".join(host.get_image("busybox")))
        node.init_swarm(advertise_addr="eth0")
        node.create_service({"ContainerSpec": {"Image": "busybox", "Command": ["sleep", "1d"]}}, name="web")
        lost, found = (node.create_container("busybox", f"ping {name}") for name in ("nosuchhost", "web"))
        for made in (lost, found):
            node.start(made)
        assert node.wait(lost)["StatusCode"] == 1
        assert node.logs(lost) == b"ping: bad address 'nosuchhost'\n"
        assert node.inspect_container(found)["State"]["Running"]


def test_a_task_reads_its_secrets_and_configs():
    with serving() as server, client(server) as host, node_client(host, start_node(host)) as node:
        node.load_image(b"".join(host.get_image("busybox")))
        node.init_swarm(advertise_addr="eth0")
        secret, config = node.create_secret("pw", b"s3cret"), node.create_config("motd", b"hello\n")
        target = {"UID": "0", "GID": "0", "Mode": 0o444}
        container = {
            "Image": "busybox",
            "Command": ["sh", "-c", "cat /motd; cat /run/secrets/pw; sleep 1d"],
            "Secrets": [{"SecretID": secret["ID"], "SecretName": "pw", "File": {"Name": "pw", **target}}],
            "Configs": [{"ConfigID": config["ID"], "ConfigName": "motd", "File": {"Name": "motd", **target}}],
        }
        node.create_service({"ContainerSpec": container}, name="reader")
        wait_until(lambda: [task["Status"]["State"] for task in node.tasks()] == ["running"], 10, AssertionError)
        wait_until(lambda: node.logs(node.containers()[0]) == b"hello\ns3cret", 10, AssertionError)
