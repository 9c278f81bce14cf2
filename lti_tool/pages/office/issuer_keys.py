"""What an issuer signs and seals with: keys and the document that names them, and the certificate of its seal.

No private key is ever shown; what is handed in is kept encrypted.
"""

import json
from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import Blueprint, Response, redirect, request, url_for
from sqlalchemy import select
from werkzeug.datastructures import FileStorage
from werkzeug.wrappers import Response as BaseResponse

from campus.errors import CampusError, InvalidInputError, TooManyError
from campus.events import KeyCompromised
from certificates import publish
from certificates.issuers import keys, mandate, own_site, resigning, seal, seal_file
from certificates.signatures import did
from certificates.store import IssuerKey, IssuerSeal
from lti_tool.pages import forms
from lti_tool.pages.office.issuer_desk import IssuerDesk
from lti_tool.pages.office.shared_desk import Visit
from lti_tool.wiring import Services

WARNED = timedelta(days=60)
"""Before a seal's certificate ends: a trust service takes weeks to give a new one."""
LONGEST_PASSWORD = 200
LONGEST_HOST = 253


@dataclass(frozen=True)
class KeyLine:
    """A key in the list; how many awards still carry what it signed, if it was compromised."""

    key: IssuerKey
    left: int


@dataclass(frozen=True)
class SealLine:
    """A seal with what its certificate says."""

    row: IssuerSeal
    subject: str
    issuer: str
    valid_until: datetime
    is_current: bool
    ends_soon: bool


class KeyPages(IssuerDesk):
    """Each change is written into the audit."""

    def keys(self, provider: str | None = None) -> str:
        """List keys and seals."""
        with self.reading(provider) as visit:
            return self._page(visit)

    def rotate(self, provider: str | None = None) -> BaseResponse:
        """Sign with new keys from now on."""
        with self.writing(provider) as visit:
            issuer, now = self.organisation(visit), self.services.clock()
            made = keys.rotate(visit.session, issuer.id, now=now, fernet=self.services.fernet)
            self.note(visit, "issuer.key_rotated", key=made.number)
            return _back(visit)

    def compromised_form(self, number: int, provider: str | None = None) -> str:
        """Say what it means to report a key, before it is done."""
        with self.reading(provider) as visit:
            found = keys.find(visit.session, self.organisation(visit).id, number)
            return self.show(
                visit,
                "office/issuer_key.html",
                organisation=self.organisation(visit),
                key=found,
                awards=self._resting_on(visit, found),
            )

    def compromise(self, number: int, provider: str | None = None) -> BaseResponse:
        """Disown a key that others may have, and have what it signed signed anew; asked again, what is left."""
        with self.writing(provider) as visit:
            issuer, now = self.organisation(visit), self.services.clock()
            lost = keys.compromise(visit.session, issuer.id, number, now=now)
            keys.signing_key(visit.session, issuer.id, now=now, fernet=self.services.fernet)
            self.services.publish(visit.session)(KeyCompromised(issuer.public_id, number, now.isoformat()))
            if lost.compromised_at == now:
                self.note(visit, "issuer.key_compromised", key=number)
            return _back(visit)

    def own_document(self, provider: str | None = None) -> Response | tuple[str, int]:
        """Answer with the document for the issuer's own web site, to download."""
        try:
            with self.reading(provider) as visit:
                host = forms.text(request.args, "host", longest=LONGEST_HOST).lower()
                public_url = self.services.settings.public_url
                served = publish.did_document(visit.session, self.organisation(visit).slug, public_url=public_url)
            body = json.dumps(own_site.document(served, host), indent=2)
        except InvalidInputError as error:
            with self.reading(provider) as visit:
                return self._page(visit, error=error), error.status
        headers = {"Content-Disposition": 'attachment; filename="did.json"', "Cache-Control": "no-store"}
        return Response(body, content_type="application/json", headers=headers)

    def add_seal(self, provider: str | None = None) -> BaseResponse | tuple[str, int]:
        """Take a seal from a PKCS#12 file; its password is used once and kept nowhere."""
        try:
            with self.reading(provider):
                uploaded = request.files.get("file")
            content = _content(uploaded)
            password = request.form.get("password", "")[:LONGEST_PASSWORD]
            opened = seal_file.open_pkcs12(content, password, now=self.services.clock())
            with self.writing(provider) as visit:
                issuer, now = self.organisation(visit), self.services.clock()
                made = seal.add_opened(visit.session, issuer.id, opened, now=now, fernet=self.services.fernet)
                self.note(visit, "issuer.seal_added", seal=made.number)
                return _back(visit, "siegel")
        except (InvalidInputError, TooManyError) as error:
            with self.reading(provider) as visit:
                return self._page(visit, error=error), error.status

    def own_seal(self, provider: str | None = None) -> BaseResponse:
        """Go back to a seal that is made here."""
        with self.writing(provider) as visit:
            issuer, now = self.organisation(visit), self.services.clock()
            given = [
                row for row in seal.listed(visit.session, issuer.id) if row.source != seal.OWN and not row.retired_at
            ]
            for row in given:
                seal.retire(row, now=now)
            visit.session.flush()
            made = seal.current(visit.session, issuer.id, now=now, fernet=self.services.fernet)
            if given:
                self.note(visit, "issuer.seal_own", seal=made.number)
            return _back(visit, "siegel")

    def compromise_seal(self, number: int, provider: str | None = None) -> BaseResponse:
        """Disown a seal whose key others may have; the next paper makes or takes another."""
        with self.writing(provider) as visit:
            now = self.services.clock()
            lost = seal.compromise(visit.session, self.organisation(visit).id, number, now=now)
            if lost.compromised_at == now:
                self.note(visit, "issuer.seal_compromised", seal=number)
            return _back(visit, "siegel")

    def seal(self, number: int, provider: str | None = None) -> Response:
        """Answer with a seal's certificate and its chain as PEM: all of it is public."""
        with self.reading(provider) as visit:
            pem = seal.numbered(visit.session, self.organisation(visit).id, number).certificates
        headers = {"Content-Disposition": f'attachment; filename="siegel-{number}.pem"'}
        return Response(pem, content_type="application/x-pem-file", headers=headers)

    def _resting_on(self, visit: Visit, key: IssuerKey) -> int:
        public_url = self.services.settings.public_url
        lost = resigning.lost_key(self.organisation(visit), key.number, public_url=public_url)
        return resigning.count(visit.session, lost)

    def _page(self, visit: Visit, *, error: CampusError | None = None) -> str:
        issuer, now = self.organisation(visit), self.services.clock()
        found = visit.session.scalars(
            select(IssuerKey).where(IssuerKey.organisation_id == issuer.id).order_by(IssuerKey.number.desc())
        ).all()
        profile = mandate.profile(visit.session, issuer.id)
        current = seal.holding(visit.session, issuer.id, now=now)
        seals = [_seal_line(row, current, now) for row in reversed(seal.listed(visit.session, issuer.id))]
        return self.show(
            visit,
            "office/issuer_keys.html",
            organisation=issuer,
            did=did.issuer_did(self.services.settings.public_url, issuer.slug),
            keys=[KeyLine(key, self._resting_on(visit, key) if key.compromised_at else 0) for key in found],
            seal=next((line for line in seals if line.is_current), None),
            seals=seals,
            by_mandate=profile is not None and profile.by_mandate,
            given=request.values,
            error=forms.shown(error),
        )


