"""Counts what each checklist asks for and what ran: the ids stand in the tests' names.

``test_A15_exp_missing`` is line 15 of section A of the LTI checklist; ``test_XAPI00142_…`` and
``test_filters[XAPI00181]`` are requirements of the xAPI.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable

import pytest

ID = re.compile(r"test_([A-F])(\d+)_")
REQUIREMENT = re.compile(r"XAPI-?(\d{5})")
OUTCOMES = ("passed", "failed", "error", "skipped")


def section_and_line(name: str) -> tuple[str, int] | None:
    """Return section letter and line number that a test's name carries; None for another test."""
    found = ID.match(name)
    return (found[1], int(found[2])) if found else None


def requirements(name: str) -> set[int]:
    """Return the numbers of the xAPI's requirements that a test's name, or a parameter's, carries."""
    return {int(number) for number in REQUIREMENT.findall(name)}


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print a line per section and one for the xAPI: how many ids ran, how many tests passed, how many did not."""
    ids: dict[str, set[int]] = defaultdict(set)
    outcomes: dict[str, Counter[str]] = defaultdict(Counter)
    for outcome in OUTCOMES:
        for part, carried in _ran(terminalreporter.stats.get(outcome, [])):
            ids[part] |= carried
            outcomes[part][outcome] += 1
    if ids:
        terminalreporter.section("conformance")
    for part in sorted(ids):
        said = ", ".join(f"{outcomes[part][name]} {name}" for name in OUTCOMES if outcomes[part][name])
        terminalreporter.write_line(f"{part}: {len(ids[part])} {_kind(part)}, tests: {said}")


def _kind(part: str) -> str:
    return "requirement ids" if part == "xAPI" else "ids"


def _ran(reports: Iterable[object]) -> Iterable[tuple[str, set[int]]]:
    """Read from the reports of this folder's tests what part each belongs to and which ids it carries."""
    for report in reports:
        if not isinstance(report, pytest.TestReport):
            continue
        name = report.nodeid.rpartition("::")[2]
        if "conformance/xapi/" in report.nodeid:
            yield "xAPI", requirements(report.nodeid.partition("::")[2])
        elif "conformance/lti/" in report.nodeid and (found := section_and_line(name)):
            yield f"LTI {found[0]}", {found[1]}
