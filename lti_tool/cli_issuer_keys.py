"""Commands about the keys that issuers sign certificates with."""

import click

from campus import organisations
from certificates.issuers import keys, resigning
from lti_tool.cli_services import open_services


@click.command("rotate-issuer-key")
@click.argument("slug")
def rotate(slug: str) -> None:
    """Let the issuer SLUG sign with a new key from now on. What the old ones signed stays verifiable."""
    services = open_services()
    with services.database.write() as session:
        issuer = organisations.by_slug(session, slug)
        key = keys.rotate(session, issuer.id, now=services.clock(), fernet=services.fernet)
    click.echo(f"key-{key.number}")


@click.command("compromise-issuer-key")
@click.argument("slug")
@click.argument("number", type=int)
@click.confirmation_option(prompt="What the key signed will verify no more until it is signed anew. Go on?")
def compromise(slug: str, number: int) -> None:
    """Disown the key NUMBER of the issuer SLUG, which others may have, and sign its awards anew.

    Certificates that were downloaded before verify no more; their addresses give the new ones. Killed on the way, it
    goes on where it was when it is started again.
    """
    services = open_services()
    with services.database.write() as session:
        issuer = organisations.by_slug(session, slug)
        keys.compromise(session, issuer.id, number, now=services.clock())
        lost = resigning.lost_key(issuer, number, public_url=services.settings.public_url)
        left = resigning.count(session, lost)
    click.echo(f"key-{number} is disowned; {left} awards to sign")
    after, signed, refused = 0, 0, list[str]()
    while True:
        with services.database.write() as session:
            chunk = resigning.resign(
                session,
                lost,
                after=after,
                now=services.clock(),
                fernet=services.fernet,
                public_url=services.settings.public_url,
            )
        if chunk is None:
            break
        after, signed = chunk.last, signed + chunk.signed
        refused += chunk.refused
        click.echo(f"{signed} of {left} signed")
    if refused:
        raise click.ClickException(f"not what their facts say, so not signed: {', '.join(refused)}")


COMMANDS = (rotate, compromise)
