"""Asking for rows of many keys at once, in a statement that stays the same however many they are.

PostgreSQL takes an array, so it plans the question once and not for each number of keys; SQLite has none.
"""

from sqlalchemy import ARRAY, ColumnElement, any_, bindparam
from sqlalchemy.orm import InstrumentedAttribute, Session


def has_arrays(session: Session) -> bool:
    """Say whether the session's database has arrays."""
    return session.get_bind().dialect.name == "postgresql"


def one_of(
    column: ColumnElement[str] | ColumnElement[bytes] | InstrumentedAttribute[str] | InstrumentedAttribute[str | None],
    name: str,
    *,
    arrays: bool,
) -> ColumnElement[bool]:
    """Return the condition that ``column`` is one of the list given as the parameter ``name``."""
    if arrays:
        return column == any_(bindparam(name, type_=ARRAY(column.type)))
    return column.in_(bindparam(name, expanding=True))
