"""Verifying over HTTP: anybody's program, any file, no account; foreign issuers over a real connection."""

import io
import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from types import SimpleNamespace
from typing import Any

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from campus.database import Database
from campus.errors import CampusError
from campus.outbound import Outbound
from certificates import issue, store, verify_routes
from certificates.papers import baking
from certificates.signatures import proof
from certificates.verifying import Known
from certificates.verifying.sources import MAX_FETCHES, Fetcher, Memory, foreign_issuer
from tests import examples, pages
from tests.databases import ON_SQLITE
from tests.http.test_check_pages import facts_of, paper, sealed
from tests.oracles.standards import standards
from tests.pages import World
from tests.unit.certificates import pdfs, samples
from tests.unit.certificates.verifying.test_fuzz import SIGNED, changed

PATH = verify_routes.PATH
SVG = b'<svg xmlns="http://www.w3.org/2000/svg" width="10" height="10"></svg>'


@pytest.fixture
def world(database: Database) -> World:
    world = pages.world_of(database)
    world.earn("102", "B1")
    return world


def credential(world: World) -> str:
    with world.services.database.read() as session:
        return store.award(session, world.award("102").public_id).credential or ""


def parts(report: dict[str, Any]) -> dict[str, str]:
    return {part["part"]: part["code"] for part in report["parts"]}


ALL_OK = {part: f"{part}.ok" for part in ("structure", "issuer", "integrity", "status", "validity")}


def test_json_in_the_body_a_file_in_a_form_a_picture_and_a_number_say_the_same(world: World) -> None:
    text, browser = credential(world), world.app.test_client()
    number = world.award("102").public_id
    baked = baking.bake_svg(SVG, text)
    answers = [
        browser.post(PATH, data=text, content_type="application/json"),
        browser.post(PATH, data={"file": (io.BytesIO(text.encode()), "nachweis.json")}),
        browser.post(PATH, data={"file": (io.BytesIO(baked), "nachweis.svg")}),
        browser.post(PATH, data=f"https://campus.example/nachweis/{number}", content_type="text/plain"),
        browser.get(f"{PATH}/{number}"),
    ]
    assert [answer.status_code for answer in answers] == [200] * 5
    containers = [answer.get_json()["container"] for answer in answers]
    assert containers == ["json", "json", "svg", "address", "address"]
    for answer in answers:
        report = answer.get_json()["reports"][0]
        assert parts(report) == ALL_OK
        assert (report["genuine"], report["issuer_known"], report["form"]) == (True, "ours", "json")
        assert report["content"] == json.loads(text)
        assert report["parts"][1]["text"]["de"] == "Ausgestellt von einem Anbieter, der hier bekannt ist."
        assert report["parts"][1]["text"]["en"] == "Issued by a provider that is known here."
        assert "Set-Cookie" not in answer.headers
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
        assert answer.headers["Cache-Control"] == "no-store"


def test_an_elmo_file_from_elsewhere(world: World) -> None:
    """The schema's own example, signed with SHA-1, by whomever."""
    answer = world.app.test_client().post(PATH, data=standards("elmo/example.xml").read_bytes())
    report = answer.get_json()["reports"][0]
    assert (answer.get_json()["container"], report["form"]) == ("elmo", "elmo")
    assert (parts(report)["issuer"], parts(report)["integrity"]) == ("issuer.not_signed", "integrity.weak_algorithm")
    assert (report["genuine"], report["issuer_known"]) == (False, "not")
    assert report["content"]["reports"]


def posted(world: World, paper: bytes) -> dict[str, Any]:
    answer = world.app.test_client().post(PATH, data={"file": (io.BytesIO(paper), "nachweis.pdf")}).get_json()
    return dict(answer)


@ON_SQLITE
def test_paper_is_as_genuine_as_its_seal(world: World) -> None:
    plain = paper(world)
    edited = paper(world, recipient=replace(facts_of(world)[0].recipient, name="Bernd Fälscher"))
    whole = sealed(world, plain, by="B")
    later = pdfs.painted(whole, b"0 0 9 9 re f", incremental=True)
    by_a_stranger = pdfs.signed_by_a_stranger(later, now=world.clock())
    found = {}
    for name, content in {"sealed": whole, "bare": plain, "edited": edited, "later": by_a_stranger}.items():
        (report,) = posted(world, content)["reports"]
        assert parts(report).items() >= ALL_OK.items()
        found[name] = (report["genuine"], parts(report)["seal"], parts(report)["paper"])
        assert {*report["parts"][-1]["text"]} == {"de", "en"}
    assert found == {
        "sealed": (True, "seal.ok", "paper.sealed"),
        "bare": (False, "seal.none", "paper.same"),
        "edited": (False, "seal.none", "paper.changed"),
        "later": (False, "seal.added", "paper.same"),
    }


