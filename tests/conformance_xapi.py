"""``make conformance-xapi SUITE=path``: ADL's conformance suite for record stores against our server.

The suite is a checkout of its own (docs/development.md). Both editions run on both databases, each on a server with a
database of its own. The suite's exit code is no verdict: it counts failures modulo 256, and tests behind a failed hook
are in no count. All tests of the edition must have passed.
"""

import argparse
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from tests.databases import postgresql_available, postgresql_server
from tests.serving import NAME, SECRET, serving
from tests.stack import HOST
from tools.node import command

EDITIONS = {"1.0.3": ("/xapi/1.0.3", 1365), "2.0.0": ("/xapi", 1442)}
"""By edition: where we serve it, and how many tests the suite has at least."""
RUNNER = Path("bin", "console_runner.js")
MOST_SECONDS = 1200
"""Of one run; a failed hook alone takes fifteen."""
SHOWN_OF_AN_ERROR = 200


@dataclass(frozen=True)
class Run:
    """How one run of the suite ended."""

    passed: int
    total: int
    failures: tuple[str, ...] = ()
    """Titles of failed tests, or why there is no result."""


def run(suite: Path, edition: str, port: int, seconds: int = MOST_SECONDS) -> Run:
    """Run the suite against the server on ``port`` and read its log."""
    base, _ = EDITIONS[edition]
    endpoint = f"http://{HOST}:{port}{base}"
    arguments = [str(RUNNER), "-e", endpoint, "-a", "-u", NAME, "-p", SECRET, "-x", edition, "-z"]
    before = set(_logs(suite))
    process = subprocess.Popen(
        [*command(), *arguments],
        cwd=suite,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        return Run(0, 0, (f"ended after {seconds} seconds",))
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
    for path in set(_logs(suite)) - before:
        log = json.loads(path.read_text(encoding="utf-8"))
        if log["flags"]["endpoint"] == endpoint:  # others may be running the same checkout
            return read(log)
    return Run(0, 0, (f"the suite left no log; it ended with {process.returncode}",))


def _logs(suite: Path) -> Iterator[Path]:
    return suite.glob("logs/*.log")


def read(log: dict[str, Any]) -> Run:
    """Read the suite's log. It holds only what failed, as a tree whose leaves are tests, and nothing if all passed."""
    summary = log["summary"]
    return Run(summary["passed"] or 0, summary["total"] or 0, tuple(_failures(log.get("log") or {}, ())))


def _failures(node: dict[str, Any], path: tuple[str, ...]) -> Iterator[str]:
    here = (*path, node["title"]) if node.get("title") else path
    inner = node.get("tests") or []
    if not inner and node.get("status") == "failed":
        error = " ".join(str(node.get("error") or "").split())
        yield f"{' > '.join(here)}: {error[:SHOWN_OF_AN_ERROR]}"
    for child in inner:
        yield from _failures(child, here)


def is_total(edition: str, ended: Run) -> bool:
    """Say whether all tests passed that the edition has."""
    return ended.passed == ended.total >= EDITIONS[edition][1]


def missing(suite: Path) -> str | None:
    """Say what the suite lacks to be run."""
    if not (suite / RUNNER).is_file():
        return f"{suite} is no checkout of ADL's lrs-conformance-test-suite; docs/development.md says how to get it"
    if not (suite / "node_modules").is_dir():
        return f"the suite's own packages are missing: run 'npm install' in {suite}"
    return None


def main() -> None:
    """Run both editions on both databases; the exit code is 0 if all tests passed everywhere."""
    parser = argparse.ArgumentParser(prog="make conformance-xapi SUITE=path", description=__doc__)
    parser.add_argument("suite", type=Path, help="the checkout of the suite")
    parser.add_argument("--seconds", type=int, default=MOST_SECONDS, help="the longest that one run may take")
    parser.add_argument("--edition", choices=list(EDITIONS), action="append", help="only this one")
    parser.add_argument("--database", choices=("SQLite", "PostgreSQL"), action="append", help="only this one")
    given = parser.parse_args()
    suite = given.suite.resolve()
    if problem := missing(suite):
        parser.exit(2, f"{problem}\n")
    wanted = given.database or ["SQLite", "PostgreSQL"]
    if "PostgreSQL" in wanted and not postgresql_available():
        parser.exit(2, "there is no PostgreSQL server: install one, or name one in TEST_DATABASE_URL\n")
    whole = True
    for database in wanted:
        for edition in given.edition or EDITIONS:
            ended = _run_on(database, suite, edition, given.seconds)
            print(f"{database} {edition} {ended.passed}/{ended.total}", flush=True)
            for failure in ended.failures:
                print(f"  {failure}", flush=True)
            whole = whole and is_total(edition, ended)
    sys.exit(not whole)


def _run_on(database: str, suite: Path, edition: str, seconds: int) -> Run:
    with ExitStack() as stack:
        if database == "SQLite":
            url = f"sqlite:///{stack.enter_context(TemporaryDirectory())}/store.sqlite"
        else:
            url = stack.enter_context(stack.enter_context(postgresql_server()).database("conformance"))
        server = stack.enter_context(serving(url))
        return run(suite, edition, server.port, seconds)


if __name__ == "__main__":
    main()
