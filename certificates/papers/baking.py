"""Badges: the credential inside the picture (Open Badges 3.0, section 5.3, "Baked Badge").

In a PNG it is the text of exactly one uncompressed ``openbadgecredential`` iTXt chunk; in an SVG one element
``<openbadges:credential>``: JSON as CDATA in it, a compact JWS in its attribute ``verify``. Pixels are never decoded:
a PNG is walked chunk by chunk, so it costs no more than its bytes.
"""

import re
import struct
import zlib
from collections.abc import Iterator
from typing import NamedTuple

from lxml import etree

from certificates.errors import (
    NoCredentialError,
    OldBadgeError,
    SeveralCredentialsError,
    TooLargeFileError,
    TooLargePictureError,
    UnreadableFileError,
)
from certificates.reading import markup

MAX_PICTURE_BYTES = 10 * 1024 * 1024
MAX_CREDENTIAL_BYTES = 1024 * 1024
MAX_CHUNKS = 20_000
MAX_SIDE = 10_000
"""Pixels."""

PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
KEYWORD = b"openbadgecredential"
OLD_KEYWORD = b"openbadges"
SVG = "http://www.w3.org/2000/svg"
OPEN_BADGES = "https://purl.imsglobal.org/ob/v3p0"
OLD_OPEN_BADGES = "http://openbadges.org"
ELEMENT = f"{{{OPEN_BADGES}}}credential"
COMPACT_JWS = re.compile(r"[\w-]+\.[\w-]+\.[\w-]*", re.ASCII)
"""Also with an empty signature: verifying says what that is worth."""


class Chunk(NamedTuple):
    """A part of a PNG: its four-letter type and its content."""

    kind: bytes
    content: bytes

    def encoded(self) -> bytes:
        """Return length, type, content and checksum."""
        body = self.kind + self.content
        return struct.pack(">I", len(self.content)) + body + struct.pack(">I", zlib.crc32(body))


def bake_png(picture: bytes, credential: str) -> bytes:
    """Return the PNG with the credential (JSON text or compact JWS) in it, in place of any that it had."""
    header, *rest = chunks(picture)
    kept = [chunk for chunk in rest if _keyword(chunk) != KEYWORD]
    baked = Chunk(b"iTXt", KEYWORD + b"\0\0\0\0\0" + credential.encode())
    return PNG_SIGNATURE + b"".join(chunk.encoded() for chunk in (header, baked, *kept))


def unbake_png(picture: bytes) -> str:
    """Return the credential in a PNG: JSON text or a compact JWS, as it stands there.

    Compression is against the standard, yet some issuers compress; it is read up to MAX_CREDENTIAL_BYTES.
    Raises NoCredentialError, OldBadgeError, SeveralCredentialsError, or UnreadableFileError and its kin.
    """
    found = list(chunks(picture))
    baked = [chunk.content for chunk in found if _keyword(chunk) == KEYWORD]
    if len(baked) > 1:
        raise SeveralCredentialsError("there are several credentials in the picture")
    if not baked:
        old = any(_keyword(chunk) == OLD_KEYWORD for chunk in found)
        raise OldBadgeError("a badge of Open Badges 2") if old else NoCredentialError("no credential in the picture")
    return _credential(_text(baked[0]))


def chunks(picture: bytes) -> Iterator[Chunk]:
    """Give the chunks of a PNG from IHDR to IEND (PNG, section 5).

    Raises UnreadableFileError when it is damaged or goes on after its end, TooLargePictureError for its dimensions.
    """
    if len(picture) > MAX_PICTURE_BYTES:
        raise TooLargeFileError("the picture has too many bytes")
    if not picture.startswith(PNG_SIGNATURE):
        raise UnreadableFileError("the picture is not a PNG")
    at, chunk = len(PNG_SIGNATURE), Chunk(b"", b"")
    for number in range(MAX_CHUNKS):
        chunk = _chunk(picture, at)
        at += 12 + len(chunk.content)
        if number == 0:
            _check_header(chunk)
        yield chunk
        if chunk.kind == b"IEND":
            break
    if chunk.kind != b"IEND" or at != len(picture):
        raise UnreadableFileError("the PNG does not end where its file does")


def _chunk(picture: bytes, at: int) -> Chunk:
    head = picture[at : at + 8]
    if len(head) < 8:  # noqa: PLR2004 - length and type
        raise UnreadableFileError("the PNG is cut off")
    (length,) = struct.unpack(">I", head[:4])
    end = at + 8 + length
    if end + 4 > len(picture):
        raise UnreadableFileError("a chunk of the PNG reaches beyond its file")
    (checksum,) = struct.unpack(">I", picture[end : end + 4])
    if zlib.crc32(picture[at + 4 : end]) != checksum:
        raise UnreadableFileError("a checksum of the PNG is wrong")
    return Chunk(head[4:], picture[at + 8 : end])


