"""Alembic runs this file for each command; it decides where and over which tables."""

import os
import sqlite3
from typing import Any

from alembic import context
from sqlalchemy import Connection, event
from sqlalchemy.pool import ConnectionPoolEntry

from campus.database import create_engine_for
from lti_tool.migrations.tables import metadata

JOB_ENGINE_TABLES = frozenset(
    {
        "application_versions",
        "dbos_migrations",
        "event_dispatch_kv",
        "notifications",
        "operation_outputs",
        "queues",
        "streams",
        "workflow_events",
        "workflow_events_history",
        "workflow_input",
        "workflow_output",
        "workflow_schedules",
        "workflow_status",
    }
)
"""On SQLite the job engine's tables lie beside ours; on PostgreSQL they have a schema of their own."""


def include_name(name: str | None, kind: str, _parents: Any) -> bool:
    """Leave the job engine's tables out of every comparison."""
    return not (kind == "table" and name in JOB_ENGINE_TABLES)


def without_foreign_keys(connection: Any, _record: ConnectionPoolEntry) -> None:
    """Let SQLite rebuild tables: dropping the old one with foreign keys on would delete what points to it."""
    if isinstance(connection, sqlite3.Connection):
        connection.execute("PRAGMA foreign_keys=OFF")


def refuse_dangling_rows(connection: Connection) -> None:
    """Make good for the foreign keys that were off: a row that points nowhere undoes the migration."""
    if connection.dialect.name == "sqlite":
        dangling = connection.exec_driver_sql("PRAGMA foreign_key_check").all()
        if dangling:
            message = f"rows that point nowhere after migrating: {sorted({row[0] for row in dangling})}"
            raise RuntimeError(message)


def run() -> None:
    """Run the command in one transaction, on both databases."""
    url = context.config.attributes.get("url") or os.environ["DATABASE_URL"]
    engine = create_engine_for(url)
    event.listen(engine, "connect", without_foreign_keys)
    try:
        with engine.connect() as connection:
            context.configure(
                connection=connection,
                target_metadata=metadata(),
                include_name=include_name,
                render_as_batch=True,
                transactional_ddl=True,
                compare_server_default=True,
            )
            with context.begin_transaction():
                context.run_migrations()
                refuse_dangling_rows(connection)
    finally:
        # An open connection would keep SQLite's write-ahead log beside the file: a copy would lack it.
        engine.dispose()


run()
