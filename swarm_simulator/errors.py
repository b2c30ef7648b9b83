"""The errors of a simulated engine, with Docker's own status codes and texts, untranslated."""

# The HTTP status for each gRPC code (moby, api/server/httpstatus); for the others it is 500.
_STATUS = {
    "InvalidArgument": 400,
    "FailedPrecondition": 400,
    "OutOfRange": 400,
    "Unauthenticated": 401,
    "PermissionDenied": 403,
    "NotFound": 404,
    "AlreadyExists": 409,
    "Unimplemented": 501,
    "Unavailable": 503,
}
# Texts of an engine that cannot answer for a swarm (moby, daemon/cluster: cluster.go errNoManager, errors.go): 503.
NO_SWARM = (
    'This node is not a swarm manager. Use "docker swarm init" or "docker swarm join" to connect this node '
    "to swarm and try again."
)
WORKER = (
    "This node is not a swarm manager. Worker nodes can't be used to view or modify cluster state. Please run "
    "this command on a manager node or promote the current node to a manager."
)
LOCKED = (
    'Swarm is encrypted and needs to be unlocked before it can be used. Please use "docker swarm unlock" to unlock it.'
)
NO_LEADER = (
    "The swarm does not have a leader. It's possible that too few managers are online. Make sure more than "
    "half of the managers are online."
)

# A request that would make two swarms of one: the simulation has one store for all managers of a swarm.
SPLIT = "a simulated swarm cannot be split in two: the other managers have a quorum, and this one cannot reach them"


class ApiError(Exception):
    """A refused request; the answer is this status and {"message": message}."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(status, message)
        self.status, self.message = status, message

    def __str__(self) -> str:
        return f"{self.status}: {self.message}"


def rpc(code: str, description: str) -> ApiError:
    """The error of a manager as the engine passes it on: its gRPC code, such as InvalidArgument, and its text."""
    return ApiError(_STATUS.get(code, 500), f"rpc error: code = {code} desc = {description}")
