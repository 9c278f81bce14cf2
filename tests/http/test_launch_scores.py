"""Scores on their way to gradebooks: the demo LMS takes them, and a moody platform answers what a test wants."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask, Response, request
from sqlalchemy import select

from campus.database import Database
from campus.models.credits import Credit
from campus.models.people import Identity, IdentityLink, Person
from lti_tool.launch.store import PlatformStanding, Registration, ResourceLink
from lti_tool.services.ags import RESULT_SCOPE, RESULTS_TYPE, SCORE_SCOPE, SCORE_TYPE
from lti_tool.services.errors import ServiceUnavailableError
from lti_tool.services.scores import follow_credit
from lti_tool.services.store import SentScore
from tests.databases import ON_SQLITE
from tests.lms.config import User
from tests.lms.live import BERND, TEACHER, KeptJobs, World, serve, world


@pytest.fixture
def lti(database: Database, tmp_path: Path) -> Iterator[World]:
    with world(database, tmp_path) as made:
        yield made


def earn(lti: World, percent: float | None = 80.0, standing: str = "achieved", **values: Any) -> str:
    """Give the one learner of the world a credit; return its public id."""
    with lti.services.database.write() as session:
        person = session.scalars(select(Person)).one()
        credit = session.scalars(select(Credit)).one_or_none()
        if credit is None:
            credit = Credit(person_id=person.id, unit_id=lti.unit.id, revision=0, changed_at=lti.clock())
            session.add(credit)
        credit.revision += 1
        credit.standing, credit.percent, credit.contested = standing, percent, False
        for name, value in values.items():
            setattr(credit, name, value)
        session.flush()
        return credit.public_id


def kept(lti: World) -> SentScore:
    with lti.services.database.read() as session:
        return session.scalars(select(SentScore)).one()


def test_who_comes_with_a_credit_from_a_new_place_is_told_there_too(lti: World) -> None:
    jobs = lti.services.jobs
    assert isinstance(jobs, KeptJobs)
    lti.launch(lti.tool.test_client())
    assert jobs.asked == []
    credit = earn(lti)
    lti.launch(lti.tool.test_client())
    ((follower, about),) = jobs.asked
    assert (follower, about["credit"], about["revision"]) == ("score", credit, 1)


def test_score_reaches_the_gradebook_once(lti: World) -> None:
    lti.launch(lti.tool.test_client())
    credit = earn(lti)
    follow_credit(lti.services, credit)
    follow_credit(lti.services, credit)
    (cell,) = lti.platform.state.gradebook()
    assert (cell.user, cell.link, cell.score, cell.maximum, cell.posts) == ("7", "link-1", 80.0, 100.0, 1)
    row = kept(lti)
    assert (row.state, row.score, row.revision, row.tries, row.detail) == ("sent", 80.0, 1, 1, "")
    assert row.sent_at is not None


def test_changed_credit_sends_its_latest_score(lti: World) -> None:
    lti.launch(lti.tool.test_client())
    follow_credit(lti.services, earn(lti, 60.0))
    earn(lti, 70.0)
    follow_credit(lti.services, earn(lti, 90.0))
    (cell,) = lti.platform.state.gradebook()
    assert cell.values == [60.0, 90.0]


@pytest.mark.parametrize(
    ("percent", "standing", "contested"),
    [(None, "attended", False), (40.0, "in_progress", False), (None, "none", False), (80.0, "achieved", True)],
    ids=["no result", "under way", "withdrawn", "contested"],
)
@ON_SQLITE
def test_what_is_not_final_is_not_sent(lti: World, percent: float | None, standing: str, contested: bool) -> None:
    lti.launch(lti.tool.test_client())
    follow_credit(lti.services, earn(lti, percent, standing, contested=contested))
    assert lti.platform.state.gradebook() == []


def test_person_under_two_identities_has_the_score_under_both(lti: World) -> None:
    client = lti.tool.test_client()
    lti.launch(client)
    lti.launch(client, User(**BERND))
    with lti.services.database.write() as session:
        aylin, bernd = session.scalars(select(Person).order_by(Person.id))
        session.scalars(select(IdentityLink).filter_by(person_id=bernd.id)).one().person_id = aylin.id
        credit = Credit(
            person_id=aylin.id,
            unit_id=lti.unit.id,
            revision=1,
            standing="achieved",
            percent=80.0,
            contested=False,
            changed_at=lti.clock(),
        )
        session.add(credit)
        session.flush()
        public_id = credit.public_id
    follow_credit(lti.services, public_id)
    assert {cell.user for cell in lti.platform.state.gradebook()} == {"7", "8"}


def test_refusal_is_final_until_the_credit_changes(lti: World) -> None:
    lti.launch(lti.tool.test_client())
    with lti.services.database.write() as session:
        session.scalars(select(Identity)).one().subject = TEACHER["id"]  # the LMS grades no teachers
    credit = earn(lti)
    follow_credit(lti.services, credit)
    follow_credit(lti.services, credit)
    assert (kept(lti).state, kept(lti).detail, kept(lti).tries) == ("refused", "service.score_refused", 1)
    follow_credit(lti.services, earn(lti))
    assert kept(lti).tries == 2


@ON_SQLITE
def test_disabled_platform_gets_nothing(lti: World) -> None:
    lti.launch(lti.tool.test_client())
    with lti.services.database.write() as session:
        session.scalars(select(Registration)).one().standing = PlatformStanding.DISABLED
    follow_credit(lti.services, earn(lti))
    assert lti.platform.state.gradebook() == []


@dataclass
class Moody:
    """A platform whose score address answers what it is told to, in this order; then 200."""

    answers: list[tuple[int, dict[str, str]]] = field(default_factory=list)
    results: list[dict[str, Any]] = field(default_factory=list)
    token_status: int = 200
    scores: list[dict[str, Any]] = field(default_factory=list)
    asked: list[tuple[str, str | None]] = field(default_factory=list)
    tokens: int = 0

    def app(self, _url: str) -> Flask:
        app = Flask("moody")

        @app.post("/token")
        def token() -> tuple[dict[str, Any], int]:
            self.tokens += 1
            return {"access_token": f"t{self.tokens}", "expires_in": 3600}, self.token_status

        @app.post("/items/1/scores")
        def score() -> Response:
            self.asked.append((request.full_path, request.content_type))
            self.scores.append(json.loads(request.data))
            status, headers = self.answers.pop(0) if self.answers else (200, {})
            return Response(status=status, headers=headers)

        @app.get("/items/1/results")
        def result() -> Response:
            self.asked.append((request.full_path, request.headers["Accept"]))
            return Response(json.dumps(self.results), content_type=RESULTS_TYPE)

        return app


@pytest.fixture
def moody(lti: World) -> Iterator[Moody]:
    """Give a second platform, from which the learner launched too, instead of the LMS."""
    made = Moody()
    lti.launch(lti.tool.test_client())
    with serve(made.app) as url:
        with lti.services.database.write() as session:
            row = session.scalars(select(Registration)).one()
            row.auth_token_url = f"{url}/token"
            link = session.scalars(select(ResourceLink)).one()
            link.lineitem_url = f"{url}/items/1?type_id=1"
            link.ags_scopes = [SCORE_SCOPE, RESULT_SCOPE]
        yield made


@ON_SQLITE
def test_score_has_the_standards_words_and_the_query_stays_behind(lti: World, moody: Moody) -> None:
    before = lti.clock()
    follow_credit(lti.services, earn(lti, 57.14))
    assert moody.asked == [("/items/1/scores?type_id=1", SCORE_TYPE)]
    (score,) = moody.scores
    stamp = datetime.fromisoformat(score.pop("timestamp"))
    assert before - timedelta(seconds=1) < stamp <= lti.clock()
    assert score == {
        "userId": "7",
        "scoreGiven": 57.14,
        "scoreMaximum": 100,
        "activityProgress": "Completed",
        "gradingProgress": "FullyGraded",
        "comment": "KommunalCampus: Prüfung bestanden",
    }


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (400, "service.score_refused"),
        (403, "service.forbidden"),
        (404, "service.lineitem_gone"),
        (302, "service.score_refused"),
    ],
)
@ON_SQLITE
def test_final_refusals_are_final(lti: World, moody: Moody, status: int, code: str) -> None:
    moody.answers = [(status, {})]
    credit = earn(lti)
    follow_credit(lti.services, credit)
    follow_credit(lti.services, credit)
    assert (kept(lti).state, kept(lti).detail, len(moody.scores)) == ("refused", code, 1)


@ON_SQLITE
def test_token_that_is_refused_is_asked_for_again_later(lti: World, moody: Moody) -> None:
    """A platform that can't read our key set just now answers 400, "invalid client": no score is to blame."""
    credit = earn(lti)
    for status in (503, 400):
        moody.token_status = status
        with pytest.raises(ServiceUnavailableError):
            follow_credit(lti.services, credit)
    assert (kept(lti).state, kept(lti).detail) == ("pending", "service.token_refused")
    moody.token_status = 200
    follow_credit(lti.services, credit)
    assert (kept(lti).state, len(moody.scores)) == ("sent", 1)


