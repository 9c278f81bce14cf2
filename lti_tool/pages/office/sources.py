"""What we call the sources of evidence: people know a platform by its name, not by its address."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_tool.launch.store import Registration
from moodle_sync.store import MoodleSite


def names(session: Session) -> dict[str, str]:
    """Give the names of the platforms and Moodle sites that are connected, by issuer or address."""
    platforms = session.execute(select(Registration.issuer, Registration.name).order_by(Registration.id.desc()))
    sites = session.execute(select(MoodleSite.base_url, MoodleSite.name))
    return {row[0]: row[1] for row in (*platforms, *sites)}
