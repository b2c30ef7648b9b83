"""The swarm half of the Docker Engine API on one manager: a method for each route.

It takes and returns JSON, as dicts, and raises `ApiError` for what is refused. There is no HTTP here. Keys in requests
may have any case; filters are lists of values by key. What is returned may share parts with the store, so send it, but
never change it.
"""

from ..managers.swarm import ControlPlane
from . import logs, networks, nodes, secrets_configs, services, swarm, tasks
from .filters import Filters
from .go_structs import Json
from .logs import LogOptions, LogSource
from .prune_filters import PruneFilters
from .secrets_configs import ResourceKind


class ManagerAPI:
    """The routes of one manager. Every method raises `ApiError`, also if the manager finds no leader."""

    def __init__(self, control_plane: ControlPlane, node_id: str) -> None:
        self._control_plane, self.node_id = control_plane, node_id

    def info(self) -> Json:
        """The part "Swarm" of GET /info; this is never refused."""
        return swarm.info(self._control_plane, self.node_id)

    # The swarm

    def swarm(self) -> Json:
        """GET /swarm."""
        return swarm.inspect(self._led())

    def update_swarm(
        self,
        version: int,
        spec: object,
        rotate_worker: bool = False,
        rotate_manager: bool = False,
        rotate_unlock: bool = False,
    ) -> None:
        """POST /swarm/update?version=&rotateWorkerToken=&rotateManagerToken=&rotateManagerUnlockKey=."""
        swarm.update(self._led(), version, spec, rotate_worker, rotate_manager, rotate_unlock)

    def unlock_key(self) -> Json:
        """GET /swarm/unlockkey."""
        return {"UnlockKey": self._led().store.swarm.unlock_key}

    # Nodes

    def list_nodes(self, filters: Filters) -> list[Json]:
        """GET /nodes?filters=."""
        return nodes.list_nodes(self._led(), filters)

    def inspect_node(self, wanted: str) -> Json:
        """GET /nodes/{id}."""
        return nodes.inspect(self._led(), wanted)

    def update_node(self, wanted: str, version: int, spec: object) -> None:
        """POST /nodes/{id}/update?version=."""
        nodes.update(self._led(), wanted, version, spec)

    def remove_node(self, wanted: str, force: bool = False) -> None:
        """DELETE /nodes/{id}?force=."""
        nodes.remove(self._led(), wanted, force)

    # Services

    def list_services(self, filters: Filters, status: bool = False) -> list[Json]:
        """GET /services?filters=&status=."""
        return services.list_services(self._led(), filters, status)

    def inspect_service(self, wanted: str, insert_defaults: bool = False) -> Json:
        """GET /services/{id}?insertDefaults=."""
        return services.inspect(self._led(), wanted, insert_defaults)

    def create_service(self, spec: object) -> Json:
        """POST /services/create: 201."""
        return services.create(self._led(), spec)

    def update_service(
        self, wanted: str, version: int, spec: object, rollback: str = "", registry_auth_from: str = ""
    ) -> Json:
        """POST /services/{id}/update?version=&rollback=&registryAuthFrom=."""
        return services.update(self._led(), wanted, version, spec, rollback, registry_auth_from)

    def remove_service(self, wanted: str) -> None:
        """DELETE /services/{id}."""
        services.remove(self._led(), wanted)

    def service_logs(self, wanted: str, options: LogOptions, source: LogSource) -> list[tuple[int, bytes]]:
        """GET /services/{id}/logs: stream and line; `source` gives the output of a task's container."""
        return logs.of_service(self._led(), wanted, options, source)

    # Tasks

    def list_tasks(self, filters: Filters) -> list[Json]:
        """GET /tasks?filters=."""
        return tasks.list_tasks(self._led(), filters)

    def inspect_task(self, wanted: str) -> Json:
        """GET /tasks/{id}."""
        return tasks.inspect(self._led(), wanted)

    def task_logs(self, wanted: str, options: LogOptions, source: LogSource) -> list[tuple[int, bytes]]:
        """GET /tasks/{id}/logs."""
        return logs.of_task(self._led(), wanted, options, source)

    # Networks that span the nodes

    def list_networks(self, filters: Filters) -> list[Json]:
        """The swarm's part of GET /networks?filters=."""
        return networks.list_networks(self._led(), filters)

    def inspect_network(self, wanted: str) -> Json:
        """GET /networks/{id}, for one of the swarm."""
        return networks.inspect(self._led(), wanted)

    def create_network(self, request: object) -> Json:
        """POST /networks/create with the driver overlay or the scope swarm: 201."""
        return networks.create(self._led(), request)

    def remove_network(self, wanted: str) -> None:
        """DELETE /networks/{id}: 204."""
        networks.remove(self._led(), wanted)

    def prune_networks(self, wanted: PruneFilters) -> list[str]:
        """The swarm's part of POST /networks/prune?filters=: the names of the networks that are gone."""
        return networks.prune(self._led(), wanted)

    # Secrets and configs

    def list_resources(self, kind: ResourceKind, filters: Filters) -> list[Json]:
        """GET /secrets?filters= and /configs?filters=."""
        return secrets_configs.list_resources(self._led(), kind, filters)

    def inspect_resource(self, kind: ResourceKind, wanted: str) -> Json:
        """GET /secrets/{id} and /configs/{id}; without the data of a secret."""
        return secrets_configs.inspect(self._led(), kind, wanted)

    def create_resource(self, kind: ResourceKind, spec: object) -> Json:
        """POST /secrets/create and /configs/create: 201."""
        return secrets_configs.create(self._led(), kind, spec)

    def update_resource(self, kind: ResourceKind, wanted: str, version: int, spec: object) -> None:
        """POST /secrets/{id}/update?version= and /configs/{id}/update?version=."""
        secrets_configs.update(self._led(), kind, wanted, version, spec)

    def remove_resource(self, kind: ResourceKind, wanted: str) -> None:
        """DELETE /secrets/{id} and /configs/{id}: 204."""
        secrets_configs.remove(self._led(), kind, wanted)

    def _led(self) -> ControlPlane:
        """The swarm, if a leader answers: SwarmKit's managers pass every request on to it, also reads."""
        self._control_plane.require_leader(self.node_id)
        return self._control_plane
