"""The public documents of certificates over HTTP, up to what a foreign verifier makes of exactly these bytes."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

import certificates.erasure
from campus.database import Database
from campus.errors import CampusError
from certificates import issue, routes, store
from certificates.store import Award
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

    def get(self, path: str) -> TestResponse:
        return self.client.get(path)

    def status_path(self) -> str:
        address: str = self.get(f"/credentials/{self.award.public_id}").get_json(force=True)["credentialStatus"][
            "statusListCredential"
        ]
        return address.removeprefix(PUBLIC_URL)

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
    answer = site.get(site.status_path())
    assert (answer.status_code, answer.content_type) == (200, "application/vc")
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert "public" in answer.headers["Cache-Control"]
    assert site.get(site.status_path()).data == answer.data


def test_credential_is_served_byte_for_byte(site: Site) -> None:
    answer = site.get(f"/credentials/{site.award.public_id}")
    assert (answer.status_code, answer.content_type) == (200, "application/vc")
    assert answer.text == site.award.credential
    assert answer.headers["Cache-Control"] == "private, no-cache"
    assert answer.headers["X-Robots-Tag"] == "noindex"


def test_paper(site: Site) -> None:
    answer = site.get(f"/credentials/{site.award.public_id}.pdf")
    assert (answer.status_code, answer.content_type) == (200, "application/pdf")
    assert answer.data.startswith(b"%PDF")
    assert f"nachweis-{site.award.public_id}.pdf" in answer.headers["Content-Disposition"]


def test_a_revoked_award_keeps_its_credential_and_gets_no_paper(site: Site) -> None:
    site.revoke()
    assert site.get(f"/credentials/{site.award.public_id}").status_code == 200
    refused = site.get(f"/credentials/{site.award.public_id}.pdf")
    assert (refused.status_code, refused.get_json()["code"]) == (410, "certificate.revoked")


@pytest.mark.parametrize("field", ["recipient", "score", "credential"])
def test_paper_says_only_what_is_signed(site: Site, field: str) -> None:
    with site.database.write() as session:
        award = store.award(session, site.award.public_id)
        assert award.facts is not None
        match field:
            case "recipient":
                award.facts = {**award.facts, "recipient": {**award.facts["recipient"], "name": "Bernd Fälscher"}}
            case "score":
                award.facts = {**award.facts, "score": 99.5}
            case _:
                award.credential = "[]"
    refused = site.get(f"/credentials/{site.award.public_id}.pdf")
    assert (refused.status_code, refused.get_json()["code"]) == (409, "certificate.unsigned_facts")


@pytest.mark.parametrize("suffix", ["", ".pdf"])
def test_an_erased_award_is_gone(site: Site, suffix: str) -> None:
    site.erase()
    gone = site.get(f"/credentials/{site.award.public_id}{suffix}")
    assert (gone.status_code, gone.get_json()["code"]) == (410, "certificate.erased")


@pytest.mark.parametrize("path", ["/issuers/nobody/did.json", "/status/x", "/credentials/x", "/credentials/x.pdf"])
def test_what_is_not_there(site: Site, path: str) -> None:
    missing = site.get(path)
    assert (missing.status_code, missing.get_json()["code"]) == (404, "certificate.not_found")


@pytest.mark.oracle
def test_a_foreign_verifier_reads_the_published_documents_before_and_after_the_revocation(
    site: Site, tmp_path: Path
) -> None:
    site.time[0] = datetime.now(tz=UTC)

    def ask() -> int:
        documents = {
            "credential": f"/credentials/{site.award.public_id}",
            "did": f"/issuers/{SLUG}/did.json",
            "status": site.status_path(),
        }
        files = {
            name: node.write(tmp_path, f"{name}.json", site.get(path).get_json(force=True))
            for name, path in documents.items()
        }
        return node.ask("verify.mjs", files["credential"], "--did", files["did"], "--status", files["status"])[0]

    assert ask() == 0
    site.revoke()
    assert ask() == 2
