"""One examination on this computer's engine: its two containers are made, run, read and removed."""

import json
import os
import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from ..engine import images
from ..engine.discover import Engine
from ..errors import NotConverged, Refused
from ..language import _
from ..polling import wait_until
from ..progress import Progress, current
from ..records import Json
from . import container_files, containers, leftovers
from .exam import EngineKind, Examined, ExamRequest, ExamResult, Remark
from .printable import shown

SETUP_SECONDS = 90  # that an examination takes before the first and after the last cell, at most
POLL_SECONDS = 0.2
RESULT_MAX_BYTES, NOTEBOOK_MAX_BYTES = 20 << 20, 64 << 20  # of the examiner's two files
LOG_LINES, LOG_MAX_CHARS = 5, 500  # of an examiner that failed
interrupted = threading.Event()  # set when no examination of this process may start any more


def examine(request: ExamRequest, engine: Engine) -> Examined:
    """Examine the request in two containers on that engine, and remove them.

    The notebook can do what it likes: there is a result. It takes `request.timeout` and `SETUP_SECONDS` at most. Raises
    `Refused`, `NotFound`, `EngineUnavailable` if the engine or the examiner fails.
    """
    began = time.monotonic()
    prepare(engine, request.engine)
    image = container_files.ensure_image(engine)
    max_seconds = request.timeout + SETUP_SECONDS
    with leftovers.new_folder() as folder, _shared_folders(engine, request.cluster) as exam:
        given, answer = Path(folder, "in"), Path(folder, "out")
        given.mkdir()
        answer.mkdir()
        given.chmod(0o755)
        answer.chmod(0o777)  # for the examiner, who is another user; the folder around it is closed to all others
        connection = containers.kernel_connection()
        for name, body in (
            ("request.json", request.to_json()),
            ("notebook.ipynb", request.notebook),
            ("connection.json", connection),
        ):
            (given / name).write_text(json.dumps(body), encoding="utf-8")
        real = engine if request.engine == "real" else None
        kernel = containers.kernel_container(image, exam, connection, request.speed, max_seconds)
        _start(engine, f"{exam}-kernel", kernel)
        examiner = containers.examiner_container(image, exam, given, answer, max_seconds, real)
        _start(engine, f"{exam}-examiner", examiner)
        state = _final_state(engine, f"{exam}-examiner", max_seconds)
        result = _result(answer / "result.json")
        if result is None:  # it is written once the set-up is done, and no student's code runs before that
            log = shown(_log(engine, f"{exam}-examiner"), LOG_MAX_CHARS)
            raise Refused(
                _("the examiner could not work: {log}"),
                _("fix the error that it names, and grade again"),
                log=log or _("it ran out of time or of memory"),
            )
        late = state is None or state["ExitCode"] == containers.TIMEOUT_STATUS
        remarks = _remarks(state, engine.api.get("containers", f"{exam}-kernel", "json")["State"])
        notebook = _read(answer / "executed.ipynb", NOTEBOOK_MAX_BYTES)
        result = replace(
            result,
            remarks=(*result.remarks, *remarks),
            ended="time" if late else result.ended,
            seconds=result.seconds | {"total": time.monotonic() - began},
        )
        return Examined(result, None if notebook is None else notebook.decode(errors="replace"))


def prepare(engine: Engine, kind: EngineKind, progress: Progress | None = None) -> None:
    """Get the images that examinations of that kind need, and remove what dead graders left on the engine."""
    if kind == "real":
        images.ensure_node_image(engine, progress or current())
        images.ensure_workloads(engine, progress or current())
    leftovers.remove_dead(engine)


@contextmanager
def _shared_folders(engine: Engine, cluster: str) -> Iterator[str]:
    """Make the two shared folders of a new examination, whose name is given; at the end remove all that it has."""
    exam = f"{leftovers.EXAM_PREFIX}{secrets.token_hex(6)}"
    folders = (containers.PROXY, containers.KERNEL)
    try:
        for part in folders:
            engine.api.post("volumes", "create", body=containers.shared_volume(exam, part))
        yield exam
    finally:
        for part in ("examiner", "kernel"):
            leftovers.remove(engine, "containers", f"{exam}-{part}")
        for part in folders:
            leftovers.remove(engine, "volumes", f"{exam}-{part}")
        leftovers.remove_clusters(engine, leftovers.is_own, cluster)


def _start(engine: Engine, name: str, body: Json) -> None:
    if interrupted.is_set():
        raise Refused(_("grading was interrupted"), _("grade again"))
    engine.api.post("containers", "create", body=body, name=name)
    engine.api.post("containers", name, "start")


def _final_state(engine: Engine, container: str, timeout: float) -> Json | None:
    """Wait until the container ends; its state then, or None if its time was over first."""

    def look() -> Json | None:
        state: Json = engine.api.get("containers", container, "json")["State"]
        return None if state["Running"] else state

    late = NotConverged(_("the examination took too long"), _("see what the notebook did"))
    try:
        return wait_until(look, timeout, lambda: late, every=POLL_SECONDS)
    except NotConverged:
        return None


def _log(engine: Engine, container: str) -> str:
    log: bytes = engine.client.logs(container, tail=LOG_LINES)
    return log.decode(errors="replace").strip()


def _remarks(examiner: Json | None, kernel: Json) -> list[Remark]:
    """Remarks on how the two containers ended, from their final states."""
    texts = []
    if kernel["OOMKilled"]:
        text = _("Its code used more than {n} MB of memory, so its kernel was ended.")
        texts.append(text.format(n=containers.KERNEL_MAX_BYTES >> 20))
    if examiner is None or examiner["ExitCode"] == containers.TIMEOUT_STATUS:
        texts.append(_("The examination took too long and was ended."))
    elif examiner["ExitCode"]:
        texts.append(_("It sent too much to the examiner, so the examination was ended."))
    return [Remark(None, text) for text in texts]


def _result(path: Path) -> ExamResult | None:
    """The result that the examiner wrote; None if there is none, or anything else."""
    content = _read(path, RESULT_MAX_BYTES)
    try:
        return None if content is None else ExamResult.from_json(json.loads(content))
    except (ValueError, TypeError, RecursionError):
        return None


def _read(path: Path, max_bytes: int) -> bytes | None:
    """The content of the examiner's file; None if it is empty, or larger than such a file can be."""
    try:
        with os.fdopen(os.open(path, os.O_RDONLY | os.O_NOFOLLOW), "rb") as file:
            content = file.read(max_bytes + 1)
    except OSError:
        return None
    return content if 0 < len(content) <= max_bytes else None
