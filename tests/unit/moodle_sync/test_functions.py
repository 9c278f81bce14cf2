"""Typed functions against recorded answers."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from campus.outbound import Outbound
from moodle_sync.client import MoodleClient, MoodleProtocolError
from moodle_sync.functions import (
    activities_completion,
    enrolled_user_ids,
    grade_items,
)
from tests.moodle.server import TOKEN, Answer, FakeMoodle, Recordings


@pytest.fixture
def moodle() -> Iterator[FakeMoodle]:
    with FakeMoodle() as running:
        yield running


@pytest.fixture
def client(moodle: FakeMoodle) -> MoodleClient:
    return MoodleClient(Outbound(allow_loopback_http=True), moodle.url, TOKEN)


@pytest.mark.parametrize("page", [5, 16, 200])
def test_all_pages_of_participants(client: MoodleClient, page: int) -> None:
    found = list(enrolled_user_ids(client, 2, page=page))

    assert len(found) == len(set(found)) == 32
    assert found == sorted(found)


def test_participants_are_asked_for_without_names(client: MoodleClient, moodle: FakeMoodle) -> None:
    list(enrolled_user_ids(client, 2))

    (_, params) = moodle.calls[0]
    assert "userfields" in params.values()
    assert params["options[3][value]"] == "id"


def test_completion(client: MoodleClient) -> None:
    found = {one.cmid: one for one in activities_completion(client, 2, 6)}

    assert (found[11].state, found[10].state, found[7].state) == (3, 1, 0)
    assert found[11].completed_at == datetime.fromtimestamp(1789499533, UTC)
    assert found[7].completed_at is None


def test_somebody_who_is_no_participant_is_untracked(client: MoodleClient) -> None:
    assert not any(one.tracked_user for one in activities_completion(client, 2, 999))


def test_grades_without_the_total(client: MoodleClient) -> None:
    found = {one.cmid: one for one in grade_items(client, 2, 6)}

    assert sorted(found) == [5, 9, 11]
    assert (found[11].grade, found[11].grade_max) == (57.14286, 100)


def test_no_grade_yet(client: MoodleClient) -> None:
    assert {one.grade for one in grade_items(client, 2, 42)} == {None}


@pytest.mark.parametrize("body", [b"[]", b'{"statuses": {}}', b'{"statuses": [{"cmid": "3"}]}', b"null", b"<html>"])
def test_an_answer_of_another_shape(body: bytes) -> None:
    class Strange(Recordings):
        def named(self, name: str) -> Answer:
            return Answer(200, "application/json", body)

    with FakeMoodle(recordings=Strange()) as strange, pytest.raises(MoodleProtocolError):
        activities_completion(MoodleClient(Outbound(allow_loopback_http=True), strange.url, TOKEN), 2, 6)
