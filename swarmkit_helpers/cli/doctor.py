"""`doctor`: whether this computer is ready. It prints one line for each fact, and a fix under each problem.

It installs nothing, and starts only one node, which it removes again. The node shows what the engine's own kernel can
do; with Docker Desktop that is another kernel than this computer's.
"""

from collections.abc import Iterator
from importlib.metadata import version

from ..engine.discover import find_engine
from ..engine.simulator import banner
from ..errors import EngineUnavailable, NoEngine
from ..language import _
from .examination import Examination
from .facts import Fact, engine_facts, leftovers, no_engine, port, python
from .node_facts import IPVS, OVERLAY, probe


def examine() -> Examination:
    """Look at this computer, and return what a notebook shows of it. Python and JupyterLab are there, as it runs."""
    seen = [*_engine_facts()]
    return Examination(tuple(seen), outlook(seen)[0])


def run() -> int:
    """Print the facts; the exit status is 1 if something is missing that the practicum needs."""
    seen = []
    for fact in facts():
        seen.append(fact)
        print(f" {fact.mark} {fact.name}: {fact.detail}", flush=True)
        if fact.fix and not fact.ok:
            print("     " + _("Fix: {fix}").format(fix=fact.fix), flush=True)
    lacking = [fact.name for fact in seen if fact.needed and fact.ok is False]
    print()
    for line in outlook(seen):
        print(line)
    return 1 if lacking else 0


def outlook(seen: list[Fact]) -> list[str]:
    """Sentences that say what the facts mean for the sections."""
    lacking = [fact.name for fact in seen if fact.needed and fact.ok is False]
    if lacking:
        return [_("Sections 00 to 06 cannot run yet; missing: {facts}.").format(facts=", ".join(lacking))]
    network = {fact.name: fact.ok for fact in seen if fact.name in (OVERLAY, IPVS)}
    if not network:
        return [_("Sections 00 to 06 should work, as far as can be seen without a node.")]
    lines = [_("Sections 00 to 06 will work.")]
    if network.get(IPVS) is False:
        lines += [
            _(
                "Reduced: virtual addresses of services, and ports published the usual way, get no answer, and no\n"
                'error says so. endpoint_mode="dnsrr" and ports with mode=host work.'
            )
        ]
    if network[OVERLAY] is False:
        lines.append(_("Reduced: services on different nodes cannot reach each other."))
    return lines


def facts() -> Iterator[Fact]:
    """The facts about this computer, the quick ones first."""
    yield python()
    yield Fact("JupyterLab", True, version("jupyterlab"))
    yield port()
    yield from _engine_facts()


def _engine_facts() -> Iterator[Fact]:
    """The facts about the engine, what is on it, and what a node shows."""
    try:
        engine = find_engine(start=False)
    except NoEngine as error:
        yield no_engine(error)
        return
    except EngineUnavailable as error:
        yield Fact("Docker Engine", False, error.problem, error.fix)
        return
    yield from engine_facts(engine)
    yield leftovers(engine)
    if engine.simulated:
        yield Fact(
            _("Simulation"), None, banner(), _("for a real swarm, start Docker and unset DOCKER_HOST"), needed=False
        )
    else:
        yield from probe(engine)