@ON_SQLITE
def test_paper_that_only_prints_a_number_is_not_verified_by_it(world: World) -> None:
    number = world.award("102").public_id
    told = posted(world, pdfs.document(pdfs.stream(b"BT /F 9 Tf 5 50 Td (%b) Tj ET" % number.encode()), page=SHOWS_4))
    assert (told["container"], told["award"], told["reports"]) == ("pdf", number, [])


SHOWS_4 = (
    b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 100 100] /Contents 4 0 R "
    b"/Resources << /Font << /F << /Type /Font /Subtype /Type1 /BaseFont /Helvetica >> >> >> >>"
)


def test_what_was_changed_is_said_part_by_part(world: World) -> None:
    changed_text = credential(world).replace("Anna", "Emma")
    report = world.app.test_client().post(PATH, data=changed_text).get_json()["reports"][0]
    assert parts(report) == ALL_OK | {"integrity": "integrity.changed"}
    assert report["genuine"] is False


def test_revoked(world: World) -> None:
    with world.services.database.write() as session:
        award = store.award(session, world.award("102").public_id)
        issue.revoke(session, award, reason="Irrtum", by=None, now=world.clock())
    report = world.app.test_client().get(f"{PATH}/{world.award('102').public_id}").get_json()["reports"][0]
    assert parts(report) == ALL_OK | {"status": "status.revocation"}


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"", 422, "certificate.file_empty"),
        (b"PK\x03\x04", 422, "certificate.file_archive"),
        (b"Guten Tag", 422, "certificate.file_unknown"),
        (b"{", 422, "certificate.file_unreadable"),
        (b"x" * (11 * 1024 * 1024), 413, "http.413"),
    ],
    ids=["empty", "archive", "text", "half", "huge"],
)
def test_what_can_not_be_read_is_refused_as_problem_details(world: World, body: bytes, status: int, code: str) -> None:
    answer = world.app.test_client().post(PATH, data=body, content_type="application/octet-stream")
    assert (answer.status_code, answer.mimetype) == (status, "application/problem+json")
    assert answer.get_json()["code"] == code
    assert answer.headers["Access-Control-Allow-Origin"] == "*"


def test_a_form_without_a_file_and_a_number_that_is_nowhere(world: World) -> None:
    browser = world.app.test_client()
    answer = browser.post(PATH, data={"other": "x"}, content_type="multipart/form-data")
    assert (answer.status_code, answer.get_json()["field"]) == (422, "file")
    gone = browser.get(f"{PATH}/00000000-0000-4000-8000-000000000000")
    assert (gone.status_code, gone.get_json()["code"]) == (404, "certificate.not_found")


def test_any_page_may_ask_and_asks_first(world: World) -> None:
    browser = world.app.test_client()
    asked = browser.options(PATH, headers={"Origin": "https://x.example", "Access-Control-Request-Method": "POST"})
    assert (asked.status_code, asked.headers["Access-Control-Allow-Headers"]) == (200, "Content-Type, Accept")
    foreign = {"Origin": "https://x.example", "Sec-Fetch-Site": "cross-site"}
    assert browser.post(PATH, data=credential(world), headers=foreign).status_code == 200


def test_who_asks_too_often_waits(world: World) -> None:
    browser = world.app.test_client()
    codes = [browser.post(PATH, data=b"x").status_code for _ in range(verify_routes.PER_MINUTE + 1)]
    assert codes == [422] * verify_routes.PER_MINUTE + [429]
    refused = browser.get(f"{PATH}/{world.award('102').public_id}")
    assert (refused.status_code, int(refused.headers["Retry-After"]) > 0) == (429, True)


@dataclass
class Host:
    """Somebody else's web server: what stands at which path, and what was asked for."""

    address: str
    files: dict[str, tuple[int, bytes]]
    asked: list[str]


@pytest.fixture
def host() -> Iterator[Host]:
    files: dict[str, tuple[int, bytes]] = {}
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            status, body = files.get(self.path, (404, b""))
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the library's name
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield Host(f"http://127.0.0.1:{server.server_port}", files, asked)
    server.shutdown()
    server.server_close()
    thread.join()


def foreign(host: Host) -> str:
    """Return a credential of an issuer at ``host``, which lists its key there."""
    issuer = f"{host.address}/issuers/1"
    method = samples.did_document()["verificationMethod"][0] | {"id": f"{issuer}#key-1", "controller": issuer}
    document = {"id": issuer, "type": "Profile", "verificationMethod": [method], "assertionMethod": [method["id"]]}
    host.files["/issuers/1"] = (200, json.dumps(document).encode())
    unsigned = samples.unsigned()
    del unsigned["credentialStatus"]
    unsigned["issuer"]["id"] = issuer
    signed = proof.sign(unsigned, samples.KEY, verification_method=method["id"], created=samples.NOW)
    return json.dumps(signed)


