"""Made-up awards, one of each kind, to show a provider what its papers will look like. Nobody holds them. Pure."""

from datetime import UTC, date, datetime

from certificates.facts import (
    Achievement,
    AwardFacts,
    AwardKind,
    Competency,
    EvidenceSummary,
    Grade,
    Issuer,
    Part,
    PartResult,
    Provider,
    Rating,
    Recipient,
    Rule,
    Text,
)

AWARD_ID = "00000000-0000-4000-8000-000000000000"
ISSUED_AT = datetime(2026, 7, 1, 10, tzinfo=UTC)
ENDS_AT = datetime(2028, 6, 30, 22, tzinfo=UTC)
HOLDER = "Erika Mustermann"
TOWN = "Stadt Musterhausen"
HIGHEST = 5
DIGICOMP = "http://data.europa.eu/esco/skill/"

UNITS: tuple[tuple[str, str, str], ...] = (
    ("A1", "Das Onlinezugangsgesetz umsetzen", "Putting the Online Access Act into practice"),
    ("A2", "Prozesse aufnehmen und verbessern", "Recording and improving processes"),
    ("B1", "Bürgerinnen und Bürger beteiligen", "Involving citizens"),
    ("C3", "Daten schützen und nutzen", "Protecting and using data"),
)
DESCRIPTION: Text = {
    "de": "Die Teilnehmenden kennen die rechtlichen Grundlagen der digitalen Verwaltung und setzen sie in ihrer "
    "Kommune um: von der Aufnahme eines Verfahrens bis zum Angebot im Netz.",
    "en": "Participants know the legal foundations of digital administration and put them into practice in their "
    "municipality: from recording a procedure to offering it online.",
}
CRITERIA: Text = {
    "de": "Selbststudium bearbeitet, am Tutorium teilgenommen, Kurzprüfung bestanden.",
    "en": "Self-study done, tutorial attended, short exam passed.",
}
TOWN_DESCRIPTION: Text = {
    "de": "Die Kommune nutzt Daten über Ämter hinweg und bietet ihre wichtigsten Leistungen im Netz an; Abläufe werden "
    "noch meist von Hand weitergereicht.",
    "en": "The municipality uses data across its offices and offers its most important services online; most "
    "procedures are still passed on by hand.",
}
TOWN_CRITERIA: Text = {
    "de": "Selbstauskunft und Begutachtung; die Gesamtstufe ist die des schwächsten Feldes.",
    "en": "Self-report and assessment; the overall level is that of the weakest field.",
}
COMPETENCIES = (
    Competency({"de": "Verwaltungsverfahren gestalten", "en": "Design administrative procedures"}),
    Competency({"de": "Daten verwalten", "en": "Manage data"}, f"{DIGICOMP}3a5b8c9d"),
)
TITLES: dict[AwardKind, Text] = {
    AwardKind.ATTENDANCE: {"de": UNITS[0][1], "en": UNITS[0][2]},
    AwardKind.COURSE: {"de": "Digitale Verwaltung gestalten", "en": "Shaping digital administration"},
    AwardKind.INDIVIDUAL: {"de": "Digitale Verwaltung: eigene Auswahl", "en": "Digital administration: own choice"},
    AwardKind.MUNICIPALITY: {"de": "Digitale Reife der Kommune", "en": "Digital maturity of the municipality"},
}


def facts(kind: AwardKind, issuer: Issuer, bodies: tuple[Provider, ...] = ()) -> AwardFacts:
    """Return what a specimen of this kind says, with ``bodies`` that award it jointly with the issuer."""
    is_course = kind in {AwardKind.COURSE, AwardKind.INDIVIDUAL}
    is_town = kind is AwardKind.MUNICIPALITY
    return AwardFacts(
        award_id=AWARD_ID,
        kind=kind,
        recipient=Recipient(AWARD_ID, TOWN if is_town else HOLDER),
        achievement=Achievement(
            public_id=AWARD_ID,
            code={AwardKind.ATTENDANCE: "A1", AwardKind.MUNICIPALITY: "DIGITAL"}.get(kind, "DV-26"),
            title=TITLES[kind],
            description=TOWN_DESCRIPTION if is_town else DESCRIPTION,
            criteria=TOWN_CRITERIA if is_town else CRITERIA,
            hours=None if is_town else (48 if is_course else 12),
            ects=5 if is_course else None,
            eqf_level=6 if is_course else None,
            competencies=() if is_town else COMPETENCIES,
        ),
        issuer=issuer,
        issued_at=ISSUED_AT,
        achieved_on=date(2026, 6, 30),
        rule=Rule("Muster", "1"),
        score=None if is_course or is_town else 92.5,
        pass_score=None if is_course or is_town else 60,
        parts=_parts(issuer) if is_course else (),
        evidence=(EvidenceSummary("assessment" if is_town else "exam", "KommunalCampus"),),
        awarding_bodies=bodies,
        grade=Grade("1,7", {"de": "1 bis 5, beste Note 1", "en": "1 to 5, best 1"}) if is_course else None,
        ratings=_ratings() if is_town else (),
        valid_until=ENDS_AT if is_town else None,
    )


def _parts(issuer: Issuer) -> tuple[Part, ...]:
    scores = (92.5, 78, 100, 85)
    return tuple(
        Part(
            code=code,
            title={"de": german, "en": english},
            achieved_on=date(2026, 3 + number, 12),
            score=scores[number],
            result=PartResult.ACHIEVED,
            provider=issuer.name,
            hours=12,
            ects=1.25,
        )
        for number, (code, german, english) in enumerate(UNITS)
    )


def _ratings() -> tuple[Rating, ...]:
    levels: tuple[tuple[str, str, int], ...] = (
        ("Nutzung digitaler Daten", "Use of digital data", 3),
        ("Automatisierung", "Automation", 2),
        ("Vernetzung", "Networking", 4),
        ("Gesamtstufe", "Overall level", 2),
    )
    return tuple(Rating({"de": german, "en": english}, level, HIGHEST) for german, english, level in levels)
