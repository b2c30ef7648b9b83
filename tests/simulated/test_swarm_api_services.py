"""Services and their tasks through the simulated control API, in simulated time."""

import copy
import itertools

import pytest
from support.simulated_api import SmallSwarmAPI, spec

from swarm_simulator.errors import ApiError


@pytest.fixture
def swarm() -> SmallSwarmAPI:
    return SmallSwarmAPI()


def changed(swarm: SmallSwarmAPI, name: str = "web", **parts: object) -> dict:
    """The service's spec as it is, with these parts of it changed."""
    return copy.deepcopy(swarm.api.inspect_service(name)["Spec"]) | parts


def update(swarm: SmallSwarmAPI, new: dict, rollback: str = "") -> None:
    name = new["Name"]
    swarm.api.update_service(name, swarm.api.inspect_service(name)["Version"]["Index"], new, rollback)


def status(swarm: SmallSwarmAPI, name: str = "web") -> dict:
    [body] = swarm.api.list_services({"name": [name]}, status=True)
    return body["ServiceStatus"]


def test_a_scale_leaves_the_tasks_there_are_and_no_update_status(swarm: SmallSwarmAPI):
    before = {task.id for task in swarm.tasks(swarm.create(replicas=2))}
    update(swarm, changed(swarm, Mode={"Replicated": {"Replicas": 3}}))
    swarm.run(5)
    after = {body["ID"] for body in swarm.api.list_tasks({"service": ["web"], "desired-state": ["running"]})}
    assert before < after
    assert "UpdateStatus" not in swarm.api.inspect_service("web")


def test_a_credential_spec_is_refused_in_a_sentence(swarm: SmallSwarmAPI):
    swarm.create()
    container = swarm.api.inspect_service("web")["Spec"]["TaskTemplate"]["ContainerSpec"]
    template = {"ContainerSpec": container | {"Privileges": {"CredentialSpec": {"File": "x.json"}}}}
    with pytest.raises(ApiError, match="no credential specs") as refused:
        update(swarm, changed(swarm, TaskTemplate=template))
    assert refused.value.status == 501


def test_a_spec_written_back_with_its_defaults_replaces_every_task(swarm: SmallSwarmAPI):
    before = {task.id for task in swarm.tasks(swarm.create(replicas=2))}
    full = swarm.api.inspect_service("web", insert_defaults=True)["Spec"]
    update(swarm, full | {"Mode": {"replicated": {"Replicas": 2}}})
    swarm.run(60)
    after = {body["ID"] for body in swarm.api.list_tasks({"service": ["web"], "desired-state": ["running"]})}
    assert before.isdisjoint(after)
    assert swarm.api.inspect_service("web")["UpdateStatus"]["State"] == "completed"


def test_the_moments_of_an_update_are_written_as_the_api_writes_moments(swarm: SmallSwarmAPI):
    swarm.create()
    update(swarm, changed(swarm, TaskTemplate=spec(ForceUpdate=1)["TaskTemplate"]))
    swarm.run(30)
    said = swarm.api.inspect_service("web")["UpdateStatus"]
    assert [said["StartedAt"][:11], said["CompletedAt"][:11], said["Message"]] == [
        "2023-11-14T",
        "2023-11-14T",
        "update completed",
    ]


def test_a_second_update_with_the_same_version_is_out_of_sequence(swarm: SmallSwarmAPI):
    swarm.create()
    version = swarm.api.inspect_service("web")["Version"]["Index"]
    swarm.api.update_service("web", version, spec(replicas=2))
    with pytest.raises(ApiError, match="500: rpc error: code = Unknown desc = update out of sequence"):
        swarm.api.update_service("web", version, spec(replicas=3))


def test_keys_may_be_written_in_any_case(swarm: SmallSwarmAPI):
    swarm.api.create_service(
        {
            "name": "web",
            "tasktemplate": {"containerspec": {"image": "busybox"}},
            "mode": {"replicated": {"replicas": 2}},
        }
    )
    assert swarm.api.inspect_service("web")["Spec"]["Mode"] == {"Replicated": {"Replicas": 2}}


