"""A bomb ends the child alone, and what comes out of it is little and harmless."""

from threading import BoundedSemaphore

import pytest

from campus.errors import TooManyError
from certificates.errors import EncryptedFileError, TooCostlyFileError, UnreadableFileError
from certificates.reading import sandbox
from tests.unit.certificates import sandboxed

SECRET = "FERNET_KEY_OF_THIS_TEST"


@pytest.fixture(autouse=True)
def readers(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the sandbox run what stands in sandboxed.py."""
    names = [name for name, value in vars(sandboxed).items() if getattr(value, "__module__", "") == sandboxed.__name__]
    monkeypatch.setattr(sandbox, "READERS", {name: f"{sandboxed.__name__}:{name}" for name in names})


def test_the_reader_gets_content_and_options_and_its_value_comes_back() -> None:
    assert sandbox.run("tell", b"a\nb\0", at="2026-05-14", roots=["x"]) == {
        "bytes": 4,
        "options": {"at": "2026-05-14", "roots": ["x"]},
    }


def test_the_child_has_limits_and_none_of_our_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(SECRET, "x")
    found = sandbox.run("surroundings", b"")
    assert SECRET not in found["environment"]
    assert set(found["environment"]) <= {"LC_ALL", "LC_CTYPE", "PYTHONPATH", "PYTHONUTF8"}
    assert found["folder"] == "/"
    assert [soft for soft, _hard in found["limits"]] == [sandbox.MAX_CPU_SECONDS, sandbox.MAX_MEMORY, 0]
    assert all(soft == hard for soft, hard in found["limits"])


def test_a_readers_refusal_comes_out_as_the_same_class() -> None:
    with pytest.raises(EncryptedFileError, match="as the reader said"):
        sandbox.run("refuse", b"")


def test_what_a_library_quotes_of_the_file_stays_inside() -> None:
    with pytest.raises(UnreadableFileError) as caught:
        sandbox.run("stumble", b"Mira")
    assert "LookupError" in str(caught.value)
    assert "Mira" not in str(caught.value)


@pytest.mark.parametrize("reader", ["hog", "sink", "crash"])
def test_memory_depth_and_crashes_end_the_child_alone(reader: str) -> None:
    with pytest.raises(TooCostlyFileError):
        sandbox.run(reader, b"")
    assert sandbox.run("tell", b"x") == {"bytes": 1, "options": {}}


def test_time_is_limited(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sandbox, "MAX_SECONDS", 0.5)
    with pytest.raises(TooCostlyFileError):
        sandbox.run("spin", b"")


@pytest.mark.parametrize("reader", ["leave", "babble", "flood"])
def test_an_answer_that_is_none_counts_as_unreadable(reader: str) -> None:
    with pytest.raises(UnreadableFileError):
        sandbox.run(reader, b"")


@pytest.mark.parametrize("reader", ["call", "start", "write"])
def test_it_calls_nobody_starts_nothing_and_writes_nothing(reader: str) -> None:
    with pytest.raises(UnreadableFileError, match="PermissionError"):
        sandbox.run(reader, b"")


def test_who_waits_too_long_for_a_turn_is_told_to_come_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sandbox, "_turns", BoundedSemaphore(1))
    monkeypatch.setattr(sandbox, "PATIENCE", 0.01)
    with sandbox._turn(), pytest.raises(TooManyError):
        sandbox.run("tell", b"")
