"""The command line, against a database."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import structlog
from click.testing import CliRunner
from cryptography.fernet import Fernet
from sqlalchemy import func, select

from campus import accounts
from campus.database import Database
from campus.errors import ConflictError, InvalidInputError, NotFoundError
from campus.models.access import Role, RoleGrant
from campus.models.organisations import Organisation, OrganisationKind
from certificates.issuers import keys, seal
from lti_tool.cli import cli
from lti_tool.launch import registrations
from tests import seals
from tests.conftest import require_or_skip
from tests.factories import organisation

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

    def run(*arguments: str, typed: str = "") -> str:
        done = CliRunner().invoke(cli, arguments, env=settings, catch_exceptions=False, input=typed)
        assert done.exit_code == 0, done.output
        return done.output.strip()

    yield run
    structlog.reset_defaults()  # commands set the log up for a process of their own


def test_a_leaked_key_of_the_record_store_is_ended(run: Run) -> None:
    assert len(run("admin", "xapi-key", "--name", "reports")) >= 40
    assert " campus  statements/read  made " in run("admin", "xapi-keys")
    assert run("admin", "xapi-keys").endswith("never used")
    assert run("admin", "revoke-xapi-key", "reports") == run("admin", "revoke-xapi-key", "reports") == "revoked"
    assert "  revoked 20" in run("admin", "xapi-keys")


def test_keys_and_origins_of_an_organisation(database: Database, run: Run) -> None:
    with database.write() as session:
        organisation(session, slug="hochschule")
        organisation(session, slug="andere")
    scopes = ("--scope", "state", "--scope", "statements/write")
    run("admin", "xapi-key", "--name", "player", "--organisation", "hochschule", *scopes)
    assert run("admin", "xapi-keys", "--organisation", "hochschule").startswith(
        "player  hochschule  state,statements/write"
    )
    assert run("admin", "xapi-keys", "--organisation", "andere") == ""
    added = run("admin", "xapi-origin", "https://H5P.example:443/embed/1", "--organisation", "hochschule")
    assert added == "https://h5p.example"
    assert run("admin", "xapi-origins") == "https://h5p.example  hochschule"
    with pytest.raises(NotFoundError):
        run("admin", "xapi-origin", "https://h5p.example", "--organisation", "andere", "--remove")
    run("admin", "xapi-origin", "https://h5p.example", "--organisation", "hochschule", "--remove")
    assert run("admin", "xapi-origins") == ""
    with pytest.raises(InvalidInputError):
        run("admin", "xapi-origin", "ftp://h5p.example", "--organisation", "hochschule")


def test_a_mistyped_key_is_not_called_revoked(run: Run) -> None:
    with pytest.raises(NotFoundError):
        run("admin", "revoke-xapi-key", "reprots")


def test_an_issuer_signs_with_a_new_key_and_lists_the_old_one_too(database: Database, run: Run) -> None:
    with database.write() as session:
        issuer = organisation(session, slug="hochschule").id
    assert run("admin", "rotate-issuer-key", "hochschule") == "key-1"
    assert run("admin", "rotate-issuer-key", "hochschule") == "key-2"
    with database.read() as session:
        assert [key.number for key in keys.public_keys(session, issuer)] == [1, 2]
    with pytest.raises(NotFoundError):
        run("admin", "rotate-issuer-key", "nobody")


def test_a_key_that_others_have_is_disowned_and_its_awards_are_signed_anew(database: Database, run: Run) -> None:
    with database.write() as session:
        issuer = organisation(session, slug="hochschule").id
    run("admin", "rotate-issuer-key", "hochschule")
    said = run("admin", "compromise-issuer-key", "hochschule", "1", "--yes")
    assert said == "key-1 is disowned; 0 awards to sign"
    with database.read() as session:
        assert keys.public_keys(session, issuer) == []
    with pytest.raises(NotFoundError):
        run("admin", "compromise-issuer-key", "hochschule", "2", "--yes")


def test_a_key_in_an_hsm_becomes_an_issuers_seal(database: Database, run: Run, tmp_path: Path) -> None:
    require_or_skip(Path(seals.MODULE).exists(), "SoftHSM (softhsm2)")
    with database.write() as session:
        issuer = organisation(session, slug="hochschule").id
    given = seals.elliptic()
    with seals.hsm(tmp_path, ("papers", given)):
        place = ("--module", seals.MODULE, "--token", "campus", "--label", "papers")
        said = run("admin", "hsm-seal", "hochschule", *place, typed=f"{seals.PIN}\n")
    assert said.endswith("seal 1")
    assert seals.PIN not in said
    with database.read() as session:
        (row,) = seal.listed(session, issuer)
        assert row.source == seal.PKCS11
        assert seal.certificates_of(row) == [given.certificate]


def test_demo_world_and_invitations_share_one_office_in_any_order(database: Database, run: Run) -> None:
    assert run("admin", "invite").startswith("http://localhost:8000/einladung/")
    run("demo", "load")
    run("admin", "invite")
    with database.read() as session:
        offices = select(func.count(Organisation.id)).where(Organisation.kind == OrganisationKind.OFFICE)
        assert session.scalar(offices) == 1


def test_organisations_are_added_and_their_people_invited(database: Database, run: Run) -> None:
    assert (
        run("admin", "add-organisation", "provider", "hochschule-nord", "--name", "Hochschule Nord")
        == "hochschule-nord"
    )
    link = run("admin", "invite", "--organisation", "hochschule-nord", "--role", "editor")
    with database.write() as session:
        account = accounts.accept(
            session,
            link.rpartition("/")[2],
            name="Erika Beispiel",
            login="e@example.org",
            password=accounts.hash_password("drei zufaellige woerter"),
            now=datetime.now(UTC),
        )
        grant = session.scalars(select(RoleGrant).where(RoleGrant.person_id == account.person_id)).one()
        assert (grant.organisation.slug, grant.role) == ("hochschule-nord", Role.EDITOR)


@pytest.mark.parametrize(("slug", "error"), [("Nord!", InvalidInputError), ("nord", ConflictError)])
def test_a_slug_that_can_t_be_or_is_taken_is_refused(run: Run, slug: str, error: type[Exception]) -> None:
    run("admin", "add-organisation", "municipality", "nord", "--name", "Nord")
    with pytest.raises(error):
        run("admin", "add-organisation", "municipality", slug, "--name", "Nord")


def test_tool_keys_are_listed_and_rotated(run: Run, database: Database) -> None:
    with database.write() as session:
        town = organisation(session, OrganisationKind.MUNICIPALITY)
        platform = registrations.register(
            session,
            town,
            name="LMS",
            issuer="https://lms.example",
            client_id="kc",
            deployment_ids=["1"],
            auth_login_url="https://lms.example/auth",
            auth_token_url="https://lms.example/token",
            key_set_url="https://lms.example/keys",
            now=datetime(2026, 11, 2, tzinfo=UTC),
        )
    first = run("keys", "list").split()
    assert (first[0], first[2], first[-1]) == ("1", "common", "signs")
    assert run("keys", "rotate").startswith("2 ")
    assert run("keys", "rotate", "--platform", platform.public_id, "--at-once").startswith("3 ")
    listed = [line.split() for line in run("keys", "list").splitlines()]
    assert [(line[0], line[2], line[-1]) for line in listed] == [
        ("1", "common", "signs"),
        ("2", "common", "waits"),
        ("3", platform.public_id, "signs"),
    ]
    run("keys", "rotate", "--at-once")
    assert [line.split()[0] for line in run("keys", "list").splitlines()] == ["3", "4"]
    with pytest.raises(NotFoundError):
        run("keys", "rotate", "--platform", "none")
