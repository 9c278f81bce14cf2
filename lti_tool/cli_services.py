"""What every command works with."""

import os

import click

from lti_tool import logs
from lti_tool.settings import Settings
from lti_tool.wiring import Services, services_for


def open_services() -> Services:
    """Make the services of a command from the environment; the database is closed when the command ends."""
    settings = Settings.from_env(os.environ)
    logs.configure(settings.log_level)
    services = services_for(settings)
    click.get_current_context().call_on_close(services.database.dispose)
    return services
