"""Where the documents come from that verifying needs: our own database, the key itself, the issuer's own host.

Ours are never fetched from ourselves. Other people's addresses stand in what strangers hand in, so they go through
``campus.outbound``, few for one verification, and small; what came is remembered for a few minutes.
"""

import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from http import HTTPStatus
from threading import Lock
from typing import Protocol
from urllib.parse import unquote, urlsplit

from sqlalchemy import select

from campus.outbound import AddressRefusedError, Outbound, OutboundError, read_json
from certificates import publish, routes
from certificates.credential import Addresses
from certificates.elmo.own import look
from certificates.errors import AwardNotFoundError
from certificates.signatures import did
from certificates.store import Award, AwardState
from certificates.verifying import Found, Known, Report, Sources
from certificates.verifying.forms import within_limits
from certificates.verifying.keys import DID_KEY, did_key_document

MAX_FETCHES = 6
SECONDS = 4.0
"""For one answer; somebody waits for all of them."""
MAX_DOCUMENT = 256 * 1024
MAX_LIST = 1_500_000
REMEMBERED = timedelta(minutes=5)
MAX_REMEMBERED = 128
MAX_REMEMBERED_BYTES = 16 * 1024 * 1024
DID_WEB = "did:web:"
USUAL_PORTS = {80, 443}
HOST = re.compile(r"[A-Za-z0-9.-]+(?::[0-9]{1,5})?")
SEGMENT = re.compile(r"(?!(?:\.|%2e)+\Z)[A-Za-z0-9._~%-]+", re.IGNORECASE)
"""But for dots, which would lead to another path; servers read ``%2e`` as a dot too."""
ACCEPT_DOCUMENT = "application/did+json, application/did+ld+json, application/ld+json, application/json"
ACCEPT_LIST = "application/vc, application/vc+jwt;q=0.9, application/json;q=0.8"


class Services(routes.Services, Protocol):
    """What looking documents up needs of the application."""

    @property
    def outbound(self) -> Outbound:
        """The client for other people's servers."""


@dataclass
class Memory:
    """Foreign documents of the last minutes. One for a process; safe to share between threads."""

    _kept: dict[str, tuple[datetime, bytes]] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    def recall(self, address: str, *, now: datetime) -> bytes | None:
        """Return what came from ``address`` a short while ago."""
        with self._lock:
            at, body = self._kept.get(address, (None, b""))
        return body if at is not None and timedelta(0) <= now - at < REMEMBERED else None

    def keep(self, address: str, body: bytes, *, now: datetime) -> None:
        """Remember an answer; what is out of date is forgotten, and the oldest where there is too much."""
        with self._lock:
            self._kept.pop(address, None)
            kept = {name: one for name, one in self._kept.items() if now - one[0] < REMEMBERED}
            kept[address] = (now, body)
            size = sum(len(body) for _at, body in kept.values())
            while len(kept) > MAX_REMEMBERED or size > MAX_REMEMBERED_BYTES:
                size -= len(kept.pop(next(iter(kept)))[1])
            self._kept = kept


@dataclass
class Fetcher:
    """Fetches for one verification, and not more than a few documents."""

    outbound: Outbound
    memory: Memory
    now: datetime
    left: int = MAX_FETCHES
    _tried: set[str] = field(default_factory=set)

    def get(self, address: str, *, accept: str, max_bytes: int) -> bytes | None:
        """Return the body at ``address``; None when it can't be had, was tried before, or enough was fetched."""
        known = self.memory.recall(address, now=self.now)
        if known is not None or self.left <= 0 or address in self._tried:
            return known
        self.left -= 1
        self._tried.add(address)
        try:
            answer = self.outbound.request(
                "GET", address, headers={"Accept": accept}, max_bytes=max_bytes, seconds=SECONDS
            )
        except (AddressRefusedError, OutboundError):
            return None
        if answer.status != HTTPStatus.OK:
            return None
        self.memory.keep(address, answer.body, now=self.now)
        return answer.body


def sources(services: Services, memory: Memory) -> Sources:
    """Return the sources of one verification, which begins now."""
    fetcher = Fetcher(services.outbound, memory, services.clock())
    own = Own(services)
    return Sources(
        issuer=lambda issuer: own.issuer(issuer) if own.is_ours(issuer) else foreign_issuer(issuer, fetcher),
        status_list=lambda address: (
            own.status_list(address)
            if own.is_ours(address)
            else fetcher.get(address, accept=ACCEPT_LIST, max_bytes=MAX_LIST)
        ),
        elmo=own.elmo,
        is_suspended=own.is_suspended,
        lies_with_us=own.lies_with_us,
    )


