"""Checklist A32: who was switched off is not let in, and is not kept in either."""

from collections.abc import Callable

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from campus import accounts, people
from campus.models.people import Person
from lti_tool.launch.store import Deployment, PlatformStanding, Registration
from tests.conformance.lti.browsers import Browser, Landed, bernd, refused, refused_launch
from tests.databases import ON_SQLITE
from tests.lms.live import World

Switch = Callable[[Session], None]
LOGIN, PASSWORD = "kaya@example.org", "ein langes Kennwort"


def stand(standing: PlatformStanding) -> Switch:
    def switch(session: Session) -> None:
        session.scalars(select(Registration)).one().standing = standing

    return switch


def switch_deployment_off(session: Session) -> None:
    session.scalars(select(Deployment)).one().enabled = False


def page_is_closed(lti: World, landed: Landed, code: str, status: int) -> None:
    refused(lti, lambda language: landed.browser.get(landed.url, language), code, status)


@pytest.mark.parametrize(
    ("standing", "code"),
    [
        (PlatformStanding.DISABLED, "launch.registration_disabled"),
        (PlatformStanding.PENDING, "launch.registration_pending"),
    ],
)
@ON_SQLITE
def test_A32_registration_is_not_active(lti: World, standing: PlatformStanding, code: str) -> None:
    landed, browser = Browser(lti).land(), Browser(lti)
    asked = browser.begin()
    with lti.services.database.write() as session:
        stand(standing)(session)
    token = lti.platform.sign(lti.claims(asked))
    refused(lti, lambda language: browser.send(asked["state"], token, language), code, 403)
    fields = lti.platform.login_fields(lti.aylin, lti.link)
    refused(lti, lambda language: Browser(lti).log_in(fields, language), code, 403)
    page_is_closed(lti, landed, "launch.ended", 401)


@ON_SQLITE
def test_A32_deployment_switched_off(lti: World) -> None:
    landed, browser = Browser(lti).land(), Browser(lti)
    asked = browser.begin()
    with lti.services.database.write() as session:
        switch_deployment_off(session)
    token = lti.platform.sign(lti.claims(asked))
    refused(lti, lambda language: browser.send(asked["state"], token, language), "launch.deployment_unknown")
    refused_launch(lti, dict, "launch.deployment_unknown")
    page_is_closed(lti, landed, "launch.ended", 401)


def suspend(lti: World, landed: Landed) -> Person:
    with lti.services.database.write() as session:
        person = session.get_one(Person, landed.row.person_id)
        people.suspend(person, now=lti.clock())
        return person


@pytest.mark.parametrize("is_known", [True, False], ids=["what is told is known", "what is told is new"])
def test_A32_person_suspended(lti: World, *, is_known: bool) -> None:
    """Both ways into the database look: that of a launch that changes nothing, and that of one that does."""
    landed = Browser(lti).land()
    suspend(lti, landed)
    change = {} if is_known else {"name": "Aylin Kaya-Ohm"}
    browser = Browser(lti)
    asked = browser.begin()
    token = lti.platform.sign({**lti.claims(asked), **change})
    refused(lti, lambda language: browser.send(asked["state"], token, language), "access.suspended", 403)
    page_is_closed(lti, landed, "access.suspended", 403)
    assert Browser(lti).land(user=bernd()).page() is not None, "others are let in"


@ON_SQLITE
def test_A32_suspended_person_is_let_in_again(lti: World) -> None:
    landed = Browser(lti).land()
    person = suspend(lti, landed)
    with lti.services.database.write() as session:
        people.unsuspend(session.get_one(Person, person.id))
    assert landed.page() is not None
    Browser(lti).land()


@ON_SQLITE
def test_A32_account_of_a_suspended_person(lti: World) -> None:
    landed = Browser(lti).land()
    password = accounts.hash_password(PASSWORD)
    with lti.services.database.write() as session:
        person = session.get_one(Person, landed.row.person_id)
        accounts.claim(session, person, login=LOGIN, password=password, now=lti.clock())
    browser = Browser(lti)
    form = {"login": LOGIN, "password": PASSWORD}
    own = {"Origin": browser.tool}
    signed_in = browser.http.post(f"{browser.tool}/anmelden", data=form, headers=own, timeout=30)
    assert signed_in.status_code == 200
    assert signed_in.url == f"{browser.tool}/konto"
    suspend(lti, landed)
    assert browser.http.get(f"{browser.tool}/konto", timeout=30).status_code == 401, "the open session ends"
    again = browser.http.post(f"{browser.tool}/anmelden", data=form, headers=own, timeout=30)
    assert again.status_code == 403
    assert "access.suspended" in again.text
