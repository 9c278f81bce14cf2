"""A provider's profile, version by version: what its papers show beside an award's facts, and whether the office signs.

A version never changes, because papers keep the look that they had at issue; what is saved anew without a change makes
none.
"""

import re
from dataclasses import replace
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from campus.extent import ADDRESS
from campus.models.organisations import Organisation, OrganisationKind
from certificates.errors import AwardNotFoundError, BadFactsError, LogoError, PaleColourError, UnreadableFileError
from certificates.issuers import mandate
from certificates.papers import branding
from certificates.papers.branding import Branding
from certificates.papers.colour import LEAST_CONTRAST, contrast_with_white
from certificates.reading import pictures
from certificates.store import IssuerProfile

LOGO_SIDE = 800
"""Pixels: 6 cm on paper at 300 dpi and more."""
MOST_SIGNATORIES = 4
COUNTRY = re.compile(r"[A-Z]{2}", re.ASCII)
EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")


def latest(session: Session, organisation_id: int) -> Branding:
    """Return the newest version of the provider's look; one without anything of its own where there is none."""
    found = mandate.profile(session, organisation_id)
    return look(found) if found else Branding()


def look(version: IssuerProfile) -> Branding:
    """Return what a version shows."""
    return branding.from_json(version.content, version.logo)


def versions(session: Session, organisation_id: int) -> list[IssuerProfile]:
    """Return all versions, the newest first."""
    found = select(IssuerProfile).where(IssuerProfile.organisation_id == organisation_id)
    return list(session.scalars(found.order_by(IssuerProfile.number.desc())))


def version(session: Session, organisation_id: int, number: int) -> IssuerProfile:
    """Return one version. Raises AwardNotFoundError."""
    found = session.scalar(
        select(IssuerProfile).where(IssuerProfile.organisation_id == organisation_id, IssuerProfile.number == number)
    )
    if found is None:
        raise AwardNotFoundError("the provider has no such version of its profile")
    return found


def save(session: Session, organisation: Organisation, shown: Branding, *, by: int, now: datetime) -> bool:
    """Make a new version with this look; say whether there was anything new. Raises what ``check`` raises."""
    check(shown)
    return _add(session, organisation, shown, None, by=by, now=now)


def set_mandate(session: Session, organisation: Organisation, *, by_mandate: bool, by: int, now: datetime) -> bool:
    """Make a version with or without the mandate to the campus office; say whether that is new.

    It holds for awards from now on. Raises BadFactsError for who is no provider.
    """
    if organisation.kind != OrganisationKind.PROVIDER:
        raise BadFactsError("only a provider can give a mandate", field="mandate")
    return _add(session, organisation, None, by_mandate, by=by, now=now)


def _add(
    session: Session,
    organisation: Organisation,
    shown: Branding | None,
    by_mandate: bool | None,  # noqa: FBT001 - None leaves it as it is
    *,
    by: int,
    now: datetime,
) -> bool:
    """Add a version unless it is as the newest; what is None stays. One after the other, so that none is lost."""
    session.execute(select(Organisation.id).where(Organisation.id == organisation.id).with_for_update(key_share=True))
    before = mandate.profile(session, organisation.id)
    shown = shown or (look(before) if before else Branding())
    if by_mandate is None:
        by_mandate = before is not None and before.by_mandate
    values = {"by_mandate": by_mandate, "content": _content(shown), "logo": shown.logo}
    if before is not None and all(getattr(before, name) == value for name, value in values.items()):
        return False
    number = before.number + 1 if before else 1
    session.add(
        IssuerProfile(organisation_id=organisation.id, number=number, created_at=now, created_by_id=by, **values)
    )
    session.flush()
    return True


def _content(shown: Branding) -> dict[str, object]:
    return branding.to_json(replace(shown, logo=None))


def check(shown: Branding) -> None:
    """Refuse what no paper should show. Raises PaleColourError, or BadFactsError which names the field."""
    if contrast_with_white(shown.accent) < LEAST_CONTRAST:
        raise PaleColourError("the colour is too pale on white", field="accent")
    right = {
        "country": COUNTRY.fullmatch(shown.country),
        "url": not shown.url or ADDRESS.fullmatch(shown.url),
        "email": not shown.email or EMAIL.fullmatch(shown.email),
        "signatories": len(shown.signatories) <= MOST_SIGNATORIES
        and all(one.name and one.role.get("de") for one in shown.signatories),
        "greeting": shown.greeting is None or shown.greeting.get("de"),
        "closing": shown.closing is None or shown.closing.get("de"),
    }
    for field, is_right in right.items():
        if not is_right:
            raise BadFactsError("a field of a profile can't be used", field=field)


def logo(content: bytes) -> bytes:
    """Return an uploaded PNG, JPEG or WebP as a PNG of ours, pixels alone.

    Raises LogoError for anything else (an SVG is a program), and TooManyError when others are waiting too.
    """
    try:
        return pictures.clean(content, side=LOGO_SIDE)
    except UnreadableFileError as error:
        raise LogoError(str(error), field="logo") from error
