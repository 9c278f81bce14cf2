"""The public documents of certificates over HTTP, up to what a foreign verifier makes of exactly these bytes."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

import certificates.erasure
from campus.database import Database
from campus.errors import CampusError
from certificates import issue, routes, shares, store
from certificates.issuers import keys
from certificates.status import StatusPurpose
from certificates.store import Award, StatusList
from tests.integration.certificates.world import FERNET, World, build, issued
from tests.oracles import node
from tests.unit.certificates.samples import DID, NOW, PUBLIC_URL, SLUG


@dataclass
class Site:
    """A small application with these routes alone."""

    database: Database
    world: World
    award: Award
    client: FlaskClient
    time: list[datetime]

    def get(self, path: str, **headers: str) -> TestResponse:
        return self.client.get(path, headers={name.replace("_", "-"): value for name, value in headers.items()})

    def status_paths(self) -> list[str]:
        """Say where the list of revocations is, and that of suspensions."""
        with self.database.read() as session:
            lists = session.scalars(select(StatusList).order_by(StatusList.id)).all()
            return [f"/status/{next(one.public_id for one in lists if one.purpose == p)}" for p in StatusPurpose]

    def suspend(self) -> None:
        with self.database.write() as session:
            award = store.award(session, self.award.public_id)
            issue.suspend(session, award, reason="Rückfrage", by=None, now=NOW)

    def revoke(self) -> None:
        with self.database.write() as session:
            award = store.award(session, self.award.public_id)
            issue.revoke(session, award, reason="Irrtum", by=None, now=NOW)

    def erase(self) -> None:
        with self.database.write() as session:
            certificates.erasure.erase(session, self.world.people[0])


@pytest.fixture
def site(database: Database) -> Site:
    time = [NOW]
    clock: Callable[[], datetime] = lambda: time[0]  # noqa: E731 - typed, and read by the routes as an attribute
    with database.write() as session:
        world = build(session)
        award = issued(session, world.facts_for())
    app = Flask(__name__)
    app.register_blueprint(routes.blueprint(_Services(SimpleNamespace(public_url=PUBLIC_URL), database, clock)))

    def refused(error: CampusError) -> tuple[dict[str, str], int]:
        return {"code": error.code}, error.status

    app.register_error_handler(CampusError, refused)
    return Site(database, world, award, app.test_client(), time)


@dataclass
class _Services:
    settings: Any
    database: Database
    clock: Callable[[], datetime]
    fernet: Any = FERNET


def test_did_document(site: Site) -> None:
    answer = site.get(f"/issuers/{SLUG}/did.json")
    assert (answer.status_code, answer.content_type) == (200, "application/did+json")
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert answer.headers["Cache-Control"].startswith("public, max-age=")
    assert answer.get_json(force=True)["id"] == DID


def test_status_list(site: Site) -> None:
    for path, purpose in zip(site.status_paths(), StatusPurpose, strict=True):
        answer = site.get(path)
        assert (answer.status_code, answer.content_type) == (200, "application/vc")
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
        assert "public" in answer.headers["Cache-Control"]
        assert answer.headers["Vary"] == "Accept"
        assert answer.get_json(force=True)["credentialSubject"]["statusPurpose"] == purpose.value
        assert site.get(path).data == answer.data


@pytest.mark.parametrize(
    ("accept", "content_type"),
    [
        ("*/*", "application/vc"),
        ("text/html,application/xhtml+xml,*/*;q=0.8", "application/vc"),
        ("application/json", "application/vc"),
        ("application/vc", "application/vc"),
        ("application/vc+jwt", "application/vc+jwt"),
        ("application/jwt", "application/jwt"),
        ("application/vc;q=0.5, application/vc+jwt", "application/vc+jwt"),
    ],
)
def test_a_status_list_comes_in_the_form_that_is_asked_for(site: Site, accept: str, content_type: str) -> None:
    answer = site.get(site.status_paths()[0], Accept=accept)
    assert answer.content_type == content_type
    assert answer.text.startswith("{" if content_type == "application/vc" else "eyJ")


@pytest.mark.oracle
def test_a_status_list_as_a_token_is_valid_for_a_foreign_verifier(site: Site) -> None:
    token = site.get(site.status_paths()[0], Accept="application/vc+jwt").text
    code, answer = node.verify_jwt(token, did=site.get(f"/issuers/{SLUG}/did.json").get_json(force=True))
    assert code == 0, answer


@pytest.mark.parametrize("accept", ["application/vc", "application/jwt"])
def test_who_has_a_status_list_gets_it_again_only_after_a_change(site: Site, accept: str) -> None:
    path = site.status_paths()[0]
    first = site.get(path, Accept=accept)
    again = site.get(path, Accept=accept, If_None_Match=first.headers["ETag"])
    assert (again.status_code, again.data) == (304, b"")
    site.revoke()
    assert site.get(path, Accept=accept, If_None_Match=first.headers["ETag"]).status_code == 200


def test_who_has_a_did_document_gets_it_again_only_after_a_change(site: Site) -> None:
    path = f"/issuers/{SLUG}/did.json"
    tag = site.get(path).headers["ETag"]
    assert site.get(path, If_None_Match=tag).status_code == 304
    with site.database.write() as session:
        keys.rotate(session, site.world.issuer_id, now=NOW, fernet=FERNET)
    assert site.get(path, If_None_Match=tag).status_code == 200


def test_credential_is_served_byte_for_byte(site: Site) -> None:
    answer = site.get(f"/credentials/{site.award.public_id}")
    assert (answer.status_code, answer.content_type) == (200, "application/vc")
    assert answer.text == site.award.credential
    assert answer.headers["Cache-Control"] == "private, no-cache"
    assert answer.headers["X-Robots-Tag"] == "noindex"


def test_a_revoked_award_keeps_its_credential(site: Site) -> None:
    site.revoke()
    assert site.get(f"/credentials/{site.award.public_id}").status_code == 200


def test_an_award_that_its_holder_hides_is_read_by_nobody(site: Site) -> None:
    with site.database.write() as session:
        shares.show(session, site.world.people[0], site.award.public_id, shown=False)
    refused = site.get(f"/credentials/{site.award.public_id}")
    assert (refused.status_code, refused.get_json()["code"]) == (403, "certificate.hidden")


def test_an_erased_award_is_gone(site: Site) -> None:
    site.erase()
    gone = site.get(f"/credentials/{site.award.public_id}")
    assert (gone.status_code, gone.get_json()["code"]) == (410, "certificate.erased")


@pytest.mark.parametrize("path", ["/issuers/nobody/did.json", "/status/x", "/credentials/x"])
def test_what_is_not_there(site: Site, path: str) -> None:
    missing = site.get(path)
    assert (missing.status_code, missing.get_json()["code"]) == (404, "certificate.not_found")


@pytest.mark.oracle
@pytest.mark.parametrize("change", ["revoke", "suspend"])
def test_a_foreign_verifier_reads_the_published_documents_before_and_after_a_change(site: Site, change: str) -> None:
    site.time[0] = datetime.now(tz=UTC)

    def ask() -> int:
        lists = [site.get(path).get_json(force=True) for path in site.status_paths()]
        credential = site.get(f"/credentials/{site.award.public_id}").get_json(force=True)
        did_document = site.get(f"/issuers/{SLUG}/did.json").get_json(force=True)
        return node.verify(credential, did=[did_document], status=lists)[0]

    assert ask() == 0
    getattr(site, change)()
    assert ask() == 2
