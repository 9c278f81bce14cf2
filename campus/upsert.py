"""Insert unless it is there, in one statement, on both databases."""

from typing import Any, cast

from sqlalchemy import Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from campus.models.base import Base


def insert_missing(session: Session, model: type[Base], rows: list[dict[str, Any]]) -> None:
    """Insert ``rows``; one that violates a unique constraint is there already and is left as it is."""
    if not rows:
        return
    dialect = sqlite if session.get_bind().dialect.name == "sqlite" else postgresql
    table = cast("Table", model.__table__)
    session.execute(dialect.insert(table).on_conflict_do_nothing(), rows)