def test_a_rollback_swaps_the_two_specs(swarm: SmallSwarmAPI):
    swarm.create(replicas=2)
    update(swarm, changed(swarm, Mode={"Replicated": {"Replicas": 4}}))
    swarm.run(5)
    update(swarm, changed(swarm), rollback="previous")
    said = swarm.api.inspect_service("web")
    assert said["Spec"]["Mode"] == {"Replicated": {"Replicas": 2}}
    assert said["PreviousSpec"]["Mode"] == {"Replicated": {"Replicas": 4}}
    assert said["UpdateStatus"]["Message"] == "manually requested rollback"


def test_the_status_of_a_replicated_service_counts_what_runs_and_what_should(swarm: SmallSwarmAPI):
    swarm.create(replicas=3)
    update(swarm, changed(swarm, Mode={"Replicated": {"Replicas": 1}}))
    assert status(swarm) == {"RunningTasks": 3, "DesiredTasks": 1, "CompletedTasks": 0}
    swarm.run(15)
    assert status(swarm) == {"RunningTasks": 1, "DesiredTasks": 1, "CompletedTasks": 0}


def test_the_status_of_a_global_service_counts_its_nodes(swarm: SmallSwarmAPI):
    swarm.create(Mode={"Global": {}})
    assert status(swarm) == {"RunningTasks": 2, "DesiredTasks": 2, "CompletedTasks": 0}


def test_the_status_of_a_job_counts_what_is_done(swarm: SmallSwarmAPI):
    swarm.create(container={"Command": ["true"]}, Mode={"ReplicatedJob": {"MaxConcurrent": 2, "TotalCompletions": 4}})
    swarm.run(10)
    assert status(swarm) == {"RunningTasks": 0, "DesiredTasks": 2, "CompletedTasks": 4}


def test_another_start_of_a_job_is_another_iteration(swarm: SmallSwarmAPI):
    swarm.create(container={"Command": ["true"]}, Mode={"ReplicatedJob": {"MaxConcurrent": 1}})
    assert swarm.api.inspect_service("web")["JobStatus"]["JobIteration"] == {}
    update(swarm, changed(swarm))
    assert swarm.api.inspect_service("web")["JobStatus"]["JobIteration"] == {"Index": 1}


def test_up_to_date_tasks_are_those_of_the_spec_as_it_is_now(swarm: SmallSwarmAPI):
    swarm.create(replicas=2)
    wanted = {"service": ["web"], "_up-to-date": ["true"]}
    assert len(swarm.api.list_tasks(wanted)) == 2
    update(swarm, changed(swarm, TaskTemplate=spec(ForceUpdate=1)["TaskTemplate"]))
    assert swarm.api.list_tasks(wanted) == []


def test_a_service_is_found_by_id_by_name_and_by_the_beginning_of_its_id(swarm: SmallSwarmAPI):
    made = swarm.create()
    for wanted in (made.id, "web", made.id[:6]):
        assert swarm.api.inspect_service(wanted)["ID"] == made.id


def test_a_beginning_that_two_ids_have_is_ambiguous(swarm: SmallSwarmAPI):
    ids = sorted(swarm.create(f"web{number}").id for number in range(37))
    twice = next(former[0] for former, latter in itertools.pairwise(ids) if former[0] == latter[0])
    number = sum(each.startswith(twice) for each in ids)
    with pytest.raises(ApiError, match=rf"400: service {twice} is ambiguous \({number} matches found\)"):
        swarm.api.inspect_service(twice)


