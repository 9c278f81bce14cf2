"""Multibase base58btc and Multikey for Ed25519 and P-256 (W3C Controlled Identifiers 1.0, 2.2.2 and 2.4)."""

from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from certificates.errors import UnsafeDocumentError

ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
ED25519_PUBLIC = b"\xed\x01"
P256_PUBLIC = b"\x80\x24"
KEY_BYTES = 32
MAX_LENGTH = 200


def encode(data: bytes) -> str:
    """Return ``data`` in base58btc behind its multibase letter ``z``."""
    number = int.from_bytes(data)
    digits = ""
    while number:
        number, digit = divmod(number, 58)
        digits = ALPHABET[digit] + digits
    zeros = len(data) - len(data.lstrip(b"\0"))
    return "z" + ALPHABET[0] * zeros + digits


def decode(text: str) -> bytes:
    """Return the bytes of a base58btc multibase text. Raises UnsafeDocumentError when it is none."""
    if not text.startswith("z") or len(text) > MAX_LENGTH or any(letter not in ALPHABET for letter in text[1:]):
        raise UnsafeDocumentError("not a base58btc multibase text")
    number = 0
    for letter in text[1:]:
        number = number * 58 + ALPHABET.index(letter)
    zeros = len(text[1:]) - len(text[1:].lstrip(ALPHABET[0]))
    return b"\0" * zeros + number.to_bytes((number.bit_length() + 7) // 8)


def multikey(key: Ed25519PublicKey | EllipticCurvePublicKey) -> str:
    """Return the key's ``publicKeyMultibase`` (``z6Mk…``, or ``zDn…`` for P-256)."""
    if isinstance(key, Ed25519PublicKey):
        return encode(ED25519_PUBLIC + key.public_bytes_raw())
    return encode(P256_PUBLIC + key.public_bytes(Encoding.X962, PublicFormat.CompressedPoint))


def public_key(text: str) -> Ed25519PublicKey:
    """Return the Ed25519 key in a ``publicKeyMultibase``. Raises UnsafeDocumentError for another kind."""
    data = decode(text)
    if not data.startswith(ED25519_PUBLIC) or len(data) != len(ED25519_PUBLIC) + KEY_BYTES:
        raise UnsafeDocumentError("not an Ed25519 Multikey")
    return Ed25519PublicKey.from_public_bytes(data[len(ED25519_PUBLIC) :])


def p256_key(text: str) -> EllipticCurvePublicKey | None:
    """Return the P-256 key in a ``publicKeyMultibase``; None for another kind. Raises UnsafeDocumentError."""
    data = decode(text)
    if not data.startswith(P256_PUBLIC):
        return None
    try:
        return EllipticCurvePublicKey.from_encoded_point(SECP256R1(), data[len(P256_PUBLIC) :])
    except ValueError as error:
        raise UnsafeDocumentError("not a P-256 Multikey") from error
