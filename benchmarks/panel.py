"""From a change in the swarm to new pixels in the panel, a step of the replay, and what an idle panel costs.

    python -m benchmarks.panel

A real JupyterLab in Chromium shows the panel, and the swarm is changed from this process: nothing tells the recorder
of JupyterLab's server when to look. What is measured includes its pause between two looks, which stands beside it.
"""

import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median, quantiles

from playwright.sync_api import Page, sync_playwright

from swarmkit_helpers import Cluster, Swarm
from swarmkit_helpers.cli import jupyterlab
from swarmkit_helpers.docker_commands import shown_by
from swarmkit_helpers.engine import apt
from swarmkit_helpers.installation import ROOT
from swarmkit_helpers.machine import CLUSTER_VARIABLE
from swarmkit_helpers.polling import wait_until
from swarmkit_helpers.recorder import pace

CHANGES, STEPS = 24, 40
IDLE = 30  # seconds for which the open panel is watched while nothing changes
NAME = "benchmark"
# Notes when node3 in the panel looks otherwise, and has been painted.
WATCH = """() => {
  window.painted = [];
  new MutationObserver(() => {
    const label = document.querySelector('.swarm-node:nth-child(3) button').getAttribute('aria-label');
    requestAnimationFrame(() => requestAnimationFrame(() => window.painted.push([Date.now() / 1000, label])));
  }).observe(document.querySelector('.swarm-nodes'), {childList: true, subtree: true, attributes: true});
}"""
# Seconds from a move of the slider until its state has been painted.
STEP = """async number => {
  const slider = document.querySelector('.swarm-panel input[type=range]');
  const start = performance.now();
  slider.value = number;
  const before = slider.getAttribute('aria-valuetext');
  const drawn = new Promise(done => new MutationObserver((_changes, me) => { me.disconnect(); done(); })
    .observe(slider, {attributes: true, attributeFilter: ['aria-valuetext']}));
  slider.dispatchEvent(new Event('input'));
  await Promise.race([drawn, new Promise(done => setTimeout(done, 2000))]);
  await new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)));
  return (performance.now() - start) / 1000;
}"""


def main() -> None:
    """Prints the figures, each beside what it is compared with."""
    os.environ[CLUSTER_VARIABLE] = NAME
    cluster = Cluster.up(NAME, nodes=3)
    try:
        swarm = cluster.ensure_swarm()
        swarm.create_service("sleep-app", image="busybox", command="sleep infinity", stop_grace_period=0, replicas=7)
        swarm.converge("sleep-app")
        with _open_panel() as (page, server), shown_by(lambda command: None):
            page.evaluate(WATCH)
            _latency(page, swarm)
            _replay(page)
            time.sleep(pace.CALM_SECONDS + 5)  # until the recorder looks seldom, as it does where nothing happens
            _idle_cost(server)
    finally:
        cluster.down()


def _latency(page: Page, swarm: Swarm) -> None:
    """Each change is one that shows at once: a node is paused or active again, and no task has to start for that."""
    taken = []
    for number in range(CHANGES):
        wish, paused = (swarm.pause, True) if number % 2 == 0 else (swarm.activate, False)
        asked = time.time()
        wish("node3")
        done = time.time()

        def painted(asked: float = asked, paused: bool = paused) -> list[float]:
            return [at for at, label in page.evaluate("window.painted") if at > asked and ("pause" in label) == paused]

        taken.append(wait_until(painted, 10, lambda: AssertionError("no new pixels"), every=0.02)[0] - done)
        time.sleep(0.4 + 0.037 * number % 0.3)  # not in step with the recorder
    p95 = quantiles(taken, n=20)[-1]
    print(
        f"change → pixels, {CHANGES} changes: median {median(taken) * 1e3:.0f} ms, p95 {p95 * 1e3:.0f} ms; "
        f"beside the {pace.BUSY_PAUSE_SECONDS * 1e3:.0f} ms between two looks: "
        f"{median(taken) / pace.BUSY_PAUSE_SECONDS:.1f} and {p95 / pace.BUSY_PAUSE_SECONDS:.1f} times"
    )


def _replay(page: Page) -> None:
    """A step changes the time that is read out, as each moment has one."""
    slider = page.locator(".swarm-panel input[type=range]")
    page.wait_for_function("document.querySelector('.swarm-panel input[type=range]').max > 20")
    first, last = int(slider.get_attribute("min") or 0), int(slider.get_attribute("max") or 0)
    taken = [page.evaluate(STEP, first + number * 7 % (last - first)) for number in range(STEPS)]
    p95 = quantiles(taken, n=20)[-1]
    print(
        f"a step of the replay, {STEPS} of {last - first}: median {median(taken) * 1e3:.0f} ms, p95 {p95 * 1e3:.0f} ms"
    )
    page.get_by_role("button", name="Now").click()


def _idle_cost(server: int) -> None:
    before, start = _cpu(server), time.monotonic()
    time.sleep(IDLE)
    share = (_cpu(server) - before) / (time.monotonic() - start)
    print(f"idle: JupyterLab's server with an open panel takes {share:.1%} of a core")


def _cpu(process: int) -> float:
    """Seconds of a processor that the process has taken (Linux)."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@contextmanager
def _open_panel() -> Iterator[tuple[Page, int]]:
    """A page that shows the panel beside a notebook, and the process of its server."""
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        for what in ("SETTINGS", "WORKSPACES"):
            os.environ[f"JUPYTERLAB_{what}_DIR"] = str(Path(folder) / what)
        shutil.copy(ROOT / "notebooks" / "en" / "00-start.ipynb", folder)
        with jupyterlab.running(jupyterlab.free_port(None), Path(folder), "en", None) as lab:
            browser = playwright.chromium.launch(executable_path=apt.find_browser(), args=["--no-sandbox"])
            page = browser.new_page(viewport={"width": 1440, "height": 900})
            page.goto(lab.url("00-start.ipynb"))
            page.locator(".swarm-task").first.wait_for(timeout=60_000)
            yield page, lab.process.pid
            browser.close()


if __name__ == "__main__":
    main()
