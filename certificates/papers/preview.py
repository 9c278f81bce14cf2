"""Papers to look at before any is issued: made-up facts in a provider's look. They certify nothing and say so."""

from dataclasses import replace
from datetime import datetime

from certificates.credential import Addresses
from certificates.facts import AwardFacts, AwardKind
from certificates.issuers.mandate import SignedBy
from certificates.papers import pdf, specimen
from certificates.papers.branding import Branding


def paper(kind: AwardKind, look: Branding, signing: SignedBy, addresses: Addresses, *, now: datetime) -> bytes:
    """Return the PDF of a made-up award of this kind as ``signing`` would issue it now, without a seal.

    Raises UnprintableError.
    """
    return pdf.preview(sample(kind, signing, now=now), addresses, look)


def sample(kind: AwardKind, signing: SignedBy, *, now: datetime) -> AwardFacts:
    """Return the made-up facts; the name says that it is a preview, for whoever cuts it out."""
    facts = specimen.facts(kind, signing.issuer)
    holder = replace(facts.recipient, name=f"VORSCHAU {facts.recipient.name}")
    ends = now + (facts.valid_until - facts.issued_at) if facts.valid_until else None
    return replace(facts, recipient=holder, on_behalf_of=signing.on_behalf_of, issued_at=now, valid_until=ends)
