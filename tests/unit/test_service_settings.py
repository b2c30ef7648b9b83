"""Settings become the JSON that is sent and the command that is shown."""

import copy

import pytest

from swarmkit_helpers import service_settings
from swarmkit_helpers.errors import BadInput


def create(**settings):
    return service_settings.create("sleep-app", "busybox", "sleep infinity", settings)


def test_the_service_of_the_first_lesson():
    assert create() == (
        {
            "Name": "sleep-app",
            "Mode": {"Replicated": {"Replicas": 1}},
            "EndpointSpec": {"Mode": "vip"},
            "TaskTemplate": {"ContainerSpec": {"Image": "busybox:latest", "Args": ["sleep", "infinity"]}},
        },
        "docker service create --name sleep-app busybox sleep infinity",
    )


@pytest.mark.parametrize(
    ("image", "kept"),
    [
        ("busybox", "busybox:latest"),
        ("busybox:1.36", "busybox:1.36"),
        ("busybox@sha256:abc", "busybox@sha256:abc"),
        ("registry:5000/busybox", "registry:5000/busybox:latest"),
    ],
)
def test_an_image_is_kept_as_docker_writes_it(image, kept):
    spec, _ = service_settings.create("a", image, None, {})
    assert spec["TaskTemplate"]["ContainerSpec"] == {"Image": kept}


@pytest.mark.parametrize(
    ("settings", "flags", "path", "value"),
    [
        ({"replicas": 3}, "--replicas 3", "Mode.Replicated.Replicas", 3),
        ({"mode": "global"}, "--mode global", "Mode", {"Global": {}}),
        (
            {"mode": "replicated-job", "replicas": 4},
            "--mode replicated-job --replicas 4",
            "Mode",
            {"ReplicatedJob": {"TotalCompletions": 4, "MaxConcurrent": 4}},
        ),
        ({"env": {"A": "b c", "N": 1}}, "--env 'A=b c' --env N=1", "TaskTemplate.ContainerSpec.Env", ["A=b c", "N=1"]),
        ({"labels": {"a": "b"}}, "--label a=b", "Labels", {"a": "b"}),
        ({"init": True}, "--init", "TaskTemplate.ContainerSpec.Init", True),
        ({"init": False}, "--init=false", "TaskTemplate.ContainerSpec.Init", False),
        ({"limit_memory": "64MiB"}, "--limit-memory 64MiB", "TaskTemplate.Resources.Limits.MemoryBytes", 2**26),
        (
            {"reserve_memory": "1.5g"},
            "--reserve-memory 1536MiB",
            "TaskTemplate.Resources.Reservations.MemoryBytes",
            3 * 2**29,
        ),
        ({"limit_memory": 5_000_000}, "--limit-memory 5000000", "TaskTemplate.Resources.Limits.MemoryBytes", 5_000_000),
        ({"reserve_cpus": 0.1}, "--reserve-cpu 0.1", "TaskTemplate.Resources.Reservations.NanoCPUs", 10**8),
        ({"stop_grace_period": 0}, "--stop-grace-period 0s", "TaskTemplate.ContainerSpec.StopGracePeriod", 0),
        (
            {"stop_grace_period": 1.5},
            "--stop-grace-period 1.5s",
            "TaskTemplate.ContainerSpec.StopGracePeriod",
            15 * 10**8,
        ),
        (
            {"preferences": ["node.labels.rack"]},
            "--placement-pref spread=node.labels.rack",
            "TaskTemplate.Placement.Preferences",
            [{"Spread": {"SpreadDescriptor": "node.labels.rack"}}],
        ),
        (
            {"ports": ["8080:80"]},
            "--publish 8080:80",
            "EndpointSpec.Ports",
            [{"Protocol": "tcp", "TargetPort": 80, "PublishedPort": 8080, "PublishMode": "ingress"}],
        ),
        (
            {"ports": ["mode=host,published=53,target=5353,protocol=udp"]},
            "--publish mode=host,target=5353,published=53,protocol=udp",
            "EndpointSpec.Ports",
            [{"Protocol": "udp", "TargetPort": 5353, "PublishedPort": 53, "PublishMode": "host"}],
        ),
        (
            {"restart_condition": "none"},
            "--restart-condition none",
            "TaskTemplate.RestartPolicy",
            {"Condition": "none", "Delay": 5 * 10**9, "MaxAttempts": 0},
        ),
        (
            {"update_delay": 2},
            "--update-delay 2s",
            "UpdateConfig",
            {
                "Parallelism": 1,
                "Delay": 2 * 10**9,
                "Monitor": 5 * 10**9,
                "FailureAction": "pause",
                "MaxFailureRatio": 0,
                "Order": "stop-first",
            },
        ),
    ],
)
def test_a_setting_is_a_flag_and_a_field(settings, flags, path, value):
    spec, command = create(**settings)
    assert command == f"docker service create --name sleep-app {flags} busybox sleep infinity"
    assert service_settings._get(spec, path) == value


@pytest.mark.parametrize(
    ("settings", "flags"),
    [
        ({"replicas": 5}, "--replicas 5"),
        (
            {"image": "busybox:2", "command": ["sh", "-c", "echo 'hi'"]},
            """--image busybox:2 --args 'sh -c '"'"'echo '"'"'"'"'"'"'"'"'hi'"'"'"'"'"'"'"'"''"'"''""",
        ),
        ({"env": {"A": "2", "C": "3"}}, "--env-rm B --env-add A=2 --env-add C=3"),
        (
            {"constraints": ["node.role==manager"]},
            "--constraint-rm node.role==worker --constraint-add node.role==manager",
        ),
        ({"constraints": []}, "--constraint-rm node.role==worker"),
        ({"ports": ["8080:80", "8081:81"]}, "--publish-add 8081:81"),
        ({"labels": {"a": "1"}}, "--label-add a=1"),
    ],
)
def test_an_update_says_what_is_added_and_removed(settings, flags):
    spec, _ = create(env={"A": "1", "B": "1"}, constraints=["node.role==worker"], ports=["8080:80"])
    assert service_settings.change(spec, settings) == f"docker service update {flags} sleep-app"


