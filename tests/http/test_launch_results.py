"""What stands in gradebooks, compared with what we sent: a grade that a teacher wrote by hand is evidence."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask, Response
from sqlalchemy import select, update

from campus.database import Database
from campus.models.access import TeachingGrant
from campus.models.evidence import Evidence, ObjectMapping, SourceObject
from campus.models.people import Identity
from lti_tool.launch.store import Deployment, Registration, ResourceLink
from lti_tool.services import results
from lti_tool.services.ags import Result
from lti_tool.services.errors import ServiceForbiddenError, ServiceUnavailableError
from lti_tool.services.store import ScoreState
from tests.conformance.lti.grading import LINK, cells, credit_of, earn, follow, kept, link_of
from tests.lms.config import User
from tests.lms.live import BERND, World, serve, world
from tests.lms.state import LineItem as Column


@pytest.fixture
def lti(database: Database, tmp_path: Path) -> Iterator[World]:
    """Give a world whose LMS the provider lets teach the unit; the learner has launched."""
    with world(database, tmp_path) as made:
        with database.write() as session:
            issuer, client = made.platform.config.url, made.platform.config.client_id
            grant = TeachingGrant(unit_id=made.unit.id, issuer=issuer, client_id=client, granted_at=made.clock())
            session.add(grant)
        made.launch(made.tool.test_client())
        yield made


def compare(lti: World) -> None:
    results.compare(lti.services, link_of(lti).public_id)


def said(lti: World, subject: str = "7") -> list[tuple[str, float | None]]:
    """List what the gradebook has said of a learner, first to last: outcome and percentage."""
    with lti.services.database.read() as session:
        identity = select(Identity.id).filter_by(subject=subject).scalar_subquery()
        found = select(Evidence).where(Evidence.identity_id == identity).order_by(Evidence.id)
        told = [row for row in session.scalars(found) if row.object.reference.startswith("results:")]
        assert {row.object.source for row in told} <= {lti.platform.config.url}
        return [(row.outcome, row.percent) for row in told]


def mappings(lti: World) -> list[ObjectMapping]:
    """List what was decided on the meaning of the gradebook."""
    with lti.services.database.read() as session:
        found = select(ObjectMapping).join(SourceObject, SourceObject.id == ObjectMapping.object_id)
        return list(session.scalars(found.where(SourceObject.reference.startswith("results:"))))


def by_hand(lti: World, percent: float, subject: str = "7") -> None:
    lti.platform.state.set_grade(LINK, subject, percent, 100)


def test_gradebook_of_a_deployment_that_is_switched_off_is_not_asked(lti: World) -> None:
    earn(lti, 70.0)
    follow(lti)
    by_hand(lti, 95)
    with lti.services.database.write() as session:
        session.execute(update(Deployment).values(enabled=False))
    compare(lti)
    assert (said(lti), kept(lti).result_seen_at) == ([], None)


def test_what_we_sent_is_no_evidence(lti: World) -> None:
    earn(lti, 57.14)
    follow(lti)
    compare(lti)
    assert (said(lti), kept(lti).result) == ([], 57.14)
    assert kept(lti).result_seen_at is not None


def test_what_a_column_of_whole_points_made_of_our_score_is_no_evidence(lti: World) -> None:
    earn(lti, 57.14)
    follow(lti)
    by_hand(lti, 57)  # as a platform that keeps whole points would hold it
    compare(lti)
    assert said(lti) == []


def test_grade_written_by_hand_is_evidence_once(lti: World) -> None:
    earn(lti, 70.0)
    follow(lti)
    by_hand(lti, 95)
    compare(lti)
    compare(lti)
    assert (said(lti), kept(lti).result) == ([("done", 95.0)], 95)
    assert credit_of(lti).percent == 95
    follow(lti)
    compare(lti)
    assert (said(lti), cells(lti)) == ([("done", 95.0)], {"7": [70.0, 95.0]})


def test_grade_of_somebody_without_a_score_is_evidence_too(lti: World) -> None:
    by_hand(lti, 65)
    compare(lti)
    assert (said(lti), kept(lti).state) == ([("done", 65.0)], ScoreState.UNSENT)


def test_grade_against_ours_waits_for_an_administrator_and_is_left_alone(lti: World) -> None:
    earn(lti, 40.0)
    follow(lti)
    by_hand(lti, 95)
    compare(lti)
    credit = credit_of(lti)
    assert (credit.contested, credit.standing) == (True, "attended")
    follow(lti)
    assert cells(lti) == {"7": [40.0, 95.0]}


def test_grade_that_is_ours_again_is_taken_back(lti: World) -> None:
    earn(lti, 40.0)
    follow(lti)
    for percent in (95, 40):
        by_hand(lti, percent)
        compare(lti)
    assert said(lti) == [("done", 95.0), ("retracted", None)]
    assert not credit_of(lti).contested


def test_grade_that_was_deleted_is_taken_back(lti: World) -> None:
    by_hand(lti, 95)
    compare(lti)
    lti.platform.state.delete_line_item(LINK)
    lti.platform.state.put_line_item(Column(LINK, "B1", 100, LINK, None, None))
    compare(lti)
    assert (said(lti), kept(lti).result) == ([("done", 95.0), ("retracted", None)], None)


def test_extra_credit_counts_as_all(lti: World) -> None:
    by_hand(lti, 120)
    compare(lti)
    assert (said(lti), kept(lti).result) == ([("done", 100.0)], 120)


def test_each_learner_of_the_link_is_compared(lti: World) -> None:
    lti.launch(lti.tool.test_client(), User(**BERND))
    lti.platform.page_size = 1
    by_hand(lti, 70)
    by_hand(lti, 80, "8")
    by_hand(lti, 90, "stranger")
    compare(lti)
    assert (said(lti), said(lti, "8")) == ([("done", 70.0)], [("done", 80.0)])


def test_score_that_is_on_its_way_is_not_taken_for_a_teachers(lti: World) -> None:
    """Sent 60; 80 got no answer: whichever of both the gradebook holds is ours."""
    earn(lti, 60.0)
    follow(lti)
    earn(lti, 80.0)
    lti.platform.moods = [(503, {})]
    with pytest.raises(ServiceUnavailableError):
        follow(lti)
    compare(lti)
    assert (said(lti), kept(lti).state) == ([], ScoreState.PENDING)


def test_platform_that_may_not_teach_the_unit_is_heard_and_counts_for_nothing(lti: World) -> None:
    """No foreign LMS makes a provider's certificates by a grade in its own gradebook."""
    with lti.services.database.write() as session:
        session.delete(session.scalars(select(TeachingGrant)).one())
    earn(lti, 40.0)
    follow(lti)
    by_hand(lti, 95)
    compare(lti)
    assert (said(lti), credit_of(lti).percent, credit_of(lti).contested) == ([("done", 95.0)], 40, False)
    assert mappings(lti) == []


