"""What recorded answers say."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from campus.outbound import Outbound
from moodle_sync.client import MoodleClient
from moodle_sync.functions import CompletionStatus, GradeItem, activities_completion, grade_items
from moodle_sync.plan import MoodleFact, plan_user
from tests.moodle.server import TOKEN, FakeMoodle

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def client() -> Iterator[MoodleClient]:
    with FakeMoodle() as moodle:
        yield MoodleClient(Outbound(allow_loopback_http=True), moodle.url, TOKEN)


def facts_of(client: MoodleClient, user_id: int) -> dict[int, MoodleFact]:
    statuses, grades = activities_completion(client, 2, user_id), grade_items(client, 2, user_id)
    return {fact.cmid: fact for fact in plan_user(user_id, statuses, grades, read_at=NOW)}


def status(state: int = 1, **changes: Any) -> CompletionStatus:
    base = CompletionStatus(11, "quiz", state, None, 2, tracked_user=True, overridden=False)
    return replace(base, **changes)


def test_user_6_failed_the_quiz(client: MoodleClient) -> None:
    exam = facts_of(client, 6)[11]

    assert (exam.kind, exam.state, exam.percent) == ("exam", "failed", 57.14286)
    assert exam.occurred_at == datetime.fromtimestamp(1789499533, UTC)


def test_user_7_lacks_only_the_evaluation(client: MoodleClient) -> None:
    facts = facts_of(client, 7)

    assert [cmid for cmid, fact in facts.items() if fact.state == "not_done"] == [10]
    assert (facts[11].state, facts[11].percent) == ("passed", 100.0)


def test_user_42_did_nothing(client: MoodleClient) -> None:
    facts = facts_of(client, 42)

    assert [fact.state for fact in facts.values()] == ["not_done"] * 9
    assert all(fact.percent is None for fact in facts.values())


def test_raw_holds_no_names(client: MoodleClient) -> None:
    assert set(facts_of(client, 6)[11].raw) == {
        *("cmid", "modname", "state", "timecompleted", "tracking", "overridden"),
        *("graderaw", "grademin", "grademax", "gradedategraded"),
    }


def test_no_participant_says_nothing() -> None:
    assert plan_user(3, [status(0, tracked_user=False)], [], known={11}, read_at=NOW) == []


def test_completion_switched_off_takes_nothing_back() -> None:
    assert plan_user(3, [], [], known={11}, read_at=NOW) == []


def test_vanished_module_is_taken_back() -> None:
    facts = plan_user(3, [status(1)], [], known={11, 12}, read_at=NOW)

    assert [(fact.cmid, fact.state) for fact in facts] == [(11, "done"), (12, "not_done")]


def test_module_that_is_not_tracked_any_more_is_taken_back() -> None:
    other = status(1, cmid=12)

    facts = plan_user(3, [status(1, tracking=0), other], [], known={11}, read_at=NOW)

    assert [(fact.cmid, fact.state) for fact in facts] == [(12, "done"), (11, "not_done")]


def test_percentage_counts_from_the_lowest_grade() -> None:
    grade = GradeItem(11, "quiz", 15.0, 10.0, 20.0, None)

    (fact,) = plan_user(3, [status(2)], [grade], read_at=NOW)

    assert (fact.percent, fact.occurred_at) == (50.0, NOW)


def test_grade_of_something_else_than_an_exam_is_no_score() -> None:
    grade = GradeItem(11, "assign", 45.0, 0.0, 100.0, None)

    (fact,) = plan_user(3, [status(1, modname="assign")], [grade], read_at=NOW)

    assert (fact.kind, fact.percent) == ("completed", None)
