"""The paper of an award: facts and the signed credential -> PDF, set by Typst.

Made as PDF/A-3a and PDF/UA-1 at once: tagged, in German with English beside it, fonts embedded (those in Typst's own
package, never the system's), the credential attached. Texts reach the template as JSON only, never as markup.
"""

import io
import json
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

import segno
import typst

from certificates import texts
from certificates.branding import Branding
from certificates.credential import Addresses
from certificates.errors import UnprintableError
from certificates.facts import AwardFacts, AwardKind, Part, PartResult, Text

TEMPLATES = Path(__file__).parent / "templates"
FILES: dict[AwardKind, str] = {AwardKind.ATTENDANCE: "attendance.typ", AwardKind.COURSE: "course.typ"}
STATEMENTS: dict[AwardKind, Text] = {
    AwardKind.ATTENDANCE: {
        "de": "hat an der Lerneinheit teilgenommen",
        "en": "took part in the learning unit",
    },
    AwardKind.COURSE: {
        "de": "hat den Kurs erfolgreich abgeschlossen",
        "en": "has successfully completed the course",
    },
}
LANGUAGES = ("de", "en")
NAMELESS = "Name nicht übermittelt"
GAP = "\N{WHITE VERTICAL RECTANGLE}"
GAP_NOTE: Text = {
    "de": f"{GAP} steht für ein Zeichen, das hier nicht gesetzt werden kann; in der signierten Fassung steht es.",
    "en": f"{GAP} stands for a character that can't be printed here; the signed file has it.",
}
GLYPH = '#set document(title: "x")\n#set text(font: "Libertinus Serif")\n#sys.inputs.text'


def render(
    facts: AwardFacts, credential: str, addresses: Addresses, branding: Branding | None = None
) -> bytes:
    """Return the PDF of an award; ``credential`` is its signed JSON text, attached as it is.

    The same award gives the same bytes. For letters that the fonts lack, ``GAP`` is set, and the paper says so.
    Raises UnprintableError when Typst can't set it.
    """
    address = addresses.check(facts.award_id)
    content = _content(facts, address)
    try:
        return _set(facts, content, credential, address)
    except UnprintableError:
        return _set(facts, {**_with_gaps(content), "gap_note": dict(GAP_NOTE)}, credential, address)


def _set(facts: AwardFacts, content: dict[str, Any], credential: str, address: str) -> bytes:
    try:
        pdf = typst.compile(
            TEMPLATES / FILES[facts.kind],
            root=TEMPLATES,
            font_paths=_fonts(),
            format="pdf",
            pdf_standards=["a-3a", "ua-1"],
            timestamp=facts.issued_at.replace(microsecond=0),  # Typst takes whole seconds
            sys_inputs={
                "data": json.dumps(content),
                "credential": credential,
                "qr": _qr(address),
            },
        )
    except typst.TypstError as error:
        # Typst's message quotes the text, and with it the name: it must not reach a log.
        raise UnprintableError("the paper can't be set") from error
    if not isinstance(pdf, bytes):
        raise UnprintableError("the paper came out as several files")
    return pdf


def _with_gaps(content: Any) -> Any:
    """Return the content, of any depth, with ``GAP`` for each character that has no glyph."""
    match content:
        case str():
            return "".join(character if _has_glyph(character) else GAP for character in content)
        case dict():
            return {key: _with_gaps(value) for key, value in content.items()}
        case list():
            return [_with_gaps(value) for value in content]
    return content


@lru_cache(maxsize=4096)
def _has_glyph(character: str) -> bool:
    """Ask Typst, which knows its fonts best: the standards allow no character without one. It takes a millisecond."""
    try:
        typst.compile(
            GLYPH.encode(),
            font_paths=_fonts(),
            format="pdf",
            pdf_standards=["a-3a", "ua-1"],
            sys_inputs={"text": character},
        )
    except typst.TypstError:
        return False
    return True


