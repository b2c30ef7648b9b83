"""The routes of images. There is no registry, and what is built runs nothing."""

import json
import re
import shlex
import tarfile

from ..engines import images
from ..engines.images import Image, familiar
from ..engines.networks import labelled, matches
from ..engines.request import Answer, Call, Json, Routes, ok
from ..errors import ApiError
from .streams import Chunks

ROUTES = Routes()
_KEYS = ("before", "dangling", "label", "reference", "since", "until")
BUILT = "(simulated: it is noted, and nothing runs)"


def found(call: Call) -> Image:
    return call.engine.images.find(call.parts["name"])


@ROUTES.add("GET", "/images/json")
def listed(call: Call) -> Answer:
    filters = call.filters()
    if unknown := next((key for key in filters if key not in _KEYS), None):
        raise ApiError(400, f"invalid filter '{unknown}'")
    users = [container.image_id for container in call.engine.containers]
    chosen = [image for image in call.engine.images if _passes(image, filters)]
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
        and all(labelled(image.config.get("Labels") or {}, value) for value in filters.get("label", ()))
    )


@ROUTES.add("GET", "/images/get")
def save_several(call: Call) -> Answer:
    return Answer(200, call.engine.images.archive(call.query.get("names", [])), "application/x-tar")


@ROUTES.add("GET", "/images/search")
def search(call: Call) -> Answer:
    raise ApiError(501, "a simulated engine has no registry to search")


@ROUTES.add("GET", "/images/{name:path}/get")
def save(call: Call) -> Answer:
    return Answer(200, call.engine.images.archive([call.parts["name"]]), "application/x-tar")


@ROUTES.add("GET", "/images/{name:path}/json")
def inspect(call: Call) -> Answer:
    return ok(images.body(found(call)))


@ROUTES.add("GET", "/images/{name:path}/history")
def history(call: Call) -> Answer:
    image = found(call)
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
async def load(call: Call) -> None:
    names = call.engine.images.load(call.body) if call.body else []
    body = Chunks(call)
    for name in names:
        kind = "image ID" if name.startswith("sha256:") else "image"
        body.line({"stream": f"Loaded {kind}: {name}\n"})
    await body.end()


@ROUTES.add("POST", "/images/create")
async def create(call: Call) -> None:
    """`docker pull` of what is there, and `docker import` of anything: an image of that name."""
    tag = call.text("tag")
    if source := call.text("fromSrc"):
        if source != "-":
            raise ApiError(501, "a simulated engine imports only what is sent with the request")
        name = call.text("repo") + (f":{tag}" if tag else "")
        size = len(call.raw())
        config = _changed({}, call.query.get("changes", []))
        image = call.engine.images.add(familiar(name) if name else "", config, size)
        body = Chunks(call)
        body.line({"status": image.id})
        await body.end()
        return
    name = call.text("fromImage")
    if not name:
        raise ApiError(400, "invalid reference format")
    if tag:
        name = f"{name}@{tag}" if tag.startswith("sha256:") else f"{name}:{tag}"
    image = call.engine.pull(name)
    body = Chunks(call)
    body.line({"status": f"Pulling from {familiar(name).rpartition(':')[0]}", "id": familiar(name).rpartition(":")[2]})
    body.line({"status": f"Digest: {image.id}"})
    body.line({"status": f"Status: Image is up to date for {familiar(name)}"})
    await body.end()


@ROUTES.add("POST", "/images/prune")
def prune(call: Call) -> Answer:
    return ok({"ImagesDeleted": None, "SpaceReclaimed": 0})


@ROUTES.add("POST", "/images/{name:path}/tag")
def tag(call: Call) -> Answer:
    if not (repository := call.text("repo")):
        raise ApiError(400, "invalid reference format")
    call.engine.images.tag(found(call), f"{repository}:{call.text('tag') or 'latest'}")
    return Answer(201)


