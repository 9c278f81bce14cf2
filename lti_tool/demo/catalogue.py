"""The demo world's catalogue: the module matrix, titles in German and English, and a plain content for each unit."""

from typing import Any

from campus.models.base import Text
from campus.models.catalogue import ActivityKind, PhaseKind
from campus.units import ActivityDraft, PhaseDraft, UnitDraft

PROVIDERS: dict[str, Text] = {
    "A": {"de": "Hochschule Ahrenfeld", "en": "Ahrenfeld University of Applied Sciences"},
    "B": {"de": "Bildungsakademie Brückenstadt", "en": "Brückenstadt Academy"},
    "C": {"de": "Universität Cronstein", "en": "University of Cronstein"},
    "D": {"de": "Digitalakademie Dornheim", "en": "Dornheim Digital Academy"},
    "E": {"de": "Verwaltungsschule Elsterau", "en": "Elsterau School of Administration"},
}
MUNICIPALITIES: dict[str, Text] = {
    "musterhausen": {"de": "Stadt Musterhausen", "en": "Town of Musterhausen"},
    "oberfeld": {"de": "Gemeinde Oberfeld", "en": "Municipality of Oberfeld"},
}
UNITS: dict[str, tuple[str, str]] = {
    "A1": ("OZG-Grundlagen", "Basics of the Online Access Act"),
    "A2": ("E-Akte im Alltag", "Electronic files in daily work"),
    "A3": ("Datenschutz in Fachverfahren", "Data protection in specialist procedures"),
    "A4": ("Notfallmanagement", "Emergency management"),
    "B1": ("Prozesse verstehen und verbessern", "Understanding and improving processes"),
    "B2": ("Digitale Barrierefreiheit", "Digital accessibility"),
    "B3": ("Agil arbeiten in der Verwaltung", "Agile work in public administration"),
    "B4": ("Phishing und Social Engineering", "Phishing and social engineering"),
    "B5": ("IT-Grundschutz im Überblick", "IT baseline protection at a glance"),
    "C1": ("Offene Daten der Kommune", "Open data of the municipality"),
    "C2": ("Informationssicherheit am Arbeitsplatz", "Information security at work"),
    "C3": ("Sicherheitskonzepte erstellen", "Writing security concepts"),
    "C4": ("Cloud-Dienste bewerten", "Assessing cloud services"),
    "C5": ("Netze und Rechenzentren", "Networks and data centres"),
    "D1": ("Der digitale Arbeitsplatz", "The digital workplace"),
    "D2": ("Recht des E-Government", "E-government law"),
    "E1": ("Register und Schnittstellen", "Registers and interfaces"),
    "E2": ("Smart-City-Strategien", "Smart city strategies"),
}
"""Unit code -> title in German and in English; the letter is the provider."""
MODULES: dict[str, tuple[Text, str, str]] = {
    "ozg": ({"de": "OZG", "en": "Online Access Act"}, "A1 A2 B1", "A3 B2 B3 C1"),
    "informationssicherheit": (
        {"de": "Informationssicherheit", "en": "Information security"},
        "C2 C3 B4 B5",
        "C4 A4",
    ),
    "iuk-infrastruktur": ({"de": "IuK-Infrastruktur", "en": "ICT infrastructure"}, "A2 A3 C1", "D1 E1 C4 C5"),
    "e-government": ({"de": "E-Government", "en": "E-government"}, "A1 D2", "A3 B2 B3 C1"),
    "smart-city": ({"de": "Smart City / Smart Region", "en": "Smart city / smart region"}, "B1 C1", "A3 E2 B3 C4"),
}
"""Module -> title, compulsory units, elective units: the matrix of the KommunalCampus talk."""
COURSE_CODE = "OZG-KOMPAKT"
COURSE_TITLE: Text = {"de": "OZG kompakt", "en": "Online Access Act in brief"}
COURSE_SUMMARY: Text = {
    "de": "Drei Pflicht-Lerneinheiten zum Onlinezugangsgesetz; Wahlpflicht nach Interesse.",
    "en": "Three compulsory units on the Online Access Act; electives by interest.",
}
COURSE_UNITS = (("A1", True), ("A2", True), ("B1", True), ("A3", False), ("B2", False))
HOURS = 12


def title(code: str) -> Text:
    """Return a unit's title in both languages."""
    german, english = UNITS[code]
    return {"de": german, "en": english}


def summary(code: str) -> Text:
    """Return a unit's description in both languages."""
    german, english = UNITS[code]
    return {
        "de": f"{german}: Selbststudium, live begleitetes Tutorium und Vertiefung am eigenen Arbeitsplatz.",
        "en": f"{english}: self-study, a live tutorial and deepening at your own workplace.",
    }


def draft(code: str) -> UnitDraft:
    """Return a unit's content: one page a self-study, a meeting link, a short exam, an evaluation."""
    german, _ = UNITS[code]
    return UnitDraft(
        code=code,
        title=german,
        summary_html="",
        phases=(
            PhaseDraft(PhaseKind.SELF_STUDY_1, (_page(code, "Einstieg", f"<p>Worum es bei „{german}“ geht.</p>"),)),
            PhaseDraft(PhaseKind.TUTORIAL, (_page(code, "Vorbereitung", "<p>Bringen Sie ein Beispiel mit.</p>"),)),
            PhaseDraft(
                PhaseKind.SELF_STUDY_2,
                (
                    _page(code, "Vertiefung", "<p>Wenden Sie das Gelernte auf einen eigenen Vorgang an.</p>"),
                    _activity(code, ActivityKind.QUIZ, "Kurzprüfung", _exam(german)),
                    _activity(code, ActivityKind.FEEDBACK, "Evaluation der Lerneinheit", _evaluation()),
                ),
            ),
        ),
    )


def _page(code: str, heading: str, html: str) -> ActivityDraft:
    return _activity(code, ActivityKind.PAGE, heading, {}, html)


def _activity(code: str, kind: ActivityKind, heading: str, config: dict[str, Any], html: str = "") -> ActivityDraft:
    return ActivityDraft(
        kind=kind,
        title=heading,
        html=html,
        config=config,
        tracked=True,
        supported=True,
        source_reference=f"demo:{code}:{heading}",
    )


def _exam(subject: str) -> dict[str, Any]:
    return {
        "time_limit_seconds": 1800,
        "attempts": 3,
        "grading": "best",
        "pass_percent": 60,
        "shuffle_answers": False,
        "questions": [
            {
                "key": "q1",
                "kind": "truefalse",
                "text_html": f"<p>„{subject}“ betrifft auch den eigenen Arbeitsplatz.</p>",
                "max_mark": 1,
                "right": True,
            },
            {
                "key": "q2",
                "kind": "numerical",
                "text_html": "<p>Wie viele Phasen hat eine Lerneinheit?</p>",
                "max_mark": 1,
                "answers": [{"value": 3, "tolerance": 0, "fraction": 1}],
            },
        ],
    }


def _evaluation() -> dict[str, Any]:
    return {
        "anonymous": True,
        "questions": [
            {
                "key": "e1",
                "kind": "multichoice",
                "label": "Wie zufrieden sind Sie?",
                "options": ["sehr zufrieden", "zufrieden", "weniger zufrieden"],
                "required": False,
            }
        ],
    }
