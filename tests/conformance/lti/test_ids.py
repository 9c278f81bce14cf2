"""The checklist is complete: every line has a test that carries its id."""

import ast
from pathlib import Path

from tests.conformance.conftest import section_and_line

LINES = {"A": 33, "B": 20, "C": 12, "D": 8, "E": 13, "F": 8}
"""The last line of each section."""


def test_every_line_of_the_checklist_has_a_test() -> None:
    wanted = {(section, line) for section, last in LINES.items() for line in range(1, last + 1)}
    found = {section_and_line(name) for name in _tests(Path(__file__).parent)} - {None}
    missing = sorted(wanted - found)
    assert not missing, ", ".join(f"{section}{line}" for section, line in missing)
    assert found == wanted, "a test carries an id that the checklist doesn't have"


def _tests(folder: Path) -> list[str]:
    """List the names of the test functions in the folder's files."""
    trees = (ast.parse(path.read_text(encoding="utf-8")) for path in sorted(folder.rglob("test_*.py")))
    return [node.name for tree in trees for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