def test_an_update_leaves_the_rest_as_it_is():
    before = {
        "Name": "web",
        "Mode": {"Replicated": {}},
        "TaskTemplate": {
            "ContainerSpec": {"Image": "a:1"},
            "Placement": {"Constraints": ["node.role==worker"]},
            "Resources": None,
            "Runtime": "container",
        },
    }
    after = copy.deepcopy(before)
    service_settings.change(after, {"max_replicas_per_node": 2, "limit_cpus": 1})
    assert after["TaskTemplate"].pop("Resources") == {"Limits": {"NanoCPUs": 10**9}}
    assert after["TaskTemplate"]["Placement"].pop("MaxReplicas") == 2
    before["TaskTemplate"].pop("Resources")
    assert after == before


def test_completions_of_a_job_are_its_replicas():
    spec, _ = create(mode="replicated-job", replicas=2)
    assert service_settings.change(spec, {"replicas": 3}) == "docker service update --replicas 3 sleep-app"
    assert spec["Mode"]["ReplicatedJob"] == {"TotalCompletions": 3, "MaxConcurrent": 2}


@pytest.mark.parametrize(
    ("settings", "says", "fix"),
    [
        ({"replica": 3}, "'replica': did you mean replicas?", "these settings: replicas, mode, image, command"),
        (
            {"constraint": []},
            "there is no setting 'constraint': did you mean constraints?",
            "settings: constraints, mode",
        ),
        ({"zzz": 3}, "there is no setting 'zzz'", "use one of these settings: mode, image, command, replicas"),
        ({"replicas": -1}, "replicas=-1 is not a valid value", "a whole number from 0 to 1000"),
        ({"replicas": "7"}, "replicas='7' is not a valid value", "a whole number"),
        ({"replicas": 2.0}, "replicas=2.0 is not a valid value", "a whole number"),
        ({"replicas": True}, "replicas=True is not a valid value", "a whole number"),
        ({"replicas": 10**6}, "replicas=1000000 is not a valid value", "from 0 to 1000"),
        ({"mode": "globl"}, "mode='globl' is not a valid value", "replicated, global, replicated-job, global-job"),
        (
            {"mode": "global", "replicas": 2},
            "replicas is a setting of a replicated service, and this one is global",
            "",
        ),
        ({"max_concurrent": 2}, "max_concurrent is a setting of a replicated-job service", "mode='replicated-job'"),
        ({"env": ["A=1"]}, "env=", "a dict"),
        ({"env": {"A=B": 1}}, "env=", "a dict"),
        ({"env": {"A": None}}, "env=", ""),
        ({"constraints": "node.role==worker"}, "constraints=", "a list"),
        (
            {"constraints": ["node.role=worker"]},
            "the constraint 'node.role=worker' cannot be read",
            "node.role==worker",
        ),
        ({"limit_memory": "64 apples"}, "limit_memory='64 apples' is not a valid value", "64MiB"),
        ({"limit_cpus": -0.5}, "limit_cpus=-0.5 is not a valid value", "0.5"),
        ({"limit_cpus": float("nan")}, "limit_cpus=nan", ""),
        ({"update_order": "first"}, "update_order='first' is not a valid value", "stop-first, start-first"),
        ({"rollback_failure_action": "rollback"}, "rollback_failure_action=", "pause, continue"),
        ({"update_max_failure_ratio": 2}, "update_max_failure_ratio=2", "from 0 to 1"),
        ({"update_delay": "5s"}, "update_delay='5s' is not a valid value", "a number of seconds"),
        ({"ports": ["80:80:80"]}, "ports=", "8080:80"),
        ({"ports": ["99999:80"]}, "ports=", ""),
        ({"ports": [80]}, "ports=", ""),
        ({"ports": ["mode=host,to=80"]}, "ports=", ""),
        ({"init": 1}, "init=1 is not a valid value", "True or False"),
    ],
)
def test_what_cannot_be_is_refused_before_the_engine_is_asked(settings, says, fix):
    with pytest.raises(BadInput) as raised:
        create(**settings)
    assert says in raised.value.problem
    assert fix in raised.value.fix


@pytest.mark.parametrize("name", ["", "my app", "-app", "app-", "a.b", "a" * 64, "é", 3, None])
def test_a_name_has_to_be_a_host_name(name):
    with pytest.raises(BadInput, match="is not a valid name for a service"):
        service_settings.check_name(name)


def test_names_that_can_be():
    for name in ("a", "sleep-app", "A1", "a_b--c", "a" * 63):
        service_settings.check_name(name)


def test_an_update_has_to_change_something_it_can():
    spec, _ = create()
    with pytest.raises(BadInput, match="changes nothing") as error:
        service_settings.change(spec, {})
    assert all(f"{name}=" in error.value.fix for name in ("image", "command", "replicas"))
    with pytest.raises(BadInput, match="the mode of a service cannot change"):
        service_settings.change(spec, {"mode": "global"})


def test_every_setting_is_documented_and_every_documented_one_is_known():
    documented = (
        service_settings.ServiceChanges.__annotations__.keys() | service_settings.ServiceSettings.__annotations__.keys()
    )
    assert documented == service_settings.SETTINGS.keys() | {"mode"}
