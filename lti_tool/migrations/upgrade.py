"""Bringing a database to the state that the code expects."""

from pathlib import Path

from alembic import command
from alembic.config import Config

from campus.jobs import migrate as migrate_jobs


def alembic_config(url: str) -> Config:
    """Return an Alembic configuration for ``url`` that works from a checkout and from an installed wheel."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    config.attributes["url"] = url
    return config


def migrate(url: str) -> None:
    """Create or upgrade all tables at ``url``: ours by Alembic, then those of the job engine by itself."""
    command.upgrade(alembic_config(url), "head")
    migrate_jobs(url)
