"""The paper of an award: facts and the signed credential -> PDF, set by Typst.

Made as PDF/A-3a and PDF/UA-1 at once: tagged, in German with English beside it, fonts embedded (those in Typst's own
package and ours for Arabic script, never the system's), the credential attached. Texts reach the templates as JSON
only, never as markup.
"""

import base64
import io
import json
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

import segno
import typst

from certificates.credential import Addresses
from certificates.errors import UnprintableError
from certificates.facts import AwardFacts, AwardKind, Text
from certificates.papers import content as paper
from certificates.papers.branding import Branding

TEMPLATES = Path(__file__).parent / "templates"
FONTS = Path(__file__).parent / "fonts"
FILES: dict[AwardKind, str] = {
    AwardKind.ATTENDANCE: "attendance.typ",
    AwardKind.COURSE: "course.typ",
    AwardKind.INDIVIDUAL: "course.typ",
    AwardKind.MUNICIPALITY: "municipality.typ",
}
GAP = "\N{WHITE VERTICAL RECTANGLE}"
GAP_NOTE: Text = {
    "de": f"{GAP} steht für ein Zeichen, das hier nicht gesetzt werden kann; in der signierten Fassung steht es.",
    "en": f"{GAP} stands for a character that can't be printed here; the signed file has it.",
}
GLYPH = '#set document(title: "x")\n#set text(font: ("Libertinus Serif", "Noto Naskh Arabic"))\n#sys.inputs.text'
LOGO = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="{0}" height="{1}" viewBox="0 0 {0} {1}">'
    '<image width="{0}" height="{1}" href="data:image/png;base64,{2}"/></svg>'
)
"""Inputs of Typst are texts, so the picture goes inside one."""


def render(facts: AwardFacts, credential: str, addresses: Addresses, branding: Branding | None = None) -> bytes:
    """Return the PDF of an award, not sealed yet; ``credential`` is its signed JSON text, attached as it is.

    The same award gives the same bytes. For letters that the fonts lack, ``GAP`` is set, and the paper says so.
    Raises UnprintableError when Typst can't set it.
    """
    address = addresses.check(facts.award_id)
    content = paper.content(facts, branding, address)
    return _print(facts, content, address, branding, {"credential": credential})


def preview(facts: AwardFacts, addresses: Addresses, branding: Branding) -> bytes:
    """Return how a made-up award (``specimen``) looks on paper, marked as one on each page.

    It is not sealed and has no credential in it. Raises UnprintableError.
    """
    address = addresses.check(facts.award_id)
    return _print(facts, paper.content(facts, branding, address, specimen=True), address, branding, {})


def _print(
    facts: AwardFacts, content: dict[str, Any], address: str, branding: Branding | None, more: dict[str, str]
) -> bytes:
    inputs = {"qr": _qr(address), **more}
    if branding and branding.logo:
        inputs["logo"] = _logo(branding.logo)
    try:
        return _set(facts, content, inputs)
    except UnprintableError:
        return _set(facts, {**_with_gaps(content), "gap_note": dict(GAP_NOTE)}, inputs)


def _set(facts: AwardFacts, content: dict[str, Any], inputs: dict[str, str]) -> bytes:
    try:
        pdf = typst.compile(
            TEMPLATES / FILES[facts.kind],
            root=TEMPLATES,
            font_paths=_fonts(),
            format="pdf",
            pdf_standards=["a-3a", "ua-1"],
            timestamp=facts.issued_at.replace(microsecond=0),  # Typst takes whole seconds
            sys_inputs={"data": json.dumps(content), **inputs},
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
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=True, font_paths=[FONTS])


def _qr(address: str) -> str:
    picture = io.BytesIO()
    code = segno.make(address, error="m", micro=False)
    code.save(picture, kind="svg", border=2, dark="#14213d", light="#ffffff", xmldecl=False)
    return picture.getvalue().decode()


def _logo(png: bytes) -> str:
    """Return the PNG as a drawing that shows it; its size stands in its first chunk (PNG, 11.2.1)."""
    width, height = int.from_bytes(png[16:20]), int.from_bytes(png[20:24])
    return LOGO.format(width, height, base64.b64encode(png).decode())
