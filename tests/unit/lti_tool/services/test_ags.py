"""What a gradebook's number says: whether it is the score that we sent."""

import pytest

from lti_tool.services.ags import Result


@pytest.mark.parametrize(
    ("percent", "points", "maximum"),
    [
        (200 / 3, 6.67, 10),
        (66.67, 6.67, 10),
        (66.67, 7, 10),
        (200 / 3, 66.7, 100),
        (57.14, 57, 100),
        (74.97, 7.5, 10),
        (66.67, 3.33, 5),
        (60.0, 0.6, 1),
        (200 / 3, 0.6666666666666667, 1),
        (200 / 3, 66.66666, 100),
        (100.0, 1, 1),
        (0.0, 0.0, 100.0),
    ],
)
def test_rounded_to_the_places_that_the_gradebook_shows_is_what_was_sent(
    percent: float, points: float, maximum: float
) -> None:
    assert Result(points, maximum, None).says(percent)


@pytest.mark.parametrize(
    ("percent", "points", "maximum"),
    [
        (60.0, 1, 1),
        (60.0, 1.0, 1),
        (66.67, 6.68, 10),
        (66.67, 8, 10),
        (66.67, 4, 5),
        (66.67, 66.61, 100),
        (80.0, 95, 100),
        (0.0, 1, 1),
    ],
)
def test_more_than_rounding_is_a_change(percent: float, points: float, maximum: float) -> None:
    assert not Result(points, maximum, None).says(percent)
