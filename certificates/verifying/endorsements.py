"""What others say about a credential inside it: finding the endorsements, and whether they speak of it. Pure.

OB 3.0, 4.2 (EndorsementCredential): the endorsed thing is named by its id. It must be one that the credential
speaks of; a genuine endorsement of something else says nothing here.
"""

from collections.abc import Iterator
from typing import Any

from certificates.verifying.report import Json

MAX_ENDORSEMENTS = 10
EMBEDDED = "endorsement"
SIGNED = "endorsementJwt"


def found_in(credential: Json) -> Iterator[Any]:
    """Give the endorsements in ``credential``, as objects or as tokens, but not those inside another endorsement."""
    for key, value in credential.items():
        items = value if isinstance(value, list) else [value]
        if key in {EMBEDDED, SIGNED}:
            yield from items
        elif key != "proof":
            for item in items:
                if isinstance(item, dict):
                    yield from found_in(item)


def subjects_of(credential: Json) -> set[str]:
    """Return the ids of all that the credential speaks of: itself, the achievement, profiles."""
    found = {value for key, value in credential.items() if key == "id" and isinstance(value, str)}
    for key, value in credential.items():
        if key in {EMBEDDED, SIGNED, "proof", "credentialStatus", "credentialSchema"}:
            continue
        for item in value if isinstance(value, list) else [value]:
            if isinstance(item, dict):
                found |= subjects_of(item)
    return found


def endorses(endorsement: Json, subjects: set[str]) -> bool:
    """Say whether the endorsement is about one of ``subjects``."""
    subject = endorsement.get("credentialSubject")
    about = subject.get("id") if isinstance(subject, dict) else None
    return isinstance(about, str) and about in subjects
