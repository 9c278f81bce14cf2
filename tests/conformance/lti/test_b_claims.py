"""Checklist B, valid launches: odd names, custom parameters, the way back, and what stood for LTI 1.1."""

import base64
import hashlib
import hmac
import json
from typing import Any

import pytest
from sqlalchemy import select

from campus.models.credits import Credit
from campus.models.people import Person
from lti_tool.followers import handlers
from lti_tool.launch.store import ResourceLink
from lti_tool.services.scores import follow_credit
from tests.conformance.lti.browsers import (
    Browser,
    Landed,
    Spoil,
    both,
    rows,
    with_,
    with_claim,
    without,
)
from tests.conformance.lti.test_b_roles import ROLES, is_teacher, land, person
from tests.databases import ON_SQLITE
from tests.lms.live import KeptJobs, World
from xapi.store import StatementRow

LONG = "Ж" * 200
HTML = '<script>alert(1)</script><b>fett</b> & "mehr"'
RTL = "\u202eمريم الأمين"


@ROLES
@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("Łukasz Đorđević 李小龍 👩🏽‍🏫", "Łukasz Đorđević 李小龍 👩🏽🏫"),
        (RTL, "مريم الأمين"),
        (LONG, LONG),
        (LONG + "Ж", LONG),
        (HTML, HTML),
    ],
    ids=["unicode", "right to left", "200 letters", "201 letters", "HTML"],
)
def test_B14_names_and_titles(shared: World, role: str, name: str, kept: str) -> None:
    landed = land(
        shared,
        role,
        with_(sub=f"{role}-{len(name)}{name[:3]}".replace("<", ""), name=name),
        with_claim("resource_link", {"id": shared.link.id, "title": name, "description": HTML}),
        with_claim("context", {"id": "kurs-1", "title": name, "label": name}),
    )
    landed.unit_page(teacher=is_teacher(role))
    assert person(shared, landed).name == kept
    source = landed.browser.get(landed.url).text
    assert "<script>alert" not in source
    assert "<b>fett" not in source


@ROLES
def test_B14_html_in_a_name_is_escaped_where_it_is_shown(shared: World, role: str) -> None:
    """The page that shows an account says whose it is."""
    landed = land(shared, role, with_(sub=f"html-{role}", name=HTML, email="<b>@example.org"))
    answer = landed.browser.get(f"{landed.url}account")
    assert answer.status_code == 200
    assert "<b>@" not in answer.text
    assert "&lt;b&gt;@example.org" in answer.text


@ROLES
@pytest.mark.parametrize(
    "custom",
    [
        without("custom"),
        with_claim("custom", {}),
        with_claim("custom", None),
        with_claim("custom", "unit=x"),
        with_claim("custom", {"unit": ""}),
        with_claim("custom", {"unit": None}),
        with_claim("custom", {"unit": "$ResourceLink.id.history"}),
        with_claim("custom", {"unit": "$Canvas.user.id", "phase": "$Unknown.variable"}),
    ],
    ids=["absent", "empty", "null", "text", "empty value", "null value", "unresolved", "unresolved Canvas"],
)
def test_B15_custom_treated_as_absent(shared: World, role: str, custom: Spoil) -> None:
    """A link keeps the unit that it once named."""
    Browser(shared).land()
    landed = land(shared, role, custom)
    landed.unit_page(teacher=is_teacher(role))
    assert landed.row.resource_link_id is not None


@ROLES
def test_B15_unresolved_beside_the_unit(shared: World, role: str) -> None:
    custom = {"unit": shared.unit.public_id, "canvas_user": "$Canvas.user.id", "phase": "$ResourceLink.phase"}
    link = {"id": f"beside-{role}", "title": "A1"}
    landed = land(shared, role, with_claim("custom", custom), with_claim("resource_link", link))
    landed.unit_page(teacher=is_teacher(role))
    with shared.services.database.read() as session:
        assert session.get_one(ResourceLink, landed.row.resource_link_id).phase is None


