"""Credentials inside pictures, both ways."""

import io
import json
import struct
import tracemalloc
import zlib
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree
from openbadgeslib import baking as foreign
from PIL import Image

from certificates.errors import (
    EntitiesFileError,
    NoCredentialError,
    OldBadgeError,
    SeveralCredentialsError,
    TooLargeFileError,
    TooLargePictureError,
    UnreadableFileError,
)
from certificates.papers import baking

DOCUMENT = '{"name": "Mira Öztürk ]]> & <b>\\u0000 😀"}'
TOKEN = "eyJhbGciOiJFUzI1NiJ9.e30.c2ln"
SVG = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1 1"><path d="M0 0h1v1z"/></svg>'


def _png() -> bytes:
    written = io.BytesIO()
    Image.new("RGB", (3, 2), "#0b5c6b").save(written, "PNG")
    return written.getvalue()


PNG = _png()


def _chunk(kind: bytes, content: bytes) -> bytes:
    return baking.Chunk(kind, content).encoded()


def _with(*more: bytes, header: bytes | None = None) -> bytes:
    first, *rest = baking.chunks(PNG)
    return baking.PNG_SIGNATURE + (header or first.encoded()) + b"".join(more) + b"".join(one.encoded() for one in rest)


def _baked(text: bytes, *, flags: bytes = b"\0\0", keyword: bytes = baking.KEYWORD) -> bytes:
    return _chunk(b"iTXt", keyword + b"\0" + flags + b"\0\0" + text)


@pytest.mark.parametrize("credential", [DOCUMENT, TOKEN])
def test_a_foreign_library_and_pillow_read_the_png(credential: str) -> None:
    baked = baking.bake_png(PNG, credential)
    with Image.open(io.BytesIO(baked)) as picture:
        picture.load()
        assert picture.text == {"openbadgecredential": credential}  # type: ignore[attr-defined]  # a PNG has it
        assert picture.tobytes() == Image.open(io.BytesIO(PNG)).tobytes()
    assert foreign.extract_png(baked, keyword=foreign.ITXT_KEYWORD_OB3) == credential


def test_the_credentials_chunk_is_one_and_not_compressed() -> None:
    baked = baking.bake_png(baking.bake_png(PNG, TOKEN), DOCUMENT)
    found = [one.content for one in baking.chunks(baked) if one.kind == b"iTXt"]
    assert found == [b"openbadgecredential\0\0\0\0\0" + DOCUMENT.encode()]


@pytest.mark.parametrize("credential", [DOCUMENT, TOKEN])
def test_a_foreign_library_reads_the_svg(credential: str) -> None:
    baked = baking.bake_svg(SVG, credential)
    assert foreign.extract_svg(baked, element=foreign.SVG_ELEMENT_OB3, text_fallback=True) == credential


@pytest.mark.parametrize(("credential", "place"), [(DOCUMENT, b"><![CDATA[{"), (TOKEN, b' verify="eyJ')])
def test_the_svgs_element_is_the_first_and_the_only_one(credential: str, place: bytes) -> None:
    baked = baking.bake_svg(baking.bake_svg(SVG, TOKEN), credential)
    assert baked.count(b"<openbadges:credential" + place) == 1
    assert b'xmlns:openbadges="https://purl.imsglobal.org/ob/v3p0" viewBox' in baked
    root = etree.fromstring(baked)
    assert [etree.QName(child).localname for child in root] == ["credential", "path"]


def test_what_xml_cannot_hold_is_not_baked() -> None:
    with pytest.raises(UnreadableFileError):
        baking.bake_svg(SVG, '{"a": "\x01"}')


@settings(max_examples=60, deadline=None)
@given(st.dictionaries(st.text(), st.text()), st.booleans())
def test_what_was_baked_comes_out(document: dict[str, str], ascii_only: bool) -> None:
    credential = json.dumps(document, ensure_ascii=ascii_only or any("\ud800" <= c <= "\udfff" for c in str(document)))
    assert baking.unbake_png(baking.bake_png(PNG, credential)) == credential
    if ascii_only:
        assert baking.unbake_svg(baking.bake_svg(SVG, credential)) == credential


