"""Why a task is pending, and what would help."""

from collections.abc import Iterable

from ...constraints import Constraint, parse
from ...language import _, ngettext
from ...records import Node, Observation, Service, Task
from ...rules import Filter, Host, Request, convergence, rejected
from ...rules.node_info import NodeInfo
from ...rules.restart import outdated


def why(seen: Observation, service: Service, task: Task) -> list[str]:
    """What keeps the service's task pending, and the fix, as sentences; several nodes are counted, not named."""
    request = Request.from_spec(task.spec, service.spec.get("EndpointSpec"))
    others = [each for each in seen.tasks if each.id != task.id]
    hosts = NodeInfo.of(seen, others).hosts(task.service)
    if task.node:  # of a global service: it can run on that node alone
        hosts = [host for host in hosts if host.name == task.node]
    out = rejected(hosts, request)
    able = [host for host in hosts if host.id not in out]
    stale = not task.node and bool(task.error) and outdated(service, task)
    if able and stale:
        return [
            ngettext(
                "{n} node could take it now, yet it is not tried again: the service was changed, if only "
                "scaled, after this task was made, so its message is out of date",
                "{n} nodes could take it now, yet it is not tried again: the service was changed, if only "
                "scaled, after this task was made, so its message is out of date",
                len(able),
            ).format(n=len(able)),
            _("Fix: {force}, makes new tasks").format(force=force_update(service)),
        ]
    if able:
        return [_("a node can take it, and it is about to be placed")]
    if not hosts:
        return [_("the swarm has no node that it could run on")]
    fixes = _fixes(seen, service, request, hosts, out)
    if convergence.replaces_running(seen, task):
        full = set(out.values()) & {Filter.HOST_PORT, Filter.MAX_REPLICAS}  # of the tasks that are to be replaced
        fixes = [_stop_first(service), *([_("add a node")] if full else fixes)]
    reasons = [
        _against(rule, [host for host in hosts if out[host.id] is rule], request)
        for rule in Filter
        if rule in out.values()
    ]
    fix = _("Fix: {fix}").format(fix=_(", or ").join(fixes))
    if stale:
        fix += ", " + _(
            "and after that {force}, for the service was changed, if only scaled, after this task was "
            "made: such a task is not tried again"
        ).format(force=force_update(service))
    return ["; ".join(reasons), fix]


def ruled_out_text(rule: Filter, node: Node) -> str:
    """The node, and in a few words why that filter rules it out."""
    if rule is Filter.READY:
        return f"{node.name} ({node.state if node.state != 'ready' else node.availability})"
    return f"{node.name} ({_short_texts()[rule]})"


def _short_texts() -> dict[Filter, str]:
    return {
        Filter.READY: _("not available"),
        Filter.RESOURCE: _("too little left"),
        Filter.PLUGIN: _("plugin missing"),
        Filter.CONSTRAINT: _("constraint"),
        Filter.PLATFORM: _("platform"),
        Filter.HOST_PORT: _("port taken"),
        Filter.MAX_REPLICAS: _("limit reached"),
        Filter.VOLUMES: _("volume"),
    }


def _against(rule: Filter, hosts: list[Host], request: Request) -> str:
    """How many nodes that filter rules out, and why."""
    n = len(hosts)
    text = {
        Filter.READY: ngettext("{n} node takes no new tasks", "{n} nodes take no new tasks", n),
        Filter.RESOURCE: ngettext(
            "{n} node has too little CPU, memory or other resources left",
            "{n} nodes have too little CPU, memory or other resources left",
            n,
        ),
        Filter.PLUGIN: ngettext("{n} node lacks a plugin", "{n} nodes lack a plugin", n),
        Filter.CONSTRAINT: ngettext("{n} node does not meet {constraints}", "{n} nodes do not meet {constraints}", n),
        Filter.PLATFORM: ngettext(
            "{n} node has another platform than the image", "{n} nodes have another platform than the image", n
        ),
        Filter.HOST_PORT: ngettext("the port is taken on {n} node", "the port is taken on {n} nodes", n),
        Filter.MAX_REPLICAS: ngettext(
            "{n} node has as many as the service allows on one",
            "{n} nodes have as many as the service allows on one",
            n,
        ),
        Filter.VOLUMES: ngettext("{n} node can use none of the volumes", "{n} nodes can use none of the volumes", n),
    }[rule]
    return text.format(n=n, constraints=", ".join(request.constraints))


