"""The badge's picture: safe anywhere, the same each time, readable with eyes and without."""

import io
from dataclasses import replace

import pytest
from lxml import etree
from PIL import Image

from certificates import reading
from certificates.facts import AwardFacts, AwardKind, Provider
from certificates.papers import picture
from certificates.papers.baking import SVG, bake_png, bake_svg
from tests.unit.certificates import samples

NAMES = ("Hochschule A", "Universität Zürich", "جامعة", "Технический университет", "東京大学", 'A & "B" <c>')
LONG = "Verwaltungsdigitalisierungsgesetzgebungskompetenzen im ländlichen Raum, mit Übungen. "


def _titled(title: str, facts: AwardFacts = samples.ATTENDANCE) -> AwardFacts:
    return replace(facts, achievement=replace(facts.achievement, title={"de": title}))


JOINT = replace(
    samples.COURSE,
    awarding_bodies=tuple(Provider("did:web:b.example", {"de": name}, "https://b.example") for name in NAMES),
)
CASES = {
    "attendance": samples.ATTENDANCE,
    "course": samples.COURSE,
    "joint": JOINT,
    "long": _titled(LONG * 5),
    "one long word": _titled("Donaudampfschifffahrtsgesellschaft" * 10),
    "right to left": _titled("التحول الرقمي في البلديات"),
    "markup": _titled('#panic("x") *fett* $x$ <script>alert(1)</script> & \\ ]]> `c`'),
    "no letters": _titled("😀 \N{ZERO WIDTH SPACE}"),
}


@pytest.mark.parametrize("facts", CASES.values(), ids=CASES)
def test_an_svg_loads_and_runs_nothing(facts: AwardFacts) -> None:
    root = etree.fromstring(picture.svg(facts))
    tags = {etree.QName(element).localname for element in root.iter("{*}*")}
    assert tags <= {"svg", "title", "desc", "g", "path", "defs", "symbol", "use", "clipPath"}
    for element in root.iter("{*}*"):
        for name, value in element.attrib.items():
            assert not str(name).startswith("on")
            assert "href" not in str(name) or str(value).startswith("#")
            assert "url(" not in str(value) or "url(#" in str(value)


@pytest.mark.parametrize("facts", CASES.values(), ids=CASES)
def test_a_png_is_a_square_with_clear_corners(facts: AwardFacts) -> None:
    with Image.open(io.BytesIO(picture.png(facts))) as opened:
        assert opened.size == (picture.PIXELS, picture.PIXELS)
        assert opened.getpixel((0, 0)) == (0, 0, 0, 0)


@pytest.mark.parametrize("facts", [samples.ATTENDANCE, JOINT], ids=["one", "joint"])
def test_the_same_award_gives_the_same_bytes(facts: AwardFacts) -> None:
    assert picture.svg(facts) == picture.svg(facts)
    assert picture.png(facts) == picture.png(facts)


def test_who_cannot_see_it_hears_what_it_is() -> None:
    root = etree.fromstring(picture.svg(JOINT))
    title, description = (root.findtext(f"{{{SVG}}}{name}") for name in ("title", "desc"))
    assert title == "Zertifikat mit Leistungsnachweis: Das Onlinezugangsgesetz umsetzen"
    for expected in (*NAMES, "14.05.2026", "Putting the Online Access Act into practice"):
        assert expected in str(description)
    assert root.get("role") == "img"


def test_who_signs_by_mandate_stands_in_the_description_only() -> None:
    body = Provider("did:web:m.example", {"de": "Kommunalakademie M"}, "https://m.example")
    facts = replace(samples.ATTENDANCE, on_behalf_of=body)
    assert picture._content(facts)["issuer"] == "Kommunalakademie M"
    assert "Verliehen von Kommunalakademie M, ausgestellt von Hochschule A am" in picture.svg(facts).decode()


def test_it_does_not_name_the_holder() -> None:
    assert b"Mira" not in picture.svg(samples.ATTENDANCE)
    other = replace(samples.ATTENDANCE, recipient=replace(samples.ATTENDANCE.recipient, name="Somebody Else"))
    assert picture.png(other) == picture.png(samples.ATTENDANCE)


def test_every_kind_has_colours_of_its_own() -> None:
    assert picture.COLOURS.keys() == set(AwardKind)
    assert len({colours["edge"] for colours in picture.COLOURS.values()}) == len(AwardKind)


def test_baked_into_both_the_credential_is_read_again() -> None:
    for baked in (
        bake_svg(picture.svg(samples.COURSE), '{"a": 1}'),
        bake_png(picture.png(samples.COURSE), '{"a": 1}'),
    ):
        found = reading.read(baked, public_url=samples.PUBLIC_URL)
        assert (found.credentials, found.active) == (('{"a": 1}',), ())
