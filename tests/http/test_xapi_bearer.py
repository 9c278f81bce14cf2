"""Content that a learner launches: its token, what it may do with it and when it ends, and TinCan's parameters."""

import json
from datetime import timedelta
from html import unescape
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlsplit

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select, update

import xapi.routes
from campus import people
from campus.database import Database
from campus.models.catalogue import Activity
from campus.models.credits import Credit
from campus.models.organisations import Organisation
from campus.models.people import Person
from lti_tool import erasure
from tests import visits
from tests.databases import ON_SQLITE
from tests.record_store import VERSION_HEADER, refused
from tests.unit.xapi.samples import COMPLETED, SOME_ID, agent, statement, voiding
from tests.visits import Campus, Visitor
from xapi import bearer, cors, keys
from xapi.errors import BadKeyError
from xapi.keys import Scope
from xapi.store import StatementRow
from xapi.strict_json import parse

LINK, CONTENT = "Videokonferenz Tutorium", "https://h5p.example/play?course=7#/start"
ACTIVITY = "https://h5p.example/activities/1"


@pytest.fixture
def campus(database: Database) -> Campus:
    made = visits.campus_of(database)
    made.app.register_blueprint(xapi.routes.blueprint(made.services))
    return made


class Content:
    """What runs in the learner's browser, with a token of its launch."""

    def __init__(self, campus: Campus, visitor: Visitor) -> None:
        answer = visitor.post("xapi/token")
        assert answer.status_code == 200, answer.text
        self.told: dict[str, Any] = answer.get_json()
        self.answer = answer
        self.client: FlaskClient = campus.app.test_client()
        self.actor: dict[str, Any] = self.told["actor"]

    def ask(self, method: str, resource: str = "statements", **request: Any) -> Any:
        token = f"{self.told['token_type']} {self.told['access_token']}"
        headers = {VERSION_HEADER: "1.0.3", "Authorization": token} | request.pop("headers", {})
        return self.client.open(f"/xapi/{resource}", method=method, headers=headers, **request)

    def tell(self, **changes: Any) -> Any:
        return self.ask("POST", json=statement(**({"actor": self.actor} | changes)))


@pytest.fixture
def content(campus: Campus) -> Content:
    return Content(campus, campus.visit())


def test_the_token_is_answered_as_oauth_says(campus: Campus, content: Content) -> None:
    told = content.told
    assert (told["token_type"], told["expires_in"]) == ("Bearer", 3600)
    assert told["scope"].split() == ["statements/write", "statements/read/mine", "state"]
    assert told["endpoint"] == "http://localhost/xapi/"
    assert content.answer.headers["Cache-Control"] == "no-store"
    with campus.database.read() as session:
        credit = session.scalars(select(Credit)).one()
        assert (told["registration"], credit.unit_id, credit.revision) == (credit.public_id, campus.unit.id, 0)
        person = session.get_one(Person, credit.person_id).public_id
    assert told["actor"]["account"] == {"homePage": "http://localhost", "name": person}
    assert Content(campus, campus.visit()).told["registration"] == told["registration"]
    assert Content(campus, campus.visit(subject="8")).told["registration"] != told["registration"]


