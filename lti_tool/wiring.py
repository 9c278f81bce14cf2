"""The composition root: what the application is made of, put together once and handed to whoever needs it."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from random import Random, SystemRandom

from cryptography.fernet import Fernet, MultiFernet
from sqlalchemy.orm import Session

from campus.clock import Clock, system_clock
from campus.database import Database
from campus.events import Publish
from campus.jobs import JobQueue, Jobs
from campus.outbound import Outbound
from certificates.issue import Issuing
from certificates.issuers.signing import Signing
from certificates.papers.timestamp import Authority
from lti_tool import reactions
from lti_tool.launch.keys import ToolKeys
from lti_tool.launch.keysets import KeySets
from lti_tool.launch.registrations import Platforms
from lti_tool.services.ags import Gradebooks
from lti_tool.services.calls import ServiceClient
from lti_tool.services.lineitems import LineItems
from lti_tool.services.tokens import AccessTokens
from lti_tool.settings import Settings
from xapi.combining import Writer
from xapi.keys import Clients
from xapi.watch import Watch


@dataclass(frozen=True)
class Services:
    """Everything that pages, protocols and jobs use; tests make one with another clock or queue."""

    settings: Settings
    database: Database
    jobs: JobQueue
    outbound: Outbound
    fernet: MultiFernet
    """Encrypts private keys and tokens at rest."""
    clock: Clock = system_clock
    random: Random = field(default_factory=SystemRandom)
    token: Callable[[], str] = secrets.token_urlsafe
    """Makes unguessable texts for sessions and one-time links."""

    @cached_property
    def tool_keys(self) -> ToolKeys:
        """The keys that we sign with, remembered once they are loaded."""
        return ToolKeys(self.database, self.fernet, self.clock)

    @cached_property
    def key_sets(self) -> KeySets:
        """The platforms' keys, remembered while they are fresh."""
        return KeySets(self.outbound)

    @cached_property
    def platforms(self) -> Platforms:
        """The platforms whose logins are under way."""
        return Platforms(self.database, self.clock)

    @cached_property
    def service_client(self) -> ServiceClient:
        """What calls the platforms' services; it remembers access tokens."""
        return ServiceClient(self.outbound, AccessTokens(self.outbound, self.tool_keys), self.clock)

    @cached_property
    def gradebooks(self) -> Gradebooks:
        """The platforms' gradebooks: scores and results."""
        return Gradebooks(self.service_client)

    @cached_property
    def line_items(self) -> LineItems:
        """The platforms' gradebooks: their columns."""
        return LineItems(self.service_client)

    @cached_property
    def signing(self) -> Signing:
        """What certificates are signed with."""
        url = self.settings.timestamp_url
        return Signing(self.database, self.fernet, self.clock, Authority(self.outbound, url) if url else None)

    @cached_property
    def xapi_clients(self) -> Clients:
        """Who may call the record store."""
        return Clients(
            self.database,
            self.settings.public_url,
            self.clock,
            self.fernet,
            self.settings.xapi_requests_per_minute,
        )

    @cached_property
    def xapi_writer(self) -> Writer:
        """What stores the statements of this process's requests."""
        return Writer(self.database, self.clock, Watch(self.publish).notice)

    def issuing(self) -> Issuing:
        """Return what issuing an award now needs beside the award itself."""
        return Issuing(self.clock(), self.fernet, self.settings.public_url, self.random)

    def publish(self, session: Session) -> Publish:
        """Return what takes events of this transaction: each becomes its followers' jobs, in the transaction."""
        return reactions.publisher(session, self.jobs)


def services_for(settings: Settings) -> Services:
    """Make the services of a real process."""
    return Services(
        settings=settings,
        database=Database(settings.database_url),
        jobs=Jobs(settings.database_url),
        outbound=Outbound(allow_loopback_http=settings.allow_loopback_http),
        fernet=MultiFernet([Fernet(key) for key in settings.encryption_keys]),
    )
