"""What others say about a credential inside it: finding the endorsements, and whether they speak of it. Pure.

OB 3.0, 4.2 (EndorsementCredential): the endorsed thing is named by its id. It must be one that the credential
speaks of; a genuine endorsement of something else says nothing here. Whoever writes a credential chooses its ids, so an
endorsement may also name what the credential says, by its digest (VCDM 2.0, digestMultibase): ours always do.
"""

from collections.abc import Iterator
from functools import cached_property
from typing import Any

from certificates.errors import UnsafeDocumentError
from certificates.signatures import digest
from certificates.verifying.graphs import Effort
from certificates.verifying.proofs import GRAPHS
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


class Endorsed:
    """A credential with endorsements in it: what it speaks of, and the digest of what it says, made when needed."""

    def __init__(self, credential: Json, effort: Effort) -> None:
        self._credential = credential
        self._effort = effort
        self._subjects = subjects_of(credential)

    def problem(self, endorsement: Json, *, by_ours: bool) -> str | None:
        """Say why the endorsement is about something else; None when it is about this credential.

        ``by_ours``: it comes from an issuer of this installation, which names what it endorses by the digest too.
        """
        subject = endorsement.get("credentialSubject")
        about = subject.get("id") if isinstance(subject, dict) else None
        if not isinstance(subject, dict) or not isinstance(about, str) or about not in self._subjects:
            return "endorses_other"
        if not by_ours and "digestMultibase" not in subject:
            return None
        is_same = self._digest is not None and subject.get("digestMultibase") == self._digest
        return None if is_same else "endorses_other_content"

    @cached_property
    def _digest(self) -> str | None:
        try:
            return digest.of_content(self._credential, lambda content: GRAPHS.nquads(content, self._effort))
        except UnsafeDocumentError:
            return None
