"""The command ``kommunalcampus``."""

import os
import signal
import socket
import sys
import threading
from pathlib import Path

import click
from sqlalchemy import select

from campus import accounts, organisations, people
from campus.errors import CampusError, NotFoundError
from campus.jobs import Worker
from campus.models.access import Role
from campus.models.organisations import OrganisationKind
from lti_tool import cli_issuer_keys, cli_xapi, erasure, reencryption
from lti_tool.cli_services import open_services
from lti_tool.cli_xapi_data import xapi_data
from lti_tool.demo import world
from lti_tool.launch.store import Registration, ToolKey
from lti_tool.migrations.upgrade import migrate as migrate_database
from lti_tool.settings import Settings, SettingsError


def main() -> None:
    """Run the command; settings that are wrong or missing are reported by name."""
    try:
        cli()
    except SettingsError as error:
        click.echo(f"Settings:\n{error}", err=True)
        sys.exit(2)
    except CampusError as error:
        click.echo(f"{error} ({error.code})", err=True)
        sys.exit(1)


@click.group()
def cli() -> None:
    """KommunalCampus: learning units for municipalities, as an LTI 1.3 tool."""


def _is_taken(host: str, port: int) -> bool:
    """Say whether somebody listens there: two servers on one port would take turns unnoticed."""
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex((host, port)) == 0


@cli.command()
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=8000, show_default=True)
@click.option("--workers", default=1, show_default=True, help="Processes that answer requests.")
def serve(host: str, port: int, workers: int) -> None:
    """Serve the web application."""
    from granian import Granian  # noqa: PLC0415 - its process set-up belongs to this command alone
    from granian.constants import Interfaces  # noqa: PLC0415 - same

    Settings.from_env(os.environ)  # wrong settings stop here, not in each worker
    if _is_taken(host, port):
        raise click.ClickException(f"somebody listens on {host}:{port} already")
    Granian(
        "lti_tool.app:create_app",
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        workers=workers,
        blocking_threads=16,
        workers_kill_timeout=10,
        factory=True,
        log_access=False,
        log_level="warning",  # type: ignore[arg-type] # takes the name as well as its enum
    ).serve()


@cli.command()
def worker() -> None:
    """Do what follows events: scores, awards, statements. Survives being killed; run one per EXECUTOR_ID."""
    from lti_tool.followers import handlers  # noqa: PLC0415 - loads all rooms; other commands stay quick

    services = open_services()
    running = Worker(services.settings.database_url, handlers(services), executor_id=services.settings.executor_id)
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _number, _frame: stop.set())
    running.start()
    click.echo("worker: ready", err=True)
    stop.wait()
    running.stop()


@cli.command()
def migrate() -> None:
    """Bring the database to the state that this version expects."""
    migrate_database(Settings.from_env(os.environ).database_url)


@cli.group()
def admin() -> None:
    """Administrators."""


for command in (*cli_xapi.COMMANDS, *cli_issuer_keys.COMMANDS):
    admin.add_command(command)
cli.add_command(xapi_data)


@admin.command()
@click.option("--organisation", "slug", help="The organisation's slug; without it, the campus office.")
@click.option(
    "--role", type=click.Choice([role.value for role in Role]), default=Role.ADMINISTRATOR.value, show_default=True
)
def invite(slug: str | None, role: str) -> None:
    """Print a one-time link by which an administrator (or another role) makes an account."""
    services = open_services()
    now = services.clock()
    with services.database.write() as session:
        house = organisations.by_slug(session, slug) if slug else organisations.office(session, now=now)
        token = accounts.invite(session, house, Role(role), token=services.token, now=now)
    click.echo(f"{services.settings.public_url}/einladung/{token}")


@admin.command("add-organisation")
@click.argument("kind", type=click.Choice(["provider", "municipality"]))
@click.argument("slug")
@click.option("--name", required=True, help="The name in German.")
@click.option("--english", help="The name in English.")
def add_organisation(kind: str, slug: str, name: str, english: str | None) -> None:
    """Add a provider or a municipality. SLUG stands in a provider's did:web: it never changes."""
    services = open_services()
    names = {"de": name, "en": english} if english else {"de": name}
    with services.database.write() as session:
        organisations.add(session, kind=OrganisationKind(kind), slug=slug, name=names, now=services.clock())
    click.echo(slug)


