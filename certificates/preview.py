"""Papers to look at before any is issued: made-up facts in a provider's look. They certify nothing and say so."""

import json
from datetime import date, datetime, timedelta

from certificates import pdf
from certificates.branding import Branding
from certificates.credential import Addresses
from certificates.facts import (
    Achievement,
    AwardFacts,
    AwardKind,
    Competency,
    EvidenceSummary,
    Part,
    PartResult,
    Provider,
    Rating,
    Recipient,
    Rule,
    Text,
)
from certificates.issuers import Signing

NUMBER = "00000000-0000-4000-8000-000000000000"
"""Of no award: the paper's QR code leads to the page that says so."""
PERSON = Recipient(NUMBER, "VORSCHAU Mara Muster-Beispiel")
TOWN = Recipient(NUMBER, "VORSCHAU Stadt Musterhausen")
NOTE: Text = {
    "de": "Dies ist eine Vorschau. Sie bescheinigt nichts und ist nicht gesiegelt.",
    "en": "This is a preview. It certifies nothing and is not sealed.",
}
UNIT: Text = {"de": "Grundlagen der Muster-Lerneinheit", "en": "Basics of the sample unit"}
COURSE: Text = {"de": "Muster-Kurs mit drei Lerneinheiten", "en": "Sample course of three units"}
MATURITY: Text = {"de": "Digitale Reife einer Kommune", "en": "A municipality's digital maturity"}
SKILLS = (
    Competency({"de": "Digitale Dienste beurteilen", "en": "Assess digital services"}),
    Competency({"de": "Verwaltungsverfahren verbessern", "en": "Improve administrative procedures"}),
)
FIELDS: tuple[Text, ...] = (
    {"de": "Nutzung digitaler Daten", "en": "Use of digital data"},
    {"de": "Automatisierung", "en": "Automation"},
    {"de": "Vernetzung", "en": "Networking"},
)


def paper(kind: AwardKind, look: Branding, signing: Signing, addresses: Addresses, *, now: datetime) -> bytes:
    """Return the PDF of a made-up award of this kind as ``signing`` would issue it now, without a seal.

    Raises UnprintableError.
    """
    facts = sample(kind, signing, now=now)
    return pdf.render(facts, json.dumps(dict(NOTE), ensure_ascii=False), addresses, look)


def sample(kind: AwardKind, signing: Signing, *, now: datetime) -> AwardFacts:
    """Return the made-up facts."""
    is_course, is_town = kind in {AwardKind.COURSE, AwardKind.INDIVIDUAL}, kind is AwardKind.MUNICIPALITY
    day = now.date()
    return AwardFacts(
        award_id=NUMBER,
        kind=kind,
        recipient=TOWN if is_town else PERSON,
        achievement=_achievement(COURSE if is_course else MATURITY if is_town else UNIT, is_town=is_town),
        issuer=signing.issuer,
        on_behalf_of=signing.on_behalf_of,
        issued_at=now,
        achieved_on=day,
        rule=Rule("vorschau", "1"),
        score=None if is_course or is_town else 87.5,
        pass_score=None if is_course or is_town else 60.0,
        parts=tuple(_part(number, day, signing) for number in (1, 2, 3)) if is_course else (),
        evidence=(EvidenceSummary("exam", "KommunalCampus"),),
        ratings=tuple(Rating(title, level, 5) for level, title in enumerate(FIELDS, start=2)) if is_town else (),
        valid_until=now + timedelta(days=3 * 365) if is_town else None,
    )


def _achievement(title: Text, *, is_town: bool) -> Achievement:
    return Achievement(
        public_id=NUMBER,
        code="MUSTER",
        title=title,
        description=NOTE,
        criteria={"de": "Was dafür nötig ist, steht hier.", "en": "What it takes stands here."},
        hours=None if is_town else 12,
        ects=None if is_town else 1.5,
        eqf_level=None if is_town else 6,
        competencies=() if is_town else SKILLS,
    )


def _part(number: int, day: date, signing: Signing) -> Part:
    taught_by: Provider | None = signing.on_behalf_of
    return Part(
        code=f"M{number}",
        title={"de": f"Muster-Lerneinheit {number}", "en": f"Sample unit {number}"},
        achieved_on=day,
        score=80.0 + number,
        result=PartResult.ACHIEVED,
        provider=(taught_by or signing.issuer).name,
        hours=12,
        ects=0.5,
    )
