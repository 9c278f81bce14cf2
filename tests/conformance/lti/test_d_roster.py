"""Checklist D: the roster (Names and Role Provisioning Services 2.0), from a launch to the rows that are kept.

D3 and D4, the token, are in ``test_d_tokens.py``. The LMS is the demo's; what it is too well-behaved to send, a moody
platform sends.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask, Response, request
from sqlalchemy import select

from campus.database import Database
from campus.models.people import Identity, Person
from lti_tool.followers import handlers
from lti_tool.launch import registrations
from lti_tool.launch.registrations import Platform
from lti_tool.launch.store import Context, Registration
from lti_tool.services import nrps, rosters
from lti_tool.services.errors import ServiceRefusedError, ServiceUnavailableError, TokenRefusedError
from lti_tool.services.store import Member, Roster
from tests.lms.config import User
from tests.lms.live import TEACHER, KeptJobs, World, serve, world

SCOPE = "https://purl.imsglobal.org/spec/lti-nrps/scope/contextmembership.readonly"
GROUPS_SCOPE = "https://purl.imsglobal.org/spec/lti-gs/scope/contextgroup.readonly"
INSTRUCTOR = "http://purl.imsglobal.org/vocab/lis/v2/membership#Instructor"
LEARNER = "http://purl.imsglobal.org/vocab/lis/v2/membership#Learner"
ON_SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
def lti(database: Database, tmp_path: Path) -> Iterator[World]:
    with world(database, tmp_path) as made:
        yield made


def follow(lti: World) -> None:
    """Do the jobs that wait, as the worker does; scores have no part in this."""
    jobs = lti.services.jobs
    assert isinstance(jobs, KeptJobs)
    waiting, jobs.asked = jobs.asked, []
    for follower, about in waiting:
        handlers(lti.services)[follower](about)


def open_course(lti: World) -> Context:
    """Let the teacher launch; return the course."""
    lti.launch(lti.tool.test_client(), User(**TEACHER))
    with lti.services.database.read() as session:
        return session.scalars(select(Context)).one()


def sync(lti: World, *, whole: bool = False) -> None:
    """Let the teacher ask for the roster, and read it."""
    with lti.services.database.write() as session:
        context = session.scalars(select(Context)).one()
        rosters.want(rosters.locked(session, context), now=lti.clock())
    rosters.sync(lti.services, context.public_id, whole=whole)


def platform_of(lti: World) -> Platform:
    with lti.services.database.read() as session:
        return registrations.by_id(session, lti.registration_id)


def roster(lti: World) -> Roster:
    with lti.services.database.read() as session:
        return session.scalars(select(Roster)).one()


def members(lti: World) -> dict[str, tuple[bool, bool]]:
    """Give who is in the course by the platform's id: (teaches, is there)."""
    with lti.services.database.read() as session:
        rows = session.execute(select(Identity.subject, Member.is_teacher, Member.present).join(Member.identity))
        return {subject: (is_teacher, present) for subject, is_teacher, present in rows}


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