@ROLES
def test_B15_link_that_never_named_a_unit(shared: World, role: str) -> None:
    """It leads to a page that says so, in the teacher's words too."""
    link = {"id": f"bare-{role}", "title": "leer"}
    custom = {"unit": "$Canvas.user.id"}
    landed = land(shared, role, with_claim("custom", custom), with_claim("resource_link", link))
    landed.status = 404
    assert "launch.no_unit" in landed.page().text_content()
    assert landed.row.is_teacher is is_teacher(role)


def lti1p1(world: World, asked: dict[str, str], *, right: bool) -> dict[str, str]:
    """Make the claim that says who somebody was before LTI 1.3, signed as its specification says."""
    key, secret = "old-key", "old-secret" if right else "wrong"
    body = world.claims(asked)
    parts = (key, world.platform.config.deployment_id, body["iss"], body["aud"], str(body["exp"]), body["nonce"])
    mac = hmac.new(secret.encode(), "&".join(parts).encode(), hashlib.sha256).digest()
    return {
        "user_id": "7",
        "resource_link_id": "link-1",
        "oauth_consumer_key": key,
        "oauth_consumer_key_sign": base64.b64encode(mac).decode(),
    }


@ROLES
@pytest.mark.parametrize("right", [True, False], ids=["right sign", "wrong sign"])
def test_B17_lti1p1_claim_is_ignored_alike(lti: World, role: str, *, right: bool) -> None:
    """There is no LTI 1.1 past (docs/decisions/0011-lti-1p1.md): the claim joins nobody to anybody."""
    old = Browser(lti).land()
    browser = Browser(lti)
    asked = browser.begin()
    claim = lti1p1(lti, asked, right=right)
    body = both(with_(sub="new-7"), with_claim("roles", [role]), with_claim("lti1p1", claim))(lti.claims(asked))
    before = rows(lti)
    answer = browser.send(asked["state"], lti.platform.sign(body))
    assert answer.status_code == 303
    landed = Landed(browser, browser.tool + answer.headers["Location"])
    landed.unit_page(teacher=is_teacher(role))
    after = rows(lti)
    added = {name: after[name] - before[name] for name in ("people", "identities", "resource_links", "evidence")}
    assert added == {"people": 1, "identities": 1, "resource_links": 0, "evidence": 0}
    assert landed.row.person_id != old.row.person_id


@pytest.mark.parametrize("value", [None, "text", [], {"oauth_consumer_key_sign": 7}], ids=repr)
@ON_SQLITE
def test_B17_misshapen_lti1p1_claim_does_no_harm(lti: World, value: Any) -> None:
    Browser(lti).land(with_claim("lti1p1", value)).unit_page(teacher=False)


def test_B8_score_and_statement_name_the_opaque_id_alone(lti: World) -> None:
    """The LMS's learner 7 launches with nothing but this id, ticks an activity off, and has a score."""
    browser = Browser(lti)
    landed = browser.land(without("name", "given_name", "family_name", "email", "lis", "ext"))
    activity = next(a for phase in lti.unit.phases for a in phase.activities if a.kind == "page")
    done = browser.http.post(f"{landed.url}activities/{activity.public_id}/complete", timeout=30)
    assert done.status_code == 200
    jobs = lti.services.jobs
    assert isinstance(jobs, KeptJobs)
    ((follower, about),) = [job for job in jobs.asked if job[0] == "statement"]
    handlers(lti.services)[follower](about)
    with lti.services.database.write() as session:
        row = session.scalars(select(StatementRow)).one()
        person = session.scalars(select(Person)).one()
        credit = session.scalars(select(Credit)).one()  # made by what was ticked off
        credit.standing, credit.percent, credit.revision = "achieved", 80.0, credit.revision + 1
    actor = json.loads(row.body)["actor"]
    assert actor["account"]["name"] == person.public_id
    assert set(actor) <= {"objectType", "account"}
    follow_credit(lti.services, credit.public_id)
    (cell,) = lti.platform.state.gradebook()
    assert (cell.user, cell.score) == ("7", 80.0)
