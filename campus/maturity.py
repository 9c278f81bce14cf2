"""Assessments of municipalities' digital maturity: recording one, and what was found over the years."""

from collections.abc import Mapping
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from campus.errors import InvalidInputError, NotFoundError
from campus.models.base import Text
from campus.models.maturity import MaturityAssessment
from campus.models.organisations import Organisation, OrganisationKind
from campus.rules.maturity import are_ratings

GERMANY = ZoneInfo("Europe/Berlin")
LONGEST_ASSESSOR = 200
LONGEST_SUMMARY = 4000
AWARDING = frozenset({OrganisationKind.PROVIDER, OrganisationKind.OFFICE})


def record(
    session: Session,
    municipality: Organisation,
    provider: Organisation,
    *,
    assessor: str,
    self_reported_on: date,
    assessed_on: date,
    valid_until: date,
    ratings: Mapping[str, int],
    summary: Text,
    by: int,
    now: datetime,
) -> MaturityAssessment:
    """Keep a finished assessment of a municipality, for which ``provider`` (or the office) awards the certificate.

    ``ratings`` are a level from 1 to 5 for each field; the days are those of Germany's calendar. Raises
    InvalidInputError, which names the field, for what can't be so: a day that is still to come, a certificate that
    would be over already, a level too high.
    """
    today = now.astimezone(GERMANY).date()
    _require(municipality.kind == OrganisationKind.MUNICIPALITY, "municipality", "it is no municipality")
    _require(provider.kind in AWARDING, "provider", "it awards nothing")
    _require(0 < len(assessor.strip()) <= LONGEST_ASSESSOR, "assessor", "an assessor has a name")
    _require(assessed_on <= today, "assessed_on", "this day is still to come")
    _require(self_reported_on <= assessed_on, "self_reported_on", "it rests on what was reported before")
    _require(valid_until > today, "valid_until", "the certificate would be over already")
    _require(are_ratings(ratings), "ratings", "each field has a level from 1 to 5")
    _require(bool(summary.get("de", "").strip()), "summary", "the German summary is missing")
    _require(all(len(text) <= LONGEST_SUMMARY for text in summary.values()), "summary", "the summary is too long")
    made = MaturityAssessment(
        municipality_id=municipality.id,
        provider_id=provider.id,
        assessor=assessor.strip(),
        self_reported_on=self_reported_on,
        assessed_on=assessed_on,
        valid_until=valid_until,
        ratings=dict(ratings),
        summary=summary,
        created_at=now,
        created_by_id=by,
    )
    session.add(made)
    session.flush()
    return made


def municipality(session: Session, public_id: str) -> Organisation:
    """Return a municipality. Raises NotFoundError, also for an organisation that is none."""
    found = session.scalar(
        select(Organisation).where(
            Organisation.public_id == public_id, Organisation.kind == OrganisationKind.MUNICIPALITY
        )
    )
    if found is None:
        raise NotFoundError("no such municipality")
    return found


def organisations_that_award(session: Session) -> list[Organisation]:
    """List who may award the certificate: providers and the office."""
    found = select(Organisation).where(Organisation.kind.in_(AWARDING)).order_by(Organisation.slug)
    return list(session.scalars(found))


def of_municipality(session: Session, municipality_id: int) -> list[MaturityAssessment]:
    """List a municipality's assessments (database id), the oldest first."""
    return list(
        session.scalars(
            select(MaturityAssessment)
            .where(MaturityAssessment.municipality_id == municipality_id)
            .options(joinedload(MaturityAssessment.provider))
            .order_by(MaturityAssessment.assessed_on, MaturityAssessment.id)
        )
    )


def latest(session: Session) -> list[tuple[Organisation, MaturityAssessment | None]]:
    """List all municipalities, each with its newest assessment if it has one."""
    found = session.scalars(
        select(MaturityAssessment).order_by(MaturityAssessment.assessed_on, MaturityAssessment.id)
    ).all()
    newest = {one.municipality_id: one for one in found}
    towns = select(Organisation).where(Organisation.kind == OrganisationKind.MUNICIPALITY).order_by(Organisation.slug)
    return [(town, newest.get(town.id)) for town in session.scalars(towns)]


def _require(holds: bool, field: str, message: str) -> None:  # noqa: FBT001 - what must hold is the point of it
    if not holds:
        raise InvalidInputError(message, field=field)
