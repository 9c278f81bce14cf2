"""JSON-LD contexts: openbadgeslib's package data, pinned by hash. Nothing is ever loaded from the network.

A context decides what a signature means, and ``context-3.0.3.json`` has changed under the same address before;
so a changed file is refused, not used.
"""

import hashlib
import json
from collections.abc import Callable
from functools import cache
from importlib.resources import files
from typing import Any

from certificates.errors import UnknownContextError

CREDENTIALS_V2 = "https://www.w3.org/ns/credentials/v2"
OPEN_BADGES = "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json"
DID_V1 = "https://www.w3.org/ns/did/v1"
MULTIKEY_V1 = "https://w3id.org/security/multikey/v1"

PINNED: dict[str, tuple[str, str]] = {
    CREDENTIALS_V2: (
        "credentials-v2.json",
        "59955ced6697d61e03f2b2556febe5308ab16842846f5b586d7f1f7adec92734",
    ),
    OPEN_BADGES: (
        "ob-v3p0-context-3.0.3.json",
        "3d34f4d4ef1bce691106e63798beb5e7b862ba841423f5ee1e53ab7ddf3bca84",
    ),
    "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.2.json": (
        "ob-v3p0-context-3.0.2.json",
        "00666ad080ba407687ed1846b7f5e7495f5019042b202a727de47c48a1755c53",
    ),
    "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.1.json": (
        "ob-v3p0-context-3.0.1.json",
        "5f3d9dd6288ef437ff8286cf95ffbff609c748a66f24a1e9450c45ca64be1571",
    ),
    "https://purl.imsglobal.org/spec/ob/v3p0/extensions.json": (
        "ob-v3p0-extensions.json",
        "87c06c81bc2317663bf288d740d94fddd2818c4342b186270ff6371dfaa63f93",
    ),
    "https://w3id.org/security/data-integrity/v2": (
        "security-data-integrity-v2.json",
        "67f21e6e33a6c14e5ccfd2fc7865f7474fb71a04af7e94136cb399dfac8ae8f4",
    ),
    MULTIKEY_V1: (
        "security-multikey-v1.json",
        "ba2c182de2d92f7e47184bcca8fcf0beaee6d3986c527bf664c195bbc7c58597",
    ),
}

Loader = Callable[[str, dict[str, Any]], dict[str, Any]]
"""What pyld asks: (address, options) -> remote document."""


def read_pinned(name: str, digest: str) -> dict[str, Any]:
    """Return the context in openbadgeslib's file ``name``.

    Raises UnknownContextError unless its SHA-256 is ``digest``.
    """
    content = files("openbadgeslib").joinpath("ob3", "contexts", name).read_bytes()
    if hashlib.sha256(content).hexdigest() != digest:
        raise UnknownContextError(f"the context file {name} is not the pinned one")
    document: dict[str, Any] = json.loads(content)
    return document


@cache
def _pinned(url: str) -> dict[str, Any]:
    if url not in PINNED:
        raise UnknownContextError("a context is not pinned here and is not fetched")
    return read_pinned(*PINNED[url])


def load(url: str, _options: dict[str, Any] | None = None) -> dict[str, Any]:
    """Return the pinned context at ``url`` as pyld wants it. Raises UnknownContextError for any other."""
    return {
        "contentType": "application/ld+json",
        "contextUrl": None,
        "documentUrl": url,
        "document": _pinned(url),
    }