@admin.command()
@click.argument("person")
def erase(person: str) -> None:
    """Delete the personal data of PERSON (public id), for good."""
    services = open_services()
    with services.database.write() as session:
        one = people.by_public_id(session, person)
        erasure.erase(session, one, public_url=services.settings.public_url, now=services.clock())
    click.echo("erased")


@cli.group("keys")
def tool_keys() -> None:
    """List and change the keys that the tool signs with towards platforms, published at /lti/keys."""


@tool_keys.command("list")
def list_tool_keys() -> None:
    """Show number, key id, whose key it is, from when it signs, and what it does now."""
    services = open_services()
    services.tool_keys.signer()  # makes the first one
    now = services.clock()
    with services.database.read() as session:
        query = select(ToolKey, Registration.public_id).outerjoin(Registration).order_by(ToolKey.number)
        rows = [(key, platform) for key, platform in session.execute(query)]
    signing = {key.registration_id: key.kid for key, _platform in rows if key.signs_from <= now}
    for key, platform in rows:
        does = "waits" if key.signs_from > now else "signs" if key.kid in signing.values() else "is kept"
        click.echo(f"{key.number}  {key.kid}  {platform or 'common'}  {key.signs_from:%Y-%m-%dT%H:%M:%SZ}  {does}")


@tool_keys.command("rotate")
@click.option(
    "--platform", help="The platform's id, as in its page's address: a key of its own. Without it, the common key."
)
@click.option("--at-once", is_flag=True, help="For a key that has leaked: no day's notice, and the old ones go.")
def rotate_tool_key(platform: str | None, at_once: bool) -> None:  # noqa: FBT001 - click passes flags so
    """Make the next key. It is published now and signs in 24 hours, when platforms have read it."""
    services = open_services()
    registration_id = None
    if platform is not None:
        with services.database.read() as session:
            query = select(Registration.id).where(Registration.public_id == platform)
            registration_id = session.scalars(query).one_or_none()
        if registration_id is None:
            raise NotFoundError("there is no such platform")
    key = services.tool_keys.rotate(registration_id, at_once=at_once)
    click.echo(f"{key.number}  {key.kid}  signs from {key.signs_from:%Y-%m-%dT%H:%M:%SZ}")


@tool_keys.command("reencrypt")
def reencrypt_secrets() -> None:
    """Encrypt the stored secrets by the first of ENCRYPTION_KEYS: afterwards the others can go."""
    services = open_services()
    with services.database.write() as session:
        number = reencryption.reencrypt(session, services.fernet)
    click.echo(f"{number} secrets")


@cli.group()
def demo() -> None:
    """Load and play the demo world: for looking round, never beside real data."""


@demo.command()
@click.option("--lms-url", default="http://127.0.0.1:8001", show_default=True, help="Where the demo LMS runs.")
@click.option(
    "--moodle-url", default="http://127.0.0.1:8002", show_default=True, help="Where the replayed Moodle runs."
)
@click.option("--lms-config", type=click.Path(path_type=Path), help="Write the demo LMS's configuration there.")
def load(lms_url: str, moodle_url: str, lms_config: Path | None) -> None:
    """Load the demo world into an empty database; running it twice changes nothing."""
    services = open_services()
    loaded = world.load(services, lms_url=lms_url, moodle_url=moodle_url)
    if lms_config:
        lms_config.write_text(loaded.lms_config_json(), encoding="utf-8")
    click.echo(f"Administrator: {world.ADMIN_LOGIN}  Provider A: {world.PROVIDER_LOGIN}  password: {world.PASSWORD}")


@demo.command()
@click.option("--learner", required=True, help="The learner's user id in the demo LMS.")
@click.option("--unit", required=True, help="The unit's code, such as A2.")
def earn(learner: str, unit: str) -> None:
    """Let a learner earn a unit by seeded evidence."""
    services = open_services()
    world.earn(services, learner=learner, unit_code=unit)
