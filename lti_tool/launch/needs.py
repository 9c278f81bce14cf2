"""What login and launch need from the rest of the house."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Self
from urllib.parse import urlsplit

from cryptography.fernet import MultiFernet
from sqlalchemy.orm import Session

from campus.clock import Clock
from campus.database import Database
from campus.events import Publish
from lti_tool.launch.addresses import ToolAddresses
from lti_tool.launch.keys import ToolKeys
from lti_tool.launch.keysets import KeySets
from lti_tool.launch.registrations import Platforms
from lti_tool.launch.store import URL_LENGTH
from lti_tool.launch.values import origin
from lti_tool.wiring import Services


@dataclass(frozen=True)
class LaunchServices:
    """Database, keys and clock of the launch."""

    database: Database
    platforms: Platforms
    key_sets: KeySets
    tool_keys: ToolKeys
    encryption: MultiFernet
    addresses: ToolAddresses
    clock: Clock
    publish: Callable[[Session], Publish]
    """Takes a session's events into its transaction."""
    new_secret: Callable[[], str]
    """Gives an unguessable text of at most 64 characters that may stand in an address and a cookie."""

    @classmethod
    def of(cls, services: Services) -> Self:
        """Take what is needed from the application's services."""
        return cls(
            database=services.database,
            platforms=services.platforms,
            key_sets=services.key_sets,
            tool_keys=services.tool_keys,
            encryption=services.fernet,
            addresses=ToolAddresses(services.settings.public_url),
            clock=services.clock,
            publish=services.publish,
            new_secret=services.token,
        )

    @property
    def path(self) -> str:
        """The path under which the tool is reached, for cookies; empty at the root of a host."""
        return urlsplit(self.addresses.public_url).path

    def is_ours(self, url: str) -> bool:
        """Say whether an address lies inside this tool: same origin and, below a path, that path."""
        if len(url) > URL_LENGTH or origin(url) != origin(self.addresses.public_url) or "\\" in url:
            return False
        path = urlsplit(url).path
        return path == self.path or path.startswith(f"{self.path}/")
