"""A stranger's PDF: its signatures, by pyHanko. Runs in the sandbox; nobody is asked, and nobody is trusted here.

pyHanko compares what the signature covers. What it doesn't look at is done here: that the gap in what is covered is
the signature itself, written in one way only, so that no byte of a file could be another one.
"""

import asyncio
import io
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from asn1crypto import cms, core, pem
from asn1crypto.x509 import Certificate
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from pyhanko.pdf_utils.misc import PdfError
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.diff_analysis import ModificationLevel
from pyhanko.sign.validation import async_validate_pdf_signature
from pyhanko.sign.validation.errors import SignatureValidationError
from pyhanko.sign.validation.pdf_embedded import EmbeddedPdfSignature
from pyhanko.sign.validation.status import PdfSignatureStatus, SignatureCoverageLevel
from pyhanko_certvalidator import ValidationContext

from certificates.errors import EncryptedFileError, TooCostlyFileError, UnreadableFileError

MAX_SIGNATURES = 10


def read(content: bytes) -> list[dict[str, Any]]:
    """Return each signature as ``certificates.papers.pades.Signature`` has it: times in ISO 8601, certificates as PEM.

    Raises EncryptedFileError, TooCostlyFileError, UnreadableFileError.
    """
    try:
        reader = PdfFileReader(io.BytesIO(content), strict=False)
        if reader.encrypted:
            raise EncryptedFileError("the PDF is encrypted")
        signatures = reader.embedded_regular_signatures
        if len(signatures) > MAX_SIGNATURES:
            raise TooCostlyFileError("the PDF has too many signatures")
        return [_said(content, one) for one in signatures]
    except (PdfError, SignatureValidationError, ValueError, KeyError, TypeError, AttributeError) as error:
        # The last four are asn1crypto's and pyHanko's, who read a signature only where it is looked at.
        raise UnreadableFileError(f"the PDF's signature can't be read ({type(error).__name__})") from error


def _said(content: bytes, found: EmbeddedPdfSignature) -> dict[str, Any]:
    nobody = ValidationContext(trust_roots=[], allow_fetching=False)
    status = asyncio.run(async_validate_pdf_signature(found, nobody))
    return {
        "intact": status.intact and status.valid,
        "whole": status.coverage is SignatureCoverageLevel.ENTIRE_FILE
        and status.modification_level in {None, ModificationLevel.NONE}
        and _is_exact(content, found),
        "at": _iso(found.self_reported_timestamp),
        "certificate": _pem(status.signing_cert),
        "stamp": _stamp(status),
    }


def _is_exact(content: bytes, found: EmbeddedPdfSignature) -> bool:
    """Say whether all bytes that are not covered are the signature, and there is one way to write it."""
    start, length, start2, _ = found.byte_range
    gap, signature = content[start + length : start2], found.pkcs7_content
    written = {b"<" + digits + b">" for digits in (signature.hex().encode(), signature.hex().upper().encode())}
    whole = cms.ContentInfo.load(signature)
    der = whole.dump()  # without the zeros that fill the gap
    return (
        gap in written
        and signature == der + bytes(len(signature) - len(der))
        and der == cms.ContentInfo({"content_type": "signed_data", "content": whole["content"]}).dump()
        and _is_plain(whole["content"], found.signer_cert)
        and _are_linked([found.signer_cert, *found.other_embedded_certs])
    )


def _is_plain(signed: cms.SignedData, by: Certificate) -> bool:
    """Say whether what the signature does not protect in its own envelope is as RFC 5652 (5.1, 5.3) wants it."""
    signer = signed["signer_infos"][0]
    name = signer["digest_algorithm"]["algorithm"].native
    by_serial = signer["sid"].name == "issuer_and_serial_number"
    serial = {"issuer": by.issuer, "serial_number": by.serial_number}
    digests = [cms.DigestAlgorithm({"algorithm": name, **more}).dump() for more in ({}, {"parameters": core.Null()})]
    simple = by_serial and signed["encap_content_info"]["content_type"].native == "data"
    return (
        len(signed["signer_infos"]) == 1
        and signed["version"].native == ("v1" if simple else "v3")
        and signer["version"].native == ("v1" if by_serial else "v3")
        and signer["digest_algorithm"].dump() in digests
        and [one.dump() for one in signed["digest_algorithms"]] == [signer["digest_algorithm"].dump()]
        and signer["sid"].chosen.dump()
        == (cms.IssuerAndSerialNumber(serial).dump() if by_serial else signer["sid"].chosen.dump())
    )


def _are_linked(embedded: Iterable[Certificate]) -> bool:
    """Say whether each certificate of the chain is genuine, as far as the one above it came along."""
    chain = [x509.load_der_x509_certificate(one.dump()) for one in embedded]
    try:
        for one in chain:
            for above in (above for above in chain if above.subject == one.issuer):
                one.verify_directly_issued_by(above)
    except InvalidSignature:
        return False
    return True


def _stamp(status: PdfSignatureStatus) -> dict[str, Any] | None:
    stamp = status.timestamp_validity
    if stamp is None:
        return None
    return {
        "at": _iso(stamp.timestamp),
        "certificate": _pem(stamp.signing_cert),
        "intact": stamp.intact and stamp.valid,
    }


def _iso(instant: datetime | None) -> str | None:
    return instant.isoformat() if instant else None


def _pem(certificate: Certificate) -> str:
    return str(pem.armor("CERTIFICATE", certificate.dump()), "ascii")