@pytest.mark.parametrize("bake", [foreign.bake_png, foreign.bake_svg])
def test_what_a_foreign_library_baked_is_read(bake: Callable[..., bytes]) -> None:
    if bake is foreign.bake_png:
        assert baking.unbake_png(bake(PNG, TOKEN, keyword=foreign.ITXT_KEYWORD_OB3)) == TOKEN
        return
    names = {"element": foreign.SVG_ELEMENT_OB3, "namespace": foreign.SVG_NS_OB3}
    assert baking.unbake_svg(bake(SVG, TOKEN, **names)) == TOKEN
    assert baking.unbake_svg(bake(SVG, DOCUMENT.replace("\\u0000", ""), as_text=True, **names)).startswith('{"name"')


def test_a_compressed_credential_is_read_though_the_standard_forbids_it() -> None:
    assert baking.unbake_png(_with(_baked(zlib.compress(DOCUMENT.encode()), flags=b"\1\0"))) == DOCUMENT


HEADER = struct.pack(">IIBBBBB", 1, 1, 8, 2, 0, 0, 0)
BAD_PNGS: dict[str, tuple[bytes, type[UnreadableFileError]]] = {
    "no credential": (PNG, NoCredentialError),
    "Open Badges 2": (_with(_baked(b"x", keyword=b"openbadges")), OldBadgeError),
    "Open Badges 1": (_with(_chunk(b"tEXt", b"openbadges\0https://x.example")), OldBadgeError),
    "two": (_with(_baked(b"{}"), _baked(b"{}")), SeveralCredentialsError),
    "a bomb": (_with(_baked(zlib.compress(bytes(50_000_000)), flags=b"\1\0")), TooLargeFileError),
    "too large": (_with(_baked(b"x" * (baking.MAX_CREDENTIAL_BYTES + 1))), TooLargeFileError),
    "no zlib": (_with(_baked(b"{}", flags=b"\1\0")), UnreadableFileError),
    "half of it": (_with(_baked(zlib.compress(b"{}" * 99)[:-3], flags=b"\1\0")), UnreadableFileError),
    "an unknown compression": (_with(_baked(b"{}", flags=b"\1\1")), UnreadableFileError),
    "an unknown flag": (_with(_baked(b"{}", flags=b"\2\0")), UnreadableFileError),
    "no text at all": (_with(_chunk(b"iTXt", b"openbadgecredential\0\0\0")), UnreadableFileError),
    "not UTF-8": (_with(_baked(b"\xff")), UnreadableFileError),
    "no PNG": (b"GIF89a", UnreadableFileError),
    "cut off": (PNG[:-5], UnreadableFileError),
    "nothing after the signature": (baking.PNG_SIGNATURE, UnreadableFileError),
    "a wrong checksum": (PNG[:-20] + b"x" + PNG[-19:], UnreadableFileError),
    "a length beyond the file": (PNG[:8] + b"\xff\xff\xff\xff" + PNG[12:], UnreadableFileError),
    "no header": (_with(header=_chunk(b"tEXt", b"a\0b")), UnreadableFileError),
    "an archive behind it": (PNG + b"PK\3\4", UnreadableFileError),
    "gigantic": (_with(header=_chunk(b"IHDR", b"\x7f\xff\xff\xff" * 2 + HEADER[8:])), TooLargePictureError),
    "without pixels": (_with(header=_chunk(b"IHDR", bytes(8) + HEADER[8:])), TooLargePictureError),
    "too many bytes": (PNG + bytes(baking.MAX_PICTURE_BYTES), TooLargeFileError),
    "a hundred thousand chunks": (_with(_chunk(b"tEXt", b"a\0") * 100_000), UnreadableFileError),
}


