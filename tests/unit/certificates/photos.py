"""Photos of papers, as a phone would take them: on a table, askew, turned, with noise."""

import io
from collections.abc import Sequence
from random import Random

import segno
from PIL import Image, ImageFilter

TABLE = "#7b5a3c"
Place = tuple[float, float]


def code(text: str, *, scale: int = 4, **colours: str | None) -> Image.Image:
    """Return a QR code."""
    written = io.BytesIO()
    segno.make(text, error="m", micro=False).save(written, kind="png", scale=scale, **colours)
    return Image.open(written)


def sheet(*codes: Image.Image, size: tuple[int, int] = (620, 877)) -> Image.Image:
    """Return a paper with codes on it, one below the other."""
    paper = Image.new("RGB", size, "white")
    for number, one in enumerate(codes):
        paper.paste(one, (350, 80 + 260 * number))
    return paper


def photo(paper: Image.Image, *, size: tuple[int, int], angle: float = 0, noise: float = 0) -> Image.Image:
    """Return the paper on a table, seen from a corner, turned by degrees; ``noise`` is its share of the picture."""
    width, height = size
    corners = [(0.12 * width, 0.1 * height), (0.1 * width, 0.93 * height)]
    corners += [(0.95 * width, 0.86 * height), (0.85 * width, 0.15 * height)]
    seen = paper.convert("RGB").transform(
        size,
        Image.Transform.PERSPECTIVE,
        _perspective(corners, paper.size),
        Image.Resampling.BILINEAR,
        fillcolor=TABLE,
    )
    turned = seen.rotate(angle, Image.Resampling.BILINEAR, expand=True, fillcolor=TABLE)
    soft = turned.filter(ImageFilter.GaussianBlur(1))
    grain = Image.frombytes("L", soft.size, Random(1).randbytes(soft.width * soft.height))
    return Image.blend(soft, grain.convert("RGB"), noise)


def written(picture: Image.Image, form: str = "JPEG", **options: object) -> bytes:
    """Return the picture as a file."""
    file = io.BytesIO()
    picture.save(file, form, **options)
    return file.getvalue()


def _perspective(corners: Sequence[Place], size: tuple[int, int]) -> list[float]:
    """Return what Pillow wants: from a place in the photo to one on the paper, whose corners go counterclockwise."""
    width, height = size
    rows: list[list[float]] = []
    for (x, y), (u, v) in zip(corners, [(0, 0), (0, height), (width, height), (width, 0)], strict=True):
        rows += [[x, y, 1, 0, 0, 0, -u * x, -u * y, u], [0, 0, 0, x, y, 1, -v * x, -v * y, v]]
    for at in range(8):  # Gauss and Jordan
        best = max(range(at, 8), key=lambda row: abs(rows[row][at]))
        rows[at], rows[best] = rows[best], rows[at]
        rows[at] = [value / rows[at][at] for value in rows[at]]
        for row in set(range(8)) - {at}:
            factor = rows[row][at]
            rows[row] = [value - factor * above for value, above in zip(rows[row], rows[at], strict=True)]
    return [row[8] for row in rows]