def _fixes(
    seen: Observation, service: Service, request: Request, hosts: list[Host], out: dict[str, Filter]
) -> list[str]:
    """What would help, first against the filter that rules out most nodes."""
    rules = sorted(set(out.values()), key=lambda rule: -sum(each is rule for each in out.values()))
    return [_fix(rule, seen, service, request, [host for host in hosts if out[host.id] is rule]) for rule in rules]


def _fix(rule: Filter, seen: Observation, service: Service, request: Request, hosts: list[Host]) -> str:
    if rule is Filter.READY:
        idle = [node for host in hosts if (node := seen.node(host.name)) and node.state == "ready"]
        return f'swarm.activate("{idle[0].name}")' if idle else _("bring {node} back").format(node=hosts[0].name)
    if rule is Filter.CONSTRAINT:
        return _label_or_other_constraints(service, request, hosts)
    name = service.name
    if rule is Filter.RESOURCE:
        return _fewer_resources(name, request)
    if rule is Filter.HOST_PORT and not any(host.tasks for host in hosts):  # other services hold it
        return _(
            'publish another port with swarm.update_service("{service}", ports=[...]), or end what holds it'
        ).format(service=name)
    return {
        Filter.PLUGIN: _("install the plugin on a node"),
        Filter.PLATFORM: _("take an image for the platform of the nodes"),
        Filter.HOST_PORT: _("add a node, or ask for fewer replicas: each needs the port of a node of its own"),
        Filter.MAX_REPLICAS: _(
            'add a node, or allow more with swarm.update_service("{service}", max_replicas_per_node=...)'
        ),
        Filter.VOLUMES: _("make a volume that a node can use"),
    }[rule].format(service=name)


def _fewer_resources(service: str, request: Request) -> str:
    """The fix to reserve less."""
    reserved = {"reserve_cpus": request.cpus, "reserve_memory": request.memory}
    if any(request.generic.values()):
        return _("ask for fewer of {kinds}, or end something else").format(kinds=", ".join(request.generic))
    return _('ask for less with swarm.update_service("{service}", {asked}), or end something else').format(
        service=service, asked=", ".join(f"{setting}=..." for setting, number in reserved.items() if number)
    )


def _label_or_other_constraints(service: Service, request: Request, hosts: Iterable[Host]) -> str:
    """The fix to label a node, if the constraints that it does not meet are labels; else to change the constraints."""
    other = _('ask for something else with swarm.update_service("{service}", constraints=[...])').format(
        service=service.name
    )
    for host in sorted(hosts, key=lambda host: host.role == "manager"):  # workers first
        missing = [each for each in parse(request.constraints) if not each.accepts(host)]
        if all(_can_be_set(each) for each in missing):
            prefix = len("node.labels.")
            labels = {each.key[prefix:]: each.value for each in missing}
            if all(key.isidentifier() for key in labels):
                given = ", ".join(f'{key}="{value}"' for key, value in labels.items())
            else:
                given = "**{" + ", ".join(f'"{key}": "{value}"' for key, value in labels.items()) + "}"
            return f'swarm.label("{host.name}", {given})'
    return other


def _can_be_set(constraint: Constraint) -> bool:
    key, prefix = constraint.key.lower(), "node.labels."
    return key.startswith(prefix) and key != prefix and constraint.operator == "=="


def _stop_first(service: Service) -> str:
    """The fix for an update that starts each new task before the old one ends, where no node has room for both."""
    return _(
        'let each old task end before its new one starts, with swarm.update_service("{service}", '
        'update_order="stop-first")'
    ).format(service=service.name)


def force_update(service: Service) -> str:
    """The request that replaces all of its tasks."""
    return _('swarm.rebalance("{service}"), which is docker service update --force').format(service=service.name)
