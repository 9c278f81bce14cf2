"""How the demo providers look on paper, what their units give, and a course that three of them award jointly."""

import io
from collections.abc import Mapping
from datetime import datetime

from PIL import Image, ImageDraw, ImageFont
from sqlalchemy.orm import Session

from campus import courses
from campus.extent import Competency, Extent
from campus.models.base import Text
from campus.models.catalogue import Course, LearningUnit
from campus.models.organisations import Organisation
from campus.models.people import Person
from certificates.issuers import profiles
from certificates.papers.branding import Branding, Signatory

BY_MANDATE = "E"
"""The provider for which the campus office signs."""
COLOURS = {"A": "#1f3c88", "B": "#0d6b3d", "C": "#8a1538", "D": "#5b2a86"}
SIGNATORIES: dict[str, tuple[tuple[str, str, str], ...]] = {
    "A": (
        ("Prof. Dr. Adele Ahrend", "Präsidentin", "President"),
        ("Dr. Arno Winter", "Leiter der Weiterbildung", "Head of Further Education"),
    ),
    "B": (("Birgit Brückner", "Geschäftsführerin", "Managing Director"),),
    "C": (("Prof. Dr. Clemens Cron", "Rektor", "Rector"), ("Dr. Çiğdem Yılmaz", "Dekanin", "Dean")),
    "D": (("Dörte Dorn", "Direktorin", "Director"),),
}
GREETING: Text = {"de": "Wir bescheinigen, dass", "en": "We certify that"}
CLOSING: Text = {
    "de": "Dieser Nachweis gehört zur Vorführung. Alle Personen und Einrichtungen sind erfunden.",
    "en": "This certificate belongs to the demo. All people and institutions are made up.",
}
LOGO_WIDTH, LOGO_HEIGHT, LETTER_SIZE = 480, 240, 150
EXTENTS: dict[str, Extent] = {
    letter: Extent(0.5, level, (Competency({"de": german, "en": english}),))
    for letter, level, german, english in (
        ("A", 6, "Verwaltungsleistungen digital anbieten", "Offer administrative services digitally"),
        ("B", 5, "Abläufe der Verwaltung verbessern", "Improve administrative procedures"),
        ("C", 6, "Daten und Dienste sicher betreiben", "Run data and services securely"),
        ("D", 5, "Digitale Werkzeuge rechtssicher einsetzen", "Use digital tools lawfully"),
        ("E", 4, "Register und Vorhaben überblicken", "Keep track of registers and projects"),
    )
}
"""What each provider's units give."""
JOINT_CODE = "ALLIANZ-DK"
JOINT_TITLE: Text = {"de": "Die digitale Kommune gestalten", "en": "Shaping the digital municipality"}
JOINT_SUMMARY: Text = {
    "de": "Drei Lerneinheiten der Hochschulallianz, gemeinsam verliehen von drei Einrichtungen.",
    "en": "Three units of the university alliance, awarded jointly by three institutions.",
}
JOINT_PROVIDER, JOINT_BODIES, JOINT_UNITS = "C", ("A", "B"), ("A2", "B1", "C1")


def dress(session: Session, providers: Mapping[str, Organisation], by: Person, *, now: datetime) -> None:
    """Give each provider its profile, and one of them a mandate to the office instead."""
    for letter, colour in COLOURS.items():
        profiles.save(session, providers[letter], _look(letter, colour), by=by.id, now=now)
    profiles.set_mandate(session, providers[BY_MANDATE], by_mandate=True, by=by.id, now=now)


def joint_course(
    session: Session, providers: Mapping[str, Organisation], made: Mapping[str, LearningUnit], *, now: datetime
) -> Course:
    """Make the course of three providers."""
    course = courses.create(
        session,
        code=JOINT_CODE,
        title=JOINT_TITLE,
        summary=JOINT_SUMMARY,
        provider=providers[JOINT_PROVIDER],
        units=[(made[code], True) for code in JOINT_UNITS],
        extent=Extent(1.5, 6),
        now=now,
    )
    courses.award_with(session, course, [providers[letter] for letter in JOINT_BODIES])
    return course


def _look(letter: str, colour: str) -> Branding:
    place = f"{letter}-Straße 1\n0000{ord(letter) - 64} Musterland"
    return Branding(
        address=place,
        email=f"nachweise@anbieter-{letter.lower()}.example",
        url=f"https://anbieter-{letter.lower()}.example",
        accent=colour,
        signatories=tuple(
            Signatory(name, {"de": german, "en": english}) for name, german, english in SIGNATORIES[letter]
        ),
        greeting=GREETING,
        closing=CLOSING,
        logo=_logo(letter, colour),
    )


def _logo(letter: str, colour: str) -> bytes:
    """Draw a logo: the letter in a shield of the provider's colour."""
    picture = Image.new("RGBA", (LOGO_WIDTH, LOGO_HEIGHT))
    draw = ImageDraw.Draw(picture)
    draw.rounded_rectangle((4, 4, LOGO_WIDTH - 4, LOGO_HEIGHT - 4), radius=60, fill=colour)
    centre = (LOGO_WIDTH / 2, LOGO_HEIGHT / 2)
    draw.text(centre, letter, fill="white", anchor="mm", font=ImageFont.load_default(LETTER_SIZE))
    written = io.BytesIO()
    picture.save(written, "PNG", optimize=True)
    return written.getvalue()
