"""VC-JWT: who signed the token, whether it holds, and whether its claims say what the credential says (OB 3.0, 8.2).

The key comes from the issuer's document, by ``kid``. A ``jwk`` that the token brings itself proves nothing: it counts
only if the issuer publishes the same key.
"""

import base64
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, RSAKey

from certificates.verifying import issuers, keys
from certificates.verifying.forms import Token
from certificates.verifying.issuers import Resolve, Signer, issuer_id
from certificates.verifying.keys import PublicKey
from certificates.verifying.proofs import Secured
from certificates.verifying.report import Finding, Json, Part, failed, ok, unknown
from certificates.verifying.structure import parse_instant

ALGORITHMS: Mapping[str, type[RSAPublicKey | EllipticCurvePublicKey | Ed25519PublicKey]] = {
    "RS256": RSAPublicKey,
    "ES256": EllipticCurvePublicKey,
    "EdDSA": Ed25519PublicKey,
    "Ed25519": Ed25519PublicKey,
}
"""Those of OB 3.0, 8.2, and what other issuers use (RFC 8037, RFC 9864); each with its kind of key."""
REGISTRY = jws.JWSRegistry(algorithms=["RS256", "ES256"])
TYPES = frozenset({"jwt", "vc+jwt", "vc+ld+json+jwt", "vc+ld+jwt"})
REFUSED = ("none", "HS")
"""Whoever reads such a token could have written it."""
MAX_TOKEN = 1_000_000
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
REGISTRY.max_payload_length = MAX_TOKEN
REGISTRY.max_header_length = MAX_TOKEN


def check(token: Token, content: Json, resolve: Resolve, *, now: datetime) -> Secured:
    """Look at the token that carries ``content``."""
    algorithm = token.header.get("alg")
    if not isinstance(algorithm, str) or algorithm.startswith(REFUSED):
        return Secured(unknown(Part.ISSUER, "not_signed"), failed(Part.INTEGRITY, "refused_algorithm"))
    kind = str(token.header.get("typ", "JWT")).lower().removeprefix("application/")
    if algorithm not in ALGORITHMS or "crit" in token.header or kind not in TYPES:
        return Secured(unknown(Part.ISSUER, "unsupported_form"), unknown(Part.INTEGRITY, "unsupported_form"))
    found = _signer(token.header, content, resolve, now)
    if found.key is None:
        return Secured(found.finding, unknown(Part.INTEGRITY, "no_key"))
    return Secured(found.finding, _holds(token, algorithm, found.key, content), found.known)


def _signer(header: Mapping[str, Any], content: Json, resolve: Resolve, now: datetime) -> Signer:
    issuer, kid, jwk = issuer_id(content), header.get("kid"), header.get("jwk")
    if kid is None and isinstance(jwk, dict):
        return issuers.owner_of_jwk(issuer, jwk, resolve, now=now)
    if not isinstance(kid, str):
        return issuers.puzzled("no_key_named")
    found = issuers.signer(issuer, f"{issuer}{kid}" if kid.startswith("#") else kid, resolve, now=now)
    if found.key is not None and jwk is not None and not (isinstance(jwk, dict) and keys.from_jwk(jwk) == found.key):
        return issuers.refuse("foreign_key")
    return found


def _holds(token: Token, algorithm: str, key: PublicKey, content: Json) -> Finding:
    if not isinstance(key, ALGORITHMS[algorithm]):
        return failed(Part.INTEGRITY, "other_kind_of_key")
    try:
        _check_signature(token, algorithm, key)
    except (JoseError, InvalidSignature, ValueError):
        return failed(Part.INTEGRITY, "changed")
    wrong = not _claims_match(token.payload, content)
    return failed(Part.INTEGRITY, "claims_differ") if wrong else ok(Part.INTEGRITY)


def _check_signature(token: Token, algorithm: str, key: PublicKey) -> None:
    if isinstance(key, Ed25519PublicKey):
        # Not by joserfc: it warns of the name EdDSA, which RFC 9864 deprecates and which everybody uses.
        signed, _, signature = token.text.rpartition(".")
        key.verify(base64.urlsafe_b64decode(signature + "=" * (-len(signature) % 4)), signed.encode())
        return
    pem = key.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    known = RSAKey.import_key(pem) if isinstance(key, RSAPublicKey) else ECKey.import_key(pem)
    jws.deserialize_compact(token.text, known, algorithms=[algorithm], registry=REGISTRY)


def _claims_match(payload: Json, content: Json) -> bool:
    """Say whether iss, jti, sub, nbf and exp are there and repeat the credential (OB 3.0, 8.2.3)."""
    subject = content.get("credentialSubject")
    holder = subject.get("id") if isinstance(subject, dict) else None
    return (
        payload.get("iss") == issuer_id(content)
        and payload.get("jti") == content.get("id")
        and payload.get("sub") == holder
        and _is_moment(payload.get("nbf"), content.get("validFrom"))
        and _is_moment(payload.get("exp"), content.get("validUntil"))
    )


def _is_moment(claim: Any, written: Any) -> bool:
    """Say whether a NumericDate (RFC 7519, section 2) is the written time, to the second; both may be missing."""
    if claim is None and written is None:
        return True
    moment = parse_instant(written)
    if moment is None or isinstance(claim, bool) or not isinstance(claim, int | float):
        return False
    return abs(claim - (moment - EPOCH) / timedelta(seconds=1)) < 1
