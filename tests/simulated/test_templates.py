"""Templates in a service's spec: filled in on the node, or refused with the service in the words of a real engine."""

import pytest
from support.simulated_api import SmallSwarmAPI, spec
from support.simulator_server import client, node_client, serving, start_node

from swarm_simulator.errors import ApiError
from swarm_simulator.swarm_api.template import (
    Context,
    NodeContext,
    Platform,
    ServiceContext,
    TaskContext,
    expand,
)
from swarmkit_helpers.polling import wait_until

CONTEXT = Context(
    ServiceContext("svc1", "web", {"tier": "front"}),
    NodeContext("nod1", "node1", Platform("x86_64", "linux")),
    TaskContext("tsk1", "web.2.tsk1", "2"),
)


@pytest.mark.parametrize(
    ("text", "filled"),
    [
        ("plain }} text", "plain }} text"),
        ("{{.Node.Hostname}}-{{ .Task.Slot }}-{{.Service.Name}}", "node1-2-web"),
        ("{{.Service.ID}} {{.Node.ID}} {{.Task.ID}} {{.Task.Name}}", "svc1 nod1 tsk1 web.2.tsk1"),
        ("{{.Node.Platform.Architecture}}/{{.Node.Platform.OS}}", "x86_64/linux"),
        ("{{.Node.Platform}} {{.Service.Labels}}", "{x86_64 linux} map[tier:front]"),
        ('{{.Service.Labels.tier}} {{index .Service.Labels "tier"}} {{index .Service.Labels "no"}}', "front front "),
        ('{{join "-" .Node.Hostname .Task.Slot}} {{"x"}}{{/* a note */}}', "node1-2 x"),
        ("a {{- .Task.Slot -}} b", "a2b"),
        ("{{.}}", "{{svc1 web map[tier:front]} {nod1 node1 {x86_64 linux}} {tsk1 web.2.tsk1 2}}"),
    ],
)
def test_a_template_is_filled_in_as_go_does(text, filled):
    assert expand(text, CONTEXT) == filled


FIELD = 'executing "expansion" at '


@pytest.mark.parametrize(
    ("container", "words"),
    [
        (
            {"Env": ["X={{.Nope}}"]},
            f'env failed: expanding env "X={{{{.Nope}}}}": template: expansion:1:2: {FIELD}<.Nope>: '
            "can't evaluate field Nope in type *template.Context",
        ),
        (
            {"Env": ["X={{.Node.hostname}}"]},
            f'env failed: expanding env "X={{{{.Node.hostname}}}}": template: expansion:1:7: {FIELD}<.Node.hostname>: '
            "can't evaluate field hostname in type struct { ID string; Hostname string; Platform template.Platform }",
        ),
        ({"Env": ["X={{.Node"]}, 'env failed: expanding env "X={{.Node": template: expansion:1: unclosed action'),
        ({"Env": ["X={{}}"]}, 'env failed: expanding env "X={{}}": template: expansion:1: missing value for command'),
        (
            {"Env": ["X={{upper .Node.ID}}"]},
            'env failed: expanding env "X={{upper .Node.ID}}": template: expansion:1: function "upper" not defined',
        ),
        (
            {"Env": ["X={{.Service.Labels.zz}}"]},
            f'env failed: expanding env "X={{{{.Service.Labels.zz}}}}": template: expansion:1:10: {FIELD}'
            '<.Service.Labels.zz>: map has no entry for key "zz"',
        ),
        (
            {"Hostname": "{{.Nope}}", "Env": ["X={{.Nope}}"]},
            f"hostname failed: template: expansion:1:2: {FIELD}<.Nope>: "
            "can't evaluate field Nope in type *template.Context",
        ),
        (
            {"Mounts": [{"Type": "volume", "Source": "v", "Target": "/x{{.Nope}}"}]},
            f'mounts failed: expanding mount target "/x{{{{.Nope}}}}": template: expansion:1:4: {FIELD}<.Nope>: '
            "can't evaluate field Nope in type *template.Context",
        ),
        (
            {"Mounts": [{"Type": "volume", "Target": "/x", "VolumeOptions": {"Labels": {"a": "{{.Nope}}"}}}]},
            'mounts failed: expanding volume labels: expanding map entry "a"="{{.Nope}}": template: '
            f"expansion:1:2: {FIELD}<.Nope>: can't evaluate field Nope in type *template.Context",
        ),
    ],
)
def test_a_template_that_cannot_be_is_refused_when_the_service_is_created(container, words):
    with pytest.raises(ApiError) as refused:
        SmallSwarmAPI().api.create_service(spec(container=container))
    assert refused.value.status == 400
    assert refused.value.message == f"rpc error: code = InvalidArgument desc = expanding {words}"


def test_what_a_template_may_be_but_is_not_simulated_is_refused_in_a_sentence():
    with pytest.raises(ApiError, match="a simulated engine fills in fields, index and join") as refused:
        SmallSwarmAPI().api.create_service(spec(container={"Env": ["X={{if true}}a{{end}}"]}))
    assert refused.value.status == 501


def test_a_task_gets_what_its_templates_say():
    with serving() as server, client(server) as host, node_client(host, start_node(host)) as node:
        node.load_image(b"".join(host.get_image("busybox")))
        node.init_swarm(advertise_addr="eth0")
        container = {
            "Image": "busybox",
            "Command": ["sh", "-c", "echo on $WHERE ${OTHER}; sleep 1000"],
            "Env": ["WHERE={{.Node.Hostname}}-{{.Task.Slot}}", 'OTHER={{index .Service.Labels "a"}}'],
            "Hostname": "{{.Service.Name}}-{{.Task.Slot}}",
            "Mounts": [{"Type": "volume", "Source": "data-{{.Task.Slot}}", "Target": "/data"}],
        }
        node.create_service({"ContainerSpec": container}, name="web", labels={"a": "b"})
        wait_until(lambda: [task["Status"]["State"] for task in node.tasks()] == ["running"], 10, AssertionError)
        [made] = node.containers()
        body = node.inspect_container(made)
        assert {"WHERE=node1-1", "OTHER=b"} <= {*body["Config"]["Env"]}
        assert body["Config"]["Hostname"] == "web-1"
        assert [mount["Name"] for mount in body["Mounts"]] == ["data-1"]
        assert node.logs(made) == b"on node1-1 b\n"
