"""Checklist E: Assignment and Grade Services 2.0 against an LMS that is as strict as Moodle.

Line items stand in ``test_e_line_items.py``; E13's submission review is a launch, and stands with the launches.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from campus.models.learning import ExamAttempt
from campus.models.people import Identity
from lti_tool.services.ags import RESULT_SCOPE, SCORE_SCOPE, Score
from lti_tool.services.errors import ServiceUnavailableError, TokenRefusedError
from lti_tool.services.lineitems import LINEITEM_SCOPE
from lti_tool.services.scores import follow_credit
from lti_tool.services.store import ScoreState, SentScore
from tests.conformance.lti.grading import (
    LINK,
    cells,
    credit_of,
    earn,
    follow,
    identity_of,
    item_of,
    kept,
    launch_ungraded,
    link_of,
    posts,
    withdraw,
)
from tests.databases import ON_SQLITE
from tests.lms.config import User
from tests.lms.live import BERND, TEACHER, World


def test_E1_launch_with_the_endpoint_claim(lti: World) -> None:
    client = lti.tool.test_client()
    assert client.get(lti.launch(client)).status_code == 200
    link = link_of(lti)
    assert set(link.ags_scopes) == {LINEITEM_SCOPE, RESULT_SCOPE, SCORE_SCOPE}
    assert link.lineitem_url == lti.platform.config.lineitem_url(LINK)
    assert link.lineitems_url == f"{lti.platform.config.url}/lti/lineitems?type_id=1"


@ON_SQLITE
@pytest.mark.parametrize("status", [200, 201, 202, 204])
def test_E5_every_way_to_say_yes_is_understood(lti: World, status: int) -> None:
    lti.launch(lti.tool.test_client())
    earn(lti)
    lti.platform.moods = [(status, {})]
    follow(lti)
    assert (kept(lti).state, kept(lti).detail, lti.platform.moods) == (ScoreState.SENT, "", [])


def test_E5_score_is_posted_below_the_line_items_path(lti: World) -> None:
    lti.launch(lti.tool.test_client())
    earn(lti)
    follow(lti)
    assert f"/lti/lineitems/{LINK}/scores" in lti.lms_calls
    assert cells(lti) == {"7": [80.0]}


@pytest.mark.parametrize("page_size", [None, 1], ids=["in one", "paged as Moodle does"])
def test_E6_results_show_the_value_that_was_sent(lti: World, page_size: int | None) -> None:
    lti.platform.page_size = page_size
    for user, percent in ((None, 80.0), (User(**BERND), 57.14)):
        lti.launch(lti.tool.test_client(), user)
        earn(lti, percent, "8" if user else "7")
    follow(lti)
    gradebook, item = lti.services.gradebooks, item_of(lti)
    assert {user: result.percent for user, result in gradebook.results(item).items()} == {"7": 80.0, "8": 57.14}
    assert set(gradebook.results(item, "8")) == {"8"}
    assert gradebook.results(item, "nobody") == {}


def test_E7_each_token_is_of_one_scope(lti: World) -> None:
    launch_ungraded(lti)
    earn(lti)
    follow(lti)
    assert sorted(asked["scope"] for asked in lti.platform.token_requests) == [LINEITEM_SCOPE, SCORE_SCOPE]


def test_E8_stamps_rise_even_while_our_clock_stands_still(lti: World) -> None:
    lti.launch(lti.tool.test_client())
    now = lti.clock()
    still = replace(lti.services, clock=lambda: now)
    for percent in (60.0, 70.0, 80.0):
        follow_credit(still, earn(lti, percent))
    assert cells(lti) == {"7": [60.0, 70.0, 80.0]}
    stamps = [datetime.fromisoformat(post["timestamp"]) for post in posts(lti)]
    assert stamps == sorted(set(stamps))
    assert all(stamp.tzinfo is not None for stamp in stamps)
    assert all("." in post["timestamp"] for post in posts(lti))


def test_E8_clock_that_goes_back_does_not_stop_scores(lti: World) -> None:
    lti.launch(lti.tool.test_client())
    earn(lti, 60.0)
    follow(lti)
    earn(lti, 80.0)
    lti.clock.ahead = -timedelta(minutes=2)
    follow(lti)
    assert (cells(lti), kept(lti).state) == ({"7": [60.0, 80.0]}, ScoreState.SENT)


def test_E8_conflict_with_what_a_teacher_wrote_is_evidence_first(lti: World) -> None:
    """The platform holds something later: neither lost nor overwritten unseen."""
    lti.launch(lti.tool.test_client())
    earn(lti, 60.0)
    lti.platform.state.set_grade(LINK, "7", 95, 100, ahead=timedelta(minutes=1))
    with pytest.raises(ServiceUnavailableError):
        follow(lti)
    assert (kept(lti).result, kept(lti).state, cells(lti)) == (95, ScoreState.PENDING, {"7": [95.0]})
    follow_credit(lti.services, credit_of(lti).public_id)
    assert (kept(lti).state, cells(lti)) == (ScoreState.SENT, {"7": [95.0, 60.0]})


def test_E8_conflict_is_fine_when_the_score_is_there(lti: World) -> None:
    lti.launch(lti.tool.test_client())
    earn(lti, 80.0)
    lti.platform.state.set_grade(LINK, "7", 80, 100, ahead=timedelta(minutes=1))
    follow(lti)
    assert (kept(lti).state, posts(lti)) == (ScoreState.SENT, [])


def nothing(_lti: World) -> None:
    """Launch alone."""


def passed(lti: World) -> None:
    earn(lti, 80.0)


def failed(lti: World) -> None:
    earn(lti, 40.0)


def taken_back(lti: World) -> None:
    earn(lti, 80.0)
    follow(lti)
    withdraw(lti)


def taken_out(lti: World) -> None:
    taken_back(lti)
    with lti.services.database.write() as session:
        session.scalars(select(SentScore)).one().state = ScoreState.CLEARING


DONE = ("Completed", "FullyGraded")


@ON_SQLITE
@pytest.mark.parametrize(
    ("happened", "sent", "held"),
    [
        (nothing, [], {}),
        (passed, [(*DONE, 80.0)], {"7": 80.0}),
        (failed, [(*DONE, 40.0)], {"7": 40.0}),
        (taken_back, [(*DONE, 80.0)], {"7": 80.0}),
        (taken_out, [(*DONE, 80.0), ("InProgress", "NotReady", None)], {"7": None}),
    ],
    ids=["under way", "passed", "failed", "withdrawn", "withdrawn and taken out by a teacher"],
)
def test_E9_progress_and_grading(
    lti: World,
    happened: Callable[[World], None],
    sent: list[tuple[str, str, float | None]],
    held: dict[str, float | None],
) -> None:
    """Nothing that isn't final is sent by itself: Moodle would delete the grade."""
    lti.launch(lti.tool.test_client())
    happened(lti)
    if happened is taken_out:
        follow_credit(lti.services, credit_of(lti).public_id)
    follow(lti)
    told = [(post["activityProgress"], post["gradingProgress"], post.get("scoreGiven")) for post in posts(lti)]
    assert told == sent
    assert {cell.user: cell.score for cell in lti.platform.state.gradebook()} == held


