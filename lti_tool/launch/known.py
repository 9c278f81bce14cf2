"""What a launch finds as it left it: most are of people, courses and links that are known and unchanged.

One query tells whether all is as the platform says; only when it isn't do the steps of :mod:`lti_tool.launch.admit`
look at each and write. Measured, that is most of what a launch costs (docs/performance.md).
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import and_, bindparam, select
from sqlalchemy.orm import Session

from campus.models.catalogue import LearningUnit, PhaseKind
from campus.models.credits import Credit
from campus.models.people import Identity, IdentityLink, Person
from lti_tool.launch.claims import DEEP_LINKING_REQUEST, LaunchClaims
from lti_tool.launch.errors import DeploymentUnknownError, RegistrationDisabledError
from lti_tool.launch.registrations import require_active
from lti_tool.launch.store import Context, Deployment, LinkLearner, Registration, ResourceLink

UNIT_PARAMETER = "unit"
"""The custom parameter that says by public id which unit a link leads to. It survives a course copy, the link's
own id does not."""
PHASE_PARAMETER = "phase"
"""… and this one the kind of its phase, for a link to one phase alone."""
PHASES = frozenset(PhaseKind)


@dataclass(frozen=True)
class Known:
    """The rows of a launch: who, in which course, by which link; ``context``, ``link`` and ``credit`` are public ids.

    Nobody for an anonymous launch. ``credit`` and its ``revision`` are what the person has in the link's unit.
    """

    identity_id: int | None
    person_id: int | None
    context_id: int | None
    context: str | None
    memberships_url: str | None
    link_id: int | None
    link: str | None
    credit: str | None
    revision: int | None


_I, _L, _P = Identity.__table__, IdentityLink.__table__, Person.__table__
_G, _D = Registration.__table__, Deployment.__table__
_C, _R, _U = Context.__table__, ResourceLink.__table__, LearningUnit.__table__
_A, _K = LinkLearner.__table__, Credit.__table__
CONTEXT_COLUMNS = ("label", "title", "memberships_url", "groups_url", "group_sets_url")
LINK_COLUMNS = ("title", "phase", "lineitem_url", "lineitems_url", "ags_scopes")
_QUERY = (
    select(
        _G.c.standing,
        _G.c.issuer,
        _G.c.client_id,
        _D.c.enabled,
        _I.c.id.label("identity_id"),
        _I.c.name,
        _I.c.email,
        _I.c.sourced_id,
        _P.c.id.label("person_id"),
        _P.c.suspended_at,
        _C.c.id.label("context_id"),
        _C.c.public_id.label("context"),
        *(_C.c[name].label(f"context_{name}") for name in CONTEXT_COLUMNS),
        _R.c.id.label("link_id"),
        _R.c.public_id.label("link"),
        _R.c.context_id.label("link_context"),
        *(_R.c[name].label(f"link_{name}") for name in LINK_COLUMNS),
        _U.c.public_id.label("unit"),
        _A.c.id.label("arrival"),
        _K.c.public_id.label("credit"),
        _K.c.revision,
    )
    .select_from(_D)
    .join(_G, _G.c.id == _D.c.registration_id)
    .outerjoin(
        _I, and_(_I.c.issuer == _G.c.issuer, _I.c.client_id == _G.c.client_id, _I.c.subject == bindparam("subject"))
    )
    .outerjoin(_L, and_(_L.c.identity_id == _I.c.id, _L.c.ended_at.is_(None)))
    .outerjoin(_P, _P.c.id == _L.c.person_id)
    .outerjoin(_C, and_(_C.c.deployment_id == _D.c.id, _C.c.context_id == bindparam("context")))
    .outerjoin(_R, and_(_R.c.deployment_id == _D.c.id, _R.c.resource_link_id == bindparam("link")))
    .outerjoin(_U, _U.c.id == _R.c.unit_id)
    .outerjoin(_A, and_(_A.c.resource_link_id == _R.c.id, _A.c.identity_id == _I.c.id))
    .outerjoin(_K, and_(_K.c.person_id == _P.c.id, _K.c.unit_id == _R.c.unit_id, _K.c.revision > 0))
    .where(_D.c.id == bindparam("deployment"))
)


def find(session: Session, claims: LaunchClaims) -> Known | None:
    """Return the launch's rows if nothing has to be written of them, else None.

    Raises DeploymentUnknownError, RegistrationDisabledError or RegistrationPendingError if the place may launch no
    more: what its login found may have changed since, even to another issuer or client. That is
    :attr:`Deployment.is_open`, asked within the one query.
    """
    values = {
        "subject": claims.subject,
        "deployment": claims.deployment,
        "context": claims.context.id if claims.context else None,
        "link": link_id(claims),
    }
    row = session.execute(_QUERY, values).one_or_none()
    if row is None:
        raise DeploymentUnknownError("the deployment is gone")
    require_active(row.standing)
    if (row.issuer, row.client_id) != (claims.platform.issuer, claims.platform.client_id):
        raise RegistrationDisabledError("the platform has registered anew since the login")
    if not row.enabled:
        raise DeploymentUnknownError("the deployment is switched off")
    if row.person_id is None or row.suspended_at is not None:
        return None
    same = (
        _is_told(row, person_values(claims))
        and (row.context_id is not None) == (claims.context is not None)
        and _is_told(row, {f"context_{name}": value for name, value in context_values(claims).items()})
        and (_is_known_link(row, claims) if link_id(claims) is not None else True)
    )
    if not same:
        return None
    return Known(
        identity_id=row.identity_id,
        person_id=row.person_id,
        context_id=row.context_id,
        context=row.context,
        memberships_url=row.context_memberships_url,
        link_id=row.link_id,
        link=row.link,
        credit=row.credit,
        revision=row.revision,
    )


def link_id(claims: LaunchClaims) -> str | None:
    """Return the platform's id of the link that is launched; in deep linking there is none yet."""
    return None if claims.message_type == DEEP_LINKING_REQUEST else claims.resource_link_id


