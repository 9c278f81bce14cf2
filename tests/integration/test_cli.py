"""The command line, against a database."""

from collections.abc import Callable, Iterator

import pytest
import structlog
from click.testing import CliRunner
from cryptography.fernet import Fernet
from sqlalchemy import func, select

from campus.database import Database
from campus.models.organisations import Organisation, OrganisationKind
from lti_tool.cli import cli

Run = Callable[..., str]


@pytest.fixture
def run(database: Database) -> Iterator[Run]:
    """Run a command to its end and give what it printed."""
    settings = {
        "DATABASE_URL": database.url,
        "PUBLIC_URL": "http://localhost:8000",
        "ENCRYPTION_KEYS": Fernet.generate_key().decode(),
        "ALLOW_LOOPBACK_HTTP": "true",
    }

    def run(*arguments: str) -> str:
        done = CliRunner().invoke(cli, arguments, env=settings, catch_exceptions=False)
        assert done.exit_code == 0, done.output
        return done.output.strip()

    yield run
    structlog.reset_defaults()  # commands set the log up for a process of their own


def test_demo_world_and_invitations_share_one_office_in_any_order(database: Database, run: Run) -> None:
    assert run("admin", "invite").startswith("http://localhost:8000/einladung/")
    run("demo", "load")
    run("admin", "invite")
    with database.read() as session:
        offices = select(func.count(Organisation.id)).where(Organisation.kind == OrganisationKind.OFFICE)
        assert session.scalar(offices) == 1
