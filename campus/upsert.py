"""Insert unless it is there, in one statement, on both databases."""

from typing import Any, cast

from sqlalchemy import Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from campus.models.base import Base


def insert_missing(session: Session, target: type[Base] | Table, rows: list[dict[str, Any]]) -> int:
    """Insert ``rows``; one that violates a unique constraint is there already and is left as it is.

    Returns how many were new.
    """
    if not rows:
        return 0
    dialect = sqlite if session.get_bind().dialect.name == "sqlite" else postgresql
    table = target if isinstance(target, Table) else cast("Table", target.__table__)
    insert = dialect.insert(table).on_conflict_do_nothing().returning(*table.primary_key)
    return len(session.execute(insert, rows).all())
