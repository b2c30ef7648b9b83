"""The commands about machines: up, status, shell, down, bundle."""

import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from textwrap import indent

from .. import progress
from ..cluster import ownership, provision
from ..cluster.cluster import Cluster
from ..display import machine_states
from ..display.tables import Machines, aligned
from ..engine import apt, simulator
from ..engine import image_bundle as bundles
from ..engine.discover import Engine, find_engine
from ..errors import EngineUnavailable, NoEngine, NotFound, NotInSwarm, Refused, SwarmkitError
from ..language import _, ngettext
from ..records import Observation

if sys.platform == "linux":
    from ..engine import own_engine

MODULE_COMMAND = "python3 -m swarmkit_helpers"  # it works in a clone, and where the package is installed


def up(
    name: str | None, nodes: int, swarm: bool, install_engine: bool | None, simulated_speed: float | None = None
) -> int:
    """Start or repair the cluster, as one swarm if wanted, and show it; with a speed, on a simulated engine."""
    if simulated_speed is not None:
        os.environ["DOCKER_HOST"] = simulator.start(simulated_speed)
        print(
            _(
                "The simulated engine keeps running. So that `status`, `shell` and `down` reach it, and not a real "
                "one, type this first (the address is a secret); `{us} down --all` ends it:\n  export DOCKER_HOST={url}"
            ).format(us=MODULE_COMMAND, url=os.environ["DOCKER_HOST"])
        )
    apt.ensure_engine(install_engine, simulate=True)
    cluster = Cluster.up(name, nodes)
    if swarm:
        cluster.ensure_swarm()
    _show_cluster(cluster)
    return 0


def status(name: str | None = None) -> int:
    """Show the engine and its clusters, or only that one; start nothing. Raises `NotFound` if there is none."""
    try:
        engine = find_engine(start=False)
    except NoEngine:
        print(
            _("Engine: none answers. `{us} lab` finds or starts one; `{us} doctor` says what is missing.").format(
                us=MODULE_COMMAND
            )
        )
        return 0
    except EngineUnavailable as error:  # one that is named on purpose
        print(_("Engine: {problem}").format(problem=error))
        return 0
    print(_("Engine: {engine}").format(engine=engine))
    if (url := simulator.find()) not in (None, engine.url):
        print(
            _(
                "A simulated engine runs, too. To look at it instead (the address is a secret):\n"
                "  export DOCKER_HOST={url}"
            ).format(url=url)
        )
    if name is not None:
        _show_cluster(Cluster.adopt(name, start=False))
        return 0
    clusters = Cluster.all(engine)
    if not clusters:
        print(
            _("Clusters: none. `{us} up --swarm` starts one, `{us} lab` starts one with JupyterLab.").format(
                us=MODULE_COMMAND
            )
        )
    for cluster in sorted(clusters, key=lambda cluster: not cluster.is_mine()):  # mine first
        _show_cluster(cluster)
    if left := provision.leftovers(engine, ownership.owner(engine)):
        print(
            _("Left over from clusters that are gone: {names}. `{us} down --all` removes them.").format(
                names=", ".join(left), us=MODULE_COMMAND
            )
        )
    return 0


def _show_cluster(cluster: Cluster) -> None:
    machines = cluster.machines()
    try:
        seen, problem = cluster.swarm().observe(), ""
    except NotInSwarm:
        seen, problem = None, _("no swarm yet")
    except SwarmkitError as error:
        seen, problem = None, _("its swarm gives no answer: {problem}").format(problem=error.problem)
    print(
        ngettext("Cluster {name}: {n} machine, {swarm}", "Cluster {name}: {n} machines, {swarm}", len(machines)).format(
            name=cluster.full_name(), n=len(machines), swarm=problem or _("one swarm")
        )
        + _of_whom(cluster)
    )
    print(indent(aligned(_node_lines(machines, seen)), "  "))
    if seen:
        print(indent(aligned(_service_lines(seen)) if seen.services else _("Services: none"), "  "))


def _of_whom(cluster: Cluster) -> str:
    """Words about the owner, where it is another than who uses this process."""
    if not cluster.owner:
        return " " + _("(made by version 0.1.0, so it has no owner)")
    return "" if cluster.is_mine() else " " + _("(it belongs to {owner})").format(owner=cluster.owner)


