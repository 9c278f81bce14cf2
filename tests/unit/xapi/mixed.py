"""Bodies with attachments, and signatures, to test with."""

import hashlib
import json
from base64 import b64encode
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID
from jwt import PyJWS

BOUNDARY = "-------314159265358979323846"
MIXED = f"multipart/mixed; boundary={BOUNDARY}"
SIGNATURE = "http://adlnet.gov/expapi/attachments/signature"
OCTETS = "application/octet-stream"
TEXT = b"here is a simple attachment"
SUITE_EXAMPLE = "495395e777cd98da653df9615d09c0fd6bb2f8d4788394cd53c56a3bfdcd848a"
"""The SHA-256 of TEXT as the standard's example has it."""


def sha2(content: bytes, algorithm: str = "sha256") -> str:
    return hashlib.new(algorithm, content).hexdigest()


def attachment(content: bytes = TEXT, **changes: Any) -> dict[str, Any]:
    """Describe a content; a change to None leaves a member out."""
    made = {
        "usageType": "http://example.com/attachment-usage/test",
        "display": {"en-US": "A test attachment"},
        "contentType": "text/plain; charset=ascii",
        "length": len(content),
        "sha2": sha2(content),
    } | changes
    return {name: value for name, value in made.items() if value is not None}


def part(content: bytes = TEXT, **headers: str | None) -> bytes:
    """Write a part of a content; a header set to None is left out."""
    made = {
        "Content-Type": "text/plain",
        "Content-Transfer-Encoding": "binary",
        "X-Experience-API-Hash": sha2(content),
    } | {name.replace("_", "-"): value for name, value in headers.items()}
    lines = "".join(f"{name}: {value}\r\n" for name, value in made.items() if value is not None)
    return lines.encode() + b"\r\n" + content


def mixed(value: Any, *parts: bytes) -> bytes:
    """Write a whole body: JSON and other parts."""
    first = b"Content-Type: application/json\r\n\r\n" + json.dumps(value).encode()
    return joined(first, *parts)


def joined(*parts: bytes, boundary: str = BOUNDARY) -> bytes:
    dashes = f"--{boundary}".encode()
    return b"".join(dashes + b"\r\n" + part + b"\r\n" for part in parts) + dashes + b"--\r\n"


@cache
def rsa_key(bits: int = 2048) -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=bits)


@cache
def other_rsa_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def signed(statement: Any, *, algorithm: str = "RS256", key: Any = None, **headers: Any) -> bytes:
    """Sign a statement, or bytes as they are."""
    payload = statement if isinstance(statement, bytes) else json.dumps(statement).encode()
    return PyJWS().encode(payload, key or rsa_key(), algorithm, headers | {"typ": ""}).encode()


def signature(content: bytes, **changes: Any) -> dict[str, Any]:
    """Describe a signature among a statement's attachments."""
    return attachment(content, **{"usageType": SIGNATURE, "contentType": OCTETS} | changes)


def certificate(key: Any = None, *, issuer: Any = None, name: str = "signer", issuer_name: str = "signer") -> str:
    """Make a certificate as x5c has it."""
    key = key or rsa_key()
    start = datetime(2026, 1, 1, tzinfo=UTC)

    def named(text: str) -> x509.Name:
        return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])

    made = (
        x509.CertificateBuilder()
        .subject_name(named(name))
        .issuer_name(named(issuer_name))
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(start)
        .not_valid_after(start + timedelta(days=1))
        .sign(issuer or key, hashes.SHA256())
    )
    return b64encode(made.public_bytes(serialization.Encoding.DER)).decode()


def elliptic_key() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())
