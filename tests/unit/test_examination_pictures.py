"""While a notebook is examined its kernel draws nothing: that took a third of its time."""

import subprocess
import sys

SHOW = """
import sys
sys.path.insert(0, "tests")
from support.api_bodies import seen
from swarmkit_helpers import charts, watch
from swarmkit_helpers.display.forecast import Forecast
from swarmkit_helpers.display.forecast.requests import plan_change

class Swarm:
    name = "swarm"
    def observe(self):
        return seen()

watch(Swarm(), charts.placement, "web").stop()
print(Forecast(plan_change(seen(), "web", scale=5))._repr_mimebundle_())
print("matplotlib" in sys.modules)
"""


def test_neither_a_live_chart_nor_a_forecast_is_drawn():
    shown = subprocess.run(
        [sys.executable, "-c", SHOW],
        capture_output=True,
        text=True,
        env={"SWARMLAB_EXAM_SOCKETS": "/sockets/proxy"},
    )
    assert shown.returncode == 0, shown.stderr
    assert "(live chart: placement)" in shown.stdout
    assert "image/png" not in shown.stdout
    assert shown.stdout.splitlines()[-1] == "False"
