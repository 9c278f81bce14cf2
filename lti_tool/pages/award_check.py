"""One of our awards, read while the database is open, then checked as it was signed."""

from dataclasses import dataclass
from datetime import datetime

from certificates import store
from certificates.credential import Addresses
from certificates.facts import AwardFacts
from certificates.signatures import did
from certificates.store import Award
from certificates.verifying import Report, Sources, binding, verify
from lti_tool.pages.award_state import Standing, standing_of


@dataclass(frozen=True)
class AwardRead:
    """An award with all that its page says, to be used when the session is over."""

    award: Award
    facts: AwardFacts | None
    issuer: str
    """The DID that its issuer has here."""

    def standing(self, *, now: datetime) -> Standing:
        """Return how it stands at ``now``."""
        return standing_of(self.award, self.facts, now=now)


def read(award: Award, *, public_url: str) -> AwardRead:
    """Read an award; ``facts`` are None once its holder was erased."""
    facts = store.facts_of(award) if award.facts is not None else None
    _ = award.superseded_by  # read while the session is open
    return AwardRead(award, facts, did.issuer_did(public_url, award.issuer.slug))


def check(found: AwardRead, sources: Sources, *, public_url: str, now: datetime) -> Report:
    """Verify the stored credential, and that it is the one of this number and issuer. It may fetch: no session."""
    return binding.bound(
        verify(found.award.credential or "", sources, now=now),
        identifier=Addresses(public_url).credential(found.award.public_id),
        issuer=found.issuer,
    )