@ROUTES.add("POST", "/images/{name:path}/push")
def push(call: Call) -> Answer:
    found(call)
    raise ApiError(501, "a simulated engine has no registry to push to")


@ROUTES.add("DELETE", "/images/{name:path}")
def remove(call: Call) -> Answer:
    used = {container.image_id for container in call.engine.containers}
    return ok(call.engine.images.remove(call.parts["name"], call.flag("force"), used))


@ROUTES.add("GET", "/distribution/{name:path}/json")
def distribution(call: Call) -> Answer:
    raise ApiError(403, "a simulated engine has no registry to ask")


@ROUTES.add("POST", "/build/prune")
def build_prune(call: Call) -> Answer:
    return ok({"CachesDeleted": None, "SpaceReclaimed": 0})


@ROUTES.add("POST", "/build")
async def build(call: Call) -> None:
    """The image is what its base is, with the settings of the Dockerfile."""
    lines = _dockerfile(call)
    body = Chunks(call)
    config: Json = {}
    size = 0
    for number, line in enumerate(lines, 1):
        body.line({"stream": f"Step {number}/{len(lines)} : {line}\n"})
        word, _, rest = line.partition(" ")
        if word.upper() == "FROM":
            name = rest.split()[0]
            if not call.engine.images.has(name):
                body.line(
                    {
                        "errorDetail": {"message": f"No such image: {familiar(name)}"},
                        "error": f"No such image: {familiar(name)}",
                    }
                )
                await body.end()
                return
            base = call.engine.images.find(name)
            config, size = dict(base.config), base.size
        elif word.upper() in ("RUN", "COPY", "ADD"):
            body.line({"stream": f" ---> {BUILT}\n"})
        else:
            config = _changed(config, [line])
    image = call.engine.images.add("", config, size)
    body.line({"aux": {"ID": image.id}})
    body.line({"stream": f"Successfully built {image.id[7:19]}\n"})
    for name in call.query.get("t", []):
        call.engine.images.tag(image, name)
        body.line({"stream": f"Successfully tagged {familiar(name)}\n"})
    await body.end()


def _dockerfile(call: Call) -> list[str]:
    """Its instructions, each in one line. Raises `ApiError` for a context without one."""
    name = call.text("dockerfile") or "Dockerfile"
    try:
        call.body.seek(0)
        with tarfile.open(fileobj=call.body) as tar:
            text = tar.extractfile(name.removeprefix("./")).read(1 << 20).decode(errors="replace")
    except (AttributeError, KeyError, OSError, EOFError, tarfile.TarError) as error:
        raise ApiError(400, f"Cannot locate specified Dockerfile: {name}") from error
    text = re.sub(r"\\\s*\n", " ", text)
    lines = [line.strip() for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    _changed({}, lines)  # what cannot be read is refused before anything is done
    if not lines or not lines[0].upper().startswith(("FROM ", "ARG ")):
        raise ApiError(400, "dockerfile parse error: no build stage in current context")
    return lines


def _changed(config: Json, instructions: list[str]) -> Json:
    """The settings, with what these instructions of a Dockerfile say. Raises `ApiError` 400."""
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
            pairs = (pair.partition("=") for pair in shlex.split(rest))
            config["Labels"] = {**(config["Labels"] or {}), **{key: value for key, _, value in pairs}}
        elif word in ("USER", "WORKDIR", "STOPSIGNAL"):
            config[{"USER": "User", "WORKDIR": "WorkingDir", "STOPSIGNAL": "StopSignal"}[word]] = rest
        elif word == "EXPOSE":
            ports = {port if "/" in port else f"{port}/tcp": {} for port in rest.split()}
            config["ExposedPorts"] = {**(config.get("ExposedPorts") or {}), **ports}
    return config


def _command(text: str) -> list[str]:
    """Either form: a list as JSON, or a line for the shell."""
    try:
        found = json.loads(text)
    except ValueError:
        found = None
    return [str(word) for word in found] if isinstance(found, list) else ["/bin/sh", "-c", text]