def test_E9_earned_again_after_it_was_taken_out_is_sent_again(lti: World) -> None:
    lti.launch(lti.tool.test_client())
    taken_out(lti)
    follow_credit(lti.services, credit_of(lti).public_id)
    assert kept(lti).state == ScoreState.CLEARED
    earn(lti, 80.0)
    follow(lti)
    assert (cells(lti), kept(lti).state) == ({"7": [80.0, None, 80.0]}, ScoreState.SENT)


def test_E9_more_than_the_maximum_is_extra_credit(lti: World) -> None:
    lti.launch(lti.tool.test_client())
    lti.services.gradebooks.post_score(item_of(lti), Score("7", 110), lti.clock())
    assert lti.services.gradebooks.results(item_of(lti))["7"].percent == pytest.approx(110)


def test_E11_token_that_ends_between_two_scores_is_replaced_once(lti: World) -> None:
    for user, percent in ((None, 80.0), (User(**BERND), 57.0)):
        lti.launch(lti.tool.test_client(), user)
        earn(lti, percent, "8" if user else "7")
    lti.platform.moods = [(200, {}), (401, {})]
    follow(lti)
    assert (len(lti.platform.token_requests), cells(lti)) == (2, {"8": [57.0]})
    lti.platform.moods = [(401, {}), (401, {})]
    with pytest.raises(TokenRefusedError):
        follow_credit(lti.services, earn(lti, 90.0))
    assert (kept(lti).state, kept(lti).detail) == (ScoreState.PENDING, "service.token_refused")
    assert len(lti.platform.token_requests) == 3


