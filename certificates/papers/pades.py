"""A paper's seal: a PDF signed by its issuer (PAdES baseline B-B, with a time stamp B-T; ETSI EN 319 142-1).

It certifies the file (DocMDP, no changes allowed), so that every viewer says so when something was added. The update
that holds it changes no page and no metadata: what was PDF/A-3a and PDF/UA-1 stays it.
"""

import io
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from pyhanko.keys.internal import translate_pyca_cryptography_cert_to_asn1
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign.fields import MDPPerm, SigFieldSpec, SigSeedSubFilter
from pyhanko.sign.signers import PdfSignatureMetadata, PdfSigner, Signer
from pyhanko.sign.signers.pdf_signer import PdfSigningSession
from pyhanko.sign.timestamps import TimeStamper
from pyhanko_certvalidator.registry import SimpleCertificateStore

from certificates.issuers.seal import Seal
from certificates.papers.timestamp import TimestampError
from certificates.reading import sandbox

FIELD = "Siegel"
LABEL = "Elektronisches Siegel / electronic seal"
"""The field's name for screen readers (PDF/UA-1, 7.18.1)."""
UNSTAMPED = "Ohne Zeitstempel: der Dienst war nicht erreichbar / without a time stamp: the service could not be reached"
"""Stands in the seal, where every viewer shows it: papers are never stopped by a service that is away."""
SIGNATURE_BYTES = 4096
"""For a signature and its attributes, beside certificates."""
STAMP_BYTES = 16 * 1024
LONGEST_SIGNATURE = 1024


@dataclass(frozen=True, slots=True)
class Stamp:
    """A time stamp on a signature: when, and by whose certificate. ``intact``: it is genuine and on this signature."""

    at: datetime
    certificate: x509.Certificate
    intact: bool


@dataclass(frozen=True, slots=True)
class Signature:
    """What a PDF's signature says. Nothing here says that the signer is trusted: ``seal.owner`` knows our own.

    ``intact``: what it covers is as it was signed, by the certificate's key. ``whole``: that is the whole file, to
    the last byte. ``at`` is the time that the signer claims.
    """

    intact: bool
    whole: bool
    at: datetime | None
    certificate: x509.Certificate
    stamp: Stamp | None


def seal(pdf: bytes, by: Seal, *, now: datetime, timestamper: TimeStamper | None = None) -> bytes:
    """Return the PDF with an invisible seal, and a time stamp where there is a ``timestamper``.

    If that fails, the seal goes without and says so (``UNSTAMPED``). Raises SealUnavailableError when an HSM is away.
    """
    try:
        return _sealed(pdf, by, now, timestamper, None)
    except TimestampError:
        return _sealed(pdf, by, now, None, UNSTAMPED)


def check(pdf: bytes) -> tuple[Signature, ...]:
    """Return what the signatures of a stranger's PDF say, the oldest first; there may be none.

    It is read in the sandbox. Raises UnreadableFileError and its subclasses.
    """
    return tuple(_signature(said) for said in sandbox.run("signatures", pdf))


def _sealed(pdf: bytes, by: Seal, now: datetime, timestamper: TimeStamper | None, reason: str | None) -> bytes:
    chain = sum(len(one.public_bytes(Encoding.DER)) for one in (by.certificate, *by.chain))
    about = PdfSignatureMetadata(
        field_name=FIELD,
        md_algorithm="sha256",
        subfilter=SigSeedSubFilter.PADES,
        certify=True,
        docmdp_permissions=MDPPerm.NO_CHANGES,
        reason=reason,
    )
    field = SigFieldSpec(sig_field_name=FIELD, readable_field_name=LABEL)
    sealer = _Sealer(about, _Signer(by), timestamper=timestamper, new_field_spec=field)
    sealer.now = now
    reserved = chain + SIGNATURE_BYTES + (STAMP_BYTES if timestamper else 0)
    # Reserved are hexadecimal digits, and without this number pyHanko would sign twice to find it.
    before = pdf if pdf.endswith(b"\n") else pdf + b"\n"  # each object begins on a line of its own (PDF/A-3, 6.1.9)
    out: io.BytesIO = sealer.sign_pdf(_Update(io.BytesIO(before)), bytes_reserved=2 * reserved)
    return out.getvalue()


class _Signer(Signer):
    """Lets pyHanko sign by a seal, wherever its key is."""

    def __init__(self, by: Seal) -> None:
        others = SimpleCertificateStore()  # type: ignore[no-untyped-call] # pyHanko's own
        others.register_multiple(translate_pyca_cryptography_cert_to_asn1(one) for one in by.chain)
        super().__init__(signing_cert=translate_pyca_cryptography_cert_to_asn1(by.certificate), cert_registry=others)
        self._by = by

    async def async_sign_raw(self, data: bytes, digest_algorithm: str, dry_run: bool = False) -> bytes:  # noqa: FBT001, FBT002 - pyHanko's own signature
        return bytes(LONGEST_SIGNATURE) if dry_run else self._by.sign(data)


class _Sealer(PdfSigner):
    """Signs at the time that is given, not at the system's."""

    now: datetime

    def init_signing_session(self, pdf_out: Any, existing_fields_only: bool = False) -> PdfSigningSession:  # noqa: FBT001, FBT002 - same
        session = super().init_signing_session(pdf_out, existing_fields_only)
        session.system_time = self.now
        return session


class _Update(IncrementalPdfFileWriter):
    """Adds the signature and leaves the metadata (XMP) as Typst wrote them, with what they say of PDF/A and PDF/UA."""

    def _update_meta(self) -> None:
        pass


def _signature(said: dict[str, Any]) -> Signature:
    stamp = said["stamp"]
    return Signature(
        intact=said["intact"],
        whole=said["whole"],
        at=datetime.fromisoformat(said["at"]) if said["at"] else None,
        certificate=x509.load_pem_x509_certificate(said["certificate"].encode()),
        stamp=None
        if stamp is None
        else Stamp(
            datetime.fromisoformat(stamp["at"]),
            x509.load_pem_x509_certificate(stamp["certificate"].encode()),
            stamp["intact"],
        ),
    )
