"""Checklist B16: the way back to the course, the locale and the window, absent or odd."""

from typing import Any

import pytest

from lti_tool.launch.store import Registration
from tests.conformance.lti.browsers import Browser, Landed, both, with_claim
from tests.conformance.lti.test_b_roles import ROLES, is_teacher
from tests.lms.live import World

PLATFORM = "https://lernen.musterstadt.example"


@pytest.fixture(scope="module")
def public(shared: World) -> World:
    """Give the world's platform an issuer in the Internet, for ways back to its site; keys come from where they did."""
    with shared.services.database.write() as session:
        first = session.get_one(Registration, shared.registration_id)
        first.issuer, first.auth_login_url = PLATFORM, f"{PLATFORM}/auth"
    return shared


def land_from(world: World, role: str, presentation: Any) -> Landed:
    browser = Browser(world)
    asked = browser.begin(iss=PLATFORM)
    body = {**world.claims(asked), "iss": PLATFORM}
    body = both(with_claim("roles", [role]), with_claim("launch_presentation", presentation))(body)
    answer = browser.send(asked["state"], world.platform.sign(body))
    assert answer.status_code == 303, answer.text
    return Landed(browser, browser.tool + answer.headers["Location"])


def ways_back(landed: Landed, role: str) -> list[str]:
    page = landed.unit_page(teacher=is_teacher(role))
    found: list[str] = page.xpath("//header//a[@target='_top']/@href")
    return found


@ROLES
@pytest.mark.parametrize(
    "address",
    [f"{PLATFORM}/course/view.php?id=7", "https://musterstadt.example/", "https://kurse.musterstadt.example/7"],
    ids=["own origin", "same site", "other host of the site"],
)
def test_B16_return_url_of_the_platforms_site_is_offered(public: World, role: str, address: str) -> None:
    assert ways_back(land_from(public, role, {"return_url": address}), role) == [address]


@ROLES
@pytest.mark.parametrize(
    "address",
    [
        "https://other.example/",
        "https://lernen.musterstadt.example.other.example/",
        "https://lernen-musterstadt.example/",
        "https://user@lernen.musterstadt.example/",
        "http://lernen.musterstadt.example/",
        "//lernen.musterstadt.example/",
        "javascript:alert(1)",
        "data:text/html,x",
        "/course/7",
        "",
        None,
        7,
        ["https://lernen.musterstadt.example/"],
        f"{PLATFORM}/" + "x" * 3000,
    ],
    ids=[
        "foreign",
        "looks like it",
        "other domain",
        "userinfo",
        "http",
        "no scheme",
        "javascript",
        "data",
        "path",
        "empty",
        "null",
        "number",
        "list",
        "3000 letters",
    ],
)
def test_B16_other_return_url_is_not_offered(public: World, role: str, address: Any) -> None:
    assert ways_back(land_from(public, role, {"return_url": address}), role) == []


@ROLES
@pytest.mark.parametrize(
    ("presentation", "language"),
    [
        (None, "de"),
        ({}, "de"),
        ("iframe", "de"),
        ({"locale": "en-GB"}, "en"),
        ({"locale": "de_DE"}, "de"),
        ({"locale": "xx-YY"}, "de"),
        ({"locale": ""}, "de"),
        ({"locale": 5, "document_target": 7, "width": "wide", "height": -1}, "de"),
        ({"locale": "en" * 200}, "en"),
        ({"document_target": "window"}, "de"),
        ({"document_target": "hologram"}, "de"),
    ],
    ids=[
        "null",
        "empty",
        "text",
        "English",
        "underscore",
        "unknown",
        "empty locale",
        "numbers",
        "400 letters",
        "window",
        "odd target",
    ],
)
def test_B16_odd_presentation(public: World, role: str, presentation: Any, language: str) -> None:
    landed = land_from(public, role, presentation)
    page = landed.page()
    assert page.get("lang") == language
    assert landed.row.is_teacher is is_teacher(role)