@ON_SQLITE
@pytest.mark.parametrize("status", [408, 425, 429, 500, 502, 503])
def test_E11_trouble_that_may_pass_is_waited_for_as_asked(lti: World, status: int) -> None:
    lti.launch(lti.tool.test_client())
    credit = earn(lti)
    lti.platform.moods = [(status, {"Retry-After": "120"})]
    with pytest.raises(ServiceUnavailableError) as caught:
        follow(lti)
    assert (caught.value.after, kept(lti).state) == (timedelta(seconds=120), ScoreState.PENDING)
    assert kept(lti).detail == "service.unavailable"
    follow_credit(lti.services, credit)
    assert (kept(lti).state, kept(lti).tries, cells(lti)) == (ScoreState.SENT, 2, {"7": [80.0]})


def test_E11_score_that_arrived_without_an_answer_is_not_sent_again(lti: World) -> None:
    lti.launch(lti.tool.test_client())
    credit = earn(lti)
    follow(lti)
    with lti.services.database.write() as session:
        session.scalars(select(SentScore)).one().state = ScoreState.PENDING  # as a time-out leaves it
    follow_credit(lti.services, credit)
    assert (kept(lti).state, len(posts(lti))) == (ScoreState.SENT, 1)


@pytest.mark.parametrize("subject", [TEACHER["id"], "unenrolled"], ids=["teacher", "not in the course any more"])
def test_E12_refusal_is_final_and_not_tried_for_ever(lti: World, subject: str) -> None:
    lti.launch(lti.tool.test_client())
    credit = earn(lti)
    with lti.services.database.write() as session:
        session.scalars(select(Identity).filter_by(subject="7")).one().subject = subject
    follow(lti)
    follow_credit(lti.services, credit)
    assert (kept(lti, subject).state, kept(lti, subject).detail) == (ScoreState.REFUSED, "service.score_refused")
    assert lti.lms_calls.count(f"/lti/lineitems/{LINK}/scores") == 1


@ON_SQLITE
@pytest.mark.parametrize(
    ("percent", "comment"),
    [(80.0, "KommunalCampus: Prüfung bestanden"), (40.0, "KommunalCampus: teilgenommen, Prüfung nicht bestanden")],
    ids=["passed", "failed"],
)
def test_E13_submission_and_comment_are_told(lti: World, percent: float, comment: str) -> None:
    lti.launch(lti.tool.test_client())
    begun = lti.clock() - timedelta(hours=1)
    times: dict[str, Any] = {"started_at": begun, "submitted_at": begun + timedelta(minutes=20)}
    exam = next(a for phase in lti.unit.phases for a in phase.activities if a.kind == "quiz")
    with lti.services.database.write() as session:
        attempt = {"identity_id": identity_of(lti).id, "activity_id": exam.id, "number": 1}
        session.add(ExamAttempt(**attempt, **times, due_at=None, answers={}, score=8, max_score=10))
    earn(lti, percent)
    follow(lti)
    (post,) = posts(lti)
    assert post["comment"] == comment
    told = {name: datetime.fromisoformat(value) for name, value in post["submission"].items()}
    assert told == {
        "startedAt": begun.replace(microsecond=begun.microsecond // 1000 * 1000),
        "submittedAt": times["submitted_at"].replace(microsecond=begun.microsecond // 1000 * 1000),
    }


def test_E13_exam_that_was_sat_elsewhere_has_no_submission_here(lti: World) -> None:
    lti.launch(lti.tool.test_client())
    earn(lti)
    follow(lti)
    assert "submission" not in posts(lti)[0]
