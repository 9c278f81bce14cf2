"""Words and number formats that a credential and its paper share. German first, English beside it."""

import re
from collections.abc import Sequence
from datetime import date, datetime
from zoneinfo import ZoneInfo

from certificates.facts import AwardFacts, AwardKind, Grade, Part, PartResult, Rating, Text
from certificates.signatures.canonical import FORBIDDEN

GERMANY = ZoneInfo("Europe/Berlin")
"""A day on a certificate is a day there."""
MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)

KINDS: dict[AwardKind, Text] = {
    AwardKind.ATTENDANCE: {"de": "Teilnahmebescheinigung", "en": "Certificate of attendance"},
    AwardKind.COURSE: {
        "de": "Zertifikat mit Leistungsnachweis",
        "en": "Certificate with transcript of records",
    },
    AwardKind.INDIVIDUAL: {
        "de": "Zertifikat mit Leistungsnachweis (individueller Kurs)",
        "en": "Certificate with transcript of records (individual course)",
    },
    AwardKind.MUNICIPALITY: {
        "de": "Digitalzertifikat für Kommunen",
        "en": "Digital certificate for municipalities",
    },
}
RESULTS: dict[PartResult, Text] = {
    PartResult.ATTENDED: {"de": "teilgenommen", "en": "attended"},
    PartResult.ACHIEVED: {"de": "bestanden", "en": "achieved"},
}
EVIDENCE: dict[str, Text] = {
    "self_study": {"de": "Selbststudium abgeschlossen", "en": "Self-study completed"},
    "tutorial": {"de": "Teilnahme am Tutorium", "en": "Tutorial attended"},
    "excused": {"de": "Vom Tutorium entschuldigt", "en": "Excused from the tutorial"},
    "exam": {"de": "Kurzprüfung", "en": "Short exam"},
    "evaluation": {"de": "Evaluation abgegeben", "en": "Evaluation handed in"},
    "unit": {"de": "Lerneinheit", "en": "Learning unit"},
    "self_report": {"de": "Selbstauskunft der Kommune", "en": "Self-report of the municipality"},
    "assessment": {"de": "Begutachtung des Online-Auftritts", "en": "Assessment of the online presence"},
    "foreign_credential": {"de": "Nachweis von anderer Stelle", "en": "Credential from elsewhere"},
}


def plain(text: str) -> str:
    """Return ``text`` without what can't be signed alike everywhere; line ends become line feeds."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").replace("\t", " ")
    return FORBIDDEN.sub("", lines).strip()


def line(text: str) -> str:
    """Return ``text`` as one line."""
    return re.sub(r"\s+", " ", plain(text))


def pick(text: Text, language: str) -> str:
    """Return the text in ``language``, else in German: a missing translation must not leave a gap."""
    return text.get(language) or text["de"]


def both(text: Text) -> str:
    """Return "German / English", or one of them when they are equal or the English is missing."""
    german, english = line(text["de"]), line(pick(text, "en"))
    return german if german == english else f"{german} / {english}"


def day_of(instant: datetime) -> date:
    """Return the day that it was in Germany."""
    return instant.astimezone(GERMANY).date()


def day(value: date, language: str) -> str:
    """Return a day as people write it: 14.05.2026, or 14 May 2026."""
    if language == "de":
        return f"{value.day:02}.{value.month:02}.{value.year}"
    return f"{value.day} {MONTHS[value.month - 1]} {value.year}"


def number(value: float, language: str) -> str:
    """Return a number with at most two decimals and the language's decimal sign, no trailing zeros."""
    digits = f"{value:.2f}".rstrip("0").rstrip(".")
    return digits.replace(".", ",") if language == "de" else digits


def percent(value: float | None, language: str) -> str:
    """Return a score in percent with a no-break space in German, or an empty text."""
    if value is None:
        return ""
    return f"{number(value, language)}\N{NO-BREAK SPACE}%" if language == "de" else f"{number(value, language)}%"


def hours(facts: AwardFacts, language: str) -> str:
    """Return the workload in words, like "12 Unterrichtsstunden (je 45 Minuten)", or an empty text."""
    if facts.achievement.hours is None:
        return ""
    unit = "Unterrichtsstunden (je 45 Minuten)" if language == "de" else "teaching hours (of 45 minutes)"
    return f"{facts.achievement.hours} {unit}"


def ects(facts: AwardFacts, language: str) -> str:
    """Return the credit points in words, like "2,5 ECTS-Leistungspunkte", or an empty text."""
    if facts.achievement.ects is None:
        return ""
    unit = "ECTS-Leistungspunkte" if language == "de" else "ECTS credit points"
    return f"{number(facts.achievement.ects, language)} {unit}"


def eqf(facts: AwardFacts, language: str) -> str:
    """Return the level in words, like "EQR-Niveau 5 (DQR 5)", or an empty text."""
    level = facts.achievement.eqf_level
    if level is None:
        return ""
    return f"EQR/DQR-Niveau {level}" if language == "de" else f"EQF level {level}"


def extent(part: Part, language: str) -> str:
    """Return the extent of a part of a course, like "12 UStd., 2,5 ECTS", or an empty text."""
    hours_word = "UStd." if language == "de" else "teaching hours"
    return ", ".join(
        ([f"{part.hours} {hours_word}"] if part.hours is not None else [])
        + ([f"{number(part.ects, language)} ECTS"] if part.ects is not None else [])
    )


def grade(value: Grade, language: str) -> str:
    """Return a grade with its scale, like "1,7 (1 bis 5, beste Note 1)"."""
    return f"{line(value.value)} ({line(pick(value.scheme, language))})"


def joined(names: Sequence[str], language: str) -> str:
    """Return names as a sentence has them: "A, B und C"."""
    if len(names) < 2:  # noqa: PLR2004 - one name needs no "and"
        return "".join(names)
    return f"{', '.join(names[:-1])} {'und' if language == 'de' else 'and'} {names[-1]}"


def rating(value: Rating, language: str) -> str:
    """Return a municipality's level in one field, like "Automatisierung: Stufe 3 von 5"."""
    words = ("Stufe", "von") if language == "de" else ("level", "of")
    return f"{line(pick(value.title, language))}: {words[0]} {value.level} {words[1]} {value.highest}"


def awarded_by(facts: AwardFacts, language: str) -> list[str]:
    """Return in sentences who awards it jointly, and for whom it is signed by mandate; mostly there are none."""
    lines = []
    body = facts.on_behalf_of or facts.issuer
    if facts.awarding_bodies:
        names = [line(pick(one.name, language)) for one in (body, *facts.awarding_bodies)]
        verb = "Gemeinsam verliehen von" if language == "de" else "Awarded jointly by"
        lines.append(f"{verb} {joined(names, language)}.")
    if facts.on_behalf_of:
        signs, body_name = line(pick(facts.issuer.name, language)), line(pick(facts.on_behalf_of.name, language))
        lines.append(
            f"Ausgestellt von {signs} im Auftrag von {body_name}."
            if language == "de"
            else f"Issued by {signs} on behalf of {body_name}."
        )
    return lines


def evidence_label(kind: str) -> Text:
    """Return the name of a kind of evidence; an unknown kind keeps its own."""
    return EVIDENCE.get(kind, {"de": kind, "en": kind})
