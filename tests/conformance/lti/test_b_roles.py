"""Checklist B, valid launches: which role follows from which claims, and what the page is without names or a course."""

from typing import Any

import pytest
from sqlalchemy import func, select

from campus.models.people import Person
from lti_tool.launch.store import Context, ResourceLink
from tests.conformance.lti.browsers import (
    INSTRUCTOR,
    LEARNER,
    Browser,
    Landed,
    Spoil,
    both,
    with_,
    with_claim,
    without,
)
from tests.lms.live import KeptJobs, World
from tests.lms.platform import CLAIM

ROLES = pytest.mark.parametrize("role", [INSTRUCTOR, LEARNER], ids=["INSTRUCTOR", "LEARNER"])
VOCABULARY = "http://purl.imsglobal.org/vocab/lis/v2/"
AGS = "https://purl.imsglobal.org/spec/lti-ags/claim/endpoint"
NRPS = "https://purl.imsglobal.org/spec/lti-nrps/claim/namesroleservice"
REQUIRED = {"iss", "aud", "azp", "sub", "exp", "iat", "nonce"} | {
    CLAIM + name for name in ("message_type", "version", "deployment_id", "target_link_uri", "resource_link", "roles")
}


def land(lti: World, role: str, *changes: Spoil) -> Landed:
    return Browser(lti).land(both(with_claim("roles", [role]), *changes))


def is_teacher(role: str) -> bool:
    return role == INSTRUCTOR


def person(lti: World, landed: Landed) -> Person:
    with lti.services.database.read() as session:
        return session.get_one(Person, landed.row.person_id)


def link(lti: World, landed: Landed) -> ResourceLink:
    with lti.services.database.read() as session:
        return session.get_one(ResourceLink, landed.row.resource_link_id)


@ROLES
def test_B1_full_claims(lti: World, role: str) -> None:
    lis = {"person_sourcedid": "P-1", "course_section_sourcedid": "K-1"}
    landed = land(lti, role, with_claim("lis", lis))
    landed.unit_page(teacher=is_teacher(role))
    assert person(lti, landed).name == "Aylin Kaya"
    with lti.services.database.read() as session:
        context = session.get_one(Context, landed.row.context_id)
    assert (context.context_id, context.title) == ("kurs-1", "Digitale Verwaltung")
    placed = link(lti, landed)
    assert (placed.unit_id, placed.context_id) == (lti.unit.id, context.id)
    assert placed.lineitem_url == lti.platform.config.lineitem_url(lti.link.id)


@pytest.mark.parametrize(
    ("roles", "teaches"),
    [
        ([INSTRUCTOR, LEARNER, VOCABULARY + "institution/person#Student", "https://other.example/x"], True),
        ([VOCABULARY + "institution/person#Student", "urn:unknown", INSTRUCTOR], True),
        ([VOCABULARY + "membership/Instructor#TeachingAssistant", LEARNER], True),
        ([LEARNER, VOCABULARY + "institution/person#Instructor", VOCABULARY + "system/person#Administrator"], False),
        ([VOCABULARY + "institution/person#Faculty", VOCABULARY + "institution/person#Administrator"], False),
        ([VOCABULARY + "institution/person#Instructor"], False),
        ([VOCABULARY + "membership#Mentor", VOCABULARY + "membership#Administrator", "https://other.example/x"], False),
    ],
    ids=[
        "INSTRUCTOR, among others",
        "INSTRUCTOR, last",
        "INSTRUCTOR, as assistant",
        "LEARNER, instructor elsewhere",
        "LEARNER, faculty",
        "LEARNER, instructor of the institution alone",
        "LEARNER, neither of both here",
    ],
)
def test_B2_several_roles(shared: World, roles: list[str], *, teaches: bool) -> None:
    Browser(shared).land(with_claim("roles", roles)).unit_page(teacher=teaches)


@pytest.mark.parametrize("short", ["Instructor", "Learner"], ids=["INSTRUCTOR", "LEARNER"])
def test_B3_deprecated_short_role(shared: World, short: str) -> None:
    land(shared, short).unit_page(teacher=short == "Instructor")


@pytest.mark.parametrize(
    "unknown",
    ["https://other.example/roles#Instructor", "https://other.example/roles#Learner", "instructor", INSTRUCTOR + "s"],
    ids=["INSTRUCTOR", "LEARNER", "INSTRUCTOR in lower case", "INSTRUCTOR and more"],
)
def test_B4_unknown_role_only(shared: World, unknown: str) -> None:
    land(shared, unknown).unit_page(teacher=False)


