"""Every module loads where Python lacks what only Unix has. What can be run on Windows is said in CONTRIBUTING."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]

# Runs in a process of its own: first what others wrote, then ours, as on Windows.
LOAD = """
import importlib, pkgutil, signal, socket, sys, types

PACKAGES = ("swarmkit_helpers", "swarm_simulator")
UNIX = ("fcntl", "pwd", "grp", "termios", "resource", "tty", "pty")
NEVER = ("swarmkit_helpers.engine.own_engine", "swarmkit_helpers.engine.work")  # imported on Linux only

for name in sys.argv[1:]:  # the libraries, which have their own ways on Windows
    importlib.import_module(name)
for name in UNIX:
    sys.modules[name] = None  # importing it fails
sys.modules["msvcrt"] = types.ModuleType("msvcrt")
for module, names in {
    signal: ("SIGKILL", "SIGHUP", "SIGSTOP", "SIGCONT"),
    socket: ("AF_UNIX", "AF_NETLINK"),
}.items():
    for name in names:
        delattr(module, name)
sys.platform = "win32"
for package in PACKAGES:
    found = importlib.import_module(package)
    for module in pkgutil.walk_packages(found.__path__, f"{package}."):
        if module.name not in NEVER and not module.name.endswith("__main__"):
            importlib.import_module(module.name)
            print(module.name)
"""
LIBRARIES = (
    "asyncio", "babel", "cryptography.hazmat.primitives.asymmetric.ed25519", "distributed", "docker", "ipywidgets",
    "IPython", "jupyter_client", "jupyterlab", "matplotlib.figure", "matplotlib.textpath", "multiprocessing.pool",
    "nbclient", "nbformat", "papermill", "requests", "subprocess", "tempfile", "tornado.web", "webbrowser",
)  # fmt: skip


def test_every_module_loads_without_what_only_unix_has():
    loaded = subprocess.run(
        [sys.executable, "-c", LOAD, *LIBRARIES], cwd=ROOT, capture_output=True, text=True, stdin=subprocess.DEVNULL
    )
    assert loaded.returncode == 0, loaded.stderr[-3000:]
    assert len(loaded.stdout.splitlines()) > 150
