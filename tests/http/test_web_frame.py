"""What every answer has: headers, languages, the cross-site guard, and refusals that people and programs understand."""

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
import structlog
from sqlalchemy import func, select

from campus import accounts
from campus.database import Database
from campus.errors import CampusError, InvalidInputError
from campus.models.evidence import Evidence
from lti_tool import web
from lti_tool.launch.errors import PlatformRefusedError
from tests import visits
from tests.databases import ON_SQLITE
from tests.http.test_learner_pages import PAGE, text_of
from tests.visits import PLATFORM, PUBLIC_URL, Campus, Visitor

pytestmark = ON_SQLITE
EVIL = "https://evil.example"
BROWSER = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}


class OddError(CampusError):
    code = "odd.refusal"
    status = 409


@pytest.fixture
def campus(database: Database) -> Campus:
    made = visits.campus_of(database)

    def fail(path: str) -> str:
        if path.endswith("field"):
            raise InvalidInputError("a field is wrong", field="place")
        if path.endswith("odd"):
            raise OddError("odd")
        if path.endswith("platform"):
            raise PlatformRefusedError("refused", description="<b>Nein</b>")
        raise RuntimeError("Aylin Kaya, kaya@example.org")

    made.app.add_url_rule("/fail/<path:path>", "fail", fail)
    made.app.add_url_rule("/api/<path:path>", "api", fail, methods=["GET", "POST"])
    return made


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 303),
        ({"Sec-Fetch-Site": "same-origin"}, 303),
        ({"Sec-Fetch-Site": "none"}, 303),
        ({"Origin": PUBLIC_URL}, 303),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Origin": EVIL}, 403),
        ({"Origin": "null"}, 403),
        ({"Sec-Fetch-Site": "cross-site", "Origin": PUBLIC_URL}, 403),
        ({"Sec-Fetch-Site": "cross-site", "Authorization": "Basic eDp5"}, 403),
    ],
)
def test_changes_that_another_site_began_are_refused(campus: Campus, headers: Mapping[str, str], status: int) -> None:
    visitor = campus.visit()
    answer = visitor.post(f"{campus.address(PAGE)}/complete", headers=headers)
    assert answer.status_code == status
    with campus.database.read() as session:
        assert session.scalar(select(func.count()).select_from(Evidence)) == (1 if status == 303 else 0)


@pytest.mark.parametrize(
    ("public_url", "sender"),
    [
        ("https://Campus.Example:443/kurse", "https://campus.example"),
        ("https://bücher.example:8443", "https://xn--bcher-kva.example:8443"),
    ],
)
def test_our_own_pages_are_known_however_our_address_was_typed(campus: Campus, public_url: str, sender: str) -> None:
    for origin, ours in ((sender, True), (EVIL, False), ("null", False)):
        with campus.app.test_request_context("/", method="POST", headers={"Origin": origin}):
            assert web.is_from_our_page(public_url) is ours


def test_platforms_may_post_launches_and_content_may_post_statements(campus: Campus) -> None:
    foreign = {"Origin": EVIL, "Sec-Fetch-Site": "cross-site"}
    client = campus.app.test_client()
    assert "web.cross_site" not in text_of(client.post("/lti/launch", headers=foreign))
    assert client.post("/xapi/odd", headers=foreign).get_json()["code"] == "http.404"
    assert client.post("/api/odd", headers=foreign).get_json()["code"] == "web.cross_site"


def policy(answer: Any) -> str:
    found: str = answer.headers["Content-Security-Policy"]
    return found


def test_only_the_platform_may_frame_a_launchs_pages(campus: Campus) -> None:
    visitor = campus.visit()
    assert policy(visitor.get()).endswith(f"frame-ancestors {PLATFORM}")
    assert policy(visitor.get("activities/none")).endswith(f"frame-ancestors {PLATFORM}")
    assert policy(campus.app.test_client().get("/launch/none/")).endswith("frame-ancestors *")
    assert policy(campus.app.test_client().get("/anmelden")).endswith("frame-ancestors 'none'")


def test_pages_run_only_scripts_of_this_answer_and_hold_nothing_inline(campus: Campus) -> None:
    visitor = campus.visit()
    address = visitor.post(f"{campus.address('Abschlussprüfung A1')}/attempts").headers["Location"]
    first, second = visitor.client.get(address), visitor.client.get(address)
    body = first.get_data(as_text=True)
    nonces = re.findall(r'<script nonce="([^"]+)" src="/static/', body)
    assert len(nonces) == body.count("<script") == 1
    assert f"script-src 'nonce-{nonces[0]}'; style-src 'self'" in policy(first)
    assert nonces[0] not in policy(second)
    assert "default-src 'none'" in policy(first)
    assert not re.search(r"\sstyle=|<style|\son[a-z]+=", body)
    assert first.headers["X-Content-Type-Options"] == "nosniff"
    assert first.headers["Referrer-Policy"] == "no-referrer"
    assert first.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/gibt-es-nicht", 404, "http.404"),
        ("DELETE", "/anmelden", 405, "http.405"),
        ("GET", "/fail/anything", 500, "server.error"),
        ("GET", "/fail/odd", 409, "odd.refusal"),
        ("GET", "/fail/field", 422, "input.invalid"),
    ],
)
def test_every_refusal_is_a_page_with_its_code_and_number(
    campus: Campus, method: str, path: str, status: int, code: str
) -> None:
    answer = campus.app.test_client().open(path, method=method, headers=BROWSER)
    text = text_of(answer)
    assert answer.status_code == status
    assert f"Fehlercode: {code}" in text
    assert f"Vorgangsnummer: {answer.headers['X-Request-Id']}" in text
    assert "kaya@example.org" not in text


