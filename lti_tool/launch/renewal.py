"""What becomes of a platform's old rows when it has registered anew and an administrator approves it.

Its deployments, courses and links are found by the platform's own ids, and another platform counts from 1 as well. So
they stay only if it is the same platform that has moved; what another one left is deleted.
"""

from urllib.parse import urlsplit

from sqlalchemy import ColumnElement, case, delete, or_, select, update
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased

from campus.models.people import Identity
from lti_tool.launch import removal
from lti_tool.launch.store import IDENTITY_KIND, Context, LaunchRow, Registration, ResourceLink
from lti_tool.services.store import Roster


def settle(session: Session, row: Registration, *, keep_people: bool) -> None:
    """Settle what the platform had when it was another issuer or client; nothing for one that never was.

    ``keep_people``: it is the same platform, so its people, courses, links and scores stay, and only addresses on
    other hosts go: the next launch brings the new ones. Else all that hangs below its deployments is deleted.
    """
    old = (row.asked or {}).get("renews")
    if not isinstance(old, dict) or (old["issuer"], old["client_id"]) == (row.issuer, row.client_id):
        return
    if not keep_people:
        removal.empty(session, row)
        return
    _move_people(session, row, issuer=old["issuer"], client_id=old["client_id"])
    _forget_addresses(session, row)
    ended = delete(LaunchRow).where(LaunchRow.registration_id == row.id)
    session.execute(ended.execution_options(synchronize_session=False))


def _move_people(session: Session, row: Registration, *, issuer: str, client_id: str) -> None:
    """Give the old platform's people to the new one, but those whom it has sent itself already."""
    there = aliased(Identity)
    known = select(there.id).where(
        there.issuer == row.issuer, there.client_id == row.client_id, there.subject == Identity.subject
    )
    session.execute(
        update(Identity)
        .where(
            Identity.kind == IDENTITY_KIND, Identity.issuer == issuer, Identity.client_id == client_id, ~known.exists()
        )
        .values(issuer=row.issuer, client_id=row.client_id)
        .execution_options(synchronize_session=False)
    )


def _forget_addresses(session: Session, row: Registration) -> None:
    """Forget addresses that are on none of the platform's hosts: its token must not go there."""
    deployments, contexts, _ = removal.rows_of(row)
    told = (row.issuer, row.auth_login_url, row.auth_token_url, row.key_set_url)
    hosts = sorted({f"{parts.scheme}://{parts.netloc}" for parts in map(urlsplit, told)})

    def ours(column: InstrumentedAttribute[str | None]) -> ColumnElement[str | None]:
        there = [(column == host) | column.startswith(f"{host}/", autoescape=True) for host in hosts]
        return case((or_(*there), column), else_=None)

    for model, where, names in (
        (ResourceLink, ResourceLink.deployment_id.in_(deployments), ("lineitem_url", "lineitems_url")),
        (Context, Context.deployment_id.in_(deployments), ("memberships_url", "groups_url", "group_sets_url")),
        (Roster, Roster.context_id.in_(contexts), ("differences_url",)),
    ):
        values = {name: ours(getattr(model, name)) for name in names}
        session.execute(update(model).where(where).values(values).execution_options(synchronize_session=False))
