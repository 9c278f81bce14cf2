"""A stranger's picture comes out as pixels, or not at all."""

import io

import pytest
from PIL import Image, PngImagePlugin

from certificates.errors import TooLargeFileError, TooLargePictureError, UnreadableFileError
from certificates.papers import baking
from certificates.reading import pictures
from tests.unit.certificates.papers.test_baking import HEADER, PNG, _chunk, _with


def _picture(form: str, size: tuple[int, int] = (60, 30), **options: object) -> bytes:
    written = io.BytesIO()
    Image.new("RGB", size, "#0b5c6b").save(written, form, **options)
    return written.getvalue()


@pytest.mark.parametrize("form", ["PNG", "JPEG", "WEBP"])
def test_a_logo_becomes_a_png_that_fits(form: str) -> None:
    with Image.open(io.BytesIO(pictures.clean(_picture(form, (600, 300)), side=100))) as opened:
        assert (opened.format, opened.size, opened.mode) == ("PNG", (100, 50), "RGBA")
        red, green, blue, opacity = opened.getpixel((50, 25))  # type: ignore[misc]  # RGBA has four
        assert abs(red - 0x0B) + abs(green - 0x5C) + abs(blue - 0x6B) < 12
        assert opacity == 255


def test_a_small_one_stays_small() -> None:
    with Image.open(io.BytesIO(pictures.clean(_picture("PNG"), side=100))) as opened:
        assert opened.size == (60, 30)


def test_it_is_turned_as_its_camera_says_and_tells_nothing_else() -> None:
    exif = Image.Exif()
    exif[0x0112], exif[0x010E] = 6, "Mira"
    cleaned = pictures.clean(_picture("JPEG", exif=exif), side=100)
    notes = PngImagePlugin.PngInfo()
    notes.add_text("Author", "Mira")
    assert {one.kind for one in baking.chunks(cleaned)} == {b"IHDR", b"IDAT", b"IEND"}
    assert {one.kind for one in baking.chunks(pictures.clean(_picture("PNG", pnginfo=notes), side=9))} == {
        *(b"IHDR", b"IDAT", b"IEND")
    }
    with Image.open(io.BytesIO(cleaned)) as opened:
        assert opened.size == (30, 60)


@pytest.mark.parametrize(
    ("content", "error"),
    [
        (_with(header=_chunk(b"IHDR", b"\0\0\x75\x30" * 2 + HEADER[8:])), TooLargePictureError),
        (_picture("PNG", (5200, 5000)), TooLargePictureError),
        (PNG + bytes(pictures.MAX_BYTES), TooLargeFileError),
        (_picture("JPEG")[:300], UnreadableFileError),
        (PNG[:50], UnreadableFileError),
        (_picture("GIF"), UnreadableFileError),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n", UnreadableFileError),
        (b"<svg/>", UnreadableFileError),
        (b"", UnreadableFileError),
    ],
    ids=["gigantic", "large", "bytes", "half a JPEG", "half a PNG", "GIF", "PostScript", "SVG", "empty"],
)
def test_a_picture_that_is_refused(content: bytes, error: type[UnreadableFileError]) -> None:
    with pytest.raises(error) as caught:
        pictures.clean(content, side=100)
    assert type(caught.value) is error
