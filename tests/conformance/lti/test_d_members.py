"""Checklist D7 and D8: members of every kind, and platforms that refuse, fail or can't now."""

from datetime import timedelta

import pytest
from flask import Flask, Response
from sqlalchemy import select

from campus.models.people import Identity, Person
from lti_tool.launch.store import Context, Registration
from lti_tool.services import nrps, rosters
from lti_tool.services.errors import ServiceUnavailableError, TokenRefusedError
from lti_tool.services.store import Member
from tests.conformance.lti.browsers import INSTRUCTOR, LEARNER
from tests.conformance.lti.rostering import (
    FIRST,
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
from tests.lms.live import TEACHER, World, serve


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
        FIRST: ([member("7", status="Inactive"), member("8", roles=["Instructor"])], '</Kurs/1?p=2>; rel="next"'),
        "/Kurs/1?p=2": ([member("7", roles=["Instructor"], name="Aylin"), member("8", status="Inactive")], None),
    }
    sync(lti)
    assert members(lti) == {"7": (True, True), "8": (True, True)}


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
