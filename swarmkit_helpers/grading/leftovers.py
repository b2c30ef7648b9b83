"""Removing what examinations leave behind, such as those of a grader that was killed.

Containers and volumes carry the label of the process that made them; folders and clusters carry it in their names. A
process id is believed only where it was given: what a grader in a devcontainer or on another computer has made on the
same engine is left alone until its lease is over.
"""

import os
import re
import secrets
import shutil
import stat
import tempfile
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import partial
from pathlib import Path

from ..cluster import provision
from ..engine.discover import Engine
from ..errors import NotFound, Refused
from ..language import _
from ..machine import ClusterId
from ..polling import wait_until
from ..records import Json
from .containers import LABEL, LEASE_LABEL, NAMESPACE_LABEL, namespace, own_label

REMOVAL_SECONDS = 30  # that the removal of a real cluster may take
REMOVAL_POLL_SECONDS = 0.5
EXAM_PREFIX = "swarmlab-exam-"  # of the names of an examination's folder, containers and volumes
_NAMESPACE_CHARS = 6  # of it in a cluster's name
_CLUSTER = re.compile(rf"exam-(\d+)-(?:([0-9a-f]{{{_NAMESPACE_CHARS}}})-)?[0-9a-f]{{8}}")
Chosen = Callable[[str, str, str], bool]  # of a process, its namespace and its lease; both are empty where not known


def new_cluster_name() -> str:
    """A name for the cluster of an examination on a real engine, with this process's id in it."""
    return "-".join(filter(None, [f"exam-{os.getpid()}", namespace()[:_NAMESPACE_CHARS], secrets.token_hex(4)]))


def new_folder() -> "tempfile.TemporaryDirectory[str]":
    """A folder for an examination, with this process's id in its name."""
    return tempfile.TemporaryDirectory(prefix=f"{EXAM_PREFIX}{os.getpid()}-")


def remove_dead(engine: Engine) -> None:
    """Remove what examinations of dead processes left on the engine and on this computer."""
    _remove_labelled(engine, [LABEL], is_dead)
    remove_clusters(engine, is_dead)
    for folder in Path(tempfile.gettempdir()).glob(f"{EXAM_PREFIX}[0-9]*-*"):
        status = folder.lstat()
        ours = os.name != "nt" and stat.S_ISDIR(status.st_mode) and status.st_uid == os.geteuid()
        if ours and not _is_alive(folder.name.split("-")[2]):
            shutil.rmtree(folder, ignore_errors=True)


def remove_own(engine: Engine) -> None:
    """End all examinations of this process, and remove what they made on the engine."""
    _remove_labelled(engine, [f"{name}={process}" for name, process in own_label().items()], is_own)
    remove_clusters(engine, is_own)


def remove(engine: Engine, kind: str, name: str) -> None:
    """Remove the container or volume, if it exists; `kind` is "containers" or "volumes"."""
    with suppress(NotFound, Refused):  # it was never made, or another grader is removing it
        engine.api.delete(kind, name, force=True, v=kind == "containers")


def remove_clusters(engine: Engine, chosen: Chosen, cluster: str = "") -> None:
    """Remove the machines of the chosen processes' examinations, or of one cluster: killed examiners leave some.

    Raises `Refused` for machines that are still there after `REMOVAL_SECONDS`.
    """
    found = {machine.cluster_id for machine in provision.machines(engine)} | set(provision.leftovers(engine).values())
    for each in found:
        made = _CLUSTER.fullmatch(each.name)
        if cluster in ("", each.name) and made and chosen(made[1], made[2] or "", ""):
            wait_until(
                partial(_cluster_is_removed, engine, each),
                REMOVAL_SECONDS,
                partial(
                    Refused,
                    _("the machines of {cluster} could not be removed"),
                    _("remove them: python3 -m swarmkit_helpers down --name {cluster}"),
                    cluster=each.name,
                ),
                every=REMOVAL_POLL_SECONDS,
            )


def is_own(process: str, of_namespace: str, _until: str) -> bool:
    """Whether that process is this one."""
    return process == str(os.getpid()) and namespace().startswith(of_namespace)


def is_dead(process: str, of_namespace: str, until: str) -> bool:
    """Whether that process has ended; of one elsewhere, whether its lease is over."""
    if not namespace().startswith(of_namespace):
        return until.isdecimal() and int(until) < time.time()
    return not _is_alive(process)


def _remove_labelled(engine: Engine, labels: list[str], chosen: Chosen) -> None:
    """Remove the containers and volumes with those labels that the chosen processes made."""

    def is_chosen(labels: Mapping[str, str]) -> bool:
        return chosen(labels[LABEL], labels.get(NAMESPACE_LABEL, ""), labels.get(LEASE_LABEL, ""))

    containers: list[Json] = engine.api.get("containers", "json", all=True, filters={"label": labels})
    for found in containers:
        if is_chosen(found["Labels"]):
            remove(engine, "containers", found["Id"])
    for found in engine.api.get("volumes", filters={"label": labels})["Volumes"] or ():
        if is_chosen(found["Labels"]):
            remove(engine, "volumes", found["Name"])


def _cluster_is_removed(engine: Engine, cluster: ClusterId) -> bool:
    """Try to remove the cluster; whether nothing of it is left."""
    with suppress(Refused):  # another process is removing it, such as an examiner that has ended since
        provision.discard(engine, cluster, [machine.container for machine in provision.machines(engine, cluster)])
    return not provision.machines(engine, cluster) and cluster not in provision.leftovers(engine).values()


def _is_alive(process: str) -> bool:
    try:
        os.kill(int(process), 0)
    except ProcessLookupError:
        return False
    except PermissionError:  # it is another user's
        return True
    return True
