"""Verifying for programs: ``/api/v1/verify``. No account, no cookie, nothing kept; from any web page (CORS ``*``).

Refusals are problem details (RFC 9457). A credential that is not in order is no refusal: the answer says so, part by
part.
"""

from dataclasses import dataclass, field
from typing import Any

from flask import Blueprint, Response, jsonify, request

from campus.errors import TooManyError
from campus.flood import Flood, network_of
from certificates import reading, store
from certificates.credential import Addresses
from certificates.errors import EmptyFileError
from certificates.routes import credential_text
from certificates.signatures import did
from certificates.verifying import Report, Sources, Verdict, papers, texts, uploads, verify
from certificates.verifying.binding import bound
from certificates.verifying.paper import Paper
from certificates.verifying.paper_seal import SealLine
from certificates.verifying.papers import PaperCheck
from certificates.verifying.sources import Memory, Services, sources
from certificates.verifying.uploads import Upload

PATH = "/api/v1/verify"
PER_MINUTE = 20
"""For one address and server process: a check may fetch several documents."""
FIELD = "file"
MARGIN = 64 * 1024
"""What a form may have around the file."""
CORS = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Allow-Methods": "GET, POST, OPTIONS",
    "Access-Control-Allow-Headers": "Content-Type, Accept",
    "Access-Control-Expose-Headers": "Retry-After",
    "Access-Control-Max-Age": "86400",
}


@dataclass
class Verifier:
    """Verifies for programs; remembers what it fetched, and who has asked how often."""

    services: Services
    flood: Flood
    memory: Memory = field(default_factory=Memory)

    def hold_back(self) -> None:
        """Raise TooManyError for who asks more often than people and their scripts do."""
        seconds = self.flood.seconds_to_wait(network_of(request.remote_addr), now=self.services.clock())
        if seconds:
            raise TooManyError("too many checks from one address", after=seconds)

    def sources(self) -> Sources:
        """Return where documents come from, for one verification."""
        return sources(self.services, self.memory)

    def upload(self, content: bytes) -> tuple[Upload, PaperCheck | None]:
        """Verify what was sent, and if it is a PDF the paper too."""
        public_url = self.services.settings.public_url
        sent = uploads.check(content, self.sources(), self.own, public_url=public_url, now=self.services.clock())
        return sent, papers.check(self.services, content, sent.presented, sent.reports)

    def award(self, public_id: str) -> Report:
        """Verify one of our awards, as it was signed."""
        public_url = self.services.settings.public_url
        with self.services.database.read() as session:
            award = store.award(session, public_id.lower())
            text, issuer = credential_text(award), did.issuer_did(public_url, award.issuer.slug)
        report = verify(text, self.sources(), now=self.services.clock())
        return bound(report, identifier=Addresses(public_url).credential(award.public_id), issuer=issuer)

    def own(self, public_id: str) -> str:
        """Return an award's credential. Raises AwardNotFoundError, AwardErasedError."""
        with self.services.database.read() as session:
            return credential_text(store.award(session, public_id))


def blueprint(services: Services, *, per_minute: int = PER_MINUTE) -> Blueprint:
    """Return the routes; each address may ask ``per_minute`` times, 0 means as often as it likes."""
    routes = Blueprint("verify_api", __name__, url_prefix=PATH)
    verifier = Verifier(services, Flood(per_minute))

    @routes.post("")
    def check() -> Response:
        verifier.hold_back()
        request.max_content_length = request.max_form_memory_size = reading.MAX_BYTES + MARGIN
        found, looked = verifier.upload(_content())
        return jsonify(
            {
                "container": found.presented.container.value,
                "award": found.presented.award_id,
                "active": list(found.presented.active),
                "reports": [as_json(report, looked) for report in found.reports],
            }
        )

    @routes.get("/<award>")
    def check_award(award: str) -> Response:
        verifier.hold_back()
        return jsonify({"container": "address", "award": award, "reports": [as_json(verifier.award(award))]})

    @routes.after_request
    def open_to_all(response: Response) -> Response:
        response.headers.update(CORS)
        response.headers["Cache-Control"] = "no-store"
        response.headers["X-Robots-Tag"] = "noindex"
        return response

    return routes


def _content() -> bytes:
    """Return the file of a form, or the body. Raises EmptyFileError when there is neither."""
    if request.mimetype != "multipart/form-data":
        return request.get_data()
    sent = request.files.get(FIELD)
    if sent is None:
        raise EmptyFileError("the form has no file", field=FIELD)
    content: bytes = sent.read()
    return content


def as_json(report: Report, looked: PaperCheck | None = None) -> dict[str, Any]:
    """Return a report as the API gives it; its parts have their meaning in German and English.

    ``looked``: the PDF in which it came. It then has two parts more, and is genuine only if these are ok too.
    """
    on_paper: dict[str, SealLine | Paper] = (
        {"seal": looked.seal, "paper": looked.printed} if looked and looked.printed else {}
    )
    return {
        "form": report.form.value,
        "genuine": report.genuine and all(line.verdict is Verdict.OK for line in on_paper.values()),
        "issuer_known": report.known.value,
        "parts": [
            {
                "part": finding.part.value,
                "verdict": finding.verdict.value,
                "code": finding.code,
                "text": dict(texts.of(finding)),
            }
            for finding in report.findings
        ]
        + [_line(part, line) for part, line in on_paper.items()],
        "content": report.content,
        "endorsements": [as_json(endorsement) for endorsement in report.endorsements],
    }


def _line(part: str, line: SealLine | Paper) -> dict[str, Any]:
    return {"part": part, "verdict": line.verdict.value, "code": line.code, "text": dict(line.why)}
