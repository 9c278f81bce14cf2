"""Checklist F7 and F8: what is forgotten, what a flood can't do, and the headers. F5, F6: ``test_f_keys.py``."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import requests
from flask.testing import FlaskClient
from sqlalchemy import func, select, update

from lti_tool.app import create_app
from lti_tool.launch import states
from lti_tool.launch.store import EndedLogin, LaunchRow, Registration
from lti_tool.settings import DEFAULT_LOGINS_PER_MINUTE
from tests.conformance.lti.browsers import Browser, read, rows, with_claim
from tests.conformance.lti.test_b_browser import FOREIGN_PAGE, begin_framed, landed, post
from tests.databases import ON_SQLITE
from tests.lms.live import World

HOUR = 3600


def client_of(lti: World, **settings: Any) -> FlaskClient:
    """Return a client of the same tool with other settings."""
    services = replace(lti.services, settings=replace(lti.services.settings, **settings))
    return create_app(services).test_client()


def login(client: FlaskClient, lti: World, address: str = "192.0.2.1", **headers: str) -> Any:
    fields = lti.platform.login_fields(lti.aylin, lti.link)
    return client.post("/lti/login", data=fields, environ_base={"REMOTE_ADDR": address}, headers=headers)


def test_F7_flood_of_logins_writes_nothing(lti: World) -> None:
    before, client = rows(lti), lti.tool.test_client()
    fields = lti.platform.login_fields(lti.aylin, lti.link)
    for _ in range(500):
        assert client.post("/lti/login", data=fields).status_code == 302
    assert rows(lti) == before


def test_F7_flood_of_refused_launches_writes_nothing(lti: World) -> None:
    before, browser = rows(lti), Browser(lti)
    asked = browser.begin()
    for number in range(50):
        assert browser.send(asked["state"] if number % 2 else "x", "x.y.z").status_code == 400
    assert rows(lti) == before


@ON_SQLITE
@pytest.mark.parametrize("path", ["/lti/login", "/lti/launch"])
def test_F7_too_many_from_one_address_wait(lti: World, path: str) -> None:
    client = client_of(lti, logins_per_minute=20)
    asked = {"environ_base": {"REMOTE_ADDR": "192.0.2.1"}, "headers": {"Accept-Language": "de"}}
    for _ in range(20):
        assert client.post(path, **asked).status_code == 400
    answer = client.post(path, **asked)
    assert answer.status_code == 429
    assert 0 < int(answer.headers["Retry-After"]) <= 60
    assert "Warten Sie eine Minute" in answer.get_data(as_text=True)
    assert "launch.flood" in answer.get_data(as_text=True)
    assert client.post(path, environ_base={"REMOTE_ADDR": "192.0.2.2"}).status_code == 400, "others go on"
    lti.clock.ahead += timedelta(seconds=int(answer.headers["Retry-After"]))
    assert client.post(path, **asked).status_code == 400


@ON_SQLITE
def test_F7_a_school_behind_one_address_is_no_flood(lti: World) -> None:
    client = client_of(lti)
    assert DEFAULT_LOGINS_PER_MINUTE >= 500
    assert {login(client, lti).status_code for _ in range(300)} == {302}


@ON_SQLITE
@pytest.mark.parametrize(("proxies", "counted_apart"), [(0, False), (1, True)])
def test_F7_address_is_the_proxys_word_only_where_one_is_trusted(
    lti: World, proxies: int, *, counted_apart: bool
) -> None:
    client = client_of(lti, logins_per_minute=1, trusted_proxies=proxies)
    assert login(client, lti, **{"X-Forwarded-For": "198.51.100.1"}).status_code == 302
    again = login(client, lti, **{"X-Forwarded-For": "198.51.100.2"})
    assert (again.status_code == 302) is counted_apart
    pretended = login(client, lti, **{"X-Forwarded-For": "203.0.113.9, 198.51.100.1"})
    assert pretended.status_code == 429, "what stands before the proxy's own word is anybody's"


def test_F7_ended_logins_and_launches_are_forgotten(lti: World) -> None:
    """Those of a long day go as soon as the next ones come: with each hundredth, and the 300th is near."""
    database, browser = lti.services.database, Browser(lti)
    first = browser.land()
    old = {"ended_at": lti.clock()}
    with database.write() as session:
        session.add_all(EndedLogin(state_hash=states.digest(str(number)), **old) for number in range(290))
        kept = {column.key: getattr(first.row, column.key) for column in LaunchRow.__table__.columns}
        fresh = {name: value for name, value in kept.items() if name not in {"id", "public_id"}}
        session.add_all(LaunchRow(**fresh) for _ in range(290))
    lti.clock.ahead += timedelta(hours=9)
    seconds = 9 * HOUR
    for _ in range(12):
        browser.land(lambda body: {**body, "iat": body["iat"] + seconds, "exp": body["exp"] + seconds})
    with database.read() as session:
        for table in (EndedLogin, LaunchRow):
            assert (session.scalar(select(func.count()).select_from(table)) or 0) <= 12, table.__tablename__


def policy(answer: requests.Response) -> dict[str, str]:
    parts = (part.strip().partition(" ") for part in answer.headers["Content-Security-Policy"].split(";"))
    return {name: value for name, _space, value in parts}


def check_headers(answer: requests.Response, frames: str) -> None:
    assert policy(answer)["frame-ancestors"] == frames
    assert policy(answer)["default-src"] == "'none'"
    assert policy(answer)["script-src"].startswith("'nonce-")
    assert "X-Frame-Options" not in answer.headers
    assert answer.headers["Cache-Control"] == "no-store"


def check_cookies(answer: requests.Response, count: int) -> None:
    lines = [line for line in answer.raw.headers.getlist("Set-Cookie") if "Max-Age=0" not in line]
    assert len(lines) == count, lines
    for line in lines:
        assert {"Secure", "SameSite=None", "Partitioned"} <= {part.strip() for part in line.split(";")}
        assert ("HttpOnly" in line) is not line.startswith("kc_probe_"), line


def test_F8_headers_of_a_launch_and_of_the_pages_on_the_way(shared: World) -> None:
    frames, browser = shared.platform.config.url, Browser(shared)
    framed = begin_framed(shared, lti_storage_target="_parent")
    browser.http.headers["Sec-Fetch-Dest"] = "iframe"
    answer = browser.log_in(shared.platform.login_fields(shared.aylin, shared.link))
    check_headers(answer, frames)
    check_cookies(answer, 2)
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    asks = post(browser, framed.launch_form(), FOREIGN_PAGE)
    check_headers(asks, frames)
    check_cookies(asks, 0)
    launched = post(framed.browser, framed.launch_form(), FOREIGN_PAGE)
    check_cookies(launched, 1)
    page = framed.browser.get(landed(framed.browser, launched).url)
    check_headers(page, frames)
    assert page.headers["Referrer-Policy"] == "no-referrer"


@pytest.mark.parametrize(
    ("signed", "frames"),
    [
        ("https://school.lms.example/course/1", "{own} https://school.lms.example"),
        ("https://lms.school.example:8443/", "{own} https://lms.school.example:8443"),
        ("http://plain.example/", "{own}"),
        ("https://*/", "{own}"),
        ("https://a.example;script-src */", "{own}"),
        ("{own}/kurs", "{own}"),
        ("javascript:alert(1)", "{own}"),
    ],
)
def test_F8_platforms_own_origins_and_those_that_it_signed(shared: World, signed: str, frames: str) -> None:
    own = shared.platform.config.url
    claim = {"return_url": signed.replace("{own}", own), "document_target": "iframe"}
    found = Browser(shared).land(with_claim("launch_presentation", claim))
    answer = found.browser.get(found.url)
    assert policy(answer)["frame-ancestors"] == frames.replace("{own}", own)
    back = read(answer).xpath("//header//a[@target='_top']/@href")
    assert back == ([claim["return_url"]] if signed.startswith("{own}") else []), "followed on its own site only"


@pytest.mark.parametrize("framer", ["https://evil.example", "null"])
def test_F8_login_in_somebody_elses_frame_shows_no_page(lti: World, framer: str) -> None:
    """Issuer and authorisation have two hosts: who frames us is known only once the launch is signed."""
    with lti.services.database.write() as session:
        session.execute(update(Registration).values(auth_login_url="https://sso.lms.example/auth"))
    fields = lti.platform.login_fields(lti.aylin, lti.link)
    headers = {"Sec-Fetch-Dest": "iframe", "Origin": framer}
    assert lti.tool.test_client().post("/lti/login", data=fields, headers=headers).status_code == 302
    known = {**headers, "Origin": "https://school.lms.example"}
    answer = lti.tool.test_client().post("/lti/login", data=fields, headers=known)
    assert answer.status_code == 200
    own = lti.platform.config.url
    allowed = answer.headers["Content-Security-Policy"].partition("frame-ancestors ")[2]
    assert allowed == f"{own} https://sso.lms.example https://school.lms.example"


@pytest.mark.parametrize(
    ("public_url", "seconds", "header"),
    [
        ("https://campus.example", 31536000, "max-age=31536000"),
        ("https://campus.example", 0, None),
        ("http://127.0.0.1:8000", 31536000, None),
    ],
)
def test_F8_browsers_keep_to_https(shared: World, public_url: str, seconds: int, header: str | None) -> None:
    client = client_of(shared, public_url=public_url, hsts_seconds=seconds)
    for path in ("/", "/lti/keys", "/launch/none/"):
        assert client.get(path).headers.get("Strict-Transport-Security") == header