def _content(uploaded: FileStorage | None) -> bytes:
    """Return the file, as far as it may be long. Raises InvalidInputError when there is none."""
    content = uploaded.stream.read(seal_file.MAX_PKCS12_BYTES + 1) if uploaded else b""
    if not content:
        raise InvalidInputError("no file was sent", field="file")
    return content


def _seal_line(row: IssuerSeal, current: IssuerSeal | None, now: datetime) -> SealLine:
    certificate = seal.certificates_of(row)[0]
    subject, issuer = certificate.subject.rfc4514_string(), certificate.issuer.rfc4514_string()
    ends = certificate.not_valid_after_utc
    return SealLine(row, subject, issuer, ends, is_current=row is current, ends_soon=ends - now < WARNED)


def _back(visit: Visit, part: str | None = None) -> BaseResponse:
    return redirect(url_for(".issuer_keys", _anchor=part, **dict(visit.here)), 303)


def add_routes(pages: Blueprint, services: Services) -> None:
    """Add these pages to the office's or to a provider's."""
    handlers, path = KeyPages(services), "/aussteller/schluessel"
    one, sealing = f"{path}/<int:number>/gefaehrdet", "/aussteller/siegel"
    for rule, endpoint, handler, method in (
        (path, "keys", handlers.keys, "GET"),
        (f"{path}/wechseln", "rotate", handlers.rotate, "POST"),
        (one, "compromised", handlers.compromised_form, "GET"),
        (one, "compromise", handlers.compromise, "POST"),
        (f"{path}/did.json", "own_document", handlers.own_document, "GET"),
        (sealing, "add_seal", handlers.add_seal, "POST"),
        (f"{sealing}/eigenes", "own_seal", handlers.own_seal, "POST"),
        (f"{sealing}/<int:number>/gefaehrdet", "compromise_seal", handlers.compromise_seal, "POST"),
        (f"{sealing}/<int:number>.pem", "seal", handlers.seal, "GET"),
    ):
        pages.add_url_rule(rule, f"issuer_{endpoint}", handler, methods=[method])
