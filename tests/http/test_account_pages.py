"""Accounts over HTTP: invitation, signing in and out, and what a person sees of themselves."""

from http.cookies import SimpleCookie

import pytest
from sqlalchemy import func, select

from campus import accounts
from campus.database import Database
from campus.models.access import Account, FailedSignIn, Role
from campus.models.organisations import Organisation
from lti_tool.demo import world as demo
from tests import pages
from tests.databases import ON_SQLITE
from tests.http.test_learner_pages import text_of
from tests.pages import PASSWORD, World

FORM = {"name": "Rita Redaktion", "login": "rita@example.invalid", "password": "vier Wörter in Folge"}


@pytest.fixture
def world(database: Database) -> World:
    return pages.world_of(database)


def invited(world: World, slug: str = "anbieter-b", role: Role = Role.EDITOR) -> str:
    with world.database.write() as session:
        organisation = session.scalars(select(Organisation).where(Organisation.slug == slug)).one()
        return accounts.invite(session, organisation, role, token=lambda: f"token-{slug}", now=world.clock())


def test_invitation_makes_an_account_once_and_leads_to_the_place_of_work(world: World) -> None:
    address, browser = f"/einladung/{invited(world)}", world.browser()
    assert "Bildungsakademie Brückenstadt" in text_of(browser.get(address))
    answer = browser.post(address, data=FORM)
    assert (answer.status_code, answer.headers["Location"]) == (303, f"/anbieter/{world.provider('B').public_id}/")
    assert browser.get(answer.headers["Location"]).status_code == 200
    again = world.browser().post(address, data=FORM | {"login": "other@example.invalid"})
    assert (again.status_code, "account.invitation_spent" in text_of(again)) == (410, True)


@pytest.mark.parametrize(("field", "value"), [("password", "zu kurz"), ("login", "keine Adresse"), ("name", "  ")])
def test_refused_entry_is_marked_and_leaves_the_invitation_usable(world: World, field: str, value: str) -> None:
    address, browser = f"/einladung/{invited(world)}", world.browser()
    answer = browser.post(address, data=FORM | {field: value})
    assert answer.status_code == 422
    assert f'id="{field}-error"' in answer.get_data(as_text=True)
    assert FORM["password"] not in answer.get_data(as_text=True)
    assert browser.post(address, data=FORM).status_code == 303


@ON_SQLITE
def test_passwords_are_looked_at_while_somebody_else_writes(world: World) -> None:
    address, browser = f"/einladung/{invited(world)}", world.browser()
    with world.database.write(), world.database.read() as session:
        assert browser.post(address, data=FORM | {"password": "zu kurz"}).status_code == 422
        assert accounts.check_password(session, demo.ADMIN_LOGIN, PASSWORD, now=world.clock())


def test_account_that_is_deleted_while_its_password_is_checked_is_not_signed_in(world: World) -> None:
    with world.database.write() as session, pytest.raises(accounts.WrongCredentialsError):
        accounts.open_session(session, 4711, token=lambda: "t", now=world.clock())


def test_session_cookie_is_closed_to_scripts_and_other_sites(world: World) -> None:
    answer = world.browser().post("/anmelden", data={"login": demo.ADMIN_LOGIN, "password": PASSWORD})
    cookie = SimpleCookie(answer.headers["Set-Cookie"])["kc_session"]
    assert (cookie["httponly"], cookie["samesite"], cookie["path"]) == (True, "Lax", "/")
    assert answer.headers["Location"] == "/verwaltung/"


@ON_SQLITE
def test_session_cookie_is_secure_where_the_address_is_https(database: Database) -> None:
    world = pages.world_of(database, public_url="https://campus.example")
    answer = world.browser().post("/anmelden", data={"login": demo.ADMIN_LOGIN, "password": PASSWORD})
    assert "; Secure" in answer.headers["Set-Cookie"]


def test_wrong_password_and_unknown_login_read_the_same(world: World) -> None:
    browser = world.browser()
    wrong = browser.post("/anmelden", data={"login": demo.ADMIN_LOGIN, "password": "x" * 12})
    unknown = browser.post("/anmelden", data={"login": "nobody@example.invalid", "password": "x" * 12})
    assert (wrong.status_code, unknown.status_code) == (403, 403)
    assert text_of(wrong) == text_of(unknown)
    assert browser.get("/konto").status_code == 401


def test_guessing_is_stopped_after_ten_failures_for_a_quarter_of_an_hour(world: World) -> None:
    browser, right = world.browser(), {"login": demo.ADMIN_LOGIN, "password": PASSWORD}
    with world.database.write() as session:
        for _ in range(9):
            accounts.note_failure(session, demo.ADMIN_LOGIN, now=world.clock())
    assert browser.post("/anmelden", data=right | {"password": "x" * 12}).status_code == 403  # the tenth
    refused = browser.post("/anmelden", data=right | {"login": demo.ADMIN_LOGIN.upper()})
    assert (refused.status_code, "account.too_many_tries" in text_of(refused)) == (429, True)
    other = {"login": demo.PROVIDER_LOGIN, "password": PASSWORD}
    assert world.browser().post("/anmelden", data=other).status_code == 303
    world.clock.now += accounts.FAILURES_COUNT_FOR
    assert browser.post("/anmelden", data=right).status_code == 303


def test_signing_out_ends_the_session_on_the_server(world: World) -> None:
    browser = world.office()
    cookie = browser.get_cookie("kc_session")
    assert cookie is not None
    assert browser.post("/abmelden").status_code == 303
    stolen = world.browser()
    stolen.set_cookie("kc_session", cookie.value)
    assert stolen.get("/verwaltung/").status_code == 401


def test_learner_sees_certificates_units_and_course_without_an_lms(world: World) -> None:
    world.earn("102", "A2")
    page = text_of(world.browser(world.account_of("102")).get("/konto"))
    for part in ("Teilnahmebescheinigung: A2 E-Akte im Alltag", "gültig", "1 von 5 erledigt", "bestanden"):
        assert part in page
    assert "Verwaltung" not in page


def test_learner_sees_nothing_of_others(world: World) -> None:
    world.earn("102", "A2")
    page = text_of(world.browser(world.account_of("103")).get("/konto"))
    assert "Sie haben noch keine Nachweise" in page
    assert world.award("102").public_id not in page


def test_failures_keep_no_login(world: World) -> None:
    world.browser().post("/anmelden", data={"login": "Someone@Example.invalid", "password": "x" * 12})
    with world.database.read() as session:
        kept = session.scalars(select(FailedSignIn)).one()
        assert "someone" not in kept.login_hash.lower()
        assert session.scalar(select(func.count(Account.id))) == 2  # the demo's own
