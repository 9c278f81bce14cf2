"""Signed statements (1.0.3, data, 2.6; 2.0, 4.2.6): a JSON web signature among a statement's attachments.

What is asked of a signature is that it is one of this statement: it says so itself, and if it brings a certificate,
that one made it. Who owns the certificate isn't asked, nor whether it still runs: the standard leaves that to who
reads the statement.
"""

from base64 import b64decode
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import jwt
from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from jwt import PyJWS

from xapi import statements
from xapi.errors import BadJsonError, InvalidStatementError
from xapi.parts import Json
from xapi.strict_json import parse
from xapi.vocabulary import Edition

USAGE = "http://adlnet.gov/expapi/attachments/signature"
CONTENT_TYPE = "application/octet-stream"
MOST_CERTIFICATES = 10
_ALGORITHMS = ("RS256", "RS384", "RS512")
# RFC 7518, 3.3: keys of 2048 bits or more.
_JWS = PyJWS(algorithms=_ALGORITHMS, options={"verify_signature": True, "enforce_minimum_key_length": True})


def is_signature(attachment: Json) -> bool:
    """Say whether an attachment calls itself a signature."""
    return bool(attachment["usageType"] == USAGE)


@dataclass(frozen=True)
class Signatures:
    """The signatures among a request's contents (by SHA-2, lower case); each is read once, however many name it."""

    contents: Mapping[str, bytes]
    edition: Edition
    _read: dict[str, Json] = field(default_factory=dict, init=False)

    def check(self, statement: Json, attachment: Json, pointer: str) -> None:
        """Check one signature of a valid statement; ``pointer`` says where the attachment stands.

        Raises InvalidStatementError if it is malformed, isn't of the certificate it brings, or signs something else.
        """
        sha2 = attachment["sha2"].lower()
        if attachment["contentType"].lower() != CONTENT_TYPE:
            raise InvalidStatementError(f"{pointer}/contentType", f"a signature's content type is {CONTENT_TYPE}")
        if sha2 not in self.contents:
            raise InvalidStatementError(pointer, "a signature is sent along, a fileUrl doesn't do")
        if sha2 not in self._read:
            self._read[sha2] = read(self.contents[sha2], pointer, edition=self.edition)
        if not _is_before(self._read[sha2], statement):
            raise InvalidStatementError(pointer, "what is signed is this statement")


def read(content: bytes, pointer: str, *, edition: Edition) -> Json:
    """Return the statement that a JWS signs, as ``statements.comparable`` writes it.

    The serialization is the compact one (a must in 2.0, a should in 1.0.3). Raises InvalidStatementError.
    """
    try:
        token = _JWS.decode_complete(content, options={"verify_signature": False})
    except jwt.PyJWTError:
        raise InvalidStatementError(pointer, "a signature is a JWS in compact serialization") from None
    header = token["header"]
    if header.get("alg") not in _ALGORITHMS:
        raise InvalidStatementError(pointer, "a signature's algorithm is RS256, RS384 or RS512")
    if not token["signature"]:
        raise InvalidStatementError(pointer, "a JWS has a signature")
    if "x5c" in header:
        _verify(content, header, pointer)
    try:
        signed = statements.check(parse(token["payload"]), edition=edition)
    except (BadJsonError, InvalidStatementError):
        raise InvalidStatementError(pointer, "what is signed is a valid statement as JSON") from None
    return statements.comparable(signed)


def _is_before(signed: Json, statement: Json) -> bool:
    """Say whether ``signed`` is ``statement`` before it was signed.

    Signatures are no part of that, other attachments are. An id and a timestamp may be missing from either: the
    store would have given them (1.0.3, data, 2.3.1).
    """
    original, received = dict(signed), statements.comparable(statement)
    for name in ("id", "timestamp"):
        if name not in original or name not in received:
            original.pop(name, None)
            received.pop(name, None)
    for one in (original, received):
        one["attachments"] = [each for each in one.get("attachments", ()) if not is_signature(each)]
    return original == received


def _verify(content: bytes, header: dict[str, Any], pointer: str) -> None:
    """Check the signature against the certificate it brings, and that its chain is one (RFC 7515, 4.1.6)."""
    chain = header["x5c"]
    if not isinstance(chain, list) or not 1 <= len(chain) <= MOST_CERTIFICATES:
        raise InvalidStatementError(pointer, f"x5c is a list of one to {MOST_CERTIFICATES} certificates")
    try:
        certificates = [x509.load_der_x509_certificate(b64decode(one, validate=True)) for one in chain]
        for certificate, issuer in pairwise(certificates):
            certificate.verify_directly_issued_by(issuer)
        key = certificates[0].public_key()
    except (ValueError, TypeError, x509.InvalidVersion, UnsupportedAlgorithm, InvalidSignature):
        raise InvalidStatementError(pointer, "x5c is a chain of X.509 certificates") from None
    if not isinstance(key, RSAPublicKey):
        raise InvalidStatementError(pointer, "the certificate in x5c has an RSA key")
    try:
        _JWS.decode_complete(content, key, algorithms=[header["alg"]])
    except jwt.PyJWTError:
        raise InvalidStatementError(pointer, "the signature is of the certificate in x5c") from None
