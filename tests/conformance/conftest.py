"""Counts the lines of each checklist that ran: the ids stand in the tests' names, as in ``test_A15_exp_missing``."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable

import pytest

ID = re.compile(r"test_([A-F])(\d+)_")


def section_and_line(name: str) -> tuple[str, int] | None:
    """Return section letter and line number that a test's name carries; None for another test."""
    found = ID.match(name)
    return (found[1], int(found[2])) if found else None


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print a line per section: how many of its ids ran, how many tests passed, how many did not."""
    lines: dict[str, set[int]] = defaultdict(set)
    outcomes: dict[str, Counter[str]] = defaultdict(Counter)
    for outcome in ("passed", "failed", "error", "skipped"):
        for section, line in _ran(terminalreporter.stats.get(outcome, [])):
            lines[section].add(line)
            outcomes[section][outcome] += 1
    if lines:
        terminalreporter.section("conformance")
    for section in sorted(lines):
        ids, counted = len(lines[section]), outcomes[section]
        said = ", ".join(
            f"{counted[name]} {name}" for name in ("passed", "failed", "error", "skipped") if counted[name]
        )
        terminalreporter.write_line(f"LTI {section}: {ids} ids, tests: {said}")


def _ran(reports: Iterable[object]) -> Iterable[tuple[str, int]]:
    """Read section and line from the reports of this folder's tests."""
    for report in reports:
        if not isinstance(report, pytest.TestReport) or "conformance/lti/" not in report.nodeid:
            continue
        found = section_and_line(report.nodeid.rpartition("::")[2])
        if found is not None:
            yield found
