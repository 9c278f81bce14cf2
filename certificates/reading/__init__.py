"""What was handed in as a certificate: which form it is, and what of it is to be verified.

Decided by the bytes alone: file names and content types say nothing. Everything here is a stranger's; each refusal
is a subclass of UnreadableFileError with a code of its own.
"""

import re
from dataclasses import dataclass
from enum import StrEnum

import jiter
from lxml import etree

from certificates.errors import (
    ArchiveFileError,
    EmptyFileError,
    ForeignCodeError,
    NoCredentialError,
    OldBadgeError,
    SeveralCredentialsError,
    TooLargeFileError,
    UnknownFileError,
    UnreadableFileError,
)
from certificates.papers import baking
from certificates.reading import markup, sandbox

MAX_BYTES = 10 * 1024 * 1024
"""Of a file. ELMO files and PDFs may carry a scanned diploma."""
MAX_ADDRESS = 2000
"""Characters of an address, or of a QR code's content."""
PDF_END = 1024
"""Bytes from the end in which readers look for a PDF's end (ISO 32000-1, annex H.3)."""

ELMO = "{https://github.com/emrex-eu/elmo-schemas/tree/v1}elmo"
AWARD_ID = re.compile(r"\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b", re.IGNORECASE)
ARCHIVES = (
    *(b"PK\3\4", b"PK\5\6", b"\x1f\x8b", b"BZh", b"\xfd7zXZ\0", b"7z\xbc\xaf\x27\x1c", b"Rar!"),
    b"\x28\xb5\x2f\xfd",
)
JPEG = b"\xff\xd8\xff"
WEBP = re.compile(rb"RIFF....WEBP", re.DOTALL)
OTHER_PICTURES = (b"GIF8", b"RIFF", b"BM", b"II*\0", b"MM\0*")
CHECK_PAGE = re.compile(rf"/nachweis/({AWARD_ID.pattern})/?(?:[?#].*)?", re.IGNORECASE | re.DOTALL)
"""What stands behind our public address in the QR code of a paper, whatever a messenger has added to it."""
SCRIPTED = re.compile(r"script|foreignObject|iframe|embed|object|handler", re.IGNORECASE)
SCRIPT_ADDRESS = re.compile(r"\s*(javascript|vbscript|data:text)", re.IGNORECASE)


class Container(StrEnum):
    """In what it came."""

    ADDRESS = "address"
    """Typed, or in the QR code that a photo of a paper shows."""
    JSON = "json"
    JWT = "jwt"
    PNG = "png"
    SVG = "svg"
    PDF = "pdf"
    ELMO = "elmo"


@dataclass(frozen=True, slots=True)
class Presented:
    """What somebody handed in.

    ``credentials`` are the credentials in it, each a JSON text or a compact JWS as it stands there, unverified: one,
    but none or several in a PDF, and none in an ELMO file or an address. ``elmo`` is an ELMO document as it was
    signed. ``award_id`` is the public id in an address or a QR code of ours, or the only one printed in a PDF.
    ``printed`` is the text that a PDF shows to people, at most its first pages. ``active`` names what would run in a
    less careful reader ("JavaScript", "Launch", …); it never runs here.
    """

    container: Container
    credentials: tuple[str, ...] = ()
    elmo: bytes | None = None
    award_id: str | None = None
    printed: str | None = None
    active: tuple[str, ...] = ()


def read(content: bytes, *, public_url: str) -> Presented:
    """Return what is in a file or a typed text; PDFs are taken apart, and codes in pictures read, in the sandbox.

    ``public_url`` is this installation's: a QR code is followed only into our own awards. Raises UnreadableFileError
    or one of its subclasses; TooManyError when too many files are being read.
    """
    if len(content) > MAX_BYTES:
        raise TooLargeFileError("the file has too many bytes")
    if not content.strip():
        raise EmptyFileError("there is nothing in the file")
    if content.startswith(baking.PNG_SIGNATURE):
        return _png(content, public_url)
    if content.startswith(JPEG) or WEBP.match(content):
        return _photo(content, public_url)
    if content.startswith(b"%PDF-"):
        return _pdf(content)
    if content.startswith(ARCHIVES):
        raise ArchiveFileError("the file is an archive")
    if content.startswith(OTHER_PICTURES):
        raise UnknownFileError("the file is a picture of a kind that holds no credential")
    return _text(content)


