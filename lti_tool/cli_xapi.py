"""Commands about who may call the record store: keys of clients, and origins of content."""

import click
from sqlalchemy.orm import Session

from campus import organisations
from campus.errors import InvalidInputError
from campus.models.organisations import Organisation
from lti_tool.cli_services import open_services
from lti_tool.launch.sites import plain_origin
from xapi import cors, keys
from xapi.keys import Scope

WHOLE_CAMPUS = "campus"
_of = click.option("--organisation", "slug", help="The organisation's slug; without it, the whole campus.")
_by = click.option("--organisation", "slug", required=True, help="The slug of the organisation that answers for it.")


@click.command("xapi-key")
@click.option("--name", required=True, help="The user name of Basic authentication.")
@click.option(
    "--scope",
    "scopes",
    type=click.Choice([scope.value for scope in Scope]),
    multiple=True,
    default=[Scope.STATEMENTS_READ.value],
    show_default=True,
    help="What it may do; repeat it for several.",
)
@_of
def make_key(name: str, scopes: tuple[str, ...], slug: str | None) -> None:
    """Make a key for the Learning Record Store and print its secret, this once."""
    services = open_services()
    with services.database.write() as session:
        wanted = [Scope(scope) for scope in scopes]
        owner = _organisation(session, slug)
        secret = keys.create_key(session, name, wanted, owner, token=services.token, now=services.clock())
    click.echo(secret)


@click.command("xapi-keys")
@_of
def list_keys(slug: str | None) -> None:
    """List keys: name, organisation, scopes, when made, last used, revoked. Secrets are kept nowhere."""
    services = open_services()
    with services.database.read() as session:
        owner = _organisation(session, slug)
        for key, organisation in keys.listed(session, owner.id if owner else None):
            used = f"used {key.last_used_at:%Y-%m-%dT%H:00Z}" if key.last_used_at else "never used"
            ended = f"  revoked {key.revoked_at:%Y-%m-%d}" if key.revoked_at else ""
            whose = organisation.slug if organisation else WHOLE_CAMPUS
            click.echo(f"{key.name}  {whose}  {','.join(key.scopes)}  made {key.created_at:%Y-%m-%d}  {used}{ended}")


@click.command("revoke-xapi-key")
@click.argument("name")
def revoke_key(name: str) -> None:
    """End the key NAME at once, for example because its secret has leaked."""
    services = open_services()
    with services.database.write() as session:
        keys.revoke(session, name, now=services.clock())
    click.echo("revoked")


@click.command("xapi-origin")
@click.argument("address")
@_by
@click.option("--remove", is_flag=True, help="Take it back.")
def register_origin(address: str, slug: str, remove: bool) -> None:  # noqa: FBT001 - click passes flags so
    """Let pages of the origin of ADDRESS call the Learning Record Store from a browser."""
    services = open_services()
    origin = plain_origin(address)
    if origin is None:
        raise InvalidInputError("the address has no origin that a browser could write", field="address")
    with services.database.write() as session:
        organisation = organisations.by_slug(session, slug)
        if remove:
            cors.remove(session, organisation, origin)
        else:
            cors.register(session, organisation, origin, now=services.clock())
    click.echo(f"removed {origin}" if remove else origin)


@click.command("xapi-origins")
@_of
def list_origins(slug: str | None) -> None:
    """List the origins of content, and who registered them."""
    services = open_services()
    with services.database.read() as session:
        owner = _organisation(session, slug)
        for origin, organisation in cors.listed(session, owner.id if owner else None):
            click.echo(f"{origin.origin}  {organisation.slug}")


def _organisation(session: Session, slug: str | None) -> Organisation | None:
    return organisations.by_slug(session, slug) if slug else None


COMMANDS = (make_key, list_keys, revoke_key, register_origin, list_origins)
