"""What we call the sources of evidence: people know a platform by its name, not by its address."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from campus.models.organisations import Organisation, OrganisationKind
from lti_tool.filters import text
from lti_tool.launch.store import Registration
from moodle_sync.store import MoodleSite
from xapi.rules import source_of


def names(session: Session) -> dict[str, str]:
    """Give the names of the platforms, Moodle sites and providers' record stores, by issuer or address."""
    platforms = session.execute(select(Registration.issuer, Registration.name).order_by(Registration.id.desc()))
    sites = session.execute(select(MoodleSite.base_url, MoodleSite.name))
    providers = session.scalars(select(Organisation).where(Organisation.kind == OrganisationKind.PROVIDER))
    stores = [(source_of(provider), f"xAPI: {text(provider.name)}") for provider in providers]
    return {row[0]: row[1] for row in (*platforms, *sites, *stores)}