@cache
def _fonts() -> typst.Fonts:
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=True)


def _qr(address: str) -> str:
    picture = io.BytesIO()
    code = segno.make(address, error="m", micro=False)
    code.save(picture, kind="svg", border=2, dark="#14213d", light="#ffffff", xmldecl=False)
    return picture.getvalue().decode()


def _text(text: Text) -> dict[str, str]:
    return {language: texts.plain(texts.pick(text, language)) for language in LANGUAGES}


def _content(facts: AwardFacts, address: str) -> dict[str, Any]:
    kind, about = texts.KINDS[facts.kind], facts.achievement
    day, name = texts.day_of(facts.issued_at), texts.line(facts.recipient.name) or NAMELESS
    content: Text = {
        language: "\n\n".join(
            filter(None, [texts.pick(about.description, language), texts.pick(about.criteria, language)])
        )
        for language in LANGUAGES
    }
    return {
        "kind": dict(kind),
        "document_title": texts.line(f"{kind['de']}: {about.title['de']}"),
        "document_description": texts.line(f"{kind['en']}: {texts.pick(about.title, 'en')}"),
        "attachment_description": "Open Badges 3.0 (OpenBadgeCredential)",
        "issuer": _text(facts.issuer.name),
        "name": name,
        "statement": dict(STATEMENTS[facts.kind]),
        "title": _text(about.title),
        "particulars": _particulars(facts),
        "content": _text(content),
        "issued": {
            "de": f"Ausgestellt am {texts.day(day, 'de')}",
            "en": f"Issued on {texts.day(day, 'en')}",
        },
        "gap_note": None,
        "check_url": address,
        "qr_alt": f"QR-Code zur Prüfseite {address}",
        "number_label": f"Nachweis {facts.award_id}",
        "parts": [_part(part) for part in facts.parts],
        "transcript_intro": {key: f"{name}, {texts.line(texts.pick(about.title, key))}" for key in LANGUAGES},
        "rule": {
            "de": texts.line(f"Festgestellt nach der Regel {facts.rule.name}, Version {facts.rule.version}."),
            "en": texts.line(f"Found by the rule {facts.rule.name}, version {facts.rule.version}."),
        },
    }


def _row(german: str, english: str, value: Text) -> dict[str, Any]:
    return {"label": {"de": german, "en": english}, "value": _text(value)}


def _particulars(facts: AwardFacts) -> list[dict[str, Any]]:
    """Return the labelled values between title and small print; what is unknown is left out."""
    about = facts.achievement
    rows = [
        _row("Kennung", "Code", {"de": about.code}),
        _row("Abgeschlossen am", "Completed on", {key: texts.day(facts.achieved_on, key) for key in LANGUAGES}),
    ]
    if about.hours is not None:
        rows.append(_row("Umfang", "Extent", {key: texts.hours(facts, key) for key in LANGUAGES}))
    if about.ects is not None:
        rows.append(_row("ECTS", "ECTS", {key: texts.ects(facts, key) for key in LANGUAGES}))
    if facts.score is not None:
        rows.append(_row("Kurzprüfung", "Short exam", {key: _exam(facts, key) for key in LANGUAGES}))
    if facts.delivered_by:
        rows.append(_row("Durchgeführt von", "Delivered by", facts.delivered_by.name))
    return rows


def _exam(facts: AwardFacts, language: str) -> str:
    score = texts.percent(facts.score, language)
    if facts.pass_score is None:
        return score
    needed = texts.percent(facts.pass_score, language)
    return f"{score} (bestanden ab {needed})" if language == "de" else f"{score} (pass mark {needed})"


def _part(part: Part) -> dict[str, Any]:
    return {
        "code": texts.line(part.code),
        "title": _text(part.title),
        "result": dict(texts.RESULTS[PartResult(part.result)]),
        "day": texts.day(part.achieved_on, "de"),
        "score": texts.percent(part.score, "de"),
    }
