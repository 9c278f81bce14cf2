"""What the office's pages about platforms share: finding one, and our own addresses."""

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from campus.errors import InvalidInputError, NotFoundError
from campus.models.organisations import Organisation, OrganisationKind
from lti_tool.launch.addresses import ToolAddresses
from lti_tool.launch.store import Registration
from lti_tool.pages.office import dialects
from lti_tool.pages.office.desk import Desk, Visit

NAME_LENGTH = 200


class PlatformDesk(Desk):
    """Base of the handlers about platforms."""

    def ours(self) -> dict[str, Any]:
        """Give our own addresses."""
        return dialects.ours(ToolAddresses(self.services.settings.public_url))

    def note_on(self, visit: Visit, action: str, platform: Registration, **details: Any) -> None:
        """Write into the audit what was done to a platform."""
        self.note(visit, action, organisation_id=platform.organisation_id, platform=platform.public_id, **details)


def find(session: Session, public_id: str) -> Registration:
    """Return a platform, or raise NotFoundError."""
    found = session.scalars(select(Registration).where(Registration.public_id == public_id)).first()
    if found is None:
        raise NotFoundError("no such platform")
    return found


def organisations(session: Session) -> list[Organisation]:
    """Return who may run a platform."""
    found = select(Organisation).where(Organisation.kind != OrganisationKind.OFFICE).order_by(Organisation.slug)
    return list(session.scalars(found))


def owner(session: Session, public_id: str | None) -> Organisation:
    """Return the organisation that a form names, or raise InvalidInputError."""
    found = session.scalars(select(Organisation).where(Organisation.public_id == public_id)).first()
    if found is None:
        raise InvalidInputError("no such organisation", field="organisation")
    return found
