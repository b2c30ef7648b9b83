"""The methods of a `Swarm` that send requests about its nodes: `docker node update`, `promote`, `demote` and `rm`."""

import shlex
from typing import Any

from .. import service_settings, setting_types
from ..docker_commands import announce
from ..errors import BadInput, NotFound, Refused
from ..language import _
from ..records import Json
from .manager_client import Managers


class NodeRequests:
    """The half of `Swarm` for its nodes."""

    _managers: Managers

    def drain(self, node: str) -> None:
        """Ask the swarm to keep the node empty: it replaces its tasks with new ones elsewhere. Raises `NotFound`."""
        self._update_node(node, "docker node update --availability drain", Availability="drain")

    def pause(self, node: str) -> None:
        """Ask the swarm to give the node no new tasks; its present tasks stay. Raises `NotFound`.

        `cluster.pause` is another thing: it freezes the machine, as `docker pause` does.
        """
        self._update_node(node, "docker node update --availability pause", Availability="pause")

    def activate(self, node: str) -> None:
        """Allow the node to get new tasks again. No running task is replaced for that. Raises `NotFound`."""
        self._update_node(node, "docker node update --availability active", Availability="active")

    def promote(self, node: str) -> None:
        """Ask the node to become a manager. Raises `NotFound`."""
        self._update_node(node, "docker node promote", Role="manager")

    def demote(self, node: str) -> None:
        """Ask the node to become a worker. Raises `NotFound`, and `Refused` if the swarm would lose its quorum."""
        body = self._managers.find("nodes", node)
        if body["Spec"]["Role"] == "manager" and "ManagerStatus" not in body:
            raise Refused(
                _("{node} is still becoming a manager"),
                _("ask again when swarm.node() shows its reachability"),
                node=node,
            )
        self._update_node(node, "docker node demote", Role="worker")

    def label(self, node: str, **labels: str | int | float) -> None:
        """Add labels to a node, e.g. label("node2", rack="a"); a label of the same key is replaced.

        Raises `BadInput`, `NotFound`.
        """
        self._change_labels(node, labels, ())

    def unlabel(self, node: str, *keys: str) -> None:
        """Remove labels from a node. Raises `BadInput`, `NotFound`."""
        self._change_labels(node, {}, keys)

    def remove_node(self, node: str, force: bool = False) -> None:
        """Remove the node from the swarm's list. Raises `NotFound`, and `Refused` for a manager.

        Without `force` also raises `Refused` for a node that is not down.
        """
        body, clear = self._managers.find_named("nodes", node, leaving=True)
        announce(f"docker node rm {'--force ' if force else ''}{clear}")
        self._managers.delete("nodes", body["ID"], force=force)

    def _update_node(self, node: str, command: str, **fields: str) -> None:
        self._managers.change("nodes", node, f"{command} {node}", lambda spec: spec.update(fields))

    def _change_labels(self, node: str, add: dict[str, Any], remove: tuple[str, ...]) -> None:
        if not add and not remove:
            raise BadInput(_("no label was named"), _("name at least one, e.g. swarm.label('node2', rack='a')"))
        service_settings.read("labels", setting_types.LABELS, add)
        flags = [f"--label-add {shlex.quote(f'{key}={value}')}" for key, value in add.items()]
        flags += [f"--label-rm {shlex.quote(key)}" for key in remove]

        def set_labels(spec: Json) -> None:
            labels = spec.get("Labels") or {}
            for key in remove:
                if key not in labels:
                    raise NotFound(
                        _("{node} has no label {key!r}; it has: {known}"),
                        _("use one of those labels"),
                        node=node,
                        key=key,
                        known=", ".join(sorted(labels)) or _("none"),
                    )
            kept = {key: value for key, value in labels.items() if key not in remove}
            spec["Labels"] = kept | {key: str(value) for key, value in add.items()}

        self._managers.change("nodes", node, f"docker node update {' '.join(flags)} {node}", set_labels)
