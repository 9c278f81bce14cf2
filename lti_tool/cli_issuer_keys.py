"""Commands about the keys and seals that issuers sign certificates with."""

from typing import BinaryIO

import click

from campus import organisations
from certificates.issuers import keys, resigning, seal
from certificates.issuers.hsm import Place
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
    signed, refused = 0, dict[str, None]()  # in order; a second look finds them again
    for chunk in resigning.sweep(
        services.database,
        lost,
        clock=services.clock,
        fernet=services.fernet,
        public_url=services.settings.public_url,
    ):
        signed += chunk.signed
        refused |= dict.fromkeys(chunk.refused)
        click.echo(f"{signed} of {left} signed")
    if refused:
        raise click.ClickException(f"not what their facts say, so not signed: {', '.join(refused)}")


@click.command("hsm-seal")
@click.argument("slug")
@click.option("--module", required=True, type=click.Path(exists=True), help="The HSM's PKCS#11 library (.so).")
@click.option("--token", required=True, help="The token's label.")
@click.option("--label", required=True, help="The label of the key, and of its certificate in the token.")
@click.option("--certificates", type=click.File("rb"), help="Certificate and chain as PEM, if not from the token.")
def hsm_seal(slug: str, module: str, token: str, label: str, certificates: BinaryIO | None) -> None:
    """Let the issuer SLUG seal its papers with a key in an HSM. Asks for the token's PIN, which is kept encrypted.

    No page does this: whoever names the module has this process load it.
    """
    place = Place(module, token, label, click.prompt("PIN", hide_input=True))
    given = certificates.read() if certificates else None
    services = open_services()
    with services.database.write() as session:
        issuer = organisations.by_slug(session, slug)
        made = seal.add_pkcs11(
            session, issuer.id, place, now=services.clock(), fernet=services.fernet, certificates=given
        )
        number = made.number
    click.echo(f"seal {number}")


COMMANDS = (rotate, compromise, hsm_seal)
