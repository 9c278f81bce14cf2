"""Who signs for a provider: itself, or the campus office by mandate; and the profile its papers show."""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from campus.models.organisations import Organisation, OrganisationKind
from certificates.credential import Addresses
from certificates.errors import BadFactsError
from certificates.facts import Issuer, Provider
from certificates.signatures import did
from certificates.store import IssuerProfile


@dataclass(frozen=True, slots=True)
class SignedBy:
    """The issuer of a provider's next award, and for whom it signs, if not for itself."""

    issuer: Issuer
    on_behalf_of: Provider | None


def profile(session: Session, organisation_id: int) -> IssuerProfile | None:
    """Return the newest version of the provider's profile, if it has one."""
    return session.scalar(
        select(IssuerProfile)
        .where(IssuerProfile.organisation_id == organisation_id)
        .order_by(IssuerProfile.number.desc())
        .limit(1)
    )


def signing_for(session: Session, provider: Organisation, *, public_url: str) -> SignedBy:
    """Say who signs the provider's next award. Raises BadFactsError for a mandate where there is no campus office."""
    found = profile(session, provider.id)
    if found is None or not found.by_mandate:
        return SignedBy(issuer(provider, public_url), None)
    office = session.scalar(
        select(Organisation).where(Organisation.kind == OrganisationKind.OFFICE).order_by(Organisation.id).limit(1)
    )
    if office is None:
        raise BadFactsError("there is no campus office that could sign by mandate", field="issuer")
    return SignedBy(issuer(office, public_url), body(provider, public_url))


def issuer(organisation: Organisation, public_url: str) -> Issuer:
    """Return an organisation as the one that signs."""
    return Issuer(
        organisation_id=organisation.public_id,
        did=did.issuer_did(public_url, organisation.slug),
        name=organisation.name,
        url=Addresses(public_url).issuer(organisation.slug),
    )


def body(organisation: Organisation, public_url: str) -> Provider:
    """Return an organisation as one that has a part in an award."""
    named = issuer(organisation, public_url)
    return Provider(did=named.did, name=named.name, url=named.url)
