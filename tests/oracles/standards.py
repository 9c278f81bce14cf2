"""Where the standards' own data lie: schemas and test vectors that may not be copied into the project."""

import json
import os
from pathlib import Path
from typing import Any

from tests.conftest import require_or_skip


def standards(path: str) -> Path:
    """Return a file or folder of the standards data; skips the test where there are none (CAMPUS_STANDARDS)."""
    folder = os.environ.get("CAMPUS_STANDARDS")
    found = Path(folder) / path if folder else None
    require_or_skip(found and found.exists(), f"standards data: {path} (CAMPUS_STANDARDS)")
    if found is None:
        raise AssertionError
    return found


def read_json(path: str) -> dict[str, Any]:
    """Return a JSON document of the standards data."""
    document: dict[str, Any] = json.loads(standards(path).read_text())
    return document
