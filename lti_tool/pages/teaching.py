"""Who may teach a visit's unit. That the LMS calls someone a teacher opens nothing: the provider must grant it."""

from sqlalchemy.orm import Session

from campus import access
from campus.access import Actor
from campus.errors import CampusError, ForbiddenError
from campus.models.base import Text
from lti_tool.pages.visit import Visit, actor_of


class NotGrantedError(CampusError):
    """The LMS calls the person a teacher; the delivering provider has not granted them this unit.

    It carries what the person passes on to the provider: unit, provider, and the platform's issuer and client.
    """

    code = "teaching.not_granted"
    status = 403

    def __init__(self, visit: Visit) -> None:
        """Keep plain values: the page is made when the transaction is over."""
        super().__init__("the unit is not granted to this platform or person")
        self.unit_code = visit.unit.code
        self.unit_title: Text = visit.unit.title
        self.provider: Text = visit.unit.delivering_provider.name
        self.issuer, self.client_id = visit.launch.issuer, visit.launch.client_id


def admit(session: Session, visit: Visit) -> Actor:
    """Return who may teach the unit. Raises NotGrantedError for a teacher without grant, else ForbiddenError."""
    actor = actor_of(visit.launch)
    if access.may_teach(session, actor, visit.unit):
        return actor
    if visit.launch.is_teacher:
        raise NotGrantedError(visit)
    raise ForbiddenError("the person does not teach")