def test_refusal_speaks_the_readers_language(campus: Campus) -> None:
    answer = campus.app.test_client().get("/gibt-es-nicht?lang=en", headers=BROWSER)
    assert "There is no such page Check the address, or begin at the start page." in text_of(answer)


@pytest.mark.parametrize(
    ("wanted", "language"),
    [("en-GB,en;q=0.9,de;q=0.5", "en"), ("fr-FR,en;q=0.4", "en"), ("de-AT,en;q=0.5", "de"), ("fr", "de"), ("*", "de")],
)
def test_who_has_chosen_nothing_reads_what_the_browser_prefers(campus: Campus, wanted: str, language: str) -> None:
    client = campus.app.test_client()
    for path in ("/gibt-es-nicht", "/"):
        page = client.get(path, headers={**BROWSER, "Accept-Language": wanted}).get_data(as_text=True)
        assert f'<html lang="{language}"' in page


def test_launch_and_choice_go_before_what_the_browser_prefers(campus: Campus) -> None:
    english = {"Accept-Language": "en"}
    visitor = campus.visit(locale="de-DE")
    assert '<html lang="de"' in visitor.get(headers=english).get_data(as_text=True)
    client = campus.app.test_client()
    client.set_cookie(web.LANGUAGE_COOKIE, "de")
    assert '<html lang="de"' in client.get("/", headers=english).get_data(as_text=True)


def test_405_names_what_is_allowed_and_413_says_too_large(campus: Campus) -> None:
    client = campus.app.test_client()
    assert "GET" in client.delete("/anmelden").headers["Allow"]
    large = client.post("/anmelden", data={"login": "x" * 1_100_000})
    assert (large.status_code, "http.413" in text_of(large)) == (413, True)


def test_programs_get_problem_details(campus: Campus) -> None:
    client = campus.app.test_client()
    answer = client.get("/api/field", headers=BROWSER)
    assert answer.mimetype == "application/problem+json"
    problem = answer.get_json()
    assert problem.pop("request_id") == answer.headers["X-Request-Id"]
    assert problem == {
        "type": "about:blank",
        "title": "Unprocessable Entity",
        "status": 422,
        "detail": "a field is wrong",
        "code": "input.invalid",
        "field": "place",
    }
    asked = client.get("/fail/anything", headers={"Accept": "application/json"}).get_json()
    assert (asked["status"], asked["code"], asked["detail"]) == (500, "server.error", "an error of the server")


def test_log_has_code_and_number_and_no_personal_data(campus: Campus) -> None:
    client = campus.app.test_client()
    with structlog.testing.capture_logs() as lines:
        crashed = client.get("/fail/x?name=Aylin", headers=BROWSER)
        client.get("/einladung/secret-token", headers=BROWSER)
    assert {"code": "server.error", "log_level": "error", "error": "RuntimeError"}.items() <= lines[0].items()
    assert lines[0]["request_id"] == crashed.headers["X-Request-Id"]
    assert lines[1]["route"] == "/einladung/<token>"
    assert not re.search("Aylin|kaya|secret-token", str(lines))


def test_person_signed_in_is_found_by_the_cookie_and_speaks_their_language(campus: Campus) -> None:
    visitor = campus.visit()
    token = signed_in(campus, visitor)
    for cookie, expected in ((token, visitor.person.id), ("x", None), (None, None)):
        headers = {"Cookie": f"{web.SESSION_COOKIE}={cookie}"} if cookie else {}
        with campus.app.test_request_context("/", headers=headers):
            with campus.database.read() as session:
                actor = web.current_actor(campus.services, session)
            assert (actor.person_id if actor else None) == expected
            assert web.language() == ("en" if expected else "de")


def test_refusal_in_a_transaction_that_rolls_back_is_still_a_page(campus: Campus) -> None:
    def refuse() -> str:
        with campus.database.write() as session:
            web.current_actor(campus.services, session)
            raise InvalidInputError("a field is wrong", field="place")

    campus.app.add_url_rule("/refuse", "refuse", refuse)
    client = campus.app.test_client()
    client.set_cookie(web.SESSION_COOKIE, signed_in(campus, campus.visit()))
    answer = client.get("/refuse", headers=BROWSER)
    assert (answer.status_code, "Error code: input.invalid" in text_of(answer)) == (422, True)


def signed_in(campus: Campus, visitor: Visitor) -> str:
    """Let the visitor, who reads English, claim an account and sign in; returns the session's token."""
    with campus.database.write() as session:
        person = session.merge(visitor.person)
        person.locale = "en"
        password = accounts.hash_password("langes Passwort")
        account = accounts.claim(session, person, login="kaya@example.org", password=password, now=campus.clock())
        return accounts.open_session(session, account.id, token=lambda: "t" * 40, now=campus.clock())


def test_page_says_busy_when_the_database_is_away_and_quotes_nothing(campus: Campus) -> None:
    away = replace(campus.services, database=Database("sqlite:////nowhere/at-all.sqlite"))
    client = visits.app_of(away).test_client()
    client.set_cookie(web.SESSION_COOKIE, "secret-token")
    with structlog.testing.capture_logs() as lines:
        answer = client.get("/anmelden", headers=BROWSER)
    assert (answer.status_code, "server.busy" in text_of(answer)) == (503, True)
    assert "secret-token" not in str(lines)


def test_page_shows_what_the_platform_said_escaped(campus: Campus) -> None:
    refused = campus.app.test_client().get("/fail/platform")
    assert "launch.platform_error" in text_of(refused)
    assert "&lt;b&gt;Nein&lt;/b&gt;" in refused.get_data(as_text=True)
