"""Checklist B11: who launches without saying who they are may read, where the registration allows it, and no more."""

import pytest
import requests
from werkzeug.routing import Rule

from lti_tool.launch.store import Registration
from tests.conformance.lti.browsers import Browser, Landed, read, refused, rows, with_claim, without
from tests.conformance.lti.test_b_roles import ROLES, is_teacher
from tests.lms.live import KeptJobs, World

WRITTEN = {"launches", "ended_logins", "contexts", "resource_links"}
"""What an anonymous launch leaves: itself, and the course and link that the platform told of."""


@pytest.fixture(scope="module")
def open_world(shared: World) -> World:
    with shared.services.database.write() as session:
        session.get_one(Registration, shared.registration_id).allows_anonymous = True
    return shared


def land(world: World, role: str) -> Landed:
    gone = without("sub", "name", "given_name", "family_name", "email")
    return Browser(world).land(lambda body: gone(with_claim("roles", [role])(body)))


@ROLES
def test_B11_anonymous_reads_the_unit(open_world: World, role: str) -> None:
    before = rows(open_world)
    landed = land(open_world, role)
    page = landed.page()
    (heading,) = page.xpath("//h1")
    assert heading.text_content().strip() == open_world.unit.title["de"]
    row = landed.row
    assert (row.person_id, row.identity_id, row.is_teacher) == (None, None, is_teacher(role))
    after = rows(open_world)
    assert {name for name in after if after[name] != before[name]} <= WRITTEN
    assert "Sie lesen ohne Namen" in page.text_content()
    for address in page.xpath("//main//a[contains(@href, '/activities/')]/@href"):
        answer = landed.browser.get(landed.browser.tool + address)
        assert answer.status_code == 200
        assert read(answer).xpath("//form[@method='post']") == []
    assert rows(open_world) == after, "reading leaves nothing"
    assert isinstance(open_world.services.jobs, KeptJobs)
    assert [follower for follower, _ in open_world.services.jobs.asked if follower != "roster"] == []


@ROLES
def test_B11_anonymous_page_offers_nothing_that_would_be_refused(open_world: World, role: str) -> None:
    page = land(open_world, role).page()
    assert page.xpath("//form[@method='post']") == []
    assert not [address for address in page.xpath("//main//a/@href") if address.endswith("/account")]
    assert not [address for address in page.xpath("//a/@href") if "/tutorial" in address]


@ROLES
def test_B11_anonymous_can_change_nothing(open_world: World, role: str) -> None:
    """Every address of a launch that takes a form refuses, whichever there are."""
    landed = land(open_world, role)
    rules = [rule for rule in open_world.tool.url_map.iter_rules() if "launch_id" in rule.arguments]
    changing = [rule for rule in rules if "POST" in (rule.methods or ()) and "activity_id" in rule.arguments]
    assert len(changing) >= 3
    for rule in changing:
        address = _address(open_world, landed, rule)

        def post(language: str, address: str = address) -> requests.Response:
            own = {"Accept-Language": language, "Origin": landed.browser.tool}
            return landed.browser.http.post(address, headers=own, timeout=30)

        refused(open_world, post, "launch.anonymous", 403)


def _address(world: World, landed: Landed, rule: Rule) -> str:
    activity = next(a for phase in world.unit.phases for a in phase.activities if a.kind == "page")
    values = {"launch_id": landed.url.rstrip("/").rpartition("/")[2], "activity_id": activity.public_id}
    filled = {name: values.get(name, "x") for name in rule.arguments}
    with world.tool.test_request_context():
        built = world.tool.url_map.bind("").build(rule.endpoint, filled, method="POST")
    return landed.browser.tool + built


@ROLES
def test_B11_not_without_the_registrations_leave(lti: World, role: str) -> None:
    """The counterpart, as certification wants it: off unless somebody switched it on."""
    browser = Browser(lti)
    asked = browser.begin()
    body = without("sub")(with_claim("roles", [role])(lti.claims(asked)))
    token = lti.platform.sign(body)
    refused(lti, lambda language: browser.send(asked["state"], token, language), "launch.claims")
