"""Rows that many tests begin with: made once per process, kept in memory, written into other databases."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import JSON, Table, func, select

from campus.database import Database
from campus.models.base import Base

Rows = Sequence[tuple[Table, Sequence[Mapping[str, Any]]]]


def take_rows(database: Database) -> Rows:
    """Return the rows of all tables, those that others point to first."""
    with database.read() as session:
        tables = Base.metadata.sorted_tables
        return [(table, [*map(dict, session.execute(select(table)).mappings())]) for table in tables]


def put_rows(database: Database, rows: Rows) -> None:
    """Write the rows into an empty database, and set PostgreSQL's counters behind them."""
    with database.write() as session:
        for table, values in rows:
            if not values:
                continue
            # None in a JSON column would be written as JSON's null.
            empty = {c.name for c in table.c if isinstance(c.type, JSON) and all(row[c.name] is None for row in values)}
            kept = [{name: value for name, value in row.items() if name not in empty} for row in values]
            session.execute(table.delete())  # migrations make a few rows themselves, the record store's clock for one
            session.execute(table.insert(), kept)
            if "id" in table.c and session.get_bind().dialect.name == "postgresql":
                counter = func.pg_get_serial_sequence(table.name, "id")
                session.execute(select(func.setval(counter, max(row["id"] for row in values))))
