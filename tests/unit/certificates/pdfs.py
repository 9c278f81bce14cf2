"""PDFs put together by hand: only so can they be as wrong as an attacker wants them."""

import io
import zlib
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from pyhanko.keys.internal import translate_pyca_cryptography_cert_to_asn1, translate_pyca_cryptography_key_to_asn1
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.fields import SigFieldSpec, SigSeedSubFilter
from pyhanko.sign.signers import PdfSignatureMetadata, PdfSigner, SimpleSigner
from pyhanko_certvalidator.registry import SimpleCertificateStore
from pypdf import PdfWriter
from pypdf.annotations import FreeText
from pypdf.generic import ArrayObject, DecodedStreamObject, NameObject

EMPTY_PAGE = b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 100 100] /Resources << /X 1 >> >>"
PAGES = b"<< /Type /Pages /Count 1 /Kids [3 0 R] >>"


def document(*more: bytes, catalog: bytes = b"", pages: bytes = PAGES, page: bytes = EMPTY_PAGE) -> bytes:
    """Return a PDF: catalog (1), page tree (2), page (3) and the objects ``more`` (from 4 on)."""
    objects = [b"<< /Type /Catalog /Pages 2 0 R " + catalog + b" >>", pages, page, *more]
    content, starts = bytearray(b"%PDF-1.7\n"), []
    for number, body in enumerate(objects, 1):
        starts.append(len(content))
        content += b"%d 0 obj\n%b\nendobj\n" % (number, body)
    xref = len(content)
    content += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    content += b"".join(b"%010d 00000 n \n" % start for start in starts)
    content += b"trailer << /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, xref)
    return bytes(content)


def stream(content: bytes, *, entries: bytes = b"") -> bytes:
    """Return a stream object's body."""
    return b"<< /Length %d %b >>\nstream\n%b\nendstream" % (len(content), entries, content)


def deflated(content: bytes, *, times: int = 1) -> bytes:
    """Return a stream that is unpacked in as many steps."""
    for _ in range(times):
        content = zlib.compress(content, 9)
    return stream(content, entries=b"/Filter [" + b"/FlateDecode " * times + b"]")


def with_attachments(*attachments: bytes, catalog: bytes = b"") -> bytes:
    """Return a PDF whose associated files are these, deflated."""
    files = [f"<< /Type /Filespec /F (a) /EF << /F {5 + 2 * n} 0 R >> >>".encode() for n in range(len(attachments))]
    bodies = [body for file, content in zip(files, attachments, strict=True) for body in (file, deflated(content))]
    listed = b" ".join(b"%d 0 R" % (4 + 2 * n) for n in range(len(attachments)))
    return document(*bodies, catalog=b"/AF [" + listed + b"] " + catalog)


def written(*, password: str | None = None, attachments: Sequence[bytes] = ()) -> bytes:
    """Return a PDF as pypdf writes it."""
    writer = PdfWriter()
    writer.add_blank_page(100, 100)
    for number, content in enumerate(attachments):
        writer.add_attachment(f"{number}.json", content)
    if password is not None:
        writer.encrypt(password, algorithm="AES-256")
    result = io.BytesIO()
    writer.write(result)
    return result.getvalue()


def painted(content: bytes, strokes: bytes, *, incremental: bool = False) -> bytes:
    """Return a PDF with shapes drawn over its first page; no word of it is taken away."""
    writer = PdfWriter(io.BytesIO(content), incremental=incremental)
    page = writer.pages[0]
    old: Any = page["/Contents"].get_object()
    streams = [one.get_object() for one in old] if isinstance(old, ArrayObject) else [old]
    drawn = DecodedStreamObject()
    drawn.set_data(b"q " + b"\n".join(one.get_data() for one in streams) + b" Q q " + strokes + b" Q")
    page[NameObject("/Contents")] = writer._add_object(drawn)
    return _bytes_of(writer)


def annotated(content: bytes, text: str) -> bytes:
    """Return a PDF with a note on its first page that covers what stands there."""
    writer = PdfWriter(io.BytesIO(content))
    writer.add_annotation(0, FreeText(text=text, rect=(0, 0, 600, 900), background_color="ffffff"))
    return _bytes_of(writer)


def _bytes_of(writer: PdfWriter) -> bytes:
    result = io.BytesIO()
    writer.write(result)
    return result.getvalue()


class _Careless(PdfSigner):
    """Signs what forbids it: a forger asks nobody."""

    def _enforce_certification_constraints(self, reader: PdfFileReader) -> None:
        pass


def signed_by_a_stranger(content: bytes, *, now: datetime) -> bytes:
    """Return a PDF signed, besides whoever else has, by a key that calls itself as an issuer of ours."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Hochschule Ahrenfeld")])
    builder = x509.CertificateBuilder(name, name, key.public_key(), 7, now - timedelta(days=1), now + timedelta(days=9))
    by = SimpleSigner(
        translate_pyca_cryptography_cert_to_asn1(builder.sign(key, hashes.SHA256())),
        translate_pyca_cryptography_key_to_asn1(key),
        SimpleCertificateStore(),  # type: ignore[no-untyped-call] # pyHanko's own
    )
    about = PdfSignatureMetadata(field_name="Later", md_algorithm="sha256", subfilter=SigSeedSubFilter.PADES)
    signer = _Careless(about, by, new_field_spec=SigFieldSpec(sig_field_name="Later"))
    update = IncrementalPdfFileWriter(io.BytesIO(content), strict=False)
    result: bytes = signer.sign_pdf(update, bytes_reserved=8192).getvalue()
    return result
