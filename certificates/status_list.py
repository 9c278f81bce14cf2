"""Bitstring status lists (W3C Bitstring Status List 1.0). Pure: bits in, credential out.

A list has at least 131,072 places, drawn at random, so that asking for one says little about whom.
"""

import base64
import gzip
import zlib
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from certificates.errors import UnsafeDocumentError
from certificates.signatures.contexts import CREDENTIALS_V2
from certificates.signatures.proof import instant
from certificates.status import StatusPurpose

SIZE = 131_072
LIFETIME = timedelta(days=2)
MAX_COMPRESSED = 1_000_000
MAX_BYTES = 2_000_000


def encode(indexes: Iterable[int], size: int = SIZE) -> str:
    """Return the ``encodedList`` with exactly ``indexes`` of ``size`` set: multibase ``u`` over gzip (section 3.3).

    The first index is the left-most, most significant bit. The same bits give the same text.
    """
    places = bytearray(b"0") * size
    for index in indexes:
        places[index] = ord("1")
    # Base 2 is read in linear time, so this is faster than to set bits one by one.
    packed = gzip.compress(int(places, 2).to_bytes(size // 8), mtime=0)
    return "u" + base64.urlsafe_b64encode(packed).rstrip(b"=").decode()


def decode(encoded: str) -> bytes:
    """Return the bits of an ``encodedList``. Raises UnsafeDocumentError for a damaged, short or huge one."""
    if not encoded.startswith("u") or len(encoded) > MAX_COMPRESSED:
        raise UnsafeDocumentError("not a multibase base64url list")
    try:
        packed = base64.b64decode(encoded[1:] + "=" * (-len(encoded[1:]) % 4), altchars=b"-_", validate=True)
        inflate = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)
        bits = inflate.decompress(packed, MAX_BYTES)
    except (ValueError, zlib.error) as error:
        raise UnsafeDocumentError("the status list is damaged") from error
    if inflate.unconsumed_tail or not inflate.eof:
        raise UnsafeDocumentError("the status list is too large or cut short")
    if len(bits) * 8 < SIZE:
        raise UnsafeDocumentError("the status list has fewer than 131,072 places")
    return bits


def is_set(bits: bytes, index: int) -> bool:
    """Say whether the bit at ``index`` is set. Raises UnsafeDocumentError outside the list."""
    if not 0 <= index < len(bits) * 8:
        raise UnsafeDocumentError("the place lies outside the status list")
    return bool(bits[index // 8] & 0x80 >> (index % 8))


def build(
    address: str,
    issuer: str,
    indexes: Iterable[int],
    *,
    now: datetime,
    purpose: StatusPurpose = StatusPurpose.REVOCATION,
    size: int = SIZE,
) -> dict[str, Any]:
    """Return the unsigned BitstringStatusListCredential at ``address``, true from ``now`` for two days.

    It ends so that nobody can show an old list for ever; the publisher signs a new one every day.
    """
    return {
        "@context": [CREDENTIALS_V2],
        "id": address,
        "type": ["VerifiableCredential", "BitstringStatusListCredential"],
        "issuer": issuer,
        "validFrom": instant(now),
        "validUntil": instant(now + LIFETIME),
        "credentialSubject": {
            "id": f"{address}#list",
            "type": "BitstringStatusList",
            "statusPurpose": purpose.value,
            "encodedList": encode(indexes, size),
        },
    }


def place(entry: Mapping[str, Any]) -> int:
    """Return the place in a ``credentialStatus``. Raises UnsafeDocumentError when it is no whole number."""
    index = entry.get("statusListIndex")
    if not isinstance(index, str) or not index.isascii() or not index.isdigit() or len(index) > len(str(MAX_BYTES * 8)):
        raise UnsafeDocumentError("statusListIndex is no whole number")
    return int(index)
