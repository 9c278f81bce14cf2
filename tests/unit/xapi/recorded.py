"""Statements as programs really send them: ``tests/data/xapi``."""

import json
from pathlib import Path
from typing import Any

DATA = Path(__file__).parents[2] / "data/xapi"


def recorded(program: str, name: str) -> dict[str, Any]:
    """Give a statement of a program by the name that says what happened."""
    found: dict[str, Any] = json.loads((DATA / f"{program}.json").read_text())[name]
    return found
