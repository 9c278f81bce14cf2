"""The picture of an award: a seal with its kind, title, awarding bodies and year, as SVG and as PNG.

Typst draws both from one template, letters as outlines, so that neither needs a font, a script or another file. The
same facts give the same bytes. It names no holder: the picture is made to be shown around, and what it says of a
person stands in the credential that is baked into it.
"""

import json
from functools import cache
from pathlib import Path
from typing import Any, Literal

import typst
from lxml import etree

from certificates import texts
from certificates.errors import UnprintableError
from certificates.facts import AwardFacts, AwardKind
from certificates.papers import baking
from certificates.reading import markup

TEMPLATES = Path(__file__).parent / "templates"
SIDE = 400
"""Points each way, as the template has it."""
PIXELS = 800
MAX_TITLE = 180
"""Characters on the seal. The whole title stands in the picture's description."""
POINTS_PER_INCH = 72

COLOURS: dict[AwardKind, dict[str, str]] = {
    AwardKind.ATTENDANCE: {"edge": "#0b5c6b", "deep": "#08434e", "ornament": "#d9e6e4", "rule": "#6fa5a8"},
    AwardKind.COURSE: {"edge": "#14213d", "deep": "#0a1226", "ornament": "#d9b65c", "rule": "#d9b65c"},
    AwardKind.INDIVIDUAL: {"edge": "#3d2a5c", "deep": "#281a3f", "ornament": "#d9b65c", "rule": "#d9b65c"},
    AwardKind.MUNICIPALITY: {"edge": "#7a2430", "deep": "#54161f", "ornament": "#e3c887", "rule": "#e3c887"},
}
"""The colours of a kind, so that kinds differ at a glance (and by their words, for who sees no colours)."""


def svg(facts: AwardFacts) -> bytes:
    """Return the picture as SVG with a title and a description for those who can't see it.

    Raises UnprintableError when Typst can't set it.
    """
    root = markup.parse(_drawn(facts, "svg"))
    root.set("role", "img")
    root.set("aria-labelledby", "badge-title badge-description")
    root.set("{http://www.w3.org/XML/1998/namespace}lang", "de")
    title, description = (etree.Element(f"{{{baking.SVG}}}{name}") for name in ("title", "desc"))
    title.text, description.text = _name(facts), _description(facts)
    title.set("id", "badge-title")
    description.set("id", "badge-description")
    root[:0] = [title, description]
    return etree.tostring(root, encoding="UTF-8", xml_declaration=True)


def png(facts: AwardFacts) -> bytes:
    """Return the picture as PNG, PIXELS each way, transparent around the seal. Raises as :func:`svg`."""
    return _drawn(facts, "png")


def _drawn(facts: AwardFacts, form: Literal["svg", "png"]) -> bytes:
    try:
        picture = typst.compile(
            TEMPLATES / "badge.typ",
            root=TEMPLATES,
            font_paths=_fonts(),
            format=form,
            ppi=POINTS_PER_INCH * PIXELS / SIDE,
            sys_inputs={"data": json.dumps(_content(facts))},
        )
    except typst.TypstError as error:
        raise UnprintableError("the picture can't be set") from error  # its message quotes the text
    if not isinstance(picture, bytes):
        raise UnprintableError("the picture came out as several files")
    return picture


@cache
def _fonts() -> typst.Fonts:
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=True)


def _content(facts: AwardFacts) -> dict[str, Any]:
    return {
        "colours": COLOURS[facts.kind],
        "kind": texts.KINDS[facts.kind]["de"].upper(),
        "below": f"KOMMUNALCAMPUS · {texts.day_of(facts.issued_at).year}",
        "code": texts.line(facts.achievement.code),
        "title": _cut(texts.line(facts.achievement.title["de"])),
        "issuer": " · ".join(_bodies(facts)),
    }


def _bodies(facts: AwardFacts) -> list[str]:
    """Return the names of those that award it; who only signs by their mandate is not among them."""
    bodies = [facts.on_behalf_of or facts.issuer, *facts.awarding_bodies]
    return list(dict.fromkeys(texts.line(body.name["de"]) for body in bodies))


def _cut(title: str) -> str:
    return title if len(title) <= MAX_TITLE else f"{title[: MAX_TITLE - 1].rstrip()}…"


def _name(facts: AwardFacts) -> str:
    return f"{texts.KINDS[facts.kind]['de']}: {texts.line(facts.achievement.title['de'])}"


def _description(facts: AwardFacts) -> str:
    kind, title = texts.KINDS[facts.kind]["en"], texts.line(texts.pick(facts.achievement.title, "en"))
    day = texts.day_of(facts.issued_at)
    signed = texts.line(facts.issuer.name["de"])
    return (
        f"Verliehen von {', '.join(_bodies(facts))}, ausgestellt von {signed} am {texts.day(day, 'de')}. "
        f"{kind}: {title}, issued on {texts.day(day, 'en')}."
    )
