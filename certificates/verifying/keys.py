"""Public keys of issuers as documents write them: Multikey, JWK, and the did:key of a key itself. Pure.

W3C Controlled Identifiers 1.0, 2.2.2 and 2.2.3; the did:key method, 3.1; RFC 7517.
"""

from collections.abc import Mapping
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, OKPKey, RSAKey

from certificates.errors import UnsafeDocumentError
from certificates.signatures import multibase

PublicKey = Ed25519PublicKey | EllipticCurvePublicKey | RSAPublicKey

ED25519_BYTES = 32
P256_BYTES = 33
RSA_BITS = range(2048, 8193)
PRIVATE_MEMBERS = frozenset({"d", "p", "q", "dp", "dq", "qi", "k"})
KINDS: Mapping[str, type[ECKey | OKPKey | RSAKey]] = {"EC": ECKey, "OKP": OKPKey, "RSA": RSAKey}
DID_KEY = "did:key:"


def from_method(method: Mapping[str, Any]) -> PublicKey | None:
    """Return the key of a verification method; None when it holds none of a kind that is used here."""
    encoded, jwk = method.get("publicKeyMultibase"), method.get("publicKeyJwk")
    if isinstance(encoded, str) and jwk is None:
        return from_multikey(encoded)
    return from_jwk(jwk) if isinstance(jwk, dict) and encoded is None else None


def from_multikey(text: str) -> PublicKey | None:
    """Return the Ed25519 or P-256 key of a Multikey's text (``z6Mk…``, ``zDn…``)."""
    try:
        data = multibase.decode(text)
        kind, raw = data[:2], data[2:]
        if kind == multibase.ED25519_PUBLIC and len(raw) == ED25519_BYTES:
            return Ed25519PublicKey.from_public_bytes(raw)
        if kind == multibase.P256_PUBLIC and len(raw) == P256_BYTES:
            return EllipticCurvePublicKey.from_encoded_point(SECP256R1(), raw)
    except (UnsafeDocumentError, ValueError):
        return None
    return None


def from_jwk(jwk: Mapping[str, Any]) -> PublicKey | None:
    """Return the key of a JWK: RSA of 2048 bits and more, P-256, Ed25519. One with private parts is refused."""
    kind = KINDS.get(str(jwk.get("kty")))
    too_short = kind is RSAKey and len(str(jwk.get("n"))) * 6 < RSA_BITS.start  # six bits in a character
    if kind is None or too_short or PRIVATE_MEMBERS & jwk.keys():
        return None
    try:
        key = kind.import_key({name: value for name, value in jwk.items() if isinstance(value, str)}).public_key
    except (JoseError, ValueError, TypeError, KeyError):
        return None
    match key:
        case Ed25519PublicKey():
            return key
        case EllipticCurvePublicKey() if isinstance(key.curve, SECP256R1):
            return key
        case RSAPublicKey() if key.key_size in RSA_BITS:
            return key
        case _:
            return None


def did_key_document(did: str) -> dict[str, Any] | None:
    """Return the document of a did:key: its one key, named by itself (did:key method, 3.1.1)."""
    encoded = did.removeprefix(DID_KEY)
    if not did.startswith(DID_KEY) or from_multikey(encoded) is None:
        return None
    method = f"{did}#{encoded}"
    return {
        "id": did,
        "verificationMethod": [
            {"id": method, "type": "Multikey", "controller": did, "publicKeyMultibase": encoded},
        ],
        "assertionMethod": [method],
    }
