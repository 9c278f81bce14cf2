"""Another encryption key: secrets are encrypted anew, so that the old key can go."""

from datetime import UTC, datetime

import pytest
import structlog
from click.testing import CliRunner
from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from sqlalchemy import select

from campus.database import Database
from certificates.issuers import seal
from certificates.store import IssuerKey, IssuerSeal
from lti_tool.cli import cli
from lti_tool.launch.store import ToolKey
from lti_tool.reencryption import SecretUnreadableError
from moodle_sync.store import MoodleSite, add_site
from tests.factories import organisation

OLD, NEW, STRANGE = (Fernet.generate_key().decode() for _ in range(3))
NOW = datetime(2026, 11, 1, tzinfo=UTC)
COLUMNS = (
    ToolKey.private_pem_encrypted,
    IssuerKey.private_encrypted,
    IssuerSeal.secret_encrypted,
    MoodleSite.token_encrypted,
)


def run(database: Database, keys: str, *command: str) -> str:
    env = {"DATABASE_URL": database.url, "PUBLIC_URL": "https://campus.example", "ENCRYPTION_KEYS": keys}
    try:
        done = CliRunner().invoke(cli, command, env=env, catch_exceptions=False)
    finally:
        structlog.reset_defaults()  # commands set the log up for a process of their own
    assert done.exit_code == 0, done.output
    return done.output.strip()


def opened(database: Database, key: str) -> list[bytes]:
    with database.read() as session:
        secrets = [secret for column in COLUMNS for secret in session.scalars(select(column))]
    return [Fernet(key).decrypt(secret) for secret in secrets if secret]


@pytest.fixture
def secrets(database: Database) -> list[bytes]:
    """Keep one secret of each kind, by the old key."""
    with database.write() as session:
        provider = organisation(session, slug="hochschule")
        add_site(
            session,
            organisation_id=provider.id,
            base_url="https://moodle.example",
            token="geheim",
            name="Moodle",
            fernet=MultiFernet([Fernet(OLD)]),
            now=NOW,
        )
        seal.current(session, provider.id, now=NOW, fernet=MultiFernet([Fernet(OLD)]))
    run(database, OLD, "admin", "rotate-issuer-key", "hochschule")
    run(database, OLD, "keys", "rotate")
    return opened(database, OLD)


def test_all_secrets_open_with_the_new_key_alone(database: Database, secrets: list[bytes]) -> None:
    assert b"geheim" in secrets
    assert run(database, f"{NEW},{OLD}", "keys", "reencrypt") == f"{len(secrets)} secrets"
    assert opened(database, NEW) == secrets
    with pytest.raises(InvalidToken):
        opened(database, OLD)


def test_without_the_old_key_nothing_is_changed(database: Database, secrets: list[bytes]) -> None:
    with pytest.raises(SecretUnreadableError):
        run(database, f"{NEW},{STRANGE}", "keys", "reencrypt")
    assert opened(database, OLD) == secrets
