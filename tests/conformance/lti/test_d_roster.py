"""Checklist D: the roster (Names and Role Provisioning Services 2.0), from a launch to the rows that are kept.

D3 and D4, the token, are in ``test_d_tokens.py``, D7 and D8 in ``test_d_members.py``. The LMS is the demo's; what it is
too well-behaved to send, a moody platform sends.
"""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from campus.models.people import Identity
from lti_tool.launch.store import Context
from lti_tool.services import nrps
from lti_tool.services.errors import ServiceRefusedError
from lti_tool.services.store import Member, Roster
from tests.conformance.lti.browsers import INSTRUCTOR, LEARNER
from tests.conformance.lti.rostering import (
    FIRST,
    GROUPS_SCOPE,
    SCOPE,
    Moody,
    follow,
    member,
    members,
    open_course,
    platform_of,
    roster,
    sync,
)
from tests.databases import ON_SQLITE
from tests.lms.config import User
from tests.lms.live import World


def test_D1_a_teachers_launch_brings_the_roster(lti: World) -> None:
    course = open_course(lti)
    assert course.memberships_url == f"{lti.platform.config.url}/lti/memberships"
    follow(lti)
    assert members(lti) == {"2": (True, True), "7": (False, True), "8": (False, True)}
    assert (roster(lti).state, roster(lti).detail) == ("synced", "")


def test_D1_a_learners_launch_asks_for_nothing(lti: World) -> None:
    lti.launch(lti.tool.test_client())
    follow(lti)
    assert lti.platform.enrolments.asked == []


def test_D2_accepts_the_standards_media_type_alone(lti: World) -> None:
    """The LMS answers 400 to any other media type, as Moodle does."""
    open_course(lti)
    follow(lti)
    assert lti.platform.enrolments.asked == [("/lti/memberships", SCOPE)]


def test_D5_all_pages_are_read(lti: World) -> None:
    lti.platform.enrolments.page_size = 2
    open_course(lti)
    follow(lti)
    assert [address for address, _ in lti.platform.enrolments.asked] == ["/lti/memberships", "/lti/memberships?from=2"]
    assert members(lti).keys() == {"2", "7", "8"}


@pytest.mark.parametrize(
    ("link", "second"),
    [
        ('<{url}/Kurs/1?Page=Zwei>; rel="next"', "/Kurs/1?Page=Zwei"),
        ("<{url}/Kurs/1?p=2>; rel=next", "/Kurs/1?p=2"),
        ('</Kurs/1?p=2>; rel="next"', "/Kurs/1?p=2"),
        ('<?p=2>; rel="next"', "/Kurs/1?p=2"),
        ("<{url}/Kurs/1?type_id=1&amp;p=2>; rel=“next”", "/Kurs/1?type_id=1&p=2"),
        ('<{url}/Kurs/1?p=1,5>; title="a, b"; rel="first", <{url}/Kurs/1?p=2>; REL="Next last"', "/Kurs/1?p=2"),
    ],
    ids=["case", "unquoted", "path", "query only", "as Moodle", "among others"],
)
@ON_SQLITE
def test_D5_next_page_is_found_however_its_link_is_written(lti: World, moody: Moody, link: str, second: str) -> None:
    moody.pages = {FIRST: ([member("7")], link), second: ([member("8")], None)}
    sync(lti)
    assert moody.asked == [FIRST, second]
    assert members(lti).keys() == {"7", "8"}


@pytest.mark.parametrize(
    ("link", "asked"),
    [
        ('<{url}/Kurs/1?type_id=1>; rel="next"', 1),
        ('<http://localhost:1/Kurs/1>; rel="next"', 1),
        ('<https://elsewhere.example/Kurs/1>; rel="next"', 1),
    ],
    ids=["circle", "other port", "other site"],
)
@ON_SQLITE
def test_D5_list_that_leads_astray_is_none(lti: World, moody: Moody, link: str, asked: int) -> None:
    """The token doesn't go to another site, and half a list would take people out of the course."""
    moody.pages = {FIRST: ([member("7")], None)}
    sync(lti)
    moody.pages = {FIRST: ([], link)}
    moody.asked.clear()
    sync(lti)
    assert len(moody.asked) == asked
    assert members(lti) == {"7": (False, True)}
    assert (roster(lti).state, roster(lti).detail) == ("refused", "service.refused")


@ON_SQLITE
def test_D5_list_without_end_is_left(lti: World, moody: Moody) -> None:
    moody.pages = {f"/Kurs/1?p={page}": ([], f"</Kurs/1?p={page + 1}>; rel=next") for page in range(1, 300)}
    moody.pages[FIRST] = ([member()], '</Kurs/1?p=1>; rel="next"')
    sync(lti)
    assert len(moody.asked) == 200
    assert members(lti) == {}