def person_values(claims: LaunchClaims) -> dict[str, Any]:
    """Return what is kept of an identity; what the platform leaves out stays as it is."""
    told = {"name": claims.name, "email": claims.email, "sourced_id": claims.sourced_id}
    return {name: value for name, value in told.items() if value is not None}


def context_values(claims: LaunchClaims) -> dict[str, Any]:
    """Return what is kept of a course; what the platform leaves out stays as it is."""
    told = asdict(claims.context) if claims.context else {}
    return {name: value for name, value in told.items() if name != "id" and value is not None}


def link_values(claims: LaunchClaims) -> dict[str, Any]:
    """Return what is kept of a link beside its course and unit; what the platform leaves out stays as it is."""
    told: dict[str, Any] = {}
    if claims.resource_link_title is not None:
        told["title"] = claims.resource_link_title
    if claims.grades is not None:
        told["lineitems_url"], told["ags_scopes"] = claims.grades.lineitems, list(claims.grades.scopes)
        if claims.grades.lineitem is not None:
            told["lineitem_url"] = claims.grades.lineitem
    if UNIT_PARAMETER in claims.custom:
        phase = claims.custom.get(PHASE_PARAMETER)
        told["phase"] = phase if phase in PHASES else None
    return told


def _is_known_link(row: Any, claims: LaunchClaims) -> bool:
    told = {f"link_{name}": value for name, value in link_values(claims).items()}
    arrived = claims.is_teacher or row.arrival is not None
    same_unit = UNIT_PARAMETER not in claims.custom or claims.custom[UNIT_PARAMETER] == row.unit
    same_course = claims.context is None or row.link_context == row.context_id
    return bool(row.link_id is not None and arrived and same_unit and same_course) and _is_told(row, told)


def _is_told(row: Any, told: Mapping[str, Any]) -> bool:
    return all(getattr(row, name) == value for name, value in told.items())
