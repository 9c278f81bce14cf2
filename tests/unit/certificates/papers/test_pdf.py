"""The paper, as foreign tools read it."""

import hashlib
import io
import json
import re
import shutil
import subprocess
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from PIL import Image

from certificates.errors import UnprintableError
from certificates.facts import AwardFacts, AwardKind, Provider, Recipient
from certificates.papers import content as paper
from certificates.papers import pdf, specimen
from certificates.papers.branding import Branding, Signatory
from certificates.papers.colour import contrast_with_white
from tests.conftest import require_or_skip
from tests.unit.certificates import samples


def _render(facts: AwardFacts, credential: str = "{}") -> bytes:
    return pdf.render(facts, credential, samples.ADDRESSES)


def _poppler(tool: str, *arguments: str | Path) -> str:
    require_or_skip(shutil.which(tool), f"{tool} (Poppler)")
    done = subprocess.run([tool, *arguments], capture_output=True, check=True)
    return done.stdout.decode(errors="replace")


ISSUER = samples.ATTENDANCE.issuer
BODIES = tuple(
    Provider(f"did:web:{name}.example", {"de": f"Hochschule für Verwaltung {name}", "en": f"University {name}"}, "x")
    for name in "BCDE"
)
LONG_NAME = "Prof. Dr. Maria-Magdalena Gräfin von und zu Hohenlohe-Schillingsfürst-Waldenburg"


def _logo(width: int = 300, height: int = 100) -> bytes:
    file = io.BytesIO()
    Image.new("RGBA", (width, height), (180, 30, 60, 128)).save(file, "PNG")
    return file.getvalue()


LOOK = Branding(
    address="Musterweg 1\n12345 Musterstadt",
    email="campus@a.example",
    url="https://a.example",
    accent="#b3123f",
    signatories=(
        Signatory("Prof. Dr. Anna Beispiel", {"de": "Präsidentin", "en": "President"}),
        Signatory("Dr. Jörg Übungsmann", {"de": "Leiter der Weiterbildung", "en": "Head of Continuing Education"}),
    ),
    greeting={"de": "Die Hochschule bescheinigt:", "en": "The university certifies:"},
    closing={"de": "Verliehen nach der Ordnung vom 1. April.", "en": "Awarded under the rules of 1 April."},
    logo=_logo(),
)


def _joint() -> AwardFacts:
    """Five bodies, by mandate, twelve parts, a long name, a predecessor: all at once."""
    found = specimen.facts(AwardKind.COURSE, ISSUER, BODIES)
    return replace(
        found,
        recipient=Recipient("x", LONG_NAME),
        parts=found.parts * 3,
        on_behalf_of=Provider("did:web:f.example", {"de": "Fachhochschule F", "en": "University F"}, "x"),
        supersedes=samples.COURSE.award_id,
    )


KINDS = {
    "attendance": (samples.ATTENDANCE, None),
    "course": (samples.COURSE, None),
    "individual": (specimen.facts(AwardKind.INDIVIDUAL, ISSUER), None),
    "municipality": (specimen.facts(AwardKind.MUNICIPALITY, ISSUER), LOOK),
    "joint": (_joint(), LOOK),
    "arabic": (replace(samples.ATTENDANCE, recipient=Recipient("x", "محمد بن سلمان")), LOOK),
}


@pytest.fixture(params=[samples.ATTENDANCE, samples.COURSE], ids=["attendance", "course"])
def facts(request: pytest.FixtureRequest) -> AwardFacts:
    found: AwardFacts = request.param
    return found


def test_says_that_it_is_made_as_pdf_a_3a_and_pdf_ua_1(facts: AwardFacts) -> None:
    content = _render(facts)
    assert b"<pdfaid:part>3</pdfaid:part><pdfaid:conformance>A" in content
    assert b"<pdfuaid:part>1</pdfuaid:part>" in content
    assert b"/Lang(de-DE)" in content


def test_the_attached_credential_is_the_signed_one_byte_for_byte(tmp_path: Path, facts: AwardFacts) -> None:
    text = json.dumps(samples.sign(samples.unsigned(facts)), ensure_ascii=False)
    (tmp_path / "a.pdf").write_bytes(_render(facts, text))
    _poppler("pdfdetach", "-save", "1", "-o", tmp_path / "out.json", tmp_path / "a.pdf")
    assert (tmp_path / "out.json").read_text() == text


def test_all_fonts_are_embedded_and_none_is_the_systems(tmp_path: Path, facts: AwardFacts) -> None:
    (tmp_path / "a.pdf").write_bytes(_render(facts))
    rows = _poppler("pdffonts", tmp_path / "a.pdf").splitlines()[2:]
    assert rows
    assert all("Libertinus" in row and " yes yes " in row for row in rows)