@pytest.mark.parametrize(("picture", "error"), BAD_PNGS.values(), ids=BAD_PNGS)
def test_a_png_that_is_refused(picture: bytes, error: type[UnreadableFileError]) -> None:
    with pytest.raises(error) as caught:
        baking.unbake_png(picture)
    assert type(caught.value) is error


def test_a_bomb_is_not_unpacked_before_it_is_refused() -> None:
    bomb = BAD_PNGS["a bomb"][0]
    tracemalloc.start()
    with pytest.raises(TooLargeFileError):
        baking.unbake_png(bomb)
    _now, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 4 * baking.MAX_CREDENTIAL_BYTES


OPEN = b'<svg xmlns="http://www.w3.org/2000/svg" xmlns:openbadges="https://purl.imsglobal.org/ob/v3p0">'
OLD = b'<svg xmlns="http://www.w3.org/2000/svg" xmlns:o="http://openbadges.org"><o:assertion verify="a.b.c"/></svg>'
ONE = b'<openbadges:credential verify="a.b.c"/>'
LAUGHS = b'<!DOCTYPE svg [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'
OUTSIDE = b'<!DOCTYPE svg [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
BAD_SVGS: dict[str, tuple[bytes, type[UnreadableFileError]]] = {
    "no credential": (SVG, NoCredentialError),
    "Open Badges 2": (OLD, OldBadgeError),
    "two": (OPEN + ONE + b"<g>" + ONE + b"</g></svg>", SeveralCredentialsError),
    "token and document": (
        OPEN + b'<openbadges:credential verify="a.b.c">{}</openbadges:credential></svg>',
        SeveralCredentialsError,
    ),
    "empty": (OPEN + b"<openbadges:credential> </openbadges:credential></svg>", NoCredentialError),
    "elements in it": (OPEN + b"<openbadges:credential>{<g/>}</openbadges:credential></svg>", UnreadableFileError),
    "a comment in it": (
        OPEN + b"<openbadges:credential>{<!-- x -->}</openbadges:credential></svg>",
        UnreadableFileError,
    ),
    "an entity bomb": (LAUGHS + OPEN + b"<openbadges:credential>&b;</openbadges:credential></svg>", EntitiesFileError),
    "a bomb in an attribute": (LAUGHS + OPEN + b'<openbadges:credential verify="&b;"/></svg>', EntitiesFileError),
    "an external entity": (
        OUTSIDE + OPEN + b"<openbadges:credential>&x;</openbadges:credential></svg>",
        EntitiesFileError,
    ),
    "an undeclared entity": (OPEN + b"<openbadges:credential>&x;</openbadges:credential></svg>", UnreadableFileError),
    "UTF-16": (SVG.decode().encode("utf-16"), UnreadableFileError),
    "deeper than any picture": (OPEN + b"<g>" * 5000 + ONE + b"</g>" * 5000 + b"</svg>", UnreadableFileError),
    "not closed": (OPEN, UnreadableFileError),
    "another document": (b"<html/>", UnreadableFileError),
    "too many bytes": (OPEN + b" " * baking.MAX_PICTURE_BYTES + ONE + b"</svg>", TooLargeFileError),
    "too large": (
        OPEN
        + b"<openbadges:credential>"
        + b"x" * (baking.MAX_CREDENTIAL_BYTES + 1)
        + b"</openbadges:credential></svg>",
        TooLargeFileError,
    ),
}


@pytest.mark.parametrize(("picture", "error"), BAD_SVGS.values(), ids=BAD_SVGS)
def test_an_svg_that_is_refused(picture: bytes, error: type[UnreadableFileError]) -> None:
    with pytest.raises(error) as caught:
        baking.unbake_svg(picture)
    assert type(caught.value) is error


def test_a_document_type_that_only_names_the_public_one_is_passed_over() -> None:
    public = b'<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "http://www.w3.org/Graphics/SVG/1.1/DTD/svg11.dtd">'
    assert baking.unbake_svg(public + OPEN + ONE + b"</svg>") == "a.b.c"
