"""When a course is well-formed and when it is complete."""

import pytest

from campus.rules.course import CoursePart, is_complete, is_well_formed

A1, A2, B1 = (CoursePart(code, compulsory=True) for code in ("A1", "A2", "B1"))
A3, B2 = (CoursePart(code, compulsory=False) for code in ("A3", "B2"))


@pytest.mark.parametrize(
    ("achieved", "electives_needed", "complete"),
    [
        ({"A1", "A2", "B1"}, 0, True),
        ({"A1", "A2"}, 0, False),
        ({"A1", "A2", "B1"}, 1, False),
        ({"A1", "A2", "B1", "B2"}, 1, True),
        ({"A1", "A2", "A3", "B2"}, 1, False),
        ({"A1", "A2", "B1", "E9"}, 1, False),
    ],
)
def test_completion(achieved: set[str], electives_needed: int, complete: bool) -> None:
    assert is_complete([A1, A2, B1, A3, B2], achieved, electives_needed=electives_needed) is complete


@pytest.mark.parametrize(
    ("parts", "electives_needed", "well_formed"),
    [
        ([A1, A2], 0, False),
        ([A1, A2, B1], 0, True),
        ([A1, A2, B1, A3, B2, CoursePart("C1", compulsory=True)], 2, True),
        ([A1, A2, B1, A3, B2, CoursePart("C1", compulsory=True), CoursePart("C2", compulsory=True)], 0, False),
        ([A1, A2, A2], 0, False),
        ([A1, A2, B1], 1, False),
    ],
)
def test_three_to_six_units_each_once_and_enough_electives(
    parts: list[CoursePart], electives_needed: int, well_formed: bool
) -> None:
    assert is_well_formed(parts, electives_needed=electives_needed) is well_formed
