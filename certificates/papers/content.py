"""What stands on an award's paper: facts and the provider's branding -> values for the templates. Pure.

German stands first and English beside it; what is unknown or empty is left out.
"""

from datetime import timedelta
from typing import Any

from certificates import texts
from certificates.facts import AwardFacts, AwardKind, Part, PartResult, Rating, Text
from certificates.papers.branding import HOUSE_COLOUR, Branding
from certificates.papers.colour import LEAST_CONTRAST, contrast_with_white

Json = dict[str, Any]

LANGUAGES = ("de", "en")
NAMELESS = "Name nicht übermittelt"
LONG_NAME, LONG_TITLE, MANY_COMPETENCIES, ONE_ROW = 45, 90, 5, 3
"""Letters, letters, number, number: from where on a page gets full."""
STATEMENTS: dict[AwardKind, Text] = {
    AwardKind.ATTENDANCE: {"de": "hat an der Lerneinheit teilgenommen", "en": "took part in the learning unit"},
    AwardKind.COURSE: {"de": "hat den Kurs erfolgreich abgeschlossen", "en": "has successfully completed the course"},
    AwardKind.INDIVIDUAL: {
        "de": "hat den individuell zusammengestellten Kurs erfolgreich abgeschlossen",
        "en": "has successfully completed the individually composed course",
    },
    AwardKind.MUNICIPALITY: {
        "de": "hat den Stand der Digitalisierung begutachten lassen",
        "en": "has had the state of its digitalisation assessed",
    },
}
HEADINGS: dict[AwardKind, tuple[Text, Text | None]] = {kind: (label, None) for kind, label in texts.KINDS.items()} | {
    AwardKind.INDIVIDUAL: (
        texts.KINDS[AwardKind.COURSE],
        {"de": "Individueller Kurs", "en": "Individual course"},
    )
}
"""The heading, and what stands below it."""
SPECIMEN: Text = {"de": "Muster, kein gültiger Nachweis", "en": "Specimen, not a valid certificate"}


def content(facts: AwardFacts, branding: Branding | None, address: str, *, specimen: bool = False) -> Json:
    """Return the values; ``address`` is the page where the paper is checked."""
    look = branding or Branding()
    kind, (heading, below) = texts.KINDS[facts.kind], HEADINGS[facts.kind]
    about, day = facts.achievement, texts.day_of(facts.issued_at)
    name = texts.line(facts.recipient.name) or NAMELESS
    return {
        "accent": legible(look.accent),
        "dense": _is_dense(facts, look),
        "specimen": dict(SPECIMEN) if specimen else None,
        "kind": dict(heading),
        "below_kind": dict(below) if below else None,
        "document_title": texts.line(f"{kind['de']}: {about.title['de']}"),
        "document_description": texts.line(f"{kind['en']}: {texts.pick(about.title, 'en')}"),
        "attachment_description": "Open Badges 3.0 (OpenBadgeCredential)",
        "issuer": _text(facts.issuer.name),
        "provider": _text((facts.on_behalf_of or facts.issuer).name),
        "bodies": [_text(one.name) for one in ((facts.on_behalf_of or facts.issuer), *facts.awarding_bodies)],
        "contact": _contact(look),
        "greeting": _optional(look.greeting),
        "closing": _optional(look.closing),
        "signatories": [{"name": texts.line(one.name), "role": _text(one.role)} for one in look.signatories],
        "name": name,
        "statement": dict(STATEMENTS[facts.kind]),
        "title": _text(about.title),
        "awarded_by": [
            {"de": german, "en": english}
            for german, english in zip(texts.awarded_by(facts, "de"), texts.awarded_by(facts, "en"), strict=True)
        ],
        "particulars": _particulars(facts),
        "competencies": [_text(one.title) for one in about.competencies],
        "content": {language: _content(facts, language) for language in LANGUAGES},
        "issued": {
            "de": f"Ausgestellt am {texts.day(day, 'de')}",
            "en": f"Issued on {texts.day(day, 'en')}",
        },
        "gap_note": None,
        "check_url": address,
        "qr_alt": f"QR-Code zur Prüfseite {address}",
        "number_label": f"Nachweis {facts.award_id}",
        "parts": [_part(part) for part in facts.parts],
        "total": _total(facts),
        "ratings": [_rating(one) for one in facts.ratings],
        "transcript_intro": {key: f"{name}, {texts.line(texts.pick(about.title, key))}" for key in LANGUAGES},
        "rule": {language: _rule(facts, language) for language in LANGUAGES},
    }


def legible(colour: str) -> str:
    """Return the colour, darkened as far as text in it needs on white."""
    red, green, blue = (int(colour[place : place + 2], 16) for place in (1, 3, 5))
    for percent in range(100, -1, -2):
        darker = "#" + "".join(f"{channel * percent // 100:02x}" for channel in (red, green, blue))
        if contrast_with_white(darker) >= LEAST_CONTRAST:
            return darker
    return HOUSE_COLOUR


def _text(text: Text) -> dict[str, str]:
    return {language: texts.plain(texts.pick(text, language)) for language in LANGUAGES}


def _optional(text: Text | None) -> dict[str, str] | None:
    return _text(text) if text and text.get("de") else None


