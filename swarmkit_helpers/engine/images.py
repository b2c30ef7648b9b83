"""The images of the course: one that a node runs, and those that services run.

An image that the engine has is used. Else it is pulled. Else, where no registry answers, it is made from the
programs of this machine. Nodes never pull: `load_into` sends them their images.
"""

import io
from typing import IO

import docker

from ..errors import NotFound, Refused
from ..language import _
from ..progress import Progress
from ..records import Json
from . import build_images
from .api import EngineAPI
from .discover import Engine

DOCKER = "29"  # the version of Docker in the nodes; the Dockerfile takes the docker command from the same
OFFICIAL_NODE, OWN_NODE = f"docker:{DOCKER}-dind", "swarmlab-node:local"
OLDER_NODES = ("docker:28-dind",)  # of 0.1.0: where nothing can be pulled, a bundle of then is still good
NODES = (OFFICIAL_NODE, OWN_NODE, *OLDER_NODES)
BUSYBOX, WEB = "busybox:latest", "swarmlab-web:1"
WORKLOADS = (BUSYBOX, WEB)
_CHUNK_BYTES = 1 << 20
_SAVES_ONE_PLATFORM = (1, 48)  # the first version of the API in which `docker save` takes a platform

# Answers each request with the name of the task's container. Its shell reacts to SIGTERM, so it stops at once.
_WEB_DOCKERFILE = f"""FROM {BUSYBOX}
CMD mkdir -p /www && hostname > /www/index.html && httpd -p 80 -h /www && \\
    trap "exit 0" TERM && while :; do sleep 1; done
"""


def ensure_node_image(engine: Engine, progress: Progress) -> str:
    """Find, pull or make an image for a node, and return its name.

    Raises `Refused` if there is none, none can be pulled and none can be made.
    """
    for name in (OFFICIAL_NODE, OWN_NODE):
        if has(engine.api, name):
            return name
    if _pull(engine, OFFICIAL_NODE, progress):
        return OFFICIAL_NODE
    for name in OLDER_NODES:
        if has(engine.api, name):
            return name
    said = _("make {image} from this machine's own Docker").format(image=OWN_NODE)
    with progress.phase(said) as phase, build_images.node_files(phase) as tar:
        _import(engine, OWN_NODE, tar)
    return OWN_NODE


def ensure_workloads(engine: Engine, progress: Progress) -> None:
    """Pull or make the images that the sections run, where they are missing. Raises `Refused` if that fails."""
    if not has(engine.api, BUSYBOX) and not _pull(engine, BUSYBOX, progress):
        said = _("make {image} from this machine's own").format(image=BUSYBOX)
        with progress.phase(said), build_images.busybox_files() as tar:
            _import(engine, BUSYBOX, tar)
    if not has(engine.api, WEB):
        with progress.phase(_("make {image}, a tiny web server").format(image=WEB)):
            _build(engine, WEB, _WEB_DOCKERFILE)


def ensure(engine: Engine, name: str, progress: Progress) -> None:
    """Pull the image if the engine does not have it. Raises `NotFound` if it cannot be pulled."""
    if not has(engine.api, name) and not _pull(engine, name, progress):
        raise NotFound(
            _("there is no image {name!r} here, and no registry provided it"),
            _("check the name and the connection to the internet, or use busybox"),
            name=name,
        )


def archive(engine: Engine, names: tuple[str, ...]) -> bytes:
    """Export the images as one tar archive, as `docker save` does."""
    return b"".join(engine.api.stream("images", "get", names=names, **one_platform(engine, names)))


def one_platform(engine: Engine, names: tuple[str, ...]) -> Json:
    """The query with which the engine saves the images of one platform only, where its API has that.

    An image of several platforms, of which a registry sent one, is else saved with an index that names them all.
    """
    if tuple(map(int, engine.client.api_version.split("."))) < _SAVES_ONE_PLATFORM:
        return {}
    images = [engine.api.get("images", name, "json") for name in names]
    platforms = {(image["Os"], image["Architecture"]) for image in images}
    if len(platforms) != 1:
        return {}
    [(system, architecture)] = platforms
    return {"platform": {"os": system, "architecture": architecture}}


def load_into(node: EngineAPI, names: tuple[str, ...], tar: bytes) -> None:
    """Load the images from the archive into the node's engine, if it lacks one of them."""
    if not all(has(node, name) for name in names):
        node.send("images", "load", data=tar, quiet=True)


def has(engine: EngineAPI, name: str) -> bool:
    """Whether the engine has an image of that name."""
    try:
        engine.get("images", name, "json")
    except NotFound:
        return False
    return True


def _pull(engine: Engine, name: str, progress: Progress) -> bool:
    """Pull the image. Whether a registry provided it."""
    layers: dict[str, tuple[int, int]] = {}  # by layer: bytes received, bytes in total
    with progress.phase(_("pull {image}").format(image=name)) as phase:
        try:
            for step in engine.client.pull(name, stream=True, decode=True):
                if "error" in step:
                    raise Refused(step["error"], _("connect to the internet, or load a bundle"))
                if (detail := step.get("progressDetail")) and "total" in detail:
                    layers[step["id"]] = detail["current"], detail["total"]
                    phase.advance(*map(sum, zip(*layers.values(), strict=True)))
        except (docker.errors.APIError, Refused):
            phase.rename(_("{image} could not be pulled from a registry").format(image=name))
            return False
    return True


def _import(engine: Engine, name: str, tar: IO[bytes]) -> None:
    """Make an image from the files in the archive, as `docker import` does."""
    repository, _, tag = name.partition(":")
    engine.api.send(
        "images",
        "create",
        data=iter(lambda: tar.read(_CHUNK_BYTES), b""),
        fromSrc="-",
        repo=repository,
        tag=tag,
        changes=['CMD ["sh"]', "ENV PATH=/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin"],
    )


def _build(engine: Engine, name: str, dockerfile: str) -> None:
    """Make an image from the Dockerfile, as `docker build` does. Raises `Refused` if a step fails."""
    for step in engine.client.build(fileobj=io.BytesIO(dockerfile.encode()), tag=name, rm=True, decode=True):
        if "error" in step:
            raise Refused(
                _("the engine could not make {image}: {said}"),
                _("check the free space on the disk, and try again"),
                image=name,
                said=step["error"].strip(),
            )