def _node_lines(machines: Machines, seen: Observation | None) -> list[list[str]]:
    lines = [["NODE", "MACHINE", "STATE", "AVAILABILITY", "ROLE"]]
    for machine in machines:
        node = seen.node(machine.name) if seen else None
        columns = ["-", "-", "-"]
        if node:
            columns = [node.state, node.availability, "manager (leader)" if node.leader else node.role]
        lines.append([machine.name, machine.state, *columns])
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
    """Open a terminal on the node, until the user leaves it. Raises `NotFound`, `Refused` if none is possible."""
    if not (program := shutil.which("docker")):
        raise Refused(
            _("a terminal on a node needs the docker command, which is not on the PATH"),
            _("install it (on Debian or Ubuntu: docker.io or docker-cli), or use %%node {node} in a notebook"),
            node=node,
        )
    if not sys.stdin.isatty():
        raise Refused(
            _("a terminal on a node needs a terminal here, and the input of this command is not one"),
            _("type it in a terminal, or use %%node {node} in a notebook"),
            node=node,
        )
    engine = find_engine()
    machine = Cluster.adopt(name).machine(node)
    if machine.state not in ("running", "disconnected"):
        raise Refused(
            machine_states.fault(node, machine.state) or _("{name} is {state}"),
            _("bring it back: with its menu in the panel Swarm, with {call} in a notebook, or with {us} up"),
            name=node,
            state=machine.state,
            call=machine_states.repair(node, machine.state),
            us=MODULE_COMMAND,
        )
    if engine.simulated:
        print(simulator.banner())
        print(
            _(
                "The node has only docker, hostname and sleep; any other program that you type runs on this computer "
                "itself, with its files."
            ),
            flush=True,
        )
    # The docker command finds the engine as we did, unless it is the course's own.
    host = {"DOCKER_HOST": engine.url} if _is_own(engine) or engine.simulated else {}
    variables = {**os.environ, **host}
    command = [program, "exec", "-it", "--env", f"PS1={node}# ", machine.container, "sh"]
    if os.name != "nt":
        os.execve(program, command, variables)
    return subprocess.call(command, env=variables)


def _is_own(engine: Engine) -> bool:
    return sys.platform == "linux" and engine.url == own_engine.URL


def down(name: str | None) -> int:
    """Remove the cluster; it is no error if there is none."""
    try:
        with apt.engine_for_this_run():
            cluster = Cluster.adopt(name)
            machines = cluster.machines()
            text = ngettext("remove {name}: {n} machine", "remove {name}: {n} machines", len(machines))
            with progress.current().phase(text.format(name=cluster.full_name(), n=len(machines))):
                cluster.down()
    except (NoEngine, NotFound) as error:
        print(_("Nothing to remove: {problem}").format(problem=error.problem))
    return 0


def down_all() -> int:
    """Remove this user's clusters; stop the simulated engine, and the course's own if it is not in use by others."""
    try:
        engine = find_engine()
    except NoEngine as error:
        print(_("Nothing to remove: {problem}").format(problem=error.problem))
        return 0
    clusters = Cluster.all(engine)
    mine, others = [each for each in clusters if each.is_mine()], [each for each in clusters if not each.is_mine()]
    for cluster in mine:
        with progress.current().phase(_("remove {name}").format(name=cluster.full_name())):
            cluster.down()
    for left in sorted(set(provision.leftovers(engine, ownership.owner(engine)).values())):
        with progress.current().phase(_("remove what was left of {name}").format(name=left.name)):
            provision.discard(engine, left, [])
    if not mine:
        print(_("There was no cluster to remove"))
    for cluster in others:
        kept = (
            _("Cluster {name} belongs to {owner} and is kept: {command} removes it")
            if cluster.owner
            else _("Cluster {name} has no owner, as version 0.1.0 made it, and is kept: {command} removes it")
        )
        command = f"{MODULE_COMMAND} down --name {shlex.quote(cluster.full_name())}"
        print(kept.format(name=cluster.full_name(), owner=cluster.owner, command=command))
    if simulator.find() and not (engine.simulated and others):
        with progress.current().phase(_("stop the simulated engine")):
            simulator.stop()
    if _is_own(engine) and not others:
        with progress.current().phase(_("stop the course's own engine")):
            own_engine.stop()
        print(_("Its images are kept in {folder}, so that the next start is quick").format(folder=own_engine.ROOT))
    return 0


def bundle(verb: str, file: Path) -> int:
    """Save the images in the file, or load them from it into the engine."""
    act = bundles.save_bundle if verb == "save" else bundles.load_bundle
    act(apt.ensure_engine(), file, progress.current())
    return 0
