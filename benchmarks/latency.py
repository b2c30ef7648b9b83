"""From a change in the swarm to new pixels in the browser, and what an open dashboard costs.

    python -m benchmarks.latency

A real JupyterLab in Chromium shows a Dashboard. The swarm is changed from outside of its kernel, so nothing tells the
kernel's recorder when to look: what is measured includes the recorder's pause between two looks, which stands beside
it.
"""

import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median, quantiles

import nbformat
from playwright.sync_api import Page, sync_playwright

from swarmkit_helpers import Cluster, Swarm
from swarmkit_helpers.docker_commands import shown_by
from swarmkit_helpers.engine import apt
from swarmkit_helpers.installation import ROOT
from swarmkit_helpers.polling import wait_until
from swarmkit_helpers.recorder import pace

CHANGES = 24
IDLE = 30  # seconds the open dashboard is watched, first while nothing changes, then while it scales
NAME = "benchmark"
CELLS = (
    f"""import os
from swarmkit_helpers import Cluster, Dashboard
cluster = Cluster.adopt({NAME!r})
swarm = cluster.swarm()
print("process", os.getpid())""",
    "Dashboard(swarm, 'sleep-app', cluster)",
)
# Notes when the picture of placement in the page is another one, and has been painted.
WATCH = """() => {
  window.painted = []; window.messages = 0;
  const panel = window.jupyterapp.shell.currentWidget;
  panel.sessionContext.session.kernel.iopubMessage.connect(() => { window.messages += 1; });
  const output = document.querySelector('figure.swk-live').closest('.jp-OutputArea');
  let before = output.querySelector('figure.swk-live img').src;
  new MutationObserver(async () => {
    const image = output.querySelector('figure.swk-live img');
    if (!image || image.src === before) return;
    before = image.src;
    const alt = image.alt;
    await image.decode();
    requestAnimationFrame(() => requestAnimationFrame(() => window.painted.push([Date.now() / 1000, alt])));
  }).observe(output, {childList: true, subtree: true, attributes: true});
}"""


def main() -> None:
    """Prints the figures, each beside what it is compared with."""
    cluster = Cluster.up(NAME, nodes=3)
    try:
        swarm = cluster.ensure_swarm()
        swarm.create_service("sleep-app", image="busybox", command="sleep infinity", stop_grace_period=0)
        swarm.converge("sleep-app")
        with _open_dashboard() as (page, kernel), shown_by(lambda command: None):
            page.evaluate(WATCH)
            _latency(page, swarm)
            time.sleep(pace.CALM_SECONDS + 5)  # until the recorder looks seldom, as it does where nothing happens
            _cost(page, kernel, "idle", lambda: time.sleep(IDLE))
            _cost(page, kernel, "scaling", lambda: _scale(swarm, time.monotonic() + IDLE))
    finally:
        cluster.down()


def _latency(page: Page, swarm: Swarm) -> None:
    """Each change is one that shows at once: a node is paused or active again, and no task has to start for that."""
    taken = []
    for number in range(CHANGES):
        wish, word = (swarm.pause, "paused") if number % 2 == 0 else (swarm.activate, "")
        asked = time.time()
        wish("node3")
        done = time.time()

        def painted(asked: float = asked, word: str = word) -> list[float]:
            return [
                at
                for at, alt in page.evaluate("window.painted")
                if at > asked and ("node3 is paused" in alt) == bool(word)
            ]

        taken.append(wait_until(painted, 10, lambda: AssertionError("no new pixels"), every=0.02)[0] - done)
        time.sleep(0.4 + 0.037 * number % 0.3)  # not in step with the recorder
    p95 = quantiles(taken, n=20)[-1]
    print(
        f"change → pixels, {CHANGES} changes: median {median(taken) * 1e3:.0f} ms, p95 {p95 * 1e3:.0f} ms; "
        f"beside the {pace.BUSY_PAUSE_SECONDS * 1e3:.0f} ms between two looks: "
        f"{median(taken) / pace.BUSY_PAUSE_SECONDS:.1f} and {p95 / pace.BUSY_PAUSE_SECONDS:.1f} times"
    )


def _cost(page: Page, kernel: int, what: str, do: Callable[[], None]) -> None:
    before, messages, start = _cpu(kernel), page.evaluate("window.messages"), time.monotonic()
    do()
    seconds = time.monotonic() - start
    share = (_cpu(kernel) - before) / seconds
    rate = (page.evaluate("window.messages") - messages) / seconds * 60
    print(f"{what}: the kernel takes {share:.1%} of a core, and sends {rate:.0f} iopub messages a minute")


def _scale(swarm: Swarm, end: float) -> None:
    while time.monotonic() < end:
        for replicas in (7, 3):
            swarm.scale("sleep-app", replicas)
            swarm.converge("sleep-app")


def _cpu(process: int) -> float:
    """Seconds of a processor that the process has taken (Linux)."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@contextmanager
def _open_dashboard() -> Iterator[tuple[Page, int]]:
    """A page that shows the dashboard, and the process of its kernel."""
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        cells = [nbformat.v4.new_code_cell(source) for source in CELLS]
        kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
        nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata=kernel), Path(folder) / "it.ipynb")
        command = [
            sys.executable,
            "-m",
            "jupyterlab",
            "--no-browser",
            "--LabApp.expose_app_in_browser=True",
            f"--LabApp.app_settings_dir={ROOT / 'swarmkit_helpers' / 'jupyter'}",
            f"--ServerApp.root_dir={folder}",
            "--ServerApp.port=0",
            "--allow-root",
            "--log-level=ERROR",
        ]
        lab = subprocess.Popen(
            command,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
            env=os.environ | {"PYTHONPATH": str(ROOT), "JUPYTERLAB_SETTINGS_DIR": folder},
        )
        try:
            url = next(found.group() for line in lab.stderr if (found := re.search(r"http://127\S+token=\w+", line)))
            browser = playwright.chromium.launch(executable_path=apt.find_browser(), args=["--no-sandbox"])
            page = browser.new_page(viewport={"width": 1280, "height": 1000})
            page.goto(url.replace("/lab?", "/lab/tree/it.ipynb?"))
            page.get_by_role("button", name="| Idle").wait_for(timeout=60_000)
            page.evaluate("() => { window.jupyterapp.commands.execute('notebook:run-all-cells') }")
            page.locator("figure.swk-live img").first.wait_for(timeout=60_000)
            said = page.locator(".jp-OutputArea", has_text="process").first.inner_text()
            yield page, int(re.search(r"process (\d+)", said).group(1))
            browser.close()
        finally:
            os.kill(lab.pid, signal.SIGTERM)
            lab.communicate(timeout=30)


if __name__ == "__main__":
    main()