def test_an_issuer_elsewhere_is_asked_once_in_a_while(world: World, host: Host) -> None:
    browser, text = world.app.test_client(), foreign(host)
    for _ in range(3):
        report = browser.post(PATH, data=text).get_json()["reports"][0]
        assert parts(report) == ALL_OK | {"issuer": "issuer.own_host", "status": "status.none"}
        assert report["issuer_known"] == "own_host"
    assert host.asked == ["/issuers/1"]


@pytest.mark.parametrize("answer", [(404, b""), (302, b""), (200, b"<html>"), (200, b"x" * 300_000), (200, b"[]")])
def test_an_issuer_that_gives_no_document_stays_unknown(world: World, host: Host, answer: tuple[int, bytes]) -> None:
    text = foreign(host)
    host.files["/issuers/1"] = answer
    report = world.app.test_client().post(PATH, data=text).get_json()["reports"][0]
    assert parts(report)["issuer"] == "issuer.unresolved"
    assert report["genuine"] is False


def fetcher(now: datetime = samples.NOW, *, loopback: bool = True) -> Fetcher:
    return Fetcher(Outbound(allow_loopback_http=loopback), Memory(), now)


def test_few_documents_are_fetched_for_one_verification(host: Host) -> None:
    one = fetcher()
    for number in range(20):
        one.get(f"{host.address}/{number}", accept="*/*", max_bytes=10)
    assert len(host.asked) == MAX_FETCHES


def test_addresses_inside_our_network_are_not_called(host: Host) -> None:
    foreign(host)
    assert foreign_issuer(f"{host.address}/issuers/1", fetcher()) is not None
    host.asked.clear()
    assert foreign_issuer(f"{host.address}/issuers/1", fetcher(loopback=False)) is None
    assert host.asked == []


def test_what_is_no_identifier_leads_nowhere(host: Host) -> None:
    for identifier in (
        "",
        "urn:x",
        "did:example:1",
        "file:///etc/passwd",
        "ftp://x.example",
        "did:key:z6Mk",
        "https://[",
    ):
        assert foreign_issuer(identifier, fetcher()) is None
    made = foreign_issuer("did:key:z6MkjZRZv3aez3r18pB1RBFJR1kwUVJ5jHt92JmQwXbd5hwi", fetcher())
    assert made is not None
    assert made.known is Known.KEY_ONLY


@pytest.fixture
def bare(database: Database) -> Flask:
    """Return the routes alone, with no limit of requests; an exception that is no refusal comes through."""
    services = SimpleNamespace(
        settings=SimpleNamespace(public_url=samples.PUBLIC_URL),
        database=database,
        clock=lambda: samples.NOW,
        outbound=Outbound(allow_loopback_http=True, resolve=lambda _host, _port: ["127.0.0.1"]),
    )
    app = Flask("bare")
    app.testing = True
    app.register_blueprint(verify_routes.blueprint(services, per_minute=0))
    app.register_error_handler(CampusError, lambda error: ({"code": error.code}, error.status))
    return app


TEXT = json.dumps(SIGNED)
BODIES = st.one_of(
    st.binary(max_size=300),
    changed(SIGNED).map(lambda document: json.dumps(document).encode()),
    st.sampled_from(
        [b"%PDF-1.7\n", baking.PNG_SIGNATURE, b"<svg", b"<?xml version='1.0'?>", b"{", b"eyJ", b"a.b.c"]
    ).flatmap(lambda head: st.binary(max_size=60).map(lambda tail: head + tail)),
    st.integers(0, len(TEXT)).map(lambda end: TEXT[:end].encode()),
    changed(SIGNED).map(lambda document: baking.bake_svg(SVG, json.dumps(document))),
)


@settings(deadline=None, max_examples=examples.FEW, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(BODIES)
def test_whatever_is_sent_is_answered_or_refused(bare: Flask, body: bytes) -> None:
    answer = bare.test_client().post(PATH, data=body, content_type="application/octet-stream")
    assert answer.status_code in {200, 404, 413, 422, 429}
    if answer.status_code == 200:
        json.loads(answer.text, parse_constant=pytest.fail)


def test_another_credential_under_a_number_is_not_the_one_that_was_asked_for(world: World) -> None:
    world.earn("103", "A2", percent=90.0)
    number = world.award("103").public_id
    with world.database.write() as session:
        store.award(session, number).credential = credential(world)
    for typed in (number, number.upper()):
        report = world.browser().get(f"{PATH}/{typed}").get_json()["reports"][0]
        assert (report["genuine"], parts(report)["structure"]) == (False, "structure.foreign_id")