def test_the_day_is_the_one_in_germany(tmp_path: Path) -> None:
    new_years_eve = datetime(2026, 12, 31, 23, 30, tzinfo=UTC)
    (tmp_path / "a.pdf").write_bytes(_render(replace(samples.ATTENDANCE, issued_at=new_years_eve)))
    assert "Ausgestellt am 01.01.2027" in _poppler("pdftotext", "-layout", tmp_path / "a.pdf", "-")


def _printed(folder: Path, file: bytes) -> str:
    """Return the text, blanks as they may fall."""
    (folder / "a.pdf").write_bytes(file)
    return " ".join(_poppler("pdftotext", folder / "a.pdf", "-").split())


def _squeezed(text: str) -> str:
    """Leave out blanks and hyphens: lines are broken at either."""
    return "".join(text.split()).replace("-", "").replace("\u00ad", "")


@pytest.mark.parametrize("name", [name for name in KINDS if name != "arabic"])
def test_everything_that_an_award_says_is_on_its_paper(tmp_path: Path, name: str) -> None:
    facts, look = KINDS[name]
    printed = _squeezed(_printed(tmp_path, pdf.render(facts, "{}", samples.ADDRESSES, look)))
    said = paper.content(facts, look, samples.ADDRESSES.check(facts.award_id))
    expected = [said["name"], said["provider"]["de"], said["issuer"]["de"], said["number_label"], said["contact"]]
    expected += [text for row in said["particulars"] for text in row["value"].values()]
    expected += [text for one in (*said["awarded_by"], said["rule"], said["title"]) for text in one.values()]
    expected += [text["de"] for text in said["competencies"]]
    expected += [text for one in said["signatories"] for text in (one["name"], one["role"]["de"])]
    expected += [text for one in said["parts"] for text in (one["code"], one["title"]["de"], one["day"], one["score"])]
    expected += [f"Stufe {one['level']} von {one['highest']}" for one in said["ratings"]]
    if said["total"]["grade"]:
        expected.append(said["total"]["grade"]["de"])
    for text in expected:
        assert _squeezed(text) in printed, text


def test_the_holders_name_may_be_written_from_right_to_left(tmp_path: Path) -> None:
    for name in ("محمد بن سلمان", "שרה לוי"):
        file = _render(replace(samples.ATTENDANCE, recipient=Recipient("x", name)))
        printed = _printed(tmp_path, file)
        assert "stands for a character" not in printed
        assert all(letter in printed for letter in name if letter.isalpha())


@pytest.mark.parametrize(("name", "pages"), [("attendance", 1), ("course", 2), ("municipality", 1), ("joint", 2)])
def test_a_paper_has_no_more_pages_than_it_needs(tmp_path: Path, name: str, pages: int) -> None:
    facts, look = KINDS[name]
    (tmp_path / "a.pdf").write_bytes(pdf.render(facts, "{}", samples.ADDRESSES, look))
    assert f"Pages:           {pages}\n" in _poppler("pdfinfo", tmp_path / "a.pdf")


def test_a_transcript_of_forty_units_goes_on_over_several_pages(tmp_path: Path) -> None:
    facts = specimen.facts(AwardKind.COURSE, ISSUER)
    printed = _printed(tmp_path, _render(replace(facts, parts=facts.parts * 10)))
    assert printed.count("Bürgerinnen und Bürger beteiligen") == 10
    assert "Seite 3 von 3" in printed


@pytest.mark.parametrize("name", KINDS)
def test_every_paper_is_tagged(tmp_path: Path, name: str) -> None:
    facts, look = KINDS[name]
    (tmp_path / "a.pdf").write_bytes(pdf.render(facts, "{}", samples.ADDRESSES, look))
    tags = _poppler("pdfinfo", "-struct", tmp_path / "a.pdf")
    for tag in ("H1", "P", "Figure"):
        assert re.search(rf"^ *{tag}\b", tags, re.MULTILINE), tag
    assert ("Table" in tags) == bool(facts.parts or facts.ratings)


@pytest.mark.parametrize("accent", ["#ffffff", "#ffff00", "#00ff00", "#b3123f", "#000000"])
def test_an_accent_too_pale_to_read_is_darkened(accent: str) -> None:
    found = paper.legible(accent)
    assert contrast_with_white(found) >= 4.5
    if accent in {"#b3123f", "#000000"}:
        assert found == accent


@pytest.mark.parametrize("size", [(1, 1), (2000, 10), (10, 2000)])
def test_a_logo_of_any_shape_leaves_one_page(tmp_path: Path, size: tuple[int, int]) -> None:
    look = replace(LOOK, logo=_logo(*size))
    (tmp_path / "a.pdf").write_bytes(pdf.render(samples.ATTENDANCE, "{}", samples.ADDRESSES, look))
    assert "Pages:           1\n" in _poppler("pdfinfo", tmp_path / "a.pdf")


def test_the_last_day_of_validity_is_named_not_the_day_after(tmp_path: Path) -> None:
    assert "30.06.2028" in _printed(tmp_path, _render(specimen.facts(AwardKind.MUNICIPALITY, ISSUER)))


