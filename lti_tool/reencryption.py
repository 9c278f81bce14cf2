"""Secrets in the database are encrypted anew when ENCRYPTION_KEYS has another first key, so that the old can go."""

from cryptography.fernet import InvalidToken, MultiFernet
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from campus.errors import CampusError
from lti_tool.migrations import tables

SUFFIX = "_encrypted"
"""So the columns' names end; a login's state is encrypted too, but is kept nowhere and lasts for minutes."""


class SecretUnreadableError(CampusError):
    """A secret was encrypted by a key that isn't in ENCRYPTION_KEYS; the message names its column."""

    code = "settings.secret_unreadable"


def reencrypt(session: Session, fernet: MultiFernet) -> int:
    """Encrypt all secrets by the first key and return how many there are.

    Raises SecretUnreadableError for one that none of the keys opens.
    """
    changed = 0
    for table in tables.metadata().sorted_tables:
        for column in (column for column in table.c if column.name.endswith(SUFFIX)):
            query = select(table.c.id, column).where(column.is_not(None)).with_for_update()
            for number, secret in session.execute(query).all():
                try:
                    again = fernet.rotate(secret.encode()).decode()
                except InvalidToken as error:
                    raise SecretUnreadableError(f"no key opens what stands in {column}") from error
                session.execute(update(table).where(table.c.id == number).values({column.name: again}))
                changed += 1
    return changed
