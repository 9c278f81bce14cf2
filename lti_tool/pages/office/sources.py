"""What we call the sources of evidence: people know a platform by its name, not by its address."""

from flask_babel import gettext
from sqlalchemy import select
from sqlalchemy.orm import Session

from campus.models.organisations import Organisation, OrganisationKind
from certificates.foreign import store as foreign
from lti_tool.filters import text
from lti_tool.launch.store import Registration
from moodle_sync.store import MoodleSite
from xapi.rules import source_of


def names(session: Session) -> dict[str, str]:
    """Give the names of platforms, Moodle sites, providers' record stores and of what was handed in, by source."""
    platforms = session.execute(select(Registration.issuer, Registration.name).order_by(Registration.id.desc()))
    sites = session.execute(select(MoodleSite.base_url, MoodleSite.name))
    providers = session.scalars(select(Organisation).where(Organisation.kind == OrganisationKind.PROVIDER))
    stores = [(source_of(provider), f"xAPI: {text(provider.name)}") for provider in providers]
    credentials = (foreign.SOURCE, gettext("Credential from elsewhere"))
    return {row[0]: row[1] for row in (*platforms, *sites, *stores, credentials)}
