"""``python -m tests.openedx.platform``: serve the platform on loopback until it is told to stop."""

import argparse
from pathlib import Path

import django
from django.conf import settings
from django.core.management import call_command

from tests.openedx.platform.settings import values


def main() -> None:
    """Make the tables and the world, then serve."""
    parser = argparse.ArgumentParser(prog="python -m tests.openedx.platform")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--folder", type=Path, required=True, help="where the database goes")
    parser.add_argument("--tool-url", required=True)
    parser.add_argument("--unit", required=True, help="public id of the unit that the graded block leads to")
    given = parser.parse_args()
    settings.configure(**values(given.folder, given.port, tool_url=given.tool_url, unit=given.unit))
    django.setup()
    call_command("migrate", verbosity=0)
    from tests.openedx.platform import stand_ins, world  # noqa: PLC0415 - models can be imported from here on

    stand_ins.install()
    world.create()
    call_command("runserver", f"127.0.0.1:{given.port}", use_reloader=False, skip_checks=True)


if __name__ == "__main__":
    main()
