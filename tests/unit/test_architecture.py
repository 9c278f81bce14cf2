"""Laws of the house that the linters can't say."""

import ast
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ("campus", "lti_tool", "moodle_sync", "xapi", "certificates", "tests")
MAX_LINES = 350
RULES = sorted((ROOT / "campus" / "rules").rglob("*.py"))


def imported_modules(path: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            names.add("." * node.level + (node.module or ""))
    return names


@pytest.mark.parametrize("path", RULES, ids=lambda path: path.stem)
def test_rules_import_only_the_standard_library_and_each_other(path: Path) -> None:
    foreign = {
        name
        for name in imported_modules(path)
        if name.split(".")[0] not in sys.stdlib_module_names and not f"{name}.".startswith("campus.rules.")
    }
    assert foreign == set()


def test_no_file_grows_past_what_one_reader_holds_in_mind() -> None:
    too_long = {
        str(path.relative_to(ROOT)): lines
        for package in PACKAGES
        for path in (ROOT / package).rglob("*.py")
        if "versions" not in path.parts and (lines := len(path.read_text("utf-8").splitlines())) > MAX_LINES
    }
    assert too_long == {}