@dataclass(frozen=True)
class Own:
    """What this installation publishes itself, read from the database."""

    services: routes.Services

    def is_ours(self, identifier: str) -> bool:
        """Say whether a DID or an address lies with us."""
        public_url = self.services.settings.public_url.rstrip("/")
        host = did.issuer_did(public_url, "x").partition(":issuers:")[0]
        return identifier == host or identifier.startswith((f"{public_url}/", f"{host}:"))

    def lies_with_us(self, identifier: str) -> bool:
        """Say the same of an address however it is written: people read it, they don't compare letters."""
        return self.is_ours(identifier) or is_below(identifier, self.services.settings.public_url)

    def issuer(self, identifier: str) -> Found | None:
        """Return the document of an issuer of ours."""
        public_url = self.services.settings.public_url
        slug = unquote(identifier.rpartition(":")[2])
        if identifier != did.issuer_did(public_url, slug):
            return None
        try:
            with self.services.database.read() as session:
                return Found(publish.did_document(session, slug, public_url=public_url), Known.OURS)
        except AwardNotFoundError:
            return None

    def status_list(self, address: str) -> str | None:
        """Return a status list of ours, signed anew when it is out of date."""
        base = Addresses(self.services.settings.public_url).status_list("")
        if not address.startswith(base):
            return None
        try:
            return routes.status_text(self.services, address.removeprefix(base))
        except AwardNotFoundError:
            return None

    def is_suspended(self, identifier: str) -> bool:
        """Say whether the credential is an award of ours that is suspended, and wasn't revoked."""
        base = Addresses(self.services.settings.public_url).credential("")
        if not identifier.startswith(base):
            return False
        with self.services.database.read() as session:
            found = session.scalar(select(Award).where(Award.public_id == identifier.removeprefix(base)))
            return found is not None and found.state is AwardState.SUSPENDED

    def elmo(self, document: bytes) -> Report:
        """Check an ELMO document by our issuers' seals."""
        public_url = self.services.settings.public_url
        with self.services.database.read() as session:
            return look(session, document, public_url=public_url, now=self.services.clock())


def is_below(address: str, home: str) -> bool:
    """Say whether a web address lies below ``home``, whatever is written in capitals, escaped or left out."""
    try:
        (place, path), (ours, root) = _split(address), _split(home)
    except ValueError:
        return False
    return place == ours and f"{path}/".startswith(f"{root.rstrip('/')}/")


def _split(address: str) -> tuple[tuple[str, int | None], str]:
    """Return the host with its port, unless that is a usual one, and the path. Raises ValueError for no web address."""
    parts = urlsplit(address.strip())
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError("no web address")
    return (parts.hostname.rstrip("."), None if parts.port in USUAL_PORTS else parts.port), unquote(parts.path)


def foreign_issuer(issuer: str, fetcher: Fetcher) -> Found | None:
    """Return the document of somebody else's issuer: a did:key, a did:web or an https address."""
    if issuer.startswith(DID_KEY):
        made = did_key_document(issuer)
        return Found(made, Known.KEY_ONLY) if made else None
    address = did_web_address(issuer) if issuer.startswith(DID_WEB) else _web_address(issuer)
    body = fetcher.get(address, accept=ACCEPT_DOCUMENT, max_bytes=MAX_DOCUMENT) if address else None
    document = read_json(body) if body is not None else None
    if not isinstance(document, dict) or not within_limits(document):
        return None
    return Found(document, Known.OWN_HOST)


def did_web_address(identifier: str) -> str | None:
    """Return where a did:web's document lies (W3C CCG did:web, 3.2); None when it is none."""
    host, *segments = identifier.removeprefix(DID_WEB).split(":")
    host = unquote(host)
    if not HOST.fullmatch(host) or not all(SEGMENT.fullmatch(segment) for segment in segments):
        return None
    return f"https://{host}/{'/'.join(segments) if segments else '.well-known'}/did.json"


def _web_address(issuer: str) -> str | None:
    """Return the address itself; what may be called there, ``campus.outbound`` decides."""
    return issuer if issuer.startswith(("https://", "http://")) else None
