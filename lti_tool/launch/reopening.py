"""A platform, or one deployment of it, may be used again: what was earned meanwhile goes to its gradebooks.

While a place is shut the jobs of its scores end without sending, so nobody would come back to them.
"""

from datetime import datetime

from sqlalchemy.orm import Session

from campus.events import Publish, ScoreWanted
from campus.models.credits import Credit
from lti_tool.launch.store import Deployment, Registration
from lti_tool.services import scorebook
from lti_tool.services.scorebook import Shown

HELD_UP = (Shown.WAITING, Shown.PENDING, Shown.CLEARING)
"""What the platform's being shut has held up; what a gradebook refused stays refused."""


def send_held_up(
    session: Session, registration: Registration, *, now: datetime, publish: Publish, deployment: str | None = None
) -> int:
    """Ask once for each credit whose score is held up at the platform; return how many.

    ``deployment``: the platform's id of the only deployment that was opened; without it, all. What is still shut is
    passed over by the job. Call it in the transaction that opens the place.
    """
    held_up: set[str] = set()
    for state in HELD_UP:
        found = scorebook.lines_of(platform=registration.public_id, state=state)
        if deployment is not None:
            found = found.where(Deployment.deployment_id == deployment)
        held_up.update(session.scalars(found.with_only_columns(Credit.public_id).order_by(None).distinct()))
    for credit in sorted(held_up):
        publish(ScoreWanted(credit, now.isoformat()))
    return len(held_up)
