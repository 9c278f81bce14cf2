"""A credential as a signed JSON Web Token, VC-JWT (Open Badges 3.0, section 8.2), by joserfc. Pure."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey, EllipticCurvePublicKey
from joserfc import jws
from joserfc.jwk import ECKey

from certificates.errors import UnsafeDocumentError
from certificates.signatures import did
from certificates.verifying.structure import parse_instant

ALGORITHM = "ES256"
"""One of the two that 1EdTech's validator takes."""
REGISTRY = jws.JWSRegistry(algorithms=[ALGORITHM])


@dataclass(frozen=True, slots=True)
class JwtKey:
    """A private P-256 key, ready to sign, and its number within the issuer."""

    number: int
    private: EllipticCurvePrivateKey


def encode(credential: Mapping[str, Any], key: JwtKey, *, issuer_did: str) -> str:
    """Return ``credential``, without its embedded proof, as a token that ``key`` signed in compact serialization.

    ``kid`` leads to the issuer's DID document, where the key is. The registered claims repeat what the credential
    says (8.2.3). Raises UnsafeDocumentError for a credential whose times can't be told.
    """
    content = {name: value for name, value in credential.items() if name != "proof"}
    claims = {
        "iss": issuer_did,
        "jti": content["id"],
        "sub": content["credentialSubject"]["id"],
        "nbf": _seconds(content["validFrom"]),
    }
    if "validUntil" in content:
        claims["exp"] = _seconds(content["validUntil"])
    header = {"alg": ALGORITHM, "kid": did.key_id(issuer_did, key.number), "typ": "JWT"}
    payload = json.dumps({**content, **claims}, ensure_ascii=False, separators=(",", ":"))
    return jws.serialize_compact(header, payload.encode(), ECKey.import_key(key.private), registry=REGISTRY)


def jwk(key: EllipticCurvePublicKey) -> dict[str, str]:
    """Return the public key as a JWK (RFC 7517): ``kty``, ``crv``, ``x``, ``y`` and nothing else."""
    found = ECKey.import_key(key).as_dict(private=False)
    return {name: str(found[name]) for name in ("kty", "crv", "x", "y")}


def _seconds(written: Any) -> int:
    """Return a time as NumericDate (RFC 7519, section 2)."""
    moment = parse_instant(written)
    if moment is None:
        raise UnsafeDocumentError("a time of the credential can't be read")
    return int(moment.timestamp())