def test_only_the_launch_s_own_browser_gets_one(campus: Campus) -> None:
    visitor = campus.visit()
    assert campus.app.test_client().post(f"{visitor.url}xapi/token").status_code == 401
    foreign = {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"}
    assert visitor.post("xapi/token", headers=foreign).status_code == 403


def test_two_vouch_for_what_content_tells_in_the_provider_s_store(campus: Campus, content: Content) -> None:
    assert content.tell(id=SOME_ID, context={"registration": content.told["registration"].upper()}).status_code == 200
    with campus.database.read() as session:
        row = session.scalars(select(StatementRow)).one()
    assert (row.tenant, row.origin) == (campus.unit.delivering_provider_id, "launch")
    application = {"objectType": "Agent", "account": {"homePage": "http://localhost", "name": "launch"}}
    assert parse(row.body)["authority"] == {"objectType": "Group", "member": [application, content.actor]}


@ON_SQLITE
def test_content_speaks_of_nobody_else(campus: Campus, content: Content) -> None:
    other = Content(campus, campus.visit(subject="8"))
    same_person = {"objectType": "Agent", "account": content.actor["account"], "name": "Aylin"}
    assert content.tell(actor=same_person).status_code == 200
    for wrong in (
        {"actor": agent("anna")},
        {"actor": other.actor},
        {"actor": {"objectType": "Group", "member": [content.actor]}},
        {"actor": {"mbox": "mailto:aylin@example.org"}},
        {"context": {"registration": other.told["registration"]}},
    ):
        refused(content.tell(**wrong), 403, "xapi.actor")
    batch = [statement(actor=content.actor), statement(actor=other.actor)]
    refused(content.ask("POST", json=batch), 403, "xapi.actor")
    assert len(content.ask("GET").get_json()["statements"]) == 1


@ON_SQLITE
def test_content_declares_nothing_void(campus: Campus, content: Content) -> None:
    content.tell(id=SOME_ID)
    refused(content.ask("POST", json=voiding(SOME_ID, actor=content.actor)), 403, "xapi.actor")


def test_content_reads_what_it_told_of_this_learner_alone(campus: Campus, content: Content) -> None:
    other = Content(campus, campus.visit(subject="8"))
    other.tell(id=SOME_ID)
    (own,) = content.tell().get_json()
    with campus.database.write() as session:
        house = session.get_one(Organisation, campus.unit.delivering_provider_id)
        keys.create_key(session, "house", [Scope.ALL], house, token=lambda: "x", now=campus.clock())
    client, headers = campus.app.test_client(), {VERSION_HEADER: "2.0.0"}
    assert client.post("/xapi/statements", json=statement(), auth=("house", "x"), headers=headers).status_code == 200
    assert len(client.get("/xapi/statements", auth=("house", "x"), headers=headers).get_json()["statements"]) == 3
    found = content.ask("GET", query_string={"verb": COMPLETED}).get_json()["statements"]
    assert [one["id"] for one in found] == [own]
    refused(content.ask("GET", query_string={"statementId": SOME_ID}), 404, "xapi.statement_not_found")


def test_content_keeps_state_of_this_learner_alone(campus: Campus, content: Content) -> None:
    def place(of: Content) -> dict[str, str]:
        return {"activityId": ACTIVITY, "agent": json.dumps(of.actor), "stateId": "resume"}

    other = Content(campus, campus.visit(subject="8"))
    assert other.ask("PUT", "activities/state", query_string=place(other), data=b"4").status_code == 204
    for method in ("GET", "PUT", "POST", "DELETE"):
        answer = content.ask(method, "activities/state", query_string=place(other), json={})
        refused(answer, 403, "xapi.actor")
    another_way = place(content) | {"registration": SOME_ID}
    refused(content.ask("PUT", "activities/state", query_string=another_way, data=b"3"), 403, "xapi.actor")
    assert content.ask("PUT", "activities/state", query_string=place(content), data=b"5").status_code == 204
    assert content.ask("GET", "activities/state", query_string=place(content)).data == b"5"
    assert other.ask("GET", "activities/state", query_string=place(other)).data == b"4"


@ON_SQLITE
def test_content_has_no_further_scope(content: Content) -> None:
    profile = {"activityId": ACTIVITY, "profileId": "x"}
    refused(content.ask("GET", "activities/profile", query_string=profile), 403, "xapi.scope")
    own = {"agent": json.dumps(content.actor)}
    refused(content.ask("GET", "agents/profile", query_string=own | {"profileId": "x"}), 403, "xapi.scope")
    refused(content.ask("GET", "agents", query_string=own), 403, "xapi.scope")


@ON_SQLITE
def test_a_token_lasts_an_hour(campus: Campus, content: Content) -> None:
    campus.clock.now += bearer.LIFETIME
    assert content.tell().status_code == 200
    campus.clock.now += timedelta(seconds=1)
    answer = content.tell()
    refused(answer, 401, "xapi.bad_key")
    assert answer.headers["WWW-Authenticate"] == 'Bearer realm="xAPI", error="invalid_token"'


def test_the_token_of_a_suspended_person_ends_at_once(campus: Campus, content: Content) -> None:
    assert content.tell().status_code == 200
    with campus.database.write() as session:
        session.execute(update(Person).values(suspended_at=campus.clock()))
    refused(content.tell(), 401, "xapi.bad_key")
    with campus.database.write() as session:
        session.execute(update(Person).values(suspended_at=None))
    assert content.tell().status_code == 200


def test_the_token_of_an_erased_person_ends_at_once(campus: Campus, content: Content) -> None:
    with campus.database.write() as session:
        one = session.scalars(select(Person)).one()
        erasure.erase(session, one, public_url=visits.PUBLIC_URL, now=campus.clock())
    refused(content.tell(), 401, "xapi.bad_key")


def test_the_token_of_an_identity_that_is_somebody_else_s_by_now_ends(campus: Campus, content: Content) -> None:
    other = campus.visit(subject="8").person
    with campus.database.write() as session:
        person = session.scalars(select(Person).where(Person.id != other.id)).one()
        (identity, *_) = people.known_as(session, person.id)
        people.link(
            session,
            identity,
            session.get_one(Person, other.id),
            reason="the same",
            decided_by_id=None,
            now=campus.clock(),
            publish=lambda event: None,
        )
    refused(content.tell(), 401, "xapi.bad_key")


@ON_SQLITE
def test_what_else_these_keys_encrypt_is_no_token(campus: Campus, content: Content) -> None:
    grant = bearer.read(content.told["access_token"], campus.services.fernet, now=campus.clock())
    forged = bearer.Grant(**(vars(grant) | {"purpose": "other"}))
    for text in (
        bearer.issue(forged, campus.services.fernet, now=campus.clock()).text,
        campus.services.fernet.encrypt_at_time(b"{}", int(campus.clock().timestamp())).decode(),
        campus.services.fernet.encrypt_at_time(b"[1]", int(campus.clock().timestamp())).decode(),
        content.told["access_token"][:-1],
        content.told["access_token"] + "A" * 5000,
    ):
        with pytest.raises(BadKeyError):
            bearer.read(text, campus.services.fernet, now=campus.clock())


def link_of(campus: Campus, visitor: Visitor) -> str:
    page = visitor.get(campus.address(LINK)).text
    return unescape(page.split('target="_blank"')[0].rpartition('href="')[2].partition('"')[0])


def serve_content(campus: Campus, origin: str | None, url: str = CONTENT) -> None:
    """Let the unit's link lead to content, whose origin the delivering provider has registered."""
    with campus.database.write() as session:
        activity = session.get_one(Activity, campus.activities[LINK].id)
        activity.config = {"url": url}
        if origin is not None:
            house = session.get_one(Organisation, campus.unit.delivering_provider_id)
            cors.register(session, house, origin, now=campus.clock())


def test_a_link_to_registered_content_launches_it(campus: Campus) -> None:
    serve_content(campus, "https://h5p.example")
    link = urlsplit(link_of(campus, campus.visit()))
    assert (link.scheme, link.netloc, link.path, link.fragment) == ("https", "h5p.example", "/play", "/start")
    given = dict(parse_qsl(link.query))
    assert set(given) == {"course", "endpoint", "auth", "actor", "registration", "activity_id"}
    activity = campus.activities[LINK].public_id
    assert given["activity_id"] == f"http://localhost/xapi/activities/link/{activity}"
    told = statement(
        actor=json.loads(given["actor"]),
        object={"id": given["activity_id"]},
        context={"registration": given["registration"]},
    )
    headers = {VERSION_HEADER: "1.0.1", "Authorization": given["auth"], "Origin": "https://h5p.example"}
    path = urlsplit(given["endpoint"] + "statements").path
    answer = campus.app.test_client().post(path, json=told, headers=headers)
    assert (answer.status_code, answer.headers["Access-Control-Allow-Origin"]) == (200, "https://h5p.example")
    again = parse_qs(urlsplit(link_of(campus, campus.visit())).query)
    assert again["registration"] == [given["registration"]]


@ON_SQLITE
@pytest.mark.parametrize(
    ("origin", "url"),
    [
        (None, CONTENT),
        ("https://other.example", CONTENT),
        ("https://h5p.example", "http://h5p.example/play"),
        ("https://h5p.example", "https://h5p.example:8443/play"),
        ("https://h5p.example", "https://h5p.example@evil.example/"),
    ],
)
def test_other_links_lead_where_they_say_and_carry_nothing(campus: Campus, origin: str | None, url: str) -> None:
    serve_content(campus, origin, url)
    assert link_of(campus, campus.visit()) == url
    with campus.database.read() as session:
        assert session.scalars(select(Credit)).all() == []


@ON_SQLITE
def test_another_provider_s_origin_is_not_this_unit_s(campus: Campus) -> None:
    serve_content(campus, None)
    with campus.database.write() as session:
        town = session.get_one(Organisation, campus.registration.organisation_id)
        cors.register(session, town, "https://h5p.example", now=campus.clock())
    assert link_of(campus, campus.visit()) == CONTENT


@ON_SQLITE
def test_a_reader_without_a_name_launches_nothing(campus: Campus) -> None:
    serve_content(campus, "https://h5p.example")
    visitor = campus.visit(identity_id=None, person_id=None)
    assert link_of(campus, visitor) == CONTENT
    assert visitor.post("xapi/token").status_code == 403