@ON_SQLITE
def test_conflict_is_fine_when_the_gradebook_holds_the_score(lti: World, moody: Moody) -> None:
    moody.answers = [(409, {})]
    moody.results = [{"userId": "7", "resultScore": 8, "resultMaximum": 10}]
    follow_credit(lti.services, earn(lti, 80.0))
    assert (kept(lti).state, len(moody.scores)) == ("sent", 1)
    assert moody.asked[1] == ("/items/1/results?type_id=1&user_id=7", RESULTS_TYPE)


@ON_SQLITE
def test_conflict_with_our_own_earlier_score_is_stamped_anew_after_the_platforms_own_clock(
    lti: World, moody: Moody
) -> None:
    theirs = lti.clock() + timedelta(seconds=30)
    follow_credit(lti.services, earn(lti, 10.0))
    moody.scores.clear()
    moody.answers = [(409, {})]
    moody.results = [{"userId": "7", "resultScore": 10, "resultMaximum": 100, "timestamp": theirs.isoformat()}]
    follow_credit(lti.services, earn(lti, 80.0))
    assert kept(lti).state == "sent"
    assert datetime.fromisoformat(moody.scores[1]["timestamp"]) >= theirs.replace(
        microsecond=theirs.microsecond // 1000 * 1000
    )


@ON_SQLITE
def test_platform_that_is_gone_is_tried_again(lti: World, moody: Moody) -> None:
    with lti.services.database.write() as session:
        session.scalars(select(Registration)).one().auth_token_url = "http://127.0.0.1:9/token"
    with pytest.raises(ServiceUnavailableError):
        follow_credit(lti.services, earn(lti))
    assert kept(lti).state == "pending"


def test_another_run_with_another_score_meanwhile_leads_to_the_latest(lti: World, moody: Moody) -> None:
    """While the first run's post is under way, the credit changes and a second run sends and records it."""
    follow_credit(lti.services, earn(lti, 10.0))
    slow = earn(lti, 20.0)
    app_answer = moody.answers

    class Meanwhile(list[tuple[int, dict[str, str]]]):
        def __bool__(self) -> bool:
            moody.answers = app_answer
            follow_credit(lti.services, earn(lti, 30.0))
            return False

    moody.answers = Meanwhile()
    follow_credit(lti.services, slow)
    assert [score["scoreGiven"] for score in moody.scores] == [10.0, 20.0, 30.0, 30.0]
    assert (kept(lti).score, kept(lti).state) == (30.0, "sent")
