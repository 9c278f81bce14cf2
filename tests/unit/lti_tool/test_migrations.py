"""The migrations lead to exactly the tables that the code declares."""

import pkgutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from alembic import command

from lti_tool.migrations.tables import metadata
from lti_tool.migrations.upgrade import alembic_config
from tests.databases import copy_sqlite

ROOT = Path(__file__).parents[3]
PACKAGES = ("campus", "lti_tool", "moodle_sync", "xapi", "certificates")


def test_a_migrated_database_has_what_the_models_say(database_url: str) -> None:
    command.check(alembic_config(database_url))  # raises when a revision would find something to do


def test_migrating_twice_changes_nothing(database_url: str) -> None:
    command.upgrade(alembic_config(database_url), "head")
    command.check(alembic_config(database_url))


def test_no_module_declares_tables_where_the_migrations_do_not_look() -> None:
    modules = [
        module.name
        for package in PACKAGES
        for module in pkgutil.walk_packages([str(ROOT / package)], prefix=f"{package}.")
        if not module.name.endswith((".env", ".__main__")) and ".versions." not in module.name
    ]
    program = (
        "import importlib\n"
        f"for name in {modules!r}: importlib.import_module(name)\n"
        "from campus.models.base import Base\n"
        "print(*sorted(Base.metadata.tables))"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, stdout=subprocess.PIPE, check=True)
    assert done.stdout.decode().split() == sorted(metadata().tables)


def test_a_row_that_points_nowhere_undoes_the_migration_and_is_told_by_table(
    sqlite_template: Path, tmp_path: Path
) -> None:
    url = copy_sqlite(sqlite_template, tmp_path / "campus.sqlite")
    with closing(sqlite3.connect(tmp_path / "campus.sqlite")) as connection, connection:
        connection.execute("CREATE TABLE stray (course_id INTEGER REFERENCES courses (id))")
        connection.execute("INSERT INTO stray VALUES (4711)")
    with pytest.raises(RuntimeError, match="stray"):
        command.upgrade(alembic_config(url), "head")
