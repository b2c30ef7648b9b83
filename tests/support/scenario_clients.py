"""What a scenario works with: three machines of a cluster, through docker-py, plain HTTP and the docker command.

The machines are real or simulated; nothing here knows which. What comes back has no ids, times or addresses in it,
so that two runs can be compared.
"""

import json
import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any, TypeVar

import docker
import requests

from swarmkit_helpers import Cluster
from swarmkit_helpers.cluster import provision
from swarmkit_helpers.docker_commands import shown_by
from swarmkit_helpers.polling import wait_until
from swarmkit_helpers.progress import current
from swarmkit_helpers.records import Json

NODES = ("node1", "node2", "node3")
VERSION = "1.41"  # of the API in plain requests: what the oldest engine with jobs speaks
PATIENCE = 90  # seconds for anything to become true; three managers may take 40 to agree on a leader
ANSWER = 40  # seconds one answer may take: without a leader, a manager thinks for 20
ENDED = ("complete", "shutdown", "failed", "rejected", "orphaned")
SERVICE = "docker service create --detach --quiet --no-resolve-image --stop-grace-period 0s"

Seen = TypeVar("Seen")

# What differs from run to run, in the order in which it is replaced.
_VARIES = (
    (r"SWMTKN-1-[0-9a-z]+-[0-9a-z]+", "SWMTKN-(secret)"),
    (r"SWMKEY-1-[A-Za-z0-9+/]+", "SWMKEY-(secret)"),
    (r"\b(sha256:)?[0-9a-f]{64}\b", "ID"),
    (r"\b[0-9a-z]{25}\b", "ID"),
    (r"\.[0-9a-z]{12}(?=@node\d)", ".ID"),  # of a task that wrote a log
    (r"\b10\.213\.\d+\.(?=\d)", "10.213.N."),  # the cluster's network is the first that is free
    (r"\b(?:[Ll]ess than a|[Aa]bout an?|\d+) (?:second|minute|hour)s? ago\b", "TIME"),
    (r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d[\d.]*(?:Z| \+0000 UTC)", "TIME"),
    (r"\b\d\d\.\d+\.\d+\+[\w.~]+|\b\d\d\.\d+\.\d+(?!\.)\b(?:-simulated)?", "VERSION"),
    (r" {2,}", "  "),  # a column is as wide as what is in it
)


# A short id begins a row of a table; among the words of an error it might be "insufficient".
_SHORT_ID = re.compile(r"(?m)^[0-9a-z]{12}(?= |$)")


def steady(value: Any) -> Any:
    """The value, with what differs from run to run replaced in its texts."""
    if isinstance(value, dict):
        return {key: steady(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [steady(each) for each in value]
    if isinstance(value, str):
        for pattern, put in _VARIES:
            value = re.sub(pattern, put, value)
    return value


class Bench:
    """Three machines node1 to node3, which a scenario may do anything to."""

    def __init__(self, cluster: Cluster) -> None:
        self.cluster = cluster
        self._stage: str | None = None

    # Between scenarios ----------------------------------------------------------------------------------------

    def prepare(self, stage: str) -> None:
        """Bring the machines to the stage, whatever was done to them before.

        "apart": none is in a swarm. "swarm": node1 manages the others. "managers": all three manage.
        """
        with shown_by(lambda command: None):
            if self._stage and (stage != self._stage or stage != "swarm"):
                # A manager without the others takes a minute to leave; new machines take seconds.
                self.cluster.down()
                provision.assemble(self.cluster.engine, self.cluster.id, list(NODES), current())
            for machine in self.cluster.machines():
                if machine.state != "running":
                    provision.revive(self.cluster.engine, machine)
            self._stage = stage
            if stage != "apart":
                self.cluster.ensure_swarm(managers=3 if stage == "managers" else 1)
                self._clear()

    def _clear(self) -> None:
        """Remove all services and networks, and set the nodes back to how they joined."""
        api = self.api()
        for service in api.services():
            api.remove_service(service["ID"])
        for network in api.networks():
            if network["Scope"] == "swarm" and not network["Ingress"]:
                self.until(lambda network=network: _gone(api, network["Id"]), "a network of an earlier scenario to go")
        for node in api.nodes():
            spec = {"Role": node["Spec"]["Role"], "Availability": "active", "Labels": {}}
            if {**node["Spec"], "Labels": node["Spec"].get("Labels") or {}} != spec:
                api.update_node(node["ID"], node["Version"]["Index"], spec)
        # The tasks of a job that was removed stay in the list for good (seen on 20.10.24), also if none ever ran.
        self.until(
            lambda: all(task["Status"]["State"] in ENDED or "NodeID" not in task for task in api.tasks()),
            "earlier scenarios to end",
        )

    # Asking -----------------------------------------------------------------------------------------------------

    def api(self, node: str = "node1") -> docker.APIClient:
        """docker-py's client of that node's engine."""
        return self.cluster.api(node).client

    def client(self, node: str = "node1") -> docker.DockerClient:
        """docker-py's other client, with the objects, of that node's engine."""
        client = docker.DockerClient(base_url="http://node:80", version=VERSION)
        client.api = self.api(node)
        return client

    def http(self, verb: str, path: str, body: object = None, on: str = "node1", **query: object) -> tuple[int, Any]:
        """The status and what a plain request is answered: what was decoded, or the steady text of a refusal."""
        api = self.api(on)
        params = {key: json.dumps(value) if isinstance(value, dict) else value for key, value in query.items()}
        answer = api.request(verb, f"{api.base_url}/v{VERSION}/{path}", params=params, json=body, timeout=ANSWER)
        said = answer.json() if "json" in answer.headers.get("Content-Type", "") else answer.text
        if answer.status_code >= 400:
            said = steady(said["message"].strip() if isinstance(said, dict) else said.strip())
        return answer.status_code, said

    def refused(self, *request: Any, **query: Any) -> list[Any]:
        """Status and text of the answer to a plain request."""
        return list(self.http(*request, **query))

    def stream(self, path: str, **query: object) -> requests.Response:
        """The lines of an answer as they come; the caller closes it."""
        api = self.api()
        params = {key: json.dumps(value) if isinstance(value, dict) else value for key, value in query.items()}
        return api.request("GET", f"{api.base_url}/v{VERSION}/{path}", params=params, stream=True, timeout=api.timeout)

    def sh(self, script: str, on: str = "node1") -> list[str]:
        """The lines the script prints in that machine: of stderr after "! ", and at the end its status if not 0."""
        output = self.cluster.sh(on, script)
        lines = [line.rstrip() for line in _SHORT_ID.sub("ID", steady(output.stdout)).splitlines()]
        lines += [f"! {line.rstrip()}" for line in steady(output.stderr).splitlines()]
        return lines + ([f"status {output.status}"] if output.status else [])

    def does(self, script: str, on: str = "node1") -> str:
        """What a script prints, unchanged; it has to succeed."""
        output = self.cluster.sh(on, script)
        assert output.status == 0, f"{script}\n{output!r}"
        return output.stdout.strip()

    def service(self, name: str, options: str = "", command: str = "sleep 1000") -> None:
        """Create the service from busybox, with these options of `docker service create`."""
        self.does(f"{SERVICE} --name {name} {options} busybox {command}")

    # Looking ----------------------------------------------------------------------------------------------------

    def until(self, look: Callable[[], Seen | None], what: str) -> Seen:
        """The first truthy value of `look()`; fails if it takes too long, and says what was waited for."""
        return wait_until(look, PATIENCE, lambda: AssertionError(f"waited {PATIENCE} s for {what}"))

    def tasks(self, service: str) -> list[Json]:
        """The service's tasks, past ones too, by slot and age."""
        tasks = self.api().tasks(filters={"service": [service]})
        return sorted(tasks, key=lambda task: (task.get("Slot", 0), task["CreatedAt"]))

    def running(self, service: str) -> list[Json]:
        """The tasks that run and are meant to."""
        return [task for task in self.tasks(service) if task["Status"]["State"] == task["DesiredState"] == "running"]

    def settle(self, service: str, running: int) -> list[Json]:
        """The service's tasks, once so many run and every other has ended or waits for a place."""

        def look() -> list[Json] | None:
            tasks = self.tasks(service)
            now = [task for task in tasks if task["Status"]["State"] == task["DesiredState"] == "running"]
            other = [
                task
                for task in tasks
                if task["Status"]["State"] not in (*ENDED, "pending", "running") or task["DesiredState"] == "remove"
            ]
            stopping = [task for task in tasks if task["Status"]["State"] == "running" != task["DesiredState"]]
            return tasks if len(now) == running and not other and not stopping else None

        return self.until(look, f"{running} running tasks of {service}, and no other on its way")

    def states(self, service: str) -> list[str]:
        """Each task, past ones too: slot (or the node of a global task), observed and desired state."""
        names = self.names()
        return sorted(
            f"{task.get('Slot') or names.get(task.get('NodeID'), 0)}: {task['Status']['State']}, "
            f"wanted {task['DesiredState']}"
            for task in self.tasks(service)
        )

    def kinds(self, service: str) -> dict[str, int]:
        """How many tasks, past ones too, are in each pair of states; where the slots or nodes are left to chance."""
        kinds = [state.partition(": ")[2] for state in self.states(service)]
        return {kind: kinds.count(kind) for kind in sorted(set(kinds))}

    def errors(self, service: str) -> list[str]:
        """What the tasks say is wrong, each text once."""
        return sorted({steady(task["Status"]["Err"]) for task in self.tasks(service) if task["Status"].get("Err")})

    def spread(self, service: str) -> dict[str, int]:
        """How many tasks run on each node that has some."""
        names = [self.names()[task["NodeID"]] for task in self.running(service)]
        return {name: names.count(name) for name in sorted(set(names))}

    def counts(self, service: str) -> list[int]:
        """The same numbers without the nodes: which of equals gets more is left to chance."""
        return sorted(self.spread(service).values())

    def pending(self, service: str, text: str) -> bool:
        """Whether a task of the service waits for a place, and says so in these words."""
        return any(
            task["Status"]["State"] == "pending" and task["Status"].get("Err") == text for task in self.tasks(service)
        )

    def names(self) -> dict[str, str]:
        """The nodes' names by their ids."""
        return {node["ID"]: node["Description"].get("Hostname", "") for node in self.api().nodes()}

    def node(self, name: str, on: str = "node1") -> Json:
        """The node, as that manager sees it."""
        return next(node for node in self.api(on).nodes() if node["Description"].get("Hostname") == name)

    def inspect(self, service: str) -> Json:
        """The service."""
        return self.api().inspect_service(service)

    def status(self) -> dict[str, Json]:
        """The numbers of tasks of each service, as the engine counts them."""
        services = self.http("GET", "services", status=True)[1]
        return {service["Spec"]["Name"]: service["ServiceStatus"] for service in services}

    def update_state(self, service: str) -> str | None:
        """How far the service's rolling update is."""
        return self.inspect(service).get("UpdateStatus", {}).get("State")

    def updated(self, service: str, state: str) -> list[str]:
        """State and text of the service's update, once it is in that state."""
        self.until(lambda: self.update_state(service) == state, f"the update of {service} to be {state}")
        status = self.inspect(service)["UpdateStatus"]
        return [status["State"], steady(status["Message"])]


def _gone(api: docker.APIClient, network: str) -> bool:
    """Whether the network is gone; it stays as long as tasks are on it."""
    with suppress(docker.errors.NotFound):
        try:
            api.remove_network(network)
        except docker.errors.APIError as error:
            if "not found" in str(error):  # a 500: the node still lists what the swarm has forgotten
                return True
            if "in use" not in str(error):
                raise
            return False
    return True


Scenario = Callable[[Bench], Iterator[tuple[str, Any]]]
