"""The commands about machines: up, status, shell, down, bundle."""

import os
import shutil
import subprocess
import sys
from pathlib import Path
from textwrap import indent

from . import assembly, progress
from . import bundle as bundles
from .cluster import Cluster
from .engine import install
from .engine.discover import Engine, find_engine, look_for_engine
from .errors import NoEngine, NotFound, NotInSwarm, Refused, SwarmkitError
from .records import Observation
from .tables import Machines, aligned, count

if sys.platform == "linux":
    from .engine import embedded

US = "python3 -m swarmkit_helpers"


def up(name: str | None, nodes: int, swarm: bool, install_engine: bool | None) -> int:
    """The cluster runs, as one swarm if that is wanted, and is shown."""
    install.ensure_engine(install_engine)
    cluster = Cluster.up(name, nodes)
    if swarm:
        cluster.ensure_swarm()
    _show_cluster(cluster)
    return 0


def status() -> int:
    """What is there is shown; nothing is started."""
    engine = look_for_engine()
    if engine is None:
        print(f"Engine: none answers. `{US} lab` finds or starts one; `{US} doctor` says what is in the way.")
        return 0
    print(f"Engine: {engine}")
    names = Cluster.names(engine)
    if not names:
        print(f"Clusters: none. `{US} up --swarm` starts one, `{US} lab` starts one with JupyterLab.")
    for name in names:
        _show_cluster(Cluster(name, engine))
    if left := assembly.leftovers(engine):
        print(f"Left over from clusters that are gone: {', '.join(left)}. `{US} down --all` removes them.")
    return 0


def _show_cluster(cluster: Cluster) -> None:
    machines = cluster.machines()
    try:
        seen, lack = cluster.swarm().observe(), ""
    except NotInSwarm:
        seen, lack = None, "no swarm yet"
    except SwarmkitError as error:
        seen, lack = None, f"its swarm gives no answer: {error.problem}"
    print(f"Cluster {cluster.name}: {count(len(machines), 'machine')}, {lack or 'one swarm'}")
    print(indent(aligned(_node_lines(machines, seen)), "  "))
    if seen:
        print(indent(aligned(_service_lines(seen)) if seen.services else "Services: none", "  "))


def _node_lines(machines: Machines, seen: Observation | None) -> list[list[str]]:
    lines = [["NODE", "MACHINE", "STATE", "AVAILABILITY", "ROLE"]]
    for machine in machines:
        node = seen.node(machine.name) if seen else None
        said = ["-", "-", "-"]
        if node:
            said = [node.state, node.availability, "manager (leader)" if node.leader else node.role]
        lines.append([machine.name, machine.state, *said])
    return lines


def _service_lines(seen: Observation) -> list[list[str]]:
    lines = [["SERVICE", "RUNNING", "IMAGE"]]
    for service in seen.services:
        wanted = [task for task in seen.tasks_of(service.name) if task.wanted]
        running = sum(task.state == "running" for task in wanted)
        desired = service.replicas if service.mode == "replicated" else len({(task.slot, task.node) for task in wanted})
        lines.append([service.name, f"{running}/{desired}", service.image])
    return lines


def shell(node: str, name: str | None) -> int:
    """A terminal on the node, until it is left. Raises `NotFound`, `Refused` where there can be none."""
    if not (program := shutil.which("docker")):
        raise Refused("a terminal on a node needs the docker command, which is not on the PATH",
                      f"install it (on Debian or Ubuntu: docker.io or docker-cli), or use %%node {node} in a notebook")
    if not sys.stdin.isatty():
        raise Refused("a terminal on a node needs a terminal here, and the input of this command is none",
                      f"type it in a terminal, or use %%node {node} in a notebook")
    engine = find_engine()
    machine = Cluster.adopt(name).machine(node)
    if machine.state not in ("running", "disconnected"):
        raise Refused(f"{node} is {machine.state}", f"bring it back: {US} up")
    # The docker command finds the engine as we did, unless it is our own.
    variables = dict(os.environ, DOCKER_HOST=engine.url) if _is_ours(engine) else dict(os.environ)
    command = [program, "exec", "-it", "--env", f"PS1={node}# ", machine.container, "sh"]
    if os.name != "nt":
        os.execve(program, command, variables)
    return subprocess.call(command, env=variables)


def _is_ours(engine: Engine) -> bool:
    return sys.platform == "linux" and engine.url == embedded.URL


def down(name: str | None) -> int:
    """Nothing of the cluster is left; that there was none is no error."""
    try:
        with install.engine_for_this_run():
            cluster = Cluster.adopt(name)
            machines = cluster.machines()
            with progress.current().phase(f"remove {cluster.name}: {count(len(machines), 'machine')}"):
                cluster.down()
    except (NoEngine, NotFound) as error:
        print(f"Nothing to remove: {error.problem}")
    return 0


def down_all() -> int:
    """Nothing of ours is left on the engine, and if it is our own, it has stopped."""
    try:
        engine = find_engine()
    except NoEngine as error:
        print(f"Nothing to remove: {error.problem}")
        return 0
    names = Cluster.names(engine)
    for name in names:
        with progress.current().phase(f"remove {name}"):
            Cluster(name, engine).down()
    for name in sorted(set(assembly.leftovers(engine).values())):
        with progress.current().phase(f"remove what was left of {name}"):
            assembly.discard(engine, name, [])
    if not names:
        print("There was no cluster to remove")
    if _is_ours(engine):
        with progress.current().phase("stop the course's own engine"):
            embedded.stop()
        print(f"Its images are kept in {embedded.ROOT}, so that the next start is quick")
    return 0


def bundle(verb: str, file: Path) -> int:
    """The images are in the file, or from the file on the engine."""
    act = bundles.save_bundle if verb == "save" else bundles.load_bundle
    act(install.ensure_engine(), file, progress.current())
    return 0
