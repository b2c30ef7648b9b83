"""Why tasks are where they are, why others wait, which ended, and why no task came back.

    swarm.explain("sleep-app")       a service: what became of its tasks, a sentence for each
    swarm.explain("sleep-app.3")     a task, by its name, with the earlier tasks of its slot
    swarm.explain("node2")           a node: what its state means for tasks, and what is wrong with its machine
    swarm.explain("leftover")        a container that a person runs by hand, while the swarm is recorded

In a notebook the stored text has only what is the same in every run; what chance decided is in the table.
"""

import reprlib
from collections.abc import Sequence

from ...errors import BadInput, NotFound
from ...language import _
from ...records import Container, Observation, Service, Task
from .explanation import Explanation, Reason
from .places import explain_container, explain_node
from .service import explain_service
from .task import explain_task

__all__ = ["Explanation", "Reason", "explain"]


def explain(what: str | Service | Task | Container, history: Sequence[Observation]) -> Explanation:
    """Explain a service, a task or a container, given as a record or by its name; or the node of that name.

    The last in the history is the present.

    Raises `BadInput` for anything else, and `NotFound` for a name that is unknown.
    """
    if isinstance(what, Container):
        return explain_container(what)
    seen = history[-1]
    if isinstance(what, Service):
        what = what.name
    if not isinstance(what, (str, Task)):
        raise BadInput(
            _("{what} is neither a service nor a task"),
            _('give the name of one, for example swarm.explain("sleep-app")'),
            what=reprlib.repr(what),
        )
    if isinstance(what, str) and (service := seen.service(what)):
        return explain_service(service, history)
    name = what if isinstance(what, str) else what.name
    slot = [task for task in seen.tasks if task.name == name]
    if isinstance(what, Task):
        slot.sort(key=lambda task: task.id != what.id)
        slot = slot if slot and slot[0].id == what.id else [what, *slot]
    if not slot and (node := seen.node(name)):
        return explain_node(node, seen)
    if not slot and (container := next((each for each in seen.containers if each.name == name), None)):
        return explain_container(container)
    if not slot:
        known = [service.name for service in seen.services]
        raise NotFound(
            _("no service and no task is called {name!r}; this swarm has the services: {known}"),
            _("use one of those names, a task's, such as sleep-app.1 (swarm.tasks() lists them), or a node's"),
            name=name,
            known=", ".join(known) or _("none"),
        )
    return explain_task(slot, history)
