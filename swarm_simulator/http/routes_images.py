"""The routes of images. There is no registry, and a build runs no commands."""

import json
import re
import shlex
import tarfile

from ..engines import images
from ..engines.images import Image, familiar
from ..engines.networks import has_label, matches
from ..errors import ApiError
from ..swarm_api.go_structs import Json
from .request import Request, Response, ok
from .router import Router
from .streams import ChunkedResponse

ROUTES = Router()
_FILTERS = ("before", "dangling", "label", "reference", "since", "until")
DOCKERFILE_MAX_BYTES = 1 << 20
BUILT = "(simulated: it is noted, and nothing runs)"


def image_of(request: Request) -> Image:
    """The image that the path names. Raises `ApiError` 404."""
    return request.engine.images.find(request.params["name"])


@ROUTES.add("GET", "/images/json")
def listed(request: Request) -> Response:
    """List the images that pass the filters."""
    filters = request.filters()
    if unknown := next((key for key in filters if key not in _FILTERS), None):
        raise ApiError(400, f"invalid filter '{unknown}'")
    users = [container.image_id for container in request.engine.containers]
    chosen = [image for image in request.engine.images if _passes(image, filters)]
    return ok([images.summary(image, users.count(image.id)) for image in chosen])


def _passes(image: Image, filters: dict[str, list[str]]) -> bool:
    dangling = [value.lower() in ("1", "true") for value in filters.get("dangling", ())]
    references = filters.get("reference", ())
    patterns = [re.escape(each).replace(r"\*", "[^/]*") for each in references]
    fits = any(
        matches(f"^{pattern}$", name) or matches(f"^{pattern}$", name.rpartition(":")[0])
        for pattern in patterns
        for name in image.names
    )
    return (
        (not references or fits)
        and (not dangling or (not image.names) in dangling)
        and all(has_label(image.config.get("Labels") or {}, value) for value in filters.get("label", ()))
    )


@ROUTES.add("GET", "/images/get")
def save_several(request: Request) -> Response:
    """Send an archive of several images."""
    return Response(200, request.engine.images.archive(request.query.get("names", [])), "application/x-tar")


@ROUTES.add("GET", "/images/search")
def search(request: Request) -> Response:
    """Refuse to search a registry."""
    raise ApiError(501, "a simulated engine has no registry to search")


@ROUTES.add("GET", "/images/{name:path}/get")
def save(request: Request) -> Response:
    """Send an archive of one image."""
    return Response(200, request.engine.images.archive([request.params["name"]]), "application/x-tar")


@ROUTES.add("GET", "/images/{name:path}/json")
def inspect(request: Request) -> Response:
    """Describe an image."""
    return ok(images.body(image_of(request)))


@ROUTES.add("GET", "/images/{name:path}/history")
def history(request: Request) -> Response:
    """Describe an image as one layer."""
    image = image_of(request)
    line = {
        "Id": image.id,
        "Created": int(image.created),
        "CreatedBy": "simulated",
        "Tags": image.names,
        "Size": image.size,
        "Comment": "",
    }
    return ok([line])


@ROUTES.add("POST", "/images/load")
async def load(request: Request) -> None:
    """Add the images of an archive."""
    names = request.engine.images.load(request.body) if request.body else []
    body = ChunkedResponse(request)
    for name in names:
        kind = "image ID" if name.startswith("sha256:") else "image"
        body.write_json({"stream": f"Loaded {kind}: {name}\n"})
    await body.end()


@ROUTES.add("POST", "/images/create")
async def create(request: Request) -> None:
    """Pull an image that is there already, or import an archive as an image."""
    tag = request.text("tag")
    if source := request.text("fromSrc"):
        if source != "-":
            raise ApiError(501, "a simulated engine imports only what is sent with the request")
        name = request.text("repo") + (f":{tag}" if tag else "")
        size = len(request.content())
        config = _changed({}, request.query.get("changes", []))
        image = request.engine.images.add(familiar(name) if name else "", config, size)
        body = ChunkedResponse(request)
        body.write_json({"status": image.id})
        await body.end()
        return
    name = request.text("fromImage")
    if not name:
        raise ApiError(400, "invalid reference format")
    if tag:
        name = f"{name}@{tag}" if tag.startswith("sha256:") else f"{name}:{tag}"
    image = request.engine.pull(name)
    body = ChunkedResponse(request)
    repository, _, tag = familiar(name).rpartition(":")
    body.write_json({"status": f"Pulling from {repository}", "id": tag})
    body.write_json({"status": f"Digest: {image.id}"})
    body.write_json({"status": f"Status: Image is up to date for {familiar(name)}"})
    await body.end()


@ROUTES.add("POST", "/images/prune")
def prune(request: Request) -> Response:
    """Remove no images, since none takes any room."""
    return ok({"ImagesDeleted": None, "SpaceReclaimed": 0})


@ROUTES.add("POST", "/images/{name:path}/tag")
def tag(request: Request) -> Response:
    """Give an image a name."""
    if not (repository := request.text("repo")):
        raise ApiError(400, "invalid reference format")
    request.engine.images.tag(image_of(request), f"{repository}:{request.text('tag') or 'latest'}")
    return Response(201)