def _contact(look: Branding) -> str:
    lines = [*texts.plain(look.address).split("\n"), look.email, look.url]
    return " · ".join(filter(None, map(texts.line, lines)))


def _content(facts: AwardFacts, language: str) -> str:
    about = facts.achievement
    parts = [texts.pick(about.description, language), texts.pick(about.criteria, language)]
    return texts.plain("\n\n".join(filter(None, parts)))


def _rule(facts: AwardFacts, language: str) -> str:
    rule = facts.rule
    kinds = dict.fromkeys(item.kind for item in facts.evidence)
    evidence = ", ".join(texts.pick(texts.evidence_label(kind), language) for kind in kinds)
    if language == "de":
        lines = [f"Festgestellt nach der Regel {rule.name}, Version {rule.version}."]
        lines += [f"Grundlage: {evidence}."] if evidence else []
        lines += [f"Ersetzt den Nachweis {facts.supersedes}."] if facts.supersedes else []
    else:
        lines = [f"Found by the rule {rule.name}, version {rule.version}."]
        lines += [f"Based on: {evidence}."] if evidence else []
        lines += [f"Supersedes the certificate {facts.supersedes}."] if facts.supersedes else []
    return texts.line(" ".join(lines))


def _is_dense(facts: AwardFacts, look: Branding) -> bool:
    """Say whether there is so much to say that the first page needs smaller letters."""
    much = (
        len(facts.awarding_bodies) > 1,
        facts.on_behalf_of is not None,
        len(facts.recipient.name) > LONG_NAME,
        len(facts.achievement.title["de"]) > LONG_TITLE,
        len(facts.achievement.competencies) > MANY_COMPETENCIES,
        len(look.signatories) > ONE_ROW,
        bool(look.signatories or look.closing or look.greeting),
        bool(facts.ratings),
    )
    return sum(much) > 1


def _row(german: str, english: str, value: Text) -> Json:
    return {"label": {"de": german, "en": english}, "value": _text(value)}


def _particulars(facts: AwardFacts) -> list[Json]:
    """Return the labelled values between title and small print."""
    about = facts.achievement
    done = ("Begutachtet am", "Assessed on") if facts.ratings else ("Abgeschlossen am", "Completed on")
    rows = [
        _row("Kennung", "Code", {"de": about.code}),
        _row(*done, {key: texts.day(facts.achieved_on, key) for key in LANGUAGES}),
    ]
    if about.hours is not None:
        rows.append(_row("Umfang", "Extent", {key: _hours(facts, key) for key in LANGUAGES}))
    if about.ects is not None:
        rows.append(_row("Leistungspunkte", "Credit points", {key: texts.ects(facts, key) for key in LANGUAGES}))
    if about.eqf_level is not None:
        rows.append(_row("Niveau", "Level", {key: texts.eqf(facts, key) for key in LANGUAGES}))
    if facts.score is not None:
        rows.append(_row("Kurzprüfung", "Short exam", {key: _exam(facts, key) for key in LANGUAGES}))
    if facts.grade is not None:
        grade = facts.grade
        rows.append(_row("Note", "Grade", {key: texts.grade(grade, key) for key in LANGUAGES}))
    if facts.delivered_by:
        rows.append(_row("Durchgeführt von", "Delivered by", facts.delivered_by.name))
    if facts.valid_until:
        day = texts.day_of(facts.valid_until - timedelta(seconds=1))  # it ends when the next day begins
        rows.append(_row("Gültig bis", "Valid until", {key: texts.day(day, key) for key in LANGUAGES}))
    return rows


def _hours(facts: AwardFacts, language: str) -> str:
    """Return the extent, with what stands in brackets on one line."""
    hours, bracket, rest = texts.hours(facts, language).partition("(")
    return hours + bracket + rest.replace(" ", "\N{NO-BREAK SPACE}")


def _exam(facts: AwardFacts, language: str) -> str:
    score = texts.percent(facts.score, language)
    if facts.pass_score is None:
        return score
    needed = texts.percent(facts.pass_score, language)
    return f"{score} (bestanden ab {needed})" if language == "de" else f"{score} (pass mark {needed})"


def _part(part: Part) -> Json:
    return {
        "code": texts.line(part.code),
        "title": _text(part.title),
        "provider": _optional(part.provider),
        "extent": {language: texts.extent(part, language) for language in LANGUAGES},
        "result": dict(texts.RESULTS[PartResult(part.result)]),
        "day": texts.day(part.achieved_on, "de"),
        "score": texts.percent(part.score, "de"),
    }


def _total(facts: AwardFacts) -> Json:
    about, day = facts.achievement, texts.day(facts.achieved_on, "de")
    whole = Part(about.code, about.title, facts.achieved_on, None, PartResult.ACHIEVED, None, about.hours, about.ects)
    grades = {key: texts.grade(facts.grade, key) for key in LANGUAGES} if facts.grade else None
    return {"extent": {key: texts.extent(whole, key) for key in LANGUAGES}, "grade": grades, "day": day}


def _rating(rating: Rating) -> Json:
    return {"title": _text(rating.title), "level": rating.level, "highest": rating.highest}
