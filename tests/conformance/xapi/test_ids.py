"""ADL's list of requirements is complete: each has a test that carries its id, or a reason why it has none."""

from collections.abc import Iterable, Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

from tests.conformance.conftest import requirements
from xapi.vocabulary import Edition

LAST = {Edition.V1: 336, Edition.V2: 335}
"""The requirements are numbered from 1 on; the list for 2.0 keeps the numbers of 1.0.3."""
REMOVED = "taken out of the list, which kept the number free"
ALWAYS_TEXT = "asks to refuse a name that is no text: a parameter of an address always is one"
INSIDE = "how a merge of documents is done inside; what comes of it is tested by 183 and 184"
LEFT_OUT = {
    95: REMOVED,
    136: REMOVED,
    137: REMOVED,
    138: REMOVED,
    141: "the same as 195, 275 and 294 together",
    152: REMOVED,
    185: INSIDE,
    186: INSIDE,
    205: "asks for since of DELETE, which that method doesn't have",
    223: "asks for since of DELETE, which that method doesn't have",
    224: ALWAYS_TEXT,
    225: ALWAYS_TEXT,
    226: ALWAYS_TEXT,
    228: ALWAYS_TEXT,
    276: ALWAYS_TEXT,
    277: ALWAYS_TEXT,
    304: "asks for agent, which an activity's profile doesn't have",
    305: ALWAYS_TEXT,
    306: ALWAYS_TEXT,
    307: ALWAYS_TEXT,
    320: "asks for extensions of About, which the standard leaves to the store",
    323: "the status codes at large: each refusal that is tested here names its own",
    329: "a failure of the server's own: tests/integration/xapi/test_failure.py",
}


def test_every_requirement_has_a_test_or_a_reason() -> None:
    listed = set(range(1, max(LAST.values()) + 1))
    carried = {number for text in _texts(Path(__file__).parent) for number in requirements(text)}
    assert not carried - listed, "a test carries an id that the list doesn't have"
    assert listed - carried == set(LEFT_OUT), sorted((listed - carried) ^ set(LEFT_OUT))


def _texts(folder: Path) -> Iterator[str]:
    """Give the names of the folder's tests and of their parameters."""
    for path in sorted(folder.glob("test_*.py")):
        module = import_module(f"{__package__}.{path.stem}")
        for name, test in vars(module).items():
            if name.startswith("test_"):
                yield name
                yield from _parameters(getattr(test, "pytestmark", []))


def _parameters(marks: Iterable[Any]) -> Iterator[str]:
    for mark in marks:
        if mark.name == "parametrize":
            ids = mark.kwargs.get("ids", ())
            yield from () if callable(ids) else map(str, ids)
            for row in mark.args[1]:
                yield str(getattr(row, "id", ""))
                values = getattr(row, "values", row)
                yield from (value for value in values if isinstance(value, str)) if isinstance(values, tuple) else ()
