"""A seal of a trust service, handed in as a PKCS#12 file (RFC 7292)."""

from datetime import datetime

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import pkcs12

from certificates.errors import SealFileError, TooLargeFileError, UnfitSealError
from certificates.issuers.seal import Seal, require_fit
from certificates.reading import sandbox

MAX_PKCS12_BYTES = 256 * 1024


def open_pkcs12(content: bytes, password: str, *, now: datetime) -> Seal:
    """Open a PKCS#12 file (RFC 7292); the password isn't kept. Not for inside a writing session: it takes time.

    Raises SealFileError when the password doesn't open it, TooLargeFileError and TooCostlyFileError for what no such
    file is, UnfitSealError and SealExpiredError for what can't seal.
    """
    if len(content) > MAX_PKCS12_BYTES:
        raise TooLargeFileError("a PKCS#12 file has not so many bytes")
    # The file says how often its password is hashed, so a child with limits tries it first.
    sandbox.run("pkcs12", content, password=password)
    try:
        opened = pkcs12.load_pkcs12(content, password.encode())
    except ValueError:
        raise SealFileError("this is no PKCS#12 file, or the password doesn't open it") from None
    if not isinstance(opened.key, ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey) or opened.cert is None:
        raise UnfitSealError("the file needs a certificate and its key, RSA or elliptic curve", field="file")
    others = [one.certificate for one in opened.additional_certs]
    seal = Seal(0, opened.cert.certificate, tuple(_chain(opened.cert.certificate, others)), opened.key)
    require_fit(seal, now)
    return seal


def _chain(leaf: x509.Certificate, others: list[x509.Certificate]) -> list[x509.Certificate]:
    """Return the others in order, each the issuer of the one before; what has no part in it is left out."""
    chain = [leaf]
    while len(chain) <= len(others):
        above = next((one for one in others if one not in chain and one.subject == chain[-1].issuer), None)
        if above is None:
            break
        chain.append(above)
    return chain[1:]
