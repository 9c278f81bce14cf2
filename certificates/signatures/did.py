"""did:web of the issuers (W3C CCG did:web, section 2) and their DID documents. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlsplit

from certificates.signatures.contexts import DID_V1, MULTIKEY_V1

JWK_V1 = "https://w3id.org/security/jwk/v1"
"""Defines JsonWebKey and publicKeyJwk (W3C Controlled Identifiers 1.0, section 2.2.3)."""


@dataclass(frozen=True, slots=True)
class PublicKey:
    """A key as the world sees it: its number within the issuer, its Multikey, and its JWK if it signs tokens."""

    number: int
    multibase: str
    jwk: Mapping[str, str] | None = None


def issuer_did(public_url: str, slug: str) -> str:
    """Return the did:web of the issuer ``slug`` on the host of ``public_url``; a port's colon is escaped."""
    parts = urlsplit(public_url)
    folders = [quote(part, safe="") for part in parts.path.split("/") if part]
    return ":".join(["did:web", quote(parts.netloc, safe="."), *folders, "issuers", quote(slug, safe="")])


def key_id(did: str, number: int) -> str:
    """Return the id of the issuer's key. Not the ``#z6Mk…`` form: it lets verifiers skip the DID document."""
    return f"{did}#key-{number}"


def document(did: str, keys: Iterable[PublicKey]) -> dict[str, Any]:
    """Return the DID document: every key that what it signed still rests on, also if it signs no more."""
    found = list(keys)
    methods = [{"id": key_id(did, key.number), "controller": did, **_material(key)} for key in found]
    return {
        "@context": [DID_V1, MULTIKEY_V1, *([JWK_V1] if any(key.jwk for key in found) else [])],
        "id": did,
        "verificationMethod": methods,
        "assertionMethod": [method["id"] for method in methods],
    }


def _material(key: PublicKey) -> dict[str, Any]:
    if key.jwk is not None:
        return {"type": "JsonWebKey", "publicKeyJwk": dict(key.jwk)}
    return {"type": "Multikey", "publicKeyMultibase": key.multibase}
