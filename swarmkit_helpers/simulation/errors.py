"""What the simulated engine refuses, in Docker's own words."""


class ApiError(Exception):
    """The answer to a request that fails: its HTTP status, and the text the body's `message` is to have."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status, self.message = status, message


def grpc(status: int, code: str, description: str) -> ApiError:
    """An error that a manager gives through its gRPC interface: the engine passes on its text with this prefix."""
    return ApiError(status, f"rpc error: code = {code} desc = {description}")