@ROUTES.add("POST", "/images/{name:path}/push")
def push(request: Request) -> Response:
    """Refuse to push to a registry."""
    image_of(request)
    raise ApiError(501, "a simulated engine has no registry to push to")


@ROUTES.add("DELETE", "/images/{name:path}")
def remove(request: Request) -> Response:
    """Remove an image or one of its names."""
    used = {container.image_id for container in request.engine.containers}
    return ok(request.engine.images.remove(request.params["name"], request.flag("force"), used))


@ROUTES.add("GET", "/distribution/{name:path}/json")
def distribution(request: Request) -> Response:
    """Refuse to ask a registry."""
    raise ApiError(403, "a simulated engine has no registry to ask")


@ROUTES.add("POST", "/build/prune")
def build_prune(request: Request) -> Response:
    """Remove no cache, for there is none."""
    return ok({"CachesDeleted": None, "SpaceReclaimed": 0})


@ROUTES.add("POST", "/build")
async def build(request: Request) -> None:
    """Build an image: its base with the settings of the Dockerfile."""
    lines = _dockerfile(request)
    body = ChunkedResponse(request)
    config: Json = {}
    size = 0
    for number, line in enumerate(lines, 1):
        body.write_json({"stream": f"Step {number}/{len(lines)} : {line}\n"})
        word, _, rest = line.partition(" ")
        if word.upper() == "FROM":
            name = rest.split()[0]
            if not request.engine.images.has(name):
                body.write_json(
                    {
                        "errorDetail": {"message": f"No such image: {familiar(name)}"},
                        "error": f"No such image: {familiar(name)}",
                    }
                )
                await body.end()
                return
            base = request.engine.images.find(name)
            config, size = dict(base.config), base.size
        elif word.upper() in ("RUN", "COPY", "ADD"):
            body.write_json({"stream": f" ---> {BUILT}\n"})
        else:
            config = _changed(config, [line])
    image = request.engine.images.add("", config, size)
    body.write_json({"aux": {"ID": image.id}})
    body.write_json({"stream": f"Successfully built {image.id[7:19]}\n"})
    for name in request.query.get("t", []):
        request.engine.images.tag(image, name)
        body.write_json({"stream": f"Successfully tagged {familiar(name)}\n"})
    await body.end()


def _dockerfile(request: Request) -> list[str]:
    """The instructions of the Dockerfile, each in one line. Raises `ApiError` 400 if there is none."""
    name = request.text("dockerfile") or "Dockerfile"
    refusal = ApiError(400, f"Cannot locate specified Dockerfile: {name}")
    if request.body is None:
        raise refusal
    try:
        request.body.seek(0)
        with tarfile.open(fileobj=request.body) as tar:
            file = tar.extractfile(name.removeprefix("./"))
            if file is None:
                raise refusal
            text = file.read(DOCKERFILE_MAX_BYTES).decode(errors="replace")
    except (KeyError, OSError, EOFError, tarfile.TarError) as error:
        raise refusal from error
    text = re.sub(r"\\\s*\n", " ", text)
    lines = [line.strip() for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    _changed({}, lines)  # so that mistakes are refused before anything is done
    if not lines or not lines[0].upper().startswith(("FROM ", "ARG ")):
        raise ApiError(400, "dockerfile parse error: no build stage in current context")
    return lines


def _changed(config: Json, instructions: list[str]) -> Json:
    """The settings after these instructions of a Dockerfile. Raises `ApiError` 400."""
    try:
        return _with(config, instructions)
    except (ValueError, IndexError) as error:
        raise ApiError(400, f"dockerfile parse error: {error}") from error


def _with(config: Json, instructions: list[str]) -> Json:
    config = {"Env": [], "Labels": None, **config}
    for line in instructions:
        word, _, rest = line.strip().partition(" ")
        word = word.upper()
        if word in ("CMD", "ENTRYPOINT"):
            config["Cmd" if word == "CMD" else "Entrypoint"] = _command(rest)
        elif word == "ENV":
            name, mark, _ = rest.partition("=")
            pairs = shlex.split(rest) if mark else [f"{name.split()[0]}={' '.join(name.split()[1:])}"]
            config["Env"] = [*(config["Env"] or ()), *pairs]
        elif word == "LABEL":
            labels = dict(pair.partition("=")[::2] for pair in shlex.split(rest))
            config["Labels"] = {**(config["Labels"] or {}), **labels}
        elif word in ("USER", "WORKDIR", "STOPSIGNAL"):
            config[{"USER": "User", "WORKDIR": "WorkingDir", "STOPSIGNAL": "StopSignal"}[word]] = rest
        elif word == "EXPOSE":
            ports: Json = {port if "/" in port else f"{port}/tcp": {} for port in rest.split()}
            config["ExposedPorts"] = {**(config.get("ExposedPorts") or {}), **ports}
    return config


def _command(text: str) -> list[str]:
    """The words of a command, which is a list as JSON, or a line for the shell."""
    try:
        found = json.loads(text)
    except ValueError:
        found = None
    return [str(word) for word in found] if isinstance(found, list) else ["/bin/sh", "-c", text]
