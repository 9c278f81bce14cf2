"""The paper, as foreign tools read it."""

import hashlib
import json
import shutil
import subprocess
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from certificates import pdf
from certificates.errors import UnprintableError
from certificates.facts import AwardFacts, Recipient
from tests.conftest import require_or_skip
from tests.unit.certificates import samples


def _render(facts: AwardFacts, credential: str = "{}") -> bytes:
    return pdf.render(facts, credential, samples.ADDRESSES)


def _poppler(tool: str, *arguments: str | Path) -> str:
    require_or_skip(shutil.which(tool), f"{tool} (Poppler)")
    return subprocess.run([tool, *arguments], capture_output=True, text=True, check=True).stdout


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


def test_the_same_award_gives_the_same_bytes(facts: AwardFacts) -> None:
    assert hashlib.sha256(_render(facts)).digest() == hashlib.sha256(_render(facts)).digest()


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
    assert {font.path for font in pdf._fonts().fonts()} == {None}