@pytest.mark.parametrize("roles", [[], [""]], ids=["empty list", "list with an empty role"])
def test_B5_no_role(shared: World, roles: list[str]) -> None:
    """There is no role to take both ways: whoever it is reads as a learner."""
    Browser(shared).land(with_claim("roles", roles)).unit_page(teacher=False)


@ROLES
def test_B6_only_email(shared: World, role: str) -> None:
    landed = land(shared, role, with_(sub=f"mail-{role}"), without("name", "given_name", "family_name"))
    landed.unit_page(teacher=is_teacher(role))
    found = person(shared, landed)
    assert (found.name, found.email) == (None, "kaya@example.org")


@pytest.mark.parametrize(
    ("names", "name"),
    [
        ({"name": "Aylin Kaya"}, "Aylin Kaya"),
        ({"given_name": "Aylin", "family_name": "Kaya"}, "Aylin Kaya"),
        ({"given_name": "Aylin"}, "Aylin"),
    ],
    ids=["whole", "parts", "first name"],
)
@ROLES
def test_B7_only_names(shared: World, role: str, names: dict[str, str], name: str) -> None:
    gone = without("email", "name", "given_name", "family_name")
    landed = land(shared, role, gone, with_(sub=f"names-{role}-{len(names)}{name}", **names))
    landed.unit_page(teacher=is_teacher(role))
    found = person(shared, landed)
    assert (found.name, found.email) == (name, None)


@ROLES
def test_B8_no_personal_data(lti: World, role: str) -> None:
    """Sub only: the unit is there, and a score would go to the opaque id."""
    gone = without("name", "given_name", "family_name", "email", "lis", "ext")
    landed = land(lti, role, with_(sub="7f3a"), gone)
    landed.unit_page(teacher=is_teacher(role))
    found = person(lti, landed)
    assert (found.name, found.email) == (None, None)
    assert [name for name in ("name", "email") if getattr(landed.row, name, None)] == []


@ROLES
@pytest.mark.parametrize("services", [(), (AGS, NRPS)], ids=["services told", "no services"])
def test_B9_email_but_no_context(lti: World, role: str, services: tuple[str, ...]) -> None:
    landed = land(lti, role, without("context", "name", *services))
    page = landed.unit_page(teacher=is_teacher(role))
    assert landed.row.context_id is None
    with lti.services.database.read() as session:
        assert session.scalar(select(func.count()).select_from(Context)) == 0
    assert isinstance(lti.services.jobs, KeptJobs)
    assert lti.services.jobs.asked == [], "there is no roster to read"
    if services:
        assert link(lti, landed).lineitem_url is None
        assert not [address for address in page.xpath("//a/@href") if "lineitem" in address]


@ROLES
def test_B10_only_resource_link_besides_the_required(shared: World, role: str) -> None:
    def only_required(body: dict[str, Any]) -> dict[str, Any]:
        return {name: value for name, value in body.items() if name in REQUIRED}

    Browser(shared).land()  # the link is known with its unit
    landed = land(shared, role, only_required, with_claim("resource_link", {"id": shared.link.id}))
    landed.unit_page(teacher=is_teacher(role))
    assert landed.row.return_url is None


@ROLES
@pytest.mark.parametrize(
    "spoil",
    [
        both(without("azp"), with_(aud=["kc-client"])),
        with_(aud=["kc-client"], azp="kc-client"),
        with_(aud=["kc-client", "other"], azp="kc-client"),
        with_(aud=["other", "kc-client"], azp="kc-client"),
    ],
    ids=["one", "one and azp", "two and azp", "ours last"],
)
def test_B12_audience_as_list(shared: World, role: str, spoil: Spoil) -> None:
    land(shared, role, spoil).unit_page(teacher=is_teacher(role))


@ROLES
@pytest.mark.parametrize("seconds", [-60, 60], ids=["platform behind", "platform ahead"])
def test_B13_clocks_a_minute_apart(shared: World, role: str, seconds: int) -> None:
    """A token lives a minute: from a clock that is a minute behind it has just expired."""

    def shifted(body: dict[str, Any]) -> dict[str, Any]:
        return {**body, "iat": body["iat"] + seconds, "exp": body["iat"] + seconds + 59}

    land(shared, role, shifted).unit_page(teacher=is_teacher(role))
