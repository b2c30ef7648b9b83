"""Services and their tasks through the simulated control API, in simulated time."""

import copy
import itertools

import pytest
from support.simulated_api import SmallSwarmAPI, spec

from swarm_simulator.errors import ApiError


@pytest.fixture
def office() -> SmallSwarmAPI:
    return SmallSwarmAPI()


def changed(office: SmallSwarmAPI, name: str = "web", **parts: object) -> dict:
    """The service's spec as it is, with these parts of it changed."""
    return copy.deepcopy(office.api.inspect_service(name)["Spec"]) | parts


def update(office: SmallSwarmAPI, new: dict, rollback: str = "") -> None:
    name = new["Name"]
    office.api.update_service(name, office.api.inspect_service(name)["Version"]["Index"], new, rollback)


def status(office: SmallSwarmAPI, name: str = "web") -> dict:
    [body] = office.api.list_services({"name": [name]}, status=True)
    return body["ServiceStatus"]


def test_a_scale_leaves_the_tasks_there_are_and_no_update_status(office: SmallSwarmAPI):
    before = {task.id for task in office.tasks(office.create(replicas=2))}
    update(office, changed(office, Mode={"Replicated": {"Replicas": 3}}))
    office.run(5)
    after = {body["ID"] for body in office.api.list_tasks({"service": ["web"], "desired-state": ["running"]})}
    assert before < after
    assert "UpdateStatus" not in office.api.inspect_service("web")


def test_a_spec_written_back_with_its_defaults_replaces_every_task(office: SmallSwarmAPI):
    before = {task.id for task in office.tasks(office.create(replicas=2))}
    full = office.api.inspect_service("web", insert_defaults=True)["Spec"]
    update(office, full | {"Mode": {"replicated": {"Replicas": 2}}})
    office.run(60)
    after = {body["ID"] for body in office.api.list_tasks({"service": ["web"], "desired-state": ["running"]})}
    assert before.isdisjoint(after)
    assert office.api.inspect_service("web")["UpdateStatus"]["State"] == "completed"


def test_the_moments_of_an_update_are_written_as_the_api_writes_moments(office: SmallSwarmAPI):
    office.create()
    update(office, changed(office, TaskTemplate=spec(ForceUpdate=1)["TaskTemplate"]))
    office.run(30)
    said = office.api.inspect_service("web")["UpdateStatus"]
    assert [said["StartedAt"][:11], said["CompletedAt"][:11], said["Message"]] == [
        "2023-11-14T",
        "2023-11-14T",
        "update completed",
    ]


def test_a_second_update_with_the_same_version_is_out_of_sequence(office: SmallSwarmAPI):
    office.create()
    version = office.api.inspect_service("web")["Version"]["Index"]
    office.api.update_service("web", version, spec(replicas=2))
    with pytest.raises(ApiError, match="500: rpc error: code = Unknown desc = update out of sequence"):
        office.api.update_service("web", version, spec(replicas=3))


def test_keys_may_be_written_in_any_case(office: SmallSwarmAPI):
    office.api.create_service(
        {
            "name": "web",
            "tasktemplate": {"containerspec": {"image": "busybox"}},
            "mode": {"replicated": {"replicas": 2}},
        }
    )
    assert office.api.inspect_service("web")["Spec"]["Mode"] == {"Replicated": {"Replicas": 2}}


def test_a_rollback_swaps_the_two_specs(office: SmallSwarmAPI):
    office.create(replicas=2)
    update(office, changed(office, Mode={"Replicated": {"Replicas": 4}}))
    office.run(5)
    update(office, changed(office), rollback="previous")
    said = office.api.inspect_service("web")
    assert said["Spec"]["Mode"] == {"Replicated": {"Replicas": 2}}
    assert said["PreviousSpec"]["Mode"] == {"Replicated": {"Replicas": 4}}
    assert said["UpdateStatus"]["Message"] == "manually requested rollback"


def test_the_status_of_a_replicated_service_counts_what_runs_and_what_should(office: SmallSwarmAPI):
    office.create(replicas=3)
    update(office, changed(office, Mode={"Replicated": {"Replicas": 1}}))
    assert status(office) == {"RunningTasks": 3, "DesiredTasks": 1, "CompletedTasks": 0}
    office.run(15)
    assert status(office) == {"RunningTasks": 1, "DesiredTasks": 1, "CompletedTasks": 0}


def test_the_status_of_a_global_service_counts_its_nodes(office: SmallSwarmAPI):
    office.create(Mode={"Global": {}})
    assert status(office) == {"RunningTasks": 2, "DesiredTasks": 2, "CompletedTasks": 0}


def test_the_status_of_a_job_counts_what_is_done(office: SmallSwarmAPI):
    office.create(container={"Command": ["true"]}, Mode={"ReplicatedJob": {"MaxConcurrent": 2, "TotalCompletions": 4}})
    office.run(10)
    assert status(office) == {"RunningTasks": 0, "DesiredTasks": 2, "CompletedTasks": 4}


