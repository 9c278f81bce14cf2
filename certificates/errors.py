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


class NotSuspendableError(ConflictError):
    """The award has no place in a list of suspensions; it can be revoked."""

    code = "certificate.not_suspendable"


class UnsignedFactsError(ConflictError):
    """What is stored beside the credential is not what was signed, so no paper may be made of it."""

    code = "certificate.unsigned_facts"


class NoFreeIndexError(ConflictError):
    """No free place was found in a status list; asked again, the journey opens a new list."""

    code = "certificate.no_free_index"


class UnprintableError(InvalidInputError):
    """The paper can't be set."""

    code = "certificate.unprintable"


class UnreadableFileError(InvalidInputError):
    """What was handed in as a certificate can't be read; the subclasses say why."""

    code = "certificate.file_unreadable"


class EmptyFileError(UnreadableFileError):
    """There is nothing in it."""

    code = "certificate.file_empty"


class TooLargeFileError(UnreadableFileError):
    """It, or a part of it when unpacked, has more bytes than any certificate needs."""

    code = "certificate.file_too_large"
    status = 413


class TooLargePictureError(UnreadableFileError):
    """The picture has more pixels than any badge needs."""

    code = "certificate.picture_too_large"


class TooCostlyFileError(UnreadableFileError):
    """Reading it takes more time, memory or depth than is spent on one file: a bomb, as a rule."""

    code = "certificate.file_too_costly"


class UnknownFileError(UnreadableFileError):
    """It is none of the forms in which certificates are read here."""

    code = "certificate.file_unknown"


class ArchiveFileError(UnknownFileError):
    """It is an archive: certificates are handed in one by one, unpacked."""

    code = "certificate.file_archive"


class EncryptedFileError(UnreadableFileError):
    """It is protected by a password."""

    code = "certificate.file_encrypted"


class EntitiesFileError(UnreadableFileError):
    """It is XML that declares a document type of its own, by which a reader could be made to expand or load things."""

    code = "certificate.file_entities"


class NoCredentialError(UnreadableFileError):
    """The picture holds no Open Badges 3.0 credential."""

    code = "certificate.no_credential"


class OldBadgeError(NoCredentialError):
    """The picture holds a badge of Open Badges 1 or 2, which is another technique."""

    code = "certificate.old_badge"


class SeveralCredentialsError(UnreadableFileError):
    """The picture holds more than one credential: which of them is shown would be chance."""

    code = "certificate.several_credentials"
