"""Tasks that end: restart policies, jobs and what is kept of the past."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from support.scenario_clients import Bench

from . import scenario


def _when(text: str) -> float:
    return datetime.fromisoformat(text[:19] + "+00:00").timestamp()


def _ended(bench: Bench, service: str, state: str) -> int | None:
    """How many tasks the service has, if all ended in that state."""
    tasks = bench.tasks(service)
    return len(tasks) if {task["Status"]["State"] for task in tasks} == {state} else None


@scenario("swarm")
def tasks_that_fail(bench: Bench) -> Iterator[tuple[str, Any]]:
    bench.service("twice", "--restart-max-attempts 1 --restart-delay 0s", "sh -c 'exit 3'")
    bench.service("never", "--restart-condition none", "sh -c 'exit 4'")
    bench.service("done", "--restart-condition on-failure --restart-delay 0s", "true")
    bench.service("over", "--restart-condition none", "true")
    bench.until(lambda: _ended(bench, "twice", "failed") == 2, "two failures")
    bench.until(lambda: _ended(bench, "never", "failed") == 1, "a failure")
    for name in ("done", "over"):
        bench.until(lambda name=name: bench.tasks(name)[0]["Status"]["State"] == "complete", f"{name} to end")
    bench.service("after")
    bench.settle("after", 1)
    yield "one attempt more", [bench.states("twice"), bench.errors("twice")]
    yield "no attempt more", [bench.states("never"), bench.errors("never")]
    yield "on failure, and there was none", bench.states("done")
    yield "none, and it is done", bench.states("over")
    yield "exit status", bench.tasks("never")[0]["Status"]["ContainerStatus"]["ExitCode"]
    yield "messages", [bench.tasks(name)[0]["Status"]["Message"] for name in ("never", "over")]
    yield "ls", sorted(bench.sh("docker service ls --format '{{.Name}} {{.Mode}} {{.Replicas}}'"))
    yield (
        "ps",
        bench.sh(
            "docker service ps --no-trunc --format '{{.Name}} {{.DesiredState}} {{.CurrentState}} {{.Error}}' twice"
        ),
    )
    bench.does("docker service update --detach --restart-condition none --force never")
    bench.until(lambda: _ended(bench, "never", "failed") == 2, "another failure")
    yield "force tries again", bench.states("never")


@scenario("swarm")
def the_delay_of_a_restart(bench: Bench) -> Iterator[tuple[str, Any]]:
    bench.service("web", "--constraint node.hostname==node2")
    [task] = bench.settle("web", 1)
    bench.does(f"docker kill {task['Status']['ContainerStatus']['ContainerID']}", on="node2")
    bench.until(lambda: any(task["DesiredState"] == "ready" for task in bench.tasks("web")), "a replacement that waits")
    yield "a replacement waits", bench.tasks("web")[1]["DesiredState"]
    old, new = bench.settle("web", 1)
    waited = _when(new["Status"]["Timestamp"]) - _when(old["Status"]["Timestamp"])
    yield "four to eight seconds", 4 <= waited <= 8
    yield "states", bench.states("web")


@scenario("swarm")
def images_that_are_not_there(bench: Bench) -> Iterator[tuple[str, Any]]:
    bench.does("docker service create --detach --no-resolve-image --restart-condition none --name web nosuchimg:9")
    bench.until(lambda: _ended(bench, "web", "rejected") == 1, "a rejected task")
    yield "rejected", [bench.states("web"), bench.tasks("web")[0]["Status"]["Message"]]
    yield "in the words of this engine", bench.errors("web")
    bench.service("program", "--restart-condition none", "nosuchprogram")
    bench.until(lambda: _ended(bench, "program", "failed") == 1, "a failure")
    yield "no such program", bench.states("program")
    bench.service("mount", "--restart-condition none --mount type=bind,source=/nosuchdir,target=/x")
    bench.until(lambda: _ended(bench, "mount", "rejected") == 1, "a rejected task")
    yield "no such mount", [bench.states("mount"), bench.errors("mount")]


@scenario("swarm")
def jobs(bench: Bench) -> Iterator[tuple[str, Any]]:
    bench.service("job", "--mode replicated-job --replicas 4 --max-concurrent 2", "true")
    bench.service("each", "--mode global-job", "true")
    bench.service("broken", "--mode replicated-job --restart-max-attempts 1 --restart-delay 0s", "sh -c 'exit 3'")
    for name, state, times in (("job", "complete", 4), ("each", "complete", 3), ("broken", "failed", 2)):
        bench.until(lambda name=name, state=state, times=times: _ended(bench, name, state) == times, f"{name} to end")
    yield "replicated", bench.kinds("job")
    yield "slots", sorted(task.get("Slot", 0) for task in bench.tasks("job"))
    yield "names", sorted(bench.sh("docker service ps --format '{{.Name}}' job"))[:4]
    yield "global", bench.states("each")
    yield "failing", [bench.kinds("broken"), bench.errors("broken")]
    yield "ls", sorted(bench.sh("docker service ls --format '{{.Name}} {{.Mode}} {{.Replicas}}'"))
    yield "status", bench.status()
    yield "iteration", [bench.inspect("job")["JobStatus"]["JobIteration"], bench.tasks("job")[0]["JobIteration"]]
    yield "again", bench.sh("docker service update --detach --force job")
    bench.until(
        lambda: (
            [task["Status"]["State"] for task in bench.tasks("job") if task["JobIteration"].get("Index")]
            == ["complete"] * 4
        ),
        "a second run",
    )
    yield "second iteration", [bench.inspect("job")["JobStatus"]["JobIteration"]["Index"], bench.kinds("job")]
    yield (
        "wait for a job",
        bench.sh("docker service create --quiet --no-resolve-image --name waited --mode replicated-job busybox true"),
    )


@scenario("swarm")
def history(bench: Bench) -> Iterator[tuple[str, Any]]:
    bench.service("web", "--restart-delay 0s", "sh -c 'exit 3'")
    bench.until(lambda: len({task["ID"] for task in bench.tasks("web")}) >= 5, "five tasks")
    first = bench.tasks("web")[0]["ID"]
    bench.until(lambda: first not in {task["ID"] for task in bench.tasks("web")}, "the first to be forgotten")
    most = max(len([task for task in bench.tasks("web") if task["Status"]["State"] == "failed"]) for _ in range(5))
    yield "five or so are kept", 4 <= most <= 6
    bench.does("docker service scale --detach web=0")
    bench.settle("web", 0)
    yield "scaled to none", bench.sh("docker service ls --format '{{.Name}} {{.Replicas}}'")