@ON_SQLITE
def test_D6_role_limit_and_link_go_behind_the_query_that_is_there(lti: World, moody: Moody) -> None:
    asked = "/Kurs/1?type_id=1&role=http%3A%2F%2Fpurl.imsglobal.org%2Fvocab%2Flis%2Fv2%2Fmembership%23Learner"
    asked += "&rlid=link-1&limit=50"
    moody.pages = {asked: ([member("7")], None)}
    platform, url = platform_of(lti), f"{moody.url}{FIRST}"
    found = nrps.read_members(lti.services.service_client, platform, url, role=LEARNER, rlid="link-1", limit=50)
    assert [one.user_id for one in found.members] == ["7"]
    assert moody.asked == [asked]


def test_D6_lms_gives_what_the_parameters_ask_for(lti: World) -> None:
    url = open_course(lti).memberships_url or ""
    client, platform = lti.services.service_client, platform_of(lti)
    teachers = nrps.read_members(client, platform, url, role=INSTRUCTOR)
    assert [one.user_id for one in teachers.members] == ["2"]
    assert len(nrps.read_members(client, platform, url, rlid="link-1", limit=1).members) == 3
    assert len(lti.platform.enrolments.asked) == 4
    with pytest.raises(ServiceRefusedError):
        nrps.read_members(client, platform, url, rlid="link-of-another-course")


def test_D6_differences_are_kept_and_read_on_the_same_day(lti: World) -> None:
    open_course(lti)
    follow(lti)
    people = lti.platform.enrolments
    assert roster(lti).differences_url == f"{lti.platform.config.url}/lti/memberships?since=3"
    people.remove("8")
    people.enrol(User("9", "Dana Neu", "neu@example.org", "learner"))
    people.asked.clear()
    sync(lti)
    assert [address for address, _ in people.asked] == ["/lti/memberships?since=3"]
    assert members(lti) == {"2": (True, True), "7": (False, True), "8": (False, False), "9": (False, True)}
    assert roster(lti).differences_url == f"{lti.platform.config.url}/lti/memberships?since=5"


@ON_SQLITE
def test_D6_everybody_is_read_on_another_day_or_when_asked_for(lti: World) -> None:
    open_course(lti)
    follow(lti)
    asked = lti.platform.enrolments.asked
    sync(lti, whole=True)
    with lti.services.database.write() as session:
        session.scalars(select(Roster)).one().synced_at = lti.clock() - timedelta(days=1)
    sync(lti)
    assert [address for address, _ in asked] == ["/lti/memberships"] * 3


@ON_SQLITE
def test_D6_refused_differences_lead_to_everybody(lti: World) -> None:
    open_course(lti)
    follow(lti)
    people = lti.platform.enrolments
    people.refusals, people.tells_differences = [(404, {})], False
    people.remove("8")
    people.asked.clear()
    sync(lti)
    assert [address for address, _ in people.asked] == ["/lti/memberships?since=3", "/lti/memberships"]
    assert (members(lti)["8"], roster(lti).differences_url) == ((False, False), None)


@ON_SQLITE
def test_D6_differences_at_another_site_are_not_kept(lti: World, moody: Moody) -> None:
    moody.pages = {FIRST: ([member()], '<https://elsewhere.example/d>; rel="differences"')}
    sync(lti)
    assert roster(lti).differences_url is None


def test_groups_are_named_and_asked_for_with_a_token_of_their_own(lti: World) -> None:
    config = lti.platform.config
    sets = ({"id": "s", "name": "Projekt"},)
    groups = ({"id": "1", "name": "Rot", "set_id": "s"}, {"id": "2", "name": "Vormittag"})
    lti.platform.config = replace(config, groups=groups, group_sets=sets)
    lti.platform.enrolments.enrol(replace(lti.aylin, groups=("1", "2", "unknown")))
    course = open_course(lti)
    assert course.groups_url == f"{config.url}/lti/groups"
    follow(lti)
    assert lti.platform.enrolments.asked == [
        ("/lti/memberships", SCOPE),
        ("/lti/group-sets", GROUPS_SCOPE),
        ("/lti/groups", GROUPS_SCOPE),
    ]
    with lti.services.database.read() as session:
        kept = session.scalars(select(Member).join(Member.identity).where(Identity.subject == "7")).one()
        assert kept.groups == ["Projekt: Rot", "Vormittag"]


@ON_SQLITE
def test_refused_groups_leave_a_roster_without_groups(lti: World) -> None:
    lti.platform.config = replace(lti.platform.config, groups=({"id": "1", "name": "Rot"},))
    lti.platform.enrolments.enrol(replace(lti.aylin, groups=("1",)))
    open_course(lti)
    with lti.services.database.write() as session:
        course = session.scalars(select(Context)).one()
        course.groups_url = course.memberships_url  # where this media type is refused
    follow(lti)
    assert (roster(lti).state, members(lti)["7"]) == ("synced", (False, True))
