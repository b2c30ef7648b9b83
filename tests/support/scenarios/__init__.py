"""What is done to a swarm, and what can be seen then: generators of named facts, the same for every engine."""

from collections.abc import Callable

from support.scenario_clients import Scenario

SCENARIOS: dict[str, tuple[str, Scenario]] = {}  # each with the stage it needs, by its name, in the order they run


def scenario(stage: str) -> Callable[[Scenario], Scenario]:
    """Registers the function as a scenario that needs that stage."""

    def register(function: Scenario) -> Scenario:
        assert function.__name__ not in SCENARIOS, function.__name__
        SCENARIOS[function.__name__] = stage, function
        return function

    return register


# The order of the imports is the order in which they run: changing the stage costs seconds.
from . import apart, commands, objects, refusals, sdk, placement, updates, nodes, supervision, managers  # noqa: E402, F401, I001
