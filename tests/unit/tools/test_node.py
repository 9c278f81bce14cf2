import subprocess
import sys
from pathlib import Path

import pytest

from tools.node import command


def test_the_node_that_is_chosen_is_new_enough() -> None:
    done = subprocess.run([*command(), "-p", "process.versions.node"], capture_output=True, text=True, check=True)
    assert tuple(map(int, done.stdout.split(".")[:2])) >= (20, 11)


@pytest.mark.parametrize("version", ["v18.19.1", "v20.10.0"])
def test_an_old_system_node_is_passed_over(version: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("node", "npm"):
        (tmp_path / name).write_text(f"#!/bin/sh\necho {version}\n")
        (tmp_path / name).chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert command("npm") == [str(Path(sys.executable).parent / "npm")]