def test_another_start_of_a_job_is_another_iteration(office: SmallSwarmAPI):
    office.create(container={"Command": ["true"]}, Mode={"ReplicatedJob": {"MaxConcurrent": 1}})
    assert office.api.inspect_service("web")["JobStatus"]["JobIteration"] == {}
    update(office, changed(office))
    assert office.api.inspect_service("web")["JobStatus"]["JobIteration"] == {"Index": 1}


def test_up_to_date_tasks_are_those_of_the_spec_as_it_is_now(office: SmallSwarmAPI):
    office.create(replicas=2)
    wanted = {"service": ["web"], "_up-to-date": ["true"]}
    assert len(office.api.list_tasks(wanted)) == 2
    update(office, changed(office, TaskTemplate=spec(ForceUpdate=1)["TaskTemplate"]))
    assert office.api.list_tasks(wanted) == []


def test_a_service_is_found_by_id_by_name_and_by_the_beginning_of_its_id(office: SmallSwarmAPI):
    made = office.create()
    for wanted in (made.id, "web", made.id[:6]):
        assert office.api.inspect_service(wanted)["ID"] == made.id


def test_a_beginning_that_two_ids_have_is_ambiguous(office: SmallSwarmAPI):
    ids = sorted(office.create(f"web{number}").id for number in range(37))
    twice = next(former[0] for former, latter in itertools.pairwise(ids) if former[0] == latter[0])
    number = sum(each.startswith(twice) for each in ids)
    with pytest.raises(ApiError, match=rf"400: service {twice} is ambiguous \({number} matches found\)"):
        office.api.inspect_service(twice)


def test_filters_of_one_key_are_alternatives_and_of_several_conditions(office: SmallSwarmAPI):
    for name, labels in (("web", {"tier": "front"}), ("webber", {}), ("db", {"tier": "back", "big": "yes"})):
        office.api.create_service(spec(name, Labels=labels))

    def names(**filters: list[str]) -> set[str]:
        return {body["Spec"]["Name"] for body in office.api.list_services(filters)}

    assert names(name=["web"]) == {"web", "webber"}
    assert names(name=["webb", "db"]) == {"webber", "db"}
    assert names(label=["tier"]) == {"web", "db"}
    assert names(label=["tier=back", "big"]) == {"db"}
    assert names(name=["web"], label=["tier"]) == {"web"}
    assert names(mode=["global"]) == set()


def test_tasks_are_found_by_service_and_node(office: SmallSwarmAPI):
    wanted = {task.id for task in office.tasks(office.create("web", 4)) if task.node_id == office.nodes[1].id}
    office.create("db", 2)
    assert {body["ID"] for body in office.api.list_tasks({"service": ["web"], "node": ["node2"]})} == wanted
    assert len(office.api.list_tasks({"node": ["node1", "node2"]})) == 6


def test_tasks_are_found_by_name_and_desired_state(office: SmallSwarmAPI):
    office.create(replicas=2)
    assert [body["Slot"] for body in office.api.list_tasks({"name": ["web.1"]})] == [1]
    assert len(office.api.list_tasks({"desired-state": ["running", "shutdown"]})) == 2
    assert office.api.list_tasks({"desired-state": ["shutdown"]}) == []


def test_there_are_no_tasks_but_those_of_containers(office: SmallSwarmAPI):
    office.create()
    assert office.api.list_tasks({"runtime": ["plugin"]}) == []


def test_lists_are_in_the_order_of_ids(office: SmallSwarmAPI):
    office.create(replicas=9)
    ids = [body["ID"] for body in office.api.list_tasks({})]
    assert ids == sorted(ids)


def test_a_port_that_nobody_chose_is_one_from_30000_on(office: SmallSwarmAPI):
    office.create(EndpointSpec={"Ports": [{"TargetPort": 80}]})
    endpoint = office.api.inspect_service("web")["Endpoint"]
    assert [port["PublishedPort"] for port in endpoint["Ports"]] == [30000]
    assert [vip["Addr"].rpartition(".")[0] for vip in endpoint["VirtualIPs"]] == ["10.0.0"]


def test_removing_a_service_stops_its_tasks(office: SmallSwarmAPI):
    office.create()
    office.api.remove_service("web")
    assert office.api.list_services({}) == []
    office.run(15)
    assert office.api.list_tasks({}) == []


def test_a_service_may_be_on_the_networks_that_each_node_has_for_itself(office: SmallSwarmAPI):
    host = office.api.inspect_network("host")
    office.create(Networks=[{"Target": "host"}])
    assert office.api.inspect_service("web")["Spec"]["TaskTemplate"]["Networks"] == [{"Target": host["Id"]}]
    assert status(office)["RunningTasks"] == 1
    assert [network["Name"] for network in office.api.list_networks({})] == ["ingress"]
    with pytest.raises(ApiError, match=r"403: .* is a pre-defined network and cannot be removed"):
        office.api.remove_network("host")
