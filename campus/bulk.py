"""Insert many rows at once by each driver's fastest way."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Table
from sqlalchemy.orm import Session


def insert_rows(session: Session, table: Table, columns: Sequence[str], rows: Iterable[Iterable[Any]]) -> None:
    """Insert ``rows``, whose values stand in the order of ``columns``, into ``table``.

    COPY on PostgreSQL, one prepared statement on SQLite: neither goes through SQLAlchemy's types, so values are text,
    bytes, numbers, booleans, aware datetimes or None. Names come from our own code, never from outside.
    """
    connection = session.connection()
    names = ", ".join(columns)
    cursor = connection.connection.cursor()
    if connection.dialect.name == "postgresql":
        with cursor.copy(f"COPY {table.name} ({names}) FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)
    else:
        marks = ", ".join("?" for _ in columns)
        cursor.executemany(
            f"INSERT INTO {table.name} ({names}) VALUES ({marks})",  # noqa: S608 - our own names
            [[_for_sqlite(value) for value in row] for row in rows],
        )
    cursor.close()


def _for_sqlite(value: Any) -> Any:
    """Write a time as SQLAlchemy does; all else SQLite takes as it is."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")
    return value
