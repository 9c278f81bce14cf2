"""A photo or screenshot of a paper leads to its award, by the QR code alone, and nowhere else."""

import io
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from certificates import reading
from certificates.errors import (
    ForeignCodeError,
    NoCredentialError,
    OldBadgeError,
    SeveralCredentialsError,
    TooLargePictureError,
    UnreadableFileError,
)
from certificates.facts import AwardFacts
from certificates.papers import pdf
from certificates.reading import Container, codes
from tests.conftest import require_or_skip
from tests.unit.certificates import photos, samples
from tests.unit.certificates.papers.test_baking import HEADER, _baked, _chunk, _with

AWARD = samples.ATTENDANCE.award_id
OTHER = samples.COURSE.issuer.organisation_id
ADDRESS = samples.ADDRESSES.check(AWARD)
CODE = photos.code(ADDRESS)
FOREIGN = photos.code("https://evil.example/login")
PHONE = (1500, 2000)


def read(content: bytes) -> reading.Presented:
    return reading.read(content, public_url=samples.PUBLIC_URL)


def test_a_photo_is_as_good_as_the_address() -> None:
    photo = photos.photo(photos.sheet(CODE), size=PHONE, angle=-12, noise=0.3)
    assert read(photos.written(photo)) == reading.Presented(Container.ADDRESS, award_id=AWARD)


@pytest.mark.parametrize("form", ["PNG", "WEBP"])
def test_so_is_a_screenshot(form: str) -> None:
    assert read(photos.written(photos.sheet(CODE), form)).award_id == AWARD


LEGIBLE: dict[str, Callable[[], Image.Image]] = {
    "turned": lambda: photos.photo(photos.sheet(CODE), size=PHONE, angle=33),
    "upside down": lambda: photos.photo(photos.sheet(CODE), size=PHONE, angle=180),
    "noisy": lambda: photos.photo(photos.sheet(CODE), size=PHONE, noise=0.4),
    "small": lambda: photos.photo(photos.sheet(CODE), size=(900, 1200)),
    "large": lambda: photos.photo(photos.sheet(CODE), size=(2700, 3600)),
    "the code alone, without a margin": lambda: photos.code(ADDRESS, scale=2),
    "black on nothing": lambda: photos.code(ADDRESS, light=None),
    "light on dark": lambda: photos.code(ADDRESS, dark="white", light="black"),
    "in colours of a palette": lambda: photos.code(ADDRESS, dark="#14213d", light="#ffeecc"),
    "grey": lambda: photos.sheet(CODE).convert("L"),
}


@pytest.mark.parametrize("draw", LEGIBLE.values(), ids=LEGIBLE)
@pytest.mark.parametrize("form", ["PNG", "JPEG"])
def test_what_phones_and_screens_make_of_it(draw: Callable[[], Image.Image], form: str) -> None:
    drawn = draw()
    if form == "JPEG" and drawn.mode not in {"L", "RGB"}:
        drawn = Image.alpha_composite(Image.new("RGBA", drawn.size, "white"), drawn.convert("RGBA")).convert("RGB")
    assert codes.read(photos.written(drawn, form)) == [ADDRESS]


@pytest.mark.parametrize("facts", [samples.ATTENDANCE, samples.COURSE], ids=["attendance", "course"])
def test_the_code_as_it_stands_on_our_paper(facts: AwardFacts, tmp_path: Path) -> None:
    pdftoppm = shutil.which("pdftoppm") or ""
    require_or_skip(pdftoppm, "pdftoppm (poppler-utils)")
    paper = tmp_path / "paper.pdf"
    paper.write_bytes(pdf.render(replace(facts, award_id=AWARD), "{}", samples.ADDRESSES))
    page = subprocess.run([pdftoppm, "-png", "-r", "120", "-l", "1", str(paper)], check=True, capture_output=True)
    with Image.open(io.BytesIO(page.stdout)) as printed:
        assert codes.read(photos.written(printed)) == [ADDRESS]
        assert codes.read(photos.written(photos.photo(printed, size=PHONE, angle=5, noise=0.2))) == [ADDRESS]


@pytest.mark.parametrize(
    ("address", "award_id"),
    [
        (ADDRESS, AWARD),
        (f"{ADDRESS}?lang=en#x", AWARD),
        (f"{ADDRESS}/", AWARD),
        (samples.ADDRESSES.check(AWARD.upper()), AWARD),
        (AWARD, None),
        (f"{ADDRESS}0", None),
        (f"https://evil.example/nachweis/{AWARD}", None),
        (f"{samples.PUBLIC_URL}.evil.example/nachweis/{AWARD}", None),
        (f"{samples.PUBLIC_URL}@evil.example/nachweis/{AWARD}", None),
        (f"https://evil.example/?{ADDRESS}", None),
        (f"{samples.PUBLIC_URL}/geteilt/{AWARD}", None),
        (f"javascript:alert('{ADDRESS}')", None),
        ("", None),
    ],
)
def test_a_code_leads_only_to_pages_of_ours(address: str, award_id: str | None) -> None:
    assert reading._award_behind(address, samples.PUBLIC_URL) == award_id
    assert reading._award_behind(address, f"{samples.PUBLIC_URL}/") == award_id


def test_another_code_beside_ours_does_no_harm_and_ours_may_be_there_twice() -> None:
    picture = photos.sheet(FOREIGN, CODE, photos.code(f"{ADDRESS}?lang=en"))
    assert read(photos.written(picture)).award_id == AWARD


NONE = Image.new("RGB", (600, 800), "white")
BOMB = _with(header=_chunk(b"IHDR", b"\0\0\x27\x10" * 2 + HEADER[8:]))
BAD: dict[str, tuple[bytes, type[UnreadableFileError]]] = {
    "no code in a photo": (photos.written(NONE), NoCredentialError),
    "no code in a screenshot": (photos.written(NONE, "PNG"), NoCredentialError),
    "a code that leads elsewhere": (photos.written(photos.sheet(FOREIGN)), ForeignCodeError),
    "two certificates": (
        photos.written(photos.sheet(CODE, photos.code(samples.ADDRESSES.check(OTHER)))),
        SeveralCredentialsError,
    ),
    "an old badge": (_with(_baked(b"x", keyword=b"openbadges")), OldBadgeError),
    "a hundred million pixels": (BOMB, TooLargePictureError),
    "half a photo": (photos.written(photos.sheet(CODE))[:2000], UnreadableFileError),
    "half a WebP": (photos.written(photos.sheet(CODE), "WEBP")[:200], UnreadableFileError),
    "a photo with no end of pixels": (
        photos.written(NONE).replace(b"\x03\x20\x02\x58", b"\xff\xff\xff\xff", 1),
        TooLargePictureError,
    ),
}


@pytest.mark.parametrize(("content", "error"), BAD.values(), ids=BAD)
def test_what_is_refused(content: bytes, error: type[UnreadableFileError]) -> None:
    with pytest.raises(UnreadableFileError) as caught:
        read(content)
    assert type(caught.value) is error, caught.value
    assert "evil" not in str(caught.value)


@pytest.mark.parametrize("options", [{"progressive": True}, {"subsampling": 0}], ids=["progressive", "full colours"])
def test_the_largest_photo_that_is_taken_fits_into_the_sandbox(options: dict[str, object]) -> None:
    photo = Image.new("RGB", (8000, 8000), "white")
    photo.paste(CODE.resize((900, 900), Image.Resampling.NEAREST), (4000, 4000))
    assert read(photos.written(photo, "JPEG", **options)).award_id == AWARD
