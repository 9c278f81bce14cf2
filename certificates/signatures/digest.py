"""The digest of what a credential says, by which an endorsement names exactly that (VCDM 2.0, digestMultibase). Pure.

The proof and what others say about the credential stand beside that: they come later, and may be made anew.
"""

import hashlib
from collections.abc import Callable, Mapping
from typing import Any

from certificates.signatures import multibase
from certificates.signatures.canonical import CANONICALIZER

BESIDE = frozenset({"proof", "endorsement", "endorsementJwt"})
SHA2_256 = b"\x12\x20"
"""Multihash (W3C Controlled Identifiers 1.0, 2.5): the algorithm, then the length."""


def of_content(credential: Mapping[str, Any], nquads: Callable[[Mapping[str, Any]], str] = CANONICALIZER.nquads) -> str:
    """Return SHA-256 of the canonical form (RDFC-1.0) of ``credential``, signed or not, as a multibase text (``zQm…``).

    Raises UnsafeDocumentError for what can't be canonicalized.
    """
    content = {name: value for name, value in credential.items() if name not in BESIDE}
    return multibase.encode(SHA2_256 + hashlib.sha256(nquads(content).encode()).digest())
