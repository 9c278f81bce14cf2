"""The tool as server and worker, Open edX's block as platform, and what an administrator does to connect them."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import select

from campus.models.organisations import Organisation
from lti_tool.launch import registrations
from lti_tool.settings import Settings
from lti_tool.wiring import Services, services_for
from tests.conftest import require_or_skip
from tests.openedx.site import CHOSEN, GRADED, MANAGED, PYTHON, TEACHER, Member, OpenEdx
from tests.stack import Ports, Stack

TOWN = "musterhausen"


@dataclass(frozen=True)
class Place:
    """Both sides, connected. ``services`` are the tool's, as its commands make them."""

    site: OpenEdx
    stack: Stack
    services: Services


@pytest.fixture(scope="session")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """Start everything and register all blocks: Open edX gives each block a client of its own."""
    require_or_skip(PYTHON.exists(), "the environment .venv-openedx (make test-openedx)")
    folder = tmp_path_factory.mktemp("openedx")
    ports = Ports.free()
    stack = Stack(folder, f"sqlite:///{folder / 'campus.sqlite'}", ports)
    stack.prepare()
    site = OpenEdx(folder, ports.lms, stack.tool_url, _unit(folder))
    services = services_for(Settings.from_env(stack.environment))
    try:
        stack.start_tool()
        site.start()
        author = Member(site, TEACHER)
        for block in (GRADED, MANAGED, CHOSEN):
            _register(services, site, author, block)
        yield Place(site, stack, services)
    finally:
        site.stop()
        stack.stop()
        services.database.dispose()


def _unit(folder: Path) -> str:
    """Return the public id of the demo world's unit A2."""
    config = json.loads((folder / "lms.json").read_text(encoding="utf-8"))
    found: str = next(link["custom"]["unit"] for link in config["links"] if link["id"] == "link-a2")
    return found


def _register(services: Services, site: OpenEdx, author: Member, block: str) -> None:
    """Copy what Studio shows to the tool."""
    shown = author.studio(block)
    with services.database.write() as session:
        town = session.scalars(select(Organisation).where(Organisation.slug == TOWN)).one()
        registrations.register(
            session,
            town,
            name=f"Open edX, {block}",
            issuer=site.url,
            client_id=shown["client_id"],
            auth_login_url=shown["oidc_callback"],
            auth_token_url=shown["token_url"],
            key_set_url=shown["keyset_url"],
            deployment_ids=[shown["deployment_id"]],
            now=services.clock(),
        )
