"""Refusals of the certificates package; each has a stable code."""

from campus.errors import CampusError, ConflictError, InvalidInputError, NotFoundError


class UnsafeDocumentError(InvalidInputError):
    """A document can't be signed or checked: a part would stay unsigned, or libraries differ on it."""

    code = "certificate.unsafe_document"


class UnknownContextError(UnsafeDocumentError):
    """A document names a JSON-LD context that is not pinned here."""

    code = "certificate.unknown_context"


class BadFactsError(InvalidInputError):
    """The facts of an award are incomplete, contradict each other or name something that is not there."""

    code = "certificate.bad_facts"


class AwardNotFoundError(NotFoundError):
    """There is no such award, issuer or status list."""

    code = "certificate.not_found"


class AwardErasedError(CampusError):
    """The award's content was deleted with its holder; only its status is kept."""

    code = "certificate.erased"
    status = 410


class AwardRevokedError(CampusError):
    """The award was revoked: its page and its status say so, but no fresh paper is printed."""

    code = "certificate.revoked"
    status = 410


class UnsignedFactsError(ConflictError):
    """What is stored beside the credential is not what was signed, so no paper may be made of it."""

    code = "certificate.unsigned_facts"


class NoFreeIndexError(ConflictError):
    """No free place was found in a status list; asked again, the journey opens a new list."""

    code = "certificate.no_free_index"


class UnprintableError(InvalidInputError):
    """The paper can't be set."""

    code = "certificate.unprintable"
