"""Whether an engine is there."""

import docker


def answers(url: str) -> bool:
    """Whether an engine answers at that URL. It is asked without a version of the API: each engine refuses some."""
    client = docker.APIClient(base_url=url, version=docker.constants.DEFAULT_DOCKER_API_VERSION, timeout=5)
    try:
        return client.get(f"{client.base_url}/_ping").text == "OK"
    except (docker.errors.DockerException, OSError):
        return False
    finally:
        client.close()
