"""QR codes in a stranger's picture: a phone's photo, a scan or a screenshot of a paper. Their texts alone come out.

Runs in the sandbox (``certificates.reading.sandbox``). Where a code leads others judge; nothing is fetched here.
"""

import zxingcpp
from PIL import Image

from certificates.reading import pictures

MAX_PIXELS = 64_000_000
"""A phone's largest photo by default has 50 million."""
SIDES = (2400, 1200)
"""Pixels each way in which codes are looked for. A page of A4 with our code is legible in the first; the second, in
which noise evens out, is tried when nothing was found."""
MAX_CODES = 20
MAX_TEXT = 2000
"""Characters of a code that are told."""


def read(content: bytes) -> list[str]:
    """Return what the QR codes in a PNG, JPEG or WebP picture say, each once.

    Raises TooLargePictureError and UnreadableFileError.
    """
    with pictures.opened(content, max_pixels=MAX_PIXELS) as picture:
        picture.draft("L", (SIDES[0], SIDES[0]))  # a JPEG is decoded smaller at once
        grey = _on_white(picture)
    for side in SIDES:
        grey.thumbnail((side, side), Image.Resampling.BOX)
        found = zxingcpp.read_barcodes(grey, formats=zxingcpp.BarcodeFormats([zxingcpp.BarcodeFormat.QRCode]))
        if found:
            return list(dict.fromkeys(code.text[:MAX_TEXT] for code in found[:MAX_CODES]))
    return []


def _on_white(picture: Image.Image) -> Image.Image:
    if not picture.has_transparency_data:
        return picture.convert("L")
    white = Image.new("RGBA", picture.size, "white")
    white.alpha_composite(picture.convert("RGBA"))
    return white.convert("L")
