"""PDFs put together by hand: only so can they be as wrong as an attacker wants them."""

import io
import zlib
from collections.abc import Sequence

from pypdf import PdfWriter

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
