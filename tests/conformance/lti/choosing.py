"""A teacher in the tool's dialog, and what the answer says to a reader that isn't our own JWT library: jwcrypto."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import lxml.html
from flask.testing import FlaskClient
from jwcrypto import jwk, jws
from werkzeug.test import TestResponse

from campus import courses
from campus.models.catalogue import Course, LearningUnit
from tests import factories
from tests.lms.config import User
from tests.lms.live import TEACHER, World
from tests.lms.platform import CLAIM

DL = "https://purl.imsglobal.org/spec/lti-dl/claim/"
SETTINGS = f"{DL}deep_linking_settings"
ABSENT = object()


@dataclass
class Sent:
    """The page that answers the platform: where its form goes, and the signed message in it."""

    page: Any
    response: TestResponse
    action: str
    fields: Mapping[str, str]
    header: Mapping[str, Any]
    body: Mapping[str, Any]

    @property
    def items(self) -> list[dict[str, Any]]:
        return list(self.body[f"{DL}content_items"])


@dataclass
class Dialog:
    """A dialog that a teacher opened. ``settings`` change what the platform asks for; ABSENT takes something away."""

    lti: World
    settings: Mapping[str, Any] = field(default_factory=dict)
    client: FlaskClient = field(init=False)
    url: str = field(init=False)

    def __post_init__(self) -> None:
        self.client = self.lti.tool.test_client()
        answer = launch(self.lti, self.client, self.settings)
        assert answer.status_code == 303, answer.get_data(as_text=True)
        self.url = answer.headers["Location"]

    def get(self, path: str = "", **query: Any) -> Any:
        answer = self.client.get(self.url + path, query_string=query)
        assert answer.status_code == 200, answer.get_data(as_text=True)
        return lxml.html.fromstring(answer.get_data())

    def send(self, *keys: str, path: str = "senden", **fields: str) -> Sent:
        return read(self.lti, self.client.post(self.url + path, data={"item": list(keys), **fields}))


def launch(
    lti: World,
    client: FlaskClient,
    settings: Mapping[str, Any],
    *,
    user: User | None = None,
    roles: list[str] | None = None,
) -> TestResponse:
    """Ask the tool for content, as the teacher unless another is named; with these roles, if they are given."""
    user, choice = user or User(**TEACHER), lti.platform.choice()
    asked = lti.begin(client, user, choice)
    body = lti.platform.claims(user, choice, asked["nonce"])
    body[f"{CLAIM}roles"] = body[f"{CLAIM}roles"] if roles is None else roles
    changed = {**body[SETTINGS], **settings}
    body[SETTINGS] = {name: value for name, value in changed.items() if value is not ABSENT}
    return client.post("/lti/launch", data={"state": asked["state"], "id_token": lti.platform.sign(body)})


def read(lti: World, response: TestResponse) -> Sent:
    """Check the signature with a published key, and give what was said."""
    assert response.status_code == 200, response.get_data(as_text=True)
    page: Any = lxml.html.fromstring(response.get_data())
    (form,) = page.xpath("//form[@id='answer']")
    fields = {each.get("name"): each.get("value") for each in form.xpath(".//input")}
    published = jwk.JWKSet.from_json(json.dumps(lti.tool.test_client().get("/lti/keys").json))
    token = jws.JWS()
    token.deserialize(fields["JWT"])
    header = token.jose_header
    token.verify(published.get_key(header["kid"]), alg="RS256")
    body = json.loads(token.payload)
    assert form.get("method") == "post"
    return Sent(page, response, form.get("action"), fields, header, body)


def course_of(lti: World, *codes: str) -> tuple[Course, list[LearningUnit]]:
    """Make a course of further units."""
    with lti.services.database.write() as session:
        provider = factories.organisation(session)
        units = [factories.unit(session, code, provider) for code in codes]
        course = courses.create(
            session,
            code=f"K-{provider.slug}",
            title={"de": "Gestalten", "en": "Shaping"},
            summary={"de": "", "en": ""},
            provider=provider,
            units=[(unit, True) for unit in units],
            now=lti.clock(),
        )
        return course, units


def has_claims(body: Mapping[str, Any], **expected: Any) -> bool:
    """Say whether LTI's own claims have these values."""
    return all(body.get(CLAIM + name) == value for name, value in expected.items())
