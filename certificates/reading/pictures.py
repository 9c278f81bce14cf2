"""A stranger's picture (a logo) made one of ours: decoded in the sandbox and written anew, pixels only."""

import base64
import io
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from certificates.errors import TooLargeFileError, TooLargePictureError, UnreadableFileError
from certificates.reading import sandbox

if TYPE_CHECKING:
    from PIL.ImageFile import ImageFile

FORMATS = ("PNG", "JPEG", "WEBP")
MAX_BYTES = 5 * 1024 * 1024
MAX_PIXELS = 25_000_000


def clean(content: bytes, *, side: int) -> bytes:
    """Return a PNG of at most ``side`` pixels each way that shows what the PNG, JPEG or WebP picture shows.

    No metadata, profiles, animation or trailing bytes come along. Raises UnreadableFileError, TooLargeFileError,
    TooLargePictureError, TooCostlyFileError, and TooManyError when others are waiting too.
    """
    if len(content) > MAX_BYTES:
        raise TooLargeFileError("the picture has too many bytes")
    answer: dict[str, Any] = sandbox.run("picture", content, side=side)
    return base64.b64decode(answer["png"], validate=True)


def read(content: bytes, *, side: int) -> dict[str, str]:
    """Do in the sandbox what :func:`clean` says: the ``png`` in Base64."""
    from PIL import Image, ImageOps  # noqa: PLC0415 - only the child decodes pictures

    with opened(content, max_pixels=MAX_PIXELS) as picture:
        picture.draft("RGB", (side, side))
        upright = ImageOps.exif_transpose(picture).convert("RGBA")
    upright.thumbnail((side, side))
    plain = Image.new("RGBA", upright.size)
    plain.paste(upright)  # a new picture has no metadata to write
    written = io.BytesIO()
    plain.save(written, "PNG", optimize=True)
    return {"png": base64.b64encode(written.getvalue()).decode()}


@contextmanager
def opened(content: bytes, *, max_pixels: int) -> "Iterator[ImageFile]":
    """Open a PNG, JPEG or WebP picture, to be decoded within; for the sandbox.

    Raises TooLargePictureError by its header, and UnreadableFileError as soon as it turns out to be damaged.
    """
    from PIL import Image  # noqa: PLC0415 - only the child decodes pictures

    warnings.simplefilter("error", Image.DecompressionBombWarning)
    Image.MAX_IMAGE_PIXELS = max_pixels
    try:
        with Image.open(io.BytesIO(content), formats=FORMATS) as picture:
            yield picture
    except (Image.DecompressionBombWarning, Image.DecompressionBombError):
        raise TooLargePictureError("the picture has too many pixels") from None
    except (OSError, SyntaxError, ValueError):  # Pillow's ways to say that a picture is damaged
        raise UnreadableFileError("the picture can't be read") from None
