"""Whether an engine is there."""

import docker


def answers(url: str) -> bool:
    """Whether an engine answers at that URL."""
    client = docker.APIClient(base_url=url, version=docker.constants.MINIMUM_DOCKER_API_VERSION, timeout=5)
    try:
        return client.ping()
    except (docker.errors.DockerException, OSError):
        return False
    finally:
        client.close()
