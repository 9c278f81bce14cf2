"""Commands about what the record store holds: taking statements in, giving them out, taking somebody out."""

from pathlib import Path

import click
from sqlalchemy.orm import Session

from campus import organisations, people
from lti_tool.cli_services import open_services
from xapi import erasure, statements
from xapi.parts import Json
from xapi.store import CAMPUS
from xapi.strict_json import parse
from xapi.transfer import Importer, Standing, export

WHOLE_CAMPUS = "campus"
_of = click.option(
    "--tenant",
    "slug",
    required=True,
    help=f"Whose store: an organisation's slug, or {WHOLE_CAMPUS!r} for the campus's.",
)
_contents = click.option(
    "--contents",
    type=click.Path(path_type=Path, file_okay=False, exists=True),
    help="A folder with the contents of attachments: files called by their SHA-2.",
)


@click.group("xapi")
def xapi_data() -> None:
    """Statements of the Learning Record Store: import, export, erase."""


@xapi_data.command("import")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@_of
@_contents
@click.option("--resume", is_flag=True, help="Go on where an import of this file has stopped.")
def take_in(file: Path, slug: str, contents: Path | None, resume: bool) -> None:  # noqa: FBT001 - click passes flags so
    """Take in FILE, one statement a line; what is there already is left as it is.

    Refused lines are written to FILE.refused.jsonl; then the command ends with 1.
    """
    services = open_services()
    with services.database.read() as session:
        tenant = _tenant(session, slug)
    importer = Importer(services.xapi_writer, tenant, services.settings.public_url, contents)
    with click.progressbar(length=file.stat().st_size, label=file.name) as bar:

        def show(standing: Standing) -> None:
            bar.update(standing.offset - bar.pos)

        done = importer.take(file, resume=resume, progress=show)
    click.echo(f"{done.stored} stored, {done.known} known already, {done.refused} refused")
    if done.refused:
        click.echo(f"{file}.refused.jsonl says which and why", err=True)
        click.get_current_context().exit(1)


@xapi_data.command("export")
@_of
@_contents
def give_out(slug: str, contents: Path | None) -> None:
    """Print all statements of a store, one a line, the oldest first; void ones too."""
    services = open_services()
    with services.database.read() as session:
        tenant = _tenant(session, slug)
    for line in export(services.database, tenant, contents):
        click.echo(line)


@xapi_data.command("erase")
@click.argument("actor")
@click.option("--tenant", "slug", help="Only in this store; without it, in all.")
@click.option("--asked-by", help="The public id of the person who asked, for the record.")
def take_out(actor: str, slug: str | None, asked_by: str | None) -> None:
    """Make ACTOR unrecognisable in statements, and delete what is kept about them.

    ACTOR is an e-mail address, its SHA-1, an account (homePage|name), an OpenID, or an agent as JSON. For a person whom
    we know, `admin erase` does this as well as the rest.
    """
    services = open_services()
    agent = read_agent(actor)
    with services.database.write() as session:
        done = erasure.erase(
            session,
            [agent],
            public_url=services.settings.public_url,
            now=services.clock(),
            tenant=_tenant(session, slug) if slug else None,
            asked_by=people.by_public_id(session, asked_by).id if asked_by else None,
        )
    click.echo(
        f"{done.statements} statements, {done.documents} documents, {done.contents} attachments, "
        f"{done.identities} identities: {done.pseudonym}"
    )


def read_agent(text: str) -> Json:
    """Read an agent as somebody writes it on a command line. Raises InvalidStatementError, BadJsonError."""
    if text.startswith("{"):
        return statements.check_agent(parse(text))
    return statements.agent_of_text(text) or statements.check_agent({"name": text})


def _tenant(session: Session, slug: str) -> int:
    return CAMPUS if slug == WHOLE_CAMPUS else organisations.by_slug(session, slug).id
