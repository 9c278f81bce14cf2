"""did:web of the issuers (W3C CCG did:web, section 2) and their DID documents. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlsplit

from certificates.contexts import DID_V1, MULTIKEY_V1


@dataclass(frozen=True, slots=True)
class PublicKey:
    """A key as the world sees it: its number within the issuer, and its Multikey."""

    number: int
    multibase: str


def issuer_did(public_url: str, slug: str) -> str:
    """Return the did:web of the issuer ``slug`` on the host of ``public_url``; a port's colon is escaped."""
    parts = urlsplit(public_url)
    folders = [quote(part, safe="") for part in parts.path.split("/") if part]
    return ":".join(["did:web", quote(parts.netloc, safe="."), *folders, "issuers", quote(slug, safe="")])


def key_id(did: str, number: int) -> str:
    """Return the id of the issuer's key. Not the ``#z6Mk…`` form: it lets verifiers skip the DID document."""
    return f"{did}#key-{number}"


def document(did: str, keys: Iterable[PublicKey]) -> dict[str, Any]:
    """Return the DID document: every key it ever signed with, for old credentials must stay verifiable."""
    methods = [
        {
            "id": key_id(did, key.number),
            "type": "Multikey",
            "controller": did,
            "publicKeyMultibase": key.multibase,
        }
        for key in keys
    ]
    return {
        "@context": [DID_V1, MULTIKEY_V1],
        "id": did,
        "verificationMethod": methods,
        "assertionMethod": [method["id"] for method in methods],
    }