def test_mapping_that_was_ended_is_not_made_again(lti: World) -> None:
    by_hand(lti, 95)
    compare(lti)
    (mapping,) = mappings(lti)
    with lti.services.database.write() as session:
        session.get_one(ObjectMapping, mapping.id).ended_at = lti.clock()
    compare(lti)
    assert [found.ended_at is not None for found in mappings(lti)] == [True]


def test_disabled_platform_is_not_asked(lti: World) -> None:
    with lti.services.database.write() as session:
        session.get_one(Registration, lti.registration_id).standing = "disabled"
    before = len(lti.lms_calls)
    compare(lti)
    assert len(lti.lms_calls) == before


def test_column_that_is_gone_is_forgotten(lti: World) -> None:
    lti.platform.state.delete_line_item(LINK)
    compare(lti)
    assert link_of(lti).lineitem_url is None
    compare(lti)


def test_platform_that_shows_no_results_says_so(lti: World) -> None:
    lti.platform.moods = [(403, {})]
    with pytest.raises(ServiceForbiddenError):
        compare(lti)
    assert said(lti) == []


def test_score_in_a_column_of_few_points_is_ours_only_as_far_as_it_was_rounded(lti: World) -> None:
    earn(lti, 60.0)
    follow(lti)
    results.take(lti.services, link_of(lti).id, {"7": Result(0.6, 1, None)})
    assert said(lti) == []
    results.take(lti.services, link_of(lti).id, {"7": Result(1, 1, None)})
    assert said(lti) == [("done", 100.0)]


@pytest.mark.parametrize(
    "stamp",
    ["0001-01-01T00:00:00+01:00", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59-01:00", "2026-11-22T10:00:00", "soon"],
)
def test_time_that_is_none_does_not_stop_a_change_by_hand(lti: World, stamp: str) -> None:
    earn(lti, 60.0)
    follow(lti)
    body = [{"userId": "7", "resultScore": 95, "resultMaximum": 100, "timestamp": stamp}]

    def make(_url: str) -> Flask:
        app = Flask("moody")
        app.post("/token", endpoint="token")(lambda: {"access_token": "t", "expires_in": 3600})
        app.get("/items/1/results", endpoint="results")(lambda: Response(json.dumps(body)))
        return app

    before = lti.clock()
    with serve(make) as url:
        with lti.services.database.write() as session:
            session.scalars(select(Registration)).one().auth_token_url = f"{url}/token"
            session.scalars(select(ResourceLink)).one().lineitem_url = f"{url}/items/1"
        compare(lti)
    assert said(lti) == [("done", 95.0)]
    with lti.services.database.read() as session:
        latest = session.scalars(select(Evidence).order_by(Evidence.id.desc()).limit(1)).one()
        assert latest.occurred_at >= before