@dataclass
class Moody:
    """A platform whose pages and Link headers a test writes, by path with query."""

    url: str = ""
    pages: dict[str, tuple[list[Any], str | None]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    refusals: list[int] = field(default_factory=list)
    tokens: int = 0

    def app(self, url: str) -> Flask:
        self.url = url
        app = Flask("moody")

        @app.post("/token")
        def token() -> dict[str, Any]:
            self.tokens += 1
            return {"access_token": f"t{self.tokens}", "expires_in": 3600}

        @app.get("/<path:_path>")
        def page(_path: str) -> Response:
            address = request.full_path.rstrip("?")
            self.asked.append(address)
            if self.refusals:
                return Response(status=self.refusals.pop(0), headers={"Retry-After": "120"})
            listed, link = self.pages[address]
            headers = {} if link is None else {"Link": link.replace("{url}", url).encode().decode("latin-1")}
            return Response(json.dumps({"id": url, "context": {"id": "kurs-1"}, "members": listed}), headers=headers)

        return app


@pytest.fixture
def moody(lti: World) -> Iterator[Moody]:
    """Put another platform's services behind the course that the teacher opened."""
    made = Moody()
    open_course(lti)
    jobs = lti.services.jobs
    assert isinstance(jobs, KeptJobs)
    jobs.asked.clear()
    with serve(made.app) as url:
        with lti.services.database.write() as session:
            session.scalars(select(Registration)).one().auth_token_url = f"{url}/token"
            session.scalars(select(Context)).one().memberships_url = f"{url}/Kurs/1?type_id=1"
        yield made


def member(user_id: Any = "7", **more: Any) -> dict[str, Any]:
    return {"user_id": user_id, "roles": ["Learner"], **more}


FIRST = "/Kurs/1?type_id=1"


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


def test_D7_who_is_suspended_deleted_or_gone_is_kept_as_such(lti: World) -> None:
    open_course(lti)
    follow(lti)
    people = lti.platform.enrolments
    people.suspend("7")
    people.people.pop("8")
    sync(lti, whole=True)
    assert members(lti) == {"2": (True, True), "7": (False, False), "8": (False, False)}
    people.enrol(lti.aylin)
    sync(lti, whole=True)
    assert members(lti)["7"] == (False, True)


@ON_SQLITE
def test_D7_who_left_before_we_knew_them_stays_unknown(lti: World, moody: Moody) -> None:
    moody.pages = {FIRST: ([member("1"), member("2", status="Deleted"), member("3", status="Inactive")], None)}
    sync(lti)
    assert members(lti) == {"1": (False, True)}
    with lti.services.database.read() as session:
        assert set(session.scalars(select(Identity.subject))) == {"1", TEACHER["id"]}


def test_D7_names_and_addresses_may_be_missing_or_odd(lti: World, moody: Moody) -> None:
    listed = [
        member("a"),
        member("b", name="Bea\u202e  Bö\u200bhm\n", email="bea@example.org", lis_person_sourcedid="P-7"),
        member("c", given_name="Cem", family_name="Can", email="", lis_person_sourcedid=""),
        member("d", name=7, email=["x"], roles="Learner", status=None, picture="javascript:"),
        member(None),
        member("e" * 256),
        member(7),
        "nobody",
    ]
    moody.pages = {FIRST: (listed, None)}
    sync(lti)
    with lti.services.database.read() as session:
        query = select(Identity).join(Member, Member.identity_id == Identity.id).order_by(Identity.subject)
        kept = [(one.subject, one.name, one.email, one.sourced_id) for one in session.scalars(query)]
    assert kept == [
        ("a", None, None, None),
        ("b", "Bea Böhm", "bea@example.org", "P-7"),
        ("c", "Cem Can", None, None),
        ("d", None, None, None),
    ]


@ON_SQLITE
def test_D7_somebody_listed_twice_is_one_member_with_all_roles(lti: World, moody: Moody) -> None:
    moody.pages = {
        FIRST: ([member("7", status="Inactive"), member("8", name="Bernd")], '</Kurs/1?p=2>; rel="next"'),
        "/Kurs/1?p=2": ([member("7", roles=["Instructor"], name="Aylin"), member("8")], None),
    }
    sync(lti)
    assert members(lti) == {"7": (True, True), "8": (False, True)}


@pytest.mark.parametrize(
    ("roles", "teaches"),
    [
        (["Instructor"], True),
        ([INSTRUCTOR], True),
        ([LEARNER, "http://purl.imsglobal.org/vocab/lis/v2/membership/Instructor#TeachingAssistant"], True),
        (["Learner"], False),
        (["http://purl.imsglobal.org/vocab/lis/v2/institution/person#Instructor", LEARNER], False),
        (["http://purl.imsglobal.org/vocab/lis/v2/system/person#Administrator"], False),
        (["urn:lti:role:ims/lis/Unknown"], False),
        ([], False),
    ],
)
@ON_SQLITE
def test_D7_roles_short_and_full_and_of_the_course_alone(
    lti: World, moody: Moody, roles: list[str], *, teaches: bool
) -> None:
    moody.pages = {FIRST: ([member("7", roles=roles)], None)}
    sync(lti)
    assert members(lti) == {"7": (teaches, True)}


def test_D7_messages_of_a_link_do_no_harm(lti: World) -> None:
    url = open_course(lti).memberships_url or ""
    found = nrps.read_members(lti.services.service_client, platform_of(lti), url, rlid="link-1")
    assert {one.user_id for one in found.members} == {"2", "7", "8"}


@ON_SQLITE
@pytest.mark.parametrize("body", ["[]", "{}", '{"members": {}}', "<html>", "[" * 100_000])
def test_D7_what_is_no_list_takes_nobody_out(lti: World, body: str) -> None:
    open_course(lti)
    follow(lti)
    before = members(lti)

    def make(_url: str) -> Flask:
        app = Flask("nonsense")
        app.add_url_rule("/m", "m", lambda: Response(body))
        return app

    with serve(make) as url:
        with lti.services.database.write() as session:
            session.scalars(select(Context)).one().memberships_url = f"{url}/m"
        sync(lti, whole=True)
    assert members(lti) == before
    assert (roster(lti).state, roster(lti).detail) == ("refused", "service.list_unreadable")


def test_D8_token_that_is_no_longer_taken_is_replaced_once(lti: World, moody: Moody) -> None:
    moody.pages = {FIRST: ([member()], None)}
    moody.refusals = [401]
    sync(lti)
    assert (moody.tokens, set(members(lti))) == (2, {"7"})
    moody.refusals = [401, 401]
    with pytest.raises(TokenRefusedError):
        sync(lti)
    assert (moody.tokens, roster(lti).state, roster(lti).detail) == (3, "wanted", "service.token_refused")


@pytest.mark.parametrize(("status", "code"), [(403, "forbidden"), (404, "gone"), (410, "gone"), (400, "refused")])
@ON_SQLITE
def test_D8_refusal_is_kept_and_asks_no_more_for_a_day(lti: World, moody: Moody, status: int, code: str) -> None:
    moody.refusals = [status]
    moody.pages = {FIRST: ([member()], None)}
    sync(lti)
    assert (roster(lti).state, roster(lti).detail) == ("refused", f"service.{code}")
    with lti.services.database.read() as session:
        course = session.scalars(select(Context.public_id)).one()
    rosters.follow_course(lti.services, course)
    assert len(moody.asked) == 1
    lti.clock.ahead = timedelta(days=1, minutes=1)
    rosters.follow_course(lti.services, course)
    assert roster(lti).state == "synced"


@pytest.mark.parametrize("status", [429, 500, 503])
@ON_SQLITE
def test_D8_passing_trouble_is_tried_again_after_the_wait_that_was_asked_for(
    lti: World, moody: Moody, status: int
) -> None:
    moody.pages = {FIRST: ([member("7")], '</Kurs/1?p=2>; rel="next"'), "/Kurs/1?p=2": ([member("8")], None)}
    moody.refusals = [status]
    with pytest.raises(ServiceUnavailableError) as caught:
        sync(lti)
    assert caught.value.after == timedelta(seconds=120)
    assert (roster(lti).state, roster(lti).detail) == ("wanted", "service.unavailable")
    with lti.services.database.read() as session:
        rosters.sync(lti.services, session.scalars(select(Context.public_id)).one())
    assert (roster(lti).state, set(members(lti))) == ("synced", {"7", "8"})


def test_D8_failure_in_the_middle_keeps_nothing_and_the_next_try_everything(lti: World, moody: Moody) -> None:
    moody.pages = {FIRST: ([member("7")], '</Kurs/1?p=2>; rel="next"'), "/Kurs/1?p=2": ([member("8")], None)}
    sync(lti)
    moody.pages = {FIRST: ([member("7")], '</Kurs/1?p=3>; rel="next"')}  # the second page is the server's own error
    with pytest.raises(ServiceUnavailableError):
        sync(lti)
    assert members(lti) == {"7": (False, True), "8": (False, True)}
    moody.pages["/Kurs/1?p=3"] = ([member("9")], None)
    sync(lti)
    assert members(lti) == {"7": (False, True), "8": (False, False), "9": (False, True)}


def test_D8_twice_is_once(lti: World) -> None:
    open_course(lti)
    follow(lti)
    sync(lti, whole=True)
    with lti.services.database.read() as session:
        assert len(session.scalars(select(Member)).all()) == 3
        assert len(session.scalars(select(Identity)).all()) == 3
        assert [person.name for person in session.scalars(select(Person))] == [TEACHER["name"]]


@ON_SQLITE
def test_D8_fresh_roster_is_not_read_again_by_the_next_launch(lti: World) -> None:
    open_course(lti)
    follow(lti)
    open_course(lti)
    follow(lti)
    assert len(lti.platform.enrolments.asked) == 1


@ON_SQLITE
def test_D8_switched_off_platform_is_not_asked(lti: World) -> None:
    open_course(lti)
    with lti.services.database.write() as session:
        session.scalars(select(Registration)).one().standing = "disabled"
    follow(lti)
    assert lti.platform.enrolments.asked == []


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
