"""Trouble with one gradebook, or one roster, is told where it is and keeps nothing from the others."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from flask import Flask, Response
from sqlalchemy import select

from campus.database import Database
from campus.outbound import Outbound
from lti_tool.launch.store import Context, LinkLearner, Registration, ResourceLink
from lti_tool.services import rosters
from lti_tool.services.errors import ServiceUnavailableError
from lti_tool.services.scores import follow_credit
from lti_tool.services.store import LineItemLease, Roster, ScoreState, SentScore
from lti_tool.wiring import Services
from tests.conformance.lti.grading import cells, earn, identity_of
from tests.lms.config import User
from tests.lms.live import TEACHER, World, serve, world

UNRESOLVABLE = "https://a..b/x"
BROKEN = "https://broken.example/x"


@pytest.fixture
def lti(database: Database, tmp_path: Path) -> Iterator[World]:
    with world(database, tmp_path) as made:
        yield made


class BrokenError(Exception):
    """What nobody has thought of."""


def broken(lti: World) -> Services:
    """Give services whose resolver breaks at one host, in a way that no code expects."""

    def resolve(host: str, _port: int) -> list[str]:
        if host == "broken.example":
            raise BrokenError
        return ["127.0.0.1"]

    return replace(lti.services, outbound=Outbound(allow_loopback_http=True, resolve=resolve))


def two_places(lti: World, **first: Any) -> None:
    """Let the learner have launched from two links of the unit; the first one's gradebook is as told."""
    lti.launch(lti.tool.test_client())
    with lti.services.database.write() as session:
        link = session.scalars(select(ResourceLink)).one()
        same = {"deployment_id", "unit_id", "ags_scopes", "lineitem_url", "lineitems_url", "created_at"}
        other = ResourceLink(resource_link_id="link-2", **{name: getattr(link, name) for name in same})
        session.add(other)
        session.flush()
        came = {"identity_id": identity_of(lti).id, "first_launched_at": lti.clock()}
        session.add(LinkLearner(resource_link_id=other.id, **came))
        for name, value in first.items():
            setattr(link, name, value)


def states(lti: World) -> list[tuple[str, str]]:
    with lti.services.database.read() as session:
        rows = session.scalars(select(SentScore).order_by(SentScore.resource_link_id))
        return [(row.state, row.detail) for row in rows]


def test_gradebook_at_a_host_without_an_address_is_tried_later_and_the_other_one_served(lti: World) -> None:
    two_places(lti, lineitem_url=UNRESOLVABLE)
    with pytest.raises(ServiceUnavailableError):
        follow_credit(lti.services, earn(lti))
    assert states(lti) == [(ScoreState.PENDING, "service.unavailable"), (ScoreState.SENT, "")]
    assert cells(lti) == {"7": [80.0]}


def test_failure_that_nobody_expected_is_raised_after_the_other_gradebook_was_served(lti: World) -> None:
    two_places(lti, lineitem_url=BROKEN)
    with pytest.raises(BrokenError):
        follow_credit(broken(lti), earn(lti))
    assert cells(lti) == {"7": [80.0]}


def test_place_that_must_be_tried_later_is_not_forgotten_for_a_failure_that_nobody_expected(lti: World) -> None:
    two_places(lti, lineitem_url=BROKEN)
    credit = earn(lti)
    lti.platform.moods = [(503, {})]
    with pytest.raises(ServiceUnavailableError):
        follow_credit(broken(lti), credit)
    assert states(lti) == [(ScoreState.PENDING, "service.unavailable")]


@pytest.mark.parametrize("end", ["\0", "\ud800", "x" * 5000], ids=["NUL", "half a surrogate pair", "too long"])
def test_line_item_whose_address_can_not_be_kept_is_refused_and_leaves_no_lease(lti: World, end: str) -> None:
    def make(url: str) -> Flask:
        app = Flask("moody")
        told = {"id": f"{url}/items/{end}", "label": "x", "scoreMaximum": 1, "resourceLinkId": "link-1"}
        app.post("/token", endpoint="token")(lambda: {"access_token": "t", "expires_in": 3600})
        app.get("/items", endpoint="items")(lambda: Response(json.dumps([told])))
        return app

    with serve(make) as url:
        two_places(lti, lineitem_url=None, lineitems_url=f"{url}/items")
        with lti.services.database.write() as session:
            session.scalars(select(Registration)).one().auth_token_url = f"{url}/token"
        lti.platform.moods = [(200, {})]  # the LMS behind the second link, which has not given this token
        follow_credit(lti.services, earn(lti))
    assert states(lti) == [(ScoreState.REFUSED, "service.refused"), (ScoreState.SENT, "")]
    assert leases(lti) == 0


def test_lease_ends_when_looking_for_the_column_breaks(lti: World) -> None:
    two_places(lti, lineitem_url=None, lineitems_url=BROKEN)
    with pytest.raises(BrokenError):
        follow_credit(broken(lti), earn(lti))
    assert leases(lti) == 0


def leases(lti: World) -> int:
    with lti.services.database.read() as session:
        return len(session.scalars(select(LineItemLease)).all())


@pytest.mark.parametrize(
    ("url", "error", "kept"),
    [
        (UNRESOLVABLE, ServiceUnavailableError, ("wanted", "service.unavailable")),
        (BROKEN, BrokenError, ("refused", "roster.failed")),
    ],
    ids=["no address", "unexpected"],
)
def test_roster_that_can_not_be_read_says_so(
    lti: World, url: str, error: type[Exception], kept: tuple[str, str]
) -> None:
    lti.launch(lti.tool.test_client(), User(**TEACHER))
    with lti.services.database.write() as session:
        course = session.scalars(select(Context)).one()
        course.memberships_url = url
    with pytest.raises(error):
        rosters.follow_course(broken(lti) if url == BROKEN else lti.services, course.public_id)
    with lti.services.database.read() as session:
        row = session.scalars(select(Roster)).one()
        assert (row.state, row.detail) == kept
