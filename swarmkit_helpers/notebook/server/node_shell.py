"""Run `swarmlab shell NODE`, and keep what it says on the screen if it ends with an error.

This is a script, started as `python -P node_shell.py NODE TEXT KILLED_TEXT`. It loads nothing of ours, to be there at
once. JupyterLab closes a terminal whose process has ended: the reason could not be read without this.
"""

import subprocess
import sys

KILLED = 137  # the exit status of a shell whose machine was switched off


def main(node: str, text: str, killed_text: str) -> int:
    """Open the shell; after an error, show the text that fits its exit status and wait for Enter."""
    status = subprocess.call([sys.executable, "-P", "-m", "swarmkit_helpers.cli", "shell", node])
    if status:
        shown = killed_text if status == KILLED else text
        input("\n" + shown.format(node=node, status=status) + " ")
    return status


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