@pytest.mark.parametrize("kind", AwardKind)
def test_a_preview_is_marked_as_a_specimen_and_holds_no_credential(tmp_path: Path, kind: AwardKind) -> None:
    file = pdf.preview(specimen.facts(kind, ISSUER, BODIES), samples.ADDRESSES, LOOK)
    printed = _printed(tmp_path, file)
    assert "Muster, kein gültiger Nachweis" in printed
    assert "Specimen, not a valid certificate" in printed
    assert "0 embedded files" in _poppler("pdfdetach", "-list", tmp_path / "a.pdf")


def test_a_person_reads_name_achievement_and_address(tmp_path: Path) -> None:
    (tmp_path / "a.pdf").write_bytes(_render(samples.COURSE))
    text = _poppler("pdftotext", "-layout", tmp_path / "a.pdf", "-").replace("\N{NO-BREAK SPACE}", " ")
    for expected in (
        "Zertifikat mit Leistungsnachweis",
        "Mira Öztürk-Beispiel",
        "Hochschule A",
        "2,5 ECTS-Leistungspunkte",
        "85,71 %",
        f"{samples.PUBLIC_URL}/nachweis/{samples.COURSE.award_id}",
        "Seite 2 von 2",
    ):
        assert expected in text, expected


@pytest.mark.parametrize("times", [1, 40, 400])
def test_the_certificate_of_attendance_is_one_page_even_with_long_texts(tmp_path: Path, times: int) -> None:
    about = samples.ATTENDANCE.achievement
    long = replace(
        about,
        title={"de": "Ein sehr langer Titel einer Lerneinheit " * 4, "en": "A very long title of a unit " * 4},
        description={"de": "Grundlagen und Beispiele. " * times, "en": "Foundations and examples. " * times},
    )
    (tmp_path / "a.pdf").write_bytes(_render(replace(samples.ATTENDANCE, achievement=long)))
    assert "Pages:           1\n" in _poppler("pdfinfo", tmp_path / "a.pdf")


@pytest.mark.parametrize("name", KINDS)
def test_the_same_award_gives_the_same_bytes(name: str) -> None:
    facts, look = KINDS[name]
    first, second = (pdf.render(facts, "{}", samples.ADDRESSES, look) for _ in range(2))
    assert hashlib.sha256(first).digest() == hashlib.sha256(second).digest()


def test_markup_in_a_name_stays_text(tmp_path: Path) -> None:
    name = '#panic("x") *fett* $x$ <label> @ref \\ [x] `c`'
    (tmp_path / "a.pdf").write_bytes(_render(replace(samples.ATTENDANCE, recipient=Recipient("x", name))))
    assert '#panic("x") *fett* $x$' in _poppler("pdftotext", tmp_path / "a.pdf", "-").replace("“", '"')


@pytest.mark.parametrize(
    "name",
    ["Đặng Thị Hồng", "Łukasz Żółć", "Şükrü Iğdır", "Ștefan Țăran", "Олена Ґалаґан", "Αθηνά", "J\u0302ana D̦", ""],
)
def test_sets_names_of_our_neighbours(name: str) -> None:
    assert _render(replace(samples.ATTENDANCE, recipient=Recipient("x", name))).startswith(b"%PDF")


@pytest.mark.parametrize(
    ("name", "printed"),
    [("José 😀 Müller", "José ▯ Müller"), ("王小明", "▯▯▯"), ("Rune ᚠᚢ", "Rune ▯▯"), ("Max 👩\u200d💻", "Max ▯")],
)
def test_a_letter_that_the_fonts_lack_leaves_a_gap_and_the_paper_says_so(
    tmp_path: Path, facts: AwardFacts, name: str, printed: str
) -> None:
    (tmp_path / "a.pdf").write_bytes(_render(replace(facts, recipient=Recipient("x", name))))
    text = _poppler("pdftotext", "-layout", tmp_path / "a.pdf", "-")
    assert printed in text
    assert "steht für ein Zeichen" in text
    assert "stands for a character" in text


def test_a_paper_without_gaps_says_nothing_of_them(tmp_path: Path, facts: AwardFacts) -> None:
    (tmp_path / "a.pdf").write_bytes(_render(facts))
    assert "stands for a character" not in _poppler("pdftotext", "-layout", tmp_path / "a.pdf", "-")


def test_what_cannot_be_set_is_refused_without_saying_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pdf, "_has_glyph", lambda _character: True)
    with pytest.raises(UnprintableError) as caught:
        _render(replace(samples.ATTENDANCE, recipient=Recipient("x", "山田太郎")))
    assert "山" not in str(caught.value)


def test_no_font_comes_from_the_machine_it_runs_on() -> None:
    assert {font.path for font in pdf._fonts().fonts() if not str(font.path).startswith(str(pdf.FONTS))} == {None}