def _png(content: bytes, public_url: str) -> Presented:
    """Return a badge's credential; a picture that is no badge may be the screenshot of a paper."""
    try:
        return Presented(Container.PNG, (_credential(baking.unbake_png(content)),))
    except OldBadgeError:
        raise
    except NoCredentialError:
        return _photo(content, public_url)


def _photo(content: bytes, public_url: str) -> Presented:
    codes = sandbox.run("codes", content)
    ours = {award_id for code in codes if (award_id := _award_behind(code, public_url))}
    if len(ours) > 1:
        raise SeveralCredentialsError("the picture shows codes of several certificates")
    if ours:
        return Presented(Container.ADDRESS, award_id=ours.pop())
    if codes:
        raise ForeignCodeError("the code in the picture leads to no certificate of ours")
    raise NoCredentialError("there is neither a credential nor a legible code in the picture")


def _award_behind(address: str, public_url: str) -> str | None:
    """Return the award to whose page of ours the address leads."""
    home = public_url.rstrip("/")
    found = CHECK_PAGE.fullmatch(address, len(home)) if address.startswith(home) else None
    return found[1].lower() if found else None


def _text(content: bytes) -> Presented:
    try:
        text = content.decode("utf-8-sig").strip()
    except UnicodeDecodeError:
        raise UnknownFileError("the file is none of the forms that are read") from None
    if text.startswith("<"):
        return _xml(text.encode())
    if text.startswith("{"):
        return Presented(Container.JSON, (_credential(text),))
    if baking.COMPACT_JWS.fullmatch(text):
        return Presented(Container.JWT, (_credential(text),))
    found = set(AWARD_ID.findall(text.lower())) if len(text) <= MAX_ADDRESS else set()
    if len(found) != 1:
        raise UnknownFileError("the file is none of the forms that are read")
    return Presented(Container.ADDRESS, award_id=found.pop())


def _credential(text: str) -> str:
    """Return a credential's text, stripped, if it is a compact JWS, or JSON that can be read in one way only."""
    text = text.strip()
    if len(text) > baking.MAX_CREDENTIAL_BYTES:
        raise TooLargeFileError("the credential is too large")
    if baking.COMPACT_JWS.fullmatch(text):
        return text
    try:
        document = jiter.from_json(text.encode(), allow_inf_nan=False, catch_duplicate_keys=True, cache_mode="none")
    except (ValueError, RecursionError):  # its message quotes the text
        raise UnreadableFileError("this is not JSON that can be read in one way only") from None
    if not isinstance(document, dict):
        raise UnreadableFileError("the credential is not a JSON object")
    return text


def _xml(text: bytes) -> Presented:
    root = markup.parse(text, public_type=True)
    if root.tag == f"{{{baking.SVG}}}svg":
        credential = _credential(baking.unbake_svg(text))
        return Presented(Container.SVG, (credential,), active=("Script",) if _has_script(root) else ())
    if root.tag == ELMO:
        markup.parse(text)  # which lets no document type pass
        return Presented(Container.ELMO, elmo=text)
    raise UnknownFileError("the XML is neither an SVG nor an ELMO document")


def _has_script(root: etree._Element) -> bool:
    return any(
        SCRIPTED.fullmatch(etree.QName(element).localname)
        or any(
            str(name).lower().startswith("on") or SCRIPT_ADDRESS.match(str(value))
            for name, value in element.attrib.items()
        )
        for element in root.iter("{*}*")
    )


def _pdf(content: bytes) -> Presented:
    if b"%%EOF" not in content[-PDF_END:]:
        raise UnreadableFileError("the PDF does not end where its file does")
    found = sandbox.run("pdf", content)
    credentials: list[str] = []
    elmo: list[bytes] = []
    for attached in found["attached"]:
        inner = _attached(attached)
        credentials += inner.credentials if inner else ()
        elmo += [inner.elmo] if inner and inner.elmo else []
    printed_ids = set(AWARD_ID.findall(found["printed"].lower()))
    if len(elmo) > 1:
        raise SeveralCredentialsError("there are several ELMO documents in the PDF")
    return Presented(
        Container.PDF,
        credentials=tuple(credentials),
        elmo=elmo[0] if elmo else None,
        award_id=printed_ids.pop() if len(printed_ids) == 1 else None,
        printed=found["printed"],
        active=tuple(found["active"]),
    )


def _attached(text: str) -> Presented | None:
    """Return what an attachment is, or None when it is something else than a credential or an ELMO document."""
    try:
        inner = _text(text.encode())
    except UnknownFileError:
        return None
    return inner if inner.container in {Container.JSON, Container.JWT, Container.ELMO} else None
