"""A further awarding body endorses a credential (Open Badges 3.0, EndorsementCredential). Pure.

A credential has one issuer. What several universities award jointly, each of the others endorses, signed with its own
key, inside the credential that the first one signs. An id alone could stand on any credential, so the endorsement
also names what that credential says, by its digest.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from certificates import texts
from certificates.achievement import profile
from certificates.facts import Provider
from certificates.signatures import digest
from certificates.signatures.proof import instant

JOINTLY = "Gemeinsam verliehen / awarded jointly"


def build(credential: Mapping[str, Any], body: Provider, *, now: datetime) -> dict[str, Any]:
    """Return the unsigned endorsement of ``credential`` (unsigned or signed) by ``body``."""
    return {
        "@context": credential["@context"],
        "id": uuid5(NAMESPACE_URL, f"{credential['id']}#{body.did}").urn,
        "type": ["VerifiableCredential", "EndorsementCredential"],
        "name": texts.line(f"{JOINTLY}: {credential['name']}"),
        "issuer": profile(body),
        "validFrom": instant(now),
        "credentialSubject": subject(credential),
    }


def subject(credential: Mapping[str, Any]) -> dict[str, Any]:
    """Return what is endorsed: ``credential``, by its id and by the digest of what it says."""
    return {
        "id": credential["id"],
        "type": ["EndorsementSubject"],
        "endorsementComment": JOINTLY,
        "digestMultibase": digest.of_content(credential),
    }
