"""How the result of the foreign suite is read; the suite itself runs by ``make conformance-xapi``."""

from pathlib import Path
from typing import Any

import pytest

from tests.conformance_xapi import EDITIONS, RUNNER, Run, is_total, missing, read


def log(passed: int, total: int, **more: Any) -> dict[str, Any]:
    return {"summary": {"total": total, "passed": passed, "failed": total - passed, "version": "2.0.0"}, **more}


def test_a_log_without_a_tree_says_that_all_passed() -> None:
    assert read(log(1442, 1442)) == Run(1442, 1442)


def test_failed_tests_are_named_with_their_path_and_error() -> None:
    leaf = {"title": "refuses null", "status": "failed", "error": "expected\n  400", "tests": []}
    tree = {"title": "", "status": "failed", "tests": [{"title": "Actor", "status": "failed", "tests": [leaf]}]}
    assert read(log(1441, 1442, log=tree)) == Run(1441, 1442, ("Actor > refuses null: expected 400",))


@pytest.mark.parametrize(
    ("ended", "whole"),
    [
        (Run(1442, 1442), True),
        (Run(1441, 1442), False),
        (Run(1400, 1400), False),  # tests behind a failed hook are in no count
        (Run(1450, 1450), True),  # a later suite has more
        (Run(0, 0, ("ended after 1200 seconds",)), False),
    ],
)
def test_only_all_tests_of_the_edition_are_enough(ended: Run, whole: bool) -> None:
    assert is_total("2.0.0", ended) is whole


def test_both_editions_have_their_own_base_and_number_of_tests() -> None:
    assert EDITIONS == {"1.0.3": ("/xapi/1.0.3", 1365), "2.0.0": ("/xapi", 1442)}


def test_what_the_suite_lacks_is_said(tmp_path: Path) -> None:
    assert "no checkout" in (missing(tmp_path) or "")
    (tmp_path / RUNNER).parent.mkdir()
    (tmp_path / RUNNER).touch()
    assert "npm install" in (missing(tmp_path) or "")
    (tmp_path / "node_modules").mkdir()
    assert missing(tmp_path) is None