def test_filters_of_one_key_are_alternatives_and_of_several_conditions(swarm: SmallSwarmAPI):
    for name, labels in (("web", {"tier": "front"}), ("webber", {}), ("db", {"tier": "back", "big": "yes"})):
        swarm.api.create_service(spec(name, Labels=labels))

    def names(**filters: list[str]) -> set[str]:
        return {body["Spec"]["Name"] for body in swarm.api.list_services(filters)}

    assert names(name=["web"]) == {"web", "webber"}
    assert names(name=["webb", "db"]) == {"webber", "db"}
    assert names(label=["tier"]) == {"web", "db"}
    assert names(label=["tier=back", "big"]) == {"db"}
    assert names(name=["web"], label=["tier"]) == {"web"}
    assert names(mode=["global"]) == set()


def test_tasks_are_found_by_service_and_node(swarm: SmallSwarmAPI):
    wanted = {task.id for task in swarm.tasks(swarm.create("web", 4)) if task.node_id == swarm.nodes[1].id}
    swarm.create("db", 2)
    assert {body["ID"] for body in swarm.api.list_tasks({"service": ["web"], "node": ["node2"]})} == wanted
    assert len(swarm.api.list_tasks({"node": ["node1", "node2"]})) == 6


def test_tasks_are_found_by_name_and_desired_state(swarm: SmallSwarmAPI):
    swarm.create(replicas=2)
    assert [body["Slot"] for body in swarm.api.list_tasks({"name": ["web.1"]})] == [1]
    assert len(swarm.api.list_tasks({"desired-state": ["running", "shutdown"]})) == 2
    assert swarm.api.list_tasks({"desired-state": ["shutdown"]}) == []


def test_there_are_no_tasks_but_those_of_containers(swarm: SmallSwarmAPI):
    swarm.create()
    assert swarm.api.list_tasks({"runtime": ["plugin"]}) == []


def test_lists_are_in_the_order_of_ids(swarm: SmallSwarmAPI):
    swarm.create(replicas=9)
    ids = [body["ID"] for body in swarm.api.list_tasks({})]
    assert ids == sorted(ids)


def test_a_port_that_nobody_chose_is_one_from_30000_on(swarm: SmallSwarmAPI):
    swarm.create(EndpointSpec={"Ports": [{"TargetPort": 80}]})
    endpoint = swarm.api.inspect_service("web")["Endpoint"]
    assert [port["PublishedPort"] for port in endpoint["Ports"]] == [30000]
    assert [vip["Addr"].rpartition(".")[0] for vip in endpoint["VirtualIPs"]] == ["10.0.0"]


def test_removing_a_service_stops_its_tasks(swarm: SmallSwarmAPI):
    swarm.create()
    swarm.api.remove_service("web")
    assert swarm.api.list_services({}) == []
    swarm.run(15)
    assert swarm.api.list_tasks({}) == []


def test_a_service_may_be_on_the_networks_that_each_node_has_for_itself(swarm: SmallSwarmAPI):
    host = swarm.api.inspect_network("host")
    swarm.create(Networks=[{"Target": "host"}])
    assert swarm.api.inspect_service("web")["Spec"]["TaskTemplate"]["Networks"] == [{"Target": host["Id"]}]
    assert status(swarm)["RunningTasks"] == 1
    assert [network["Name"] for network in swarm.api.list_networks({})] == ["ingress"]
    with pytest.raises(ApiError, match=r"403: .* is a pre-defined network and cannot be removed"):
        swarm.api.remove_network("host")


def test_a_network_can_go_right_after_its_last_service(swarm: SmallSwarmAPI):
    """As `docker stack rm` asks for it: within the same millisecond."""
    net = swarm.api.create_network({"Name": "net", "Driver": "overlay"})["Id"]
    swarm.create(replicas=2, Networks=[{"Target": net}])
    swarm.run(5)
    with pytest.raises(ApiError, match="is in use by service"):
        swarm.api.remove_network("net")
    swarm.api.remove_service("web")
    swarm.api.remove_network("net")
    assert [network["Name"] for network in swarm.api.list_networks({})] == ["ingress"]