def _check_header(chunk: Chunk) -> None:
    if chunk.kind != b"IHDR" or len(chunk.content) != 13:  # noqa: PLR2004 - PNG, section 11.2.1
        raise UnreadableFileError("the PNG does not begin with its header")
    width, height = struct.unpack(">II", chunk.content[:8])
    if not (0 < width <= MAX_SIDE and 0 < height <= MAX_SIDE):
        raise TooLargePictureError("the picture has too many pixels, or none")


def _keyword(chunk: Chunk) -> bytes | None:
    return chunk.content.partition(b"\0")[0] if chunk.kind in {b"iTXt", b"tEXt"} else None


def _text(content: bytes) -> bytes:
    """Return the text of an iTXt chunk (PNG, section 11.3.3.4)."""
    _, _, rest = content.partition(b"\0")
    flags, language = rest[:2], rest[2:].partition(b"\0")
    translated = language[2].partition(b"\0")
    if len(flags) != 2 or not language[1] or not translated[1]:  # noqa: PLR2004 - flag and method
        raise UnreadableFileError("the credential's chunk is damaged")
    text = translated[2]
    if flags == b"\1\0":
        return _inflated(text)
    if flags[0] != 0:
        raise UnreadableFileError("the credential's chunk is compressed in an unknown way")
    return text


def _inflated(packed: bytes) -> bytes:
    unpacking = zlib.decompressobj()
    try:
        text = unpacking.decompress(packed, MAX_CREDENTIAL_BYTES)
    except zlib.error as error:
        raise UnreadableFileError("the credential's chunk can't be unpacked") from error
    if unpacking.unconsumed_tail:
        raise TooLargeFileError("the credential is too large when unpacked")
    if not unpacking.eof or unpacking.unused_data:
        raise UnreadableFileError("the credential's chunk is damaged")
    return text


def _credential(text: bytes) -> str:
    if len(text) > MAX_CREDENTIAL_BYTES:
        raise TooLargeFileError("the credential is too large")
    try:
        return text.decode()
    except UnicodeDecodeError:
        raise UnreadableFileError("the credential is not UTF-8") from None


def bake_svg(picture: bytes, credential: str) -> bytes:
    """Return the SVG with the credential (JSON text or compact JWS) in it, in place of any that it had.

    Raises UnreadableFileError when the credential has characters that XML can't hold.
    """
    old = _svg(picture)
    for element in list(old.iter(ELEMENT)):
        element.getparent().remove(element)  # type: ignore[union-attr]  # the root is <svg>, so each has a parent
    # lxml can't add a prefix to an element that is there; the standard wants it on the root, and readers look for it.
    prefixes = old.nsmap | {"openbadges": OPEN_BADGES}
    root = etree.Element(old.tag, old.attrib, nsmap=prefixes)  # type: ignore[arg-type]  # stubs forget xmlns itself
    baked = etree.SubElement(root, ELEMENT)
    baked.tail, root.tail = old.text, old.tail
    root.extend(list(old))
    try:
        if COMPACT_JWS.fullmatch(credential):
            baked.set("verify", credential)
        else:
            baked.text = etree.CDATA(credential)
    except ValueError as error:
        raise UnreadableFileError("the credential has characters that XML can't hold") from error
    return etree.tostring(root, encoding="UTF-8", xml_declaration=True)


def unbake_svg(picture: bytes) -> str:
    """Return the credential in an SVG: JSON text or a compact JWS.

    Raises EntitiesFileError for a document type that declares anything, else as :func:`unbake_png`.
    """
    root = _svg(picture)
    baked = list(root.iter(ELEMENT))
    if len(baked) > 1:
        raise SeveralCredentialsError("there are several credentials in the picture")
    if not baked:
        old = next(root.iter(f"{{{OLD_OPEN_BADGES}}}assertion"), None) is not None
        raise OldBadgeError("a badge of Open Badges 2") if old else NoCredentialError("no credential in the picture")
    if len(baked[0]):
        raise UnreadableFileError("the credential's element holds more than its text")
    token, text = (baked[0].get("verify") or "").strip(), (baked[0].text or "").strip()
    if token and text:
        raise SeveralCredentialsError("the picture holds a token and a document")
    if not (token or text):
        raise NoCredentialError("the picture's credential is empty")
    return _credential((token or text).encode())


def _svg(picture: bytes) -> etree._Element:
    if len(picture) > MAX_PICTURE_BYTES:
        raise TooLargeFileError("the picture has too many bytes")
    root = markup.parse(picture, public_type=True)
    if root.tag != f"{{{SVG}}}svg":
        raise UnreadableFileError("the picture is not an SVG")
    return root
