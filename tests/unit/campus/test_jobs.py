"""How long a job waits before it is tried again."""

from datetime import timedelta

import pytest

from campus.jobs import LONGEST_WAIT, MAX_TRIES, wait_after


@pytest.mark.parametrize(("tries", "seconds"), [(0, 1), (1, 2), (5, 32), (12, 3600), (300, 3600)])
def test_each_wait_is_twice_as_long_as_the_last_and_none_longer_than_an_hour(tries: int, seconds: int) -> None:
    assert wait_after(tries) == timedelta(seconds=seconds)


def test_nobody_is_asked_sooner_than_they_said() -> None:
    assert wait_after(0, asked=timedelta(minutes=10)) == timedelta(minutes=10)


def test_a_platform_that_always_says_soon_is_asked_for_two_weeks_before_the_job_is_given_up() -> None:
    waited = sum((wait_after(tries, asked=timedelta(seconds=1)) for tries in range(MAX_TRIES)), timedelta(0))
    assert timedelta(days=14) < waited < MAX_TRIES * LONGEST_WAIT
