"""Which key may sign for an issuer: one that the issuer's own document lists for assertions. Pure.

W3C Controlled Identifiers 1.0, 3.3 (retrieve a verification method); a document of Open Badges' https issuers, a
profile with its keys, is read alike.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from certificates.verifying import keys
from certificates.verifying.keys import PublicKey
from certificates.verifying.report import Finding, Json, Known, Part, failed, ok, unknown
from certificates.verifying.structure import parse_instant

MAX_METHODS = 100


@dataclass(frozen=True, slots=True)
class Found:
    """A document that says which keys an issuer has, and where it came from."""

    document: Json
    known: Known


Resolve = Callable[[str], Found | None]
"""From an issuer's id (a DID or an https address) to its document; None when there is none or it can't be had."""


@dataclass(frozen=True, slots=True)
class Signer:
    """What is known about who signed: the finding, and the key when there is one to check with."""

    finding: Finding
    key: PublicKey | None = None
    known: Known = Known.NOT
    jwk: Mapping[str, Any] | None = None


def issuer_id(document: Json) -> str | None:
    """Return the issuer's id, whether the document gives it alone or in a profile."""
    issuer = document.get("issuer")
    found = issuer.get("id") if isinstance(issuer, dict) else issuer
    return found if isinstance(found, str) else None


def refuse(reason: str) -> Signer:
    """Return that the issuer's part has failed."""
    return Signer(failed(Part.ISSUER, reason))


def puzzled(reason: str) -> Signer:
    """Return that the issuer's part is unknown."""
    return Signer(unknown(Part.ISSUER, reason))


def signer(issuer: str | None, method: Any, resolve: Resolve, *, now: datetime) -> Signer:
    """Find the key with the id ``method`` in the issuer's document, listed there for assertions and still in use."""
    if issuer is None:
        return refuse("missing")
    if not isinstance(method, str) or method.split("#")[0] != issuer:
        return refuse("foreign_key")
    if method == issuer and issuer.startswith(keys.DID_KEY):
        method = f"{issuer}#{issuer.removeprefix(keys.DID_KEY)}"  # some leave the only fragment out
    found = resolve(issuer)
    if found is None:
        return puzzled("unresolved")
    if found.document.get("id") != issuer:
        return refuse("key_not_listed")
    listed = next((item for item in _methods(found.document, issuer) if item["id"] == method), None)
    if listed is None or listed.get("controller", issuer) != issuer:
        return refuse("key_not_listed")
    return _usable(listed, found, now)


def owner_of_jwk(issuer: str | None, jwk: Mapping[str, Any], resolve: Resolve, *, now: datetime) -> Signer:
    """Find the issuer's published key that equals ``jwk``, the key that a token brings itself (no ``kid``)."""
    if issuer is None:
        return refuse("missing")
    found, wanted = resolve(issuer), keys.from_jwk(jwk)
    if found is None:
        return puzzled("unresolved")
    if found.document.get("id") != issuer or wanted is None:
        return refuse("key_not_listed")
    for item in _methods(found.document, issuer):
        if item.get("controller", issuer) == issuer and keys.from_method(item) == wanted:
            return _usable(item, found, now)
    return refuse("key_not_listed")


def _usable(method: Json, found: Found, now: datetime) -> Signer:
    if not _is_for_assertions(method["id"], found.document):
        return refuse("key_not_for_assertions")
    if any(name in method and not _is_ahead(method[name], now) for name in ("revoked", "expires")):
        return refuse("key_ended")
    key = keys.from_method(method)
    if key is None:
        return puzzled("key_unreadable")
    jwk = method.get("publicKeyJwk")
    finding = unknown(Part.ISSUER, "key_only") if found.known is Known.KEY_ONLY else ok(Part.ISSUER, _word(found.known))
    return Signer(finding, key, found.known, jwk if isinstance(jwk, dict) else None)


def _word(known: Known) -> str:
    return "ok" if known is Known.OURS else known.value


def _is_ahead(value: Any, now: datetime) -> bool:
    moment = parse_instant(value)
    return moment is not None and moment > now


def _methods(document: Json, issuer: str) -> list[dict[str, Any]]:
    """List the document's keys with absolute ids, wherever it writes them."""
    written = [
        item
        for name in ("verificationMethod", "publicKey", "assertionMethod")
        for item in _items(document.get(name))[:MAX_METHODS]
        if isinstance(item, dict)
    ]
    return [{**item, "id": _absolute(item["id"], issuer)} for item in written if isinstance(item.get("id"), str)]


def _is_for_assertions(method: str, document: Json) -> bool:
    """Say whether ``assertionMethod`` names the key. A profile that has no such list has its keys for nothing else."""
    if "assertionMethod" not in document:
        return not str(document.get("id")).startswith("did:")
    listed = [item.get("id") if isinstance(item, dict) else item for item in _items(document["assertionMethod"])]
    return any(_absolute(item, str(document.get("id"))) == method for item in listed if isinstance(item, str))


def _absolute(identifier: str, issuer: str) -> str:
    return issuer + identifier if identifier.startswith("#") else identifier


def _items(value: Any) -> list[Any]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]
