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


class PaleColourError(BadFactsError):
    """A colour of a provider's papers has too little contrast to white."""

    code = "certificate.pale_colour"


class LogoError(BadFactsError):
    """What was handed in as a logo is no picture that can be taken."""

    code = "certificate.logo"


class AwardNotFoundError(NotFoundError):
    """There is no such award, issuer, key of an issuer or status list."""

    code = "certificate.not_found"


class AwardErasedError(CampusError):
    """The award's content was deleted with its holder; only its status is kept."""

    code = "certificate.erased"
    status = 410


class AwardHiddenError(CampusError):
    """The award's holder doesn't let it be read by whoever has its number: only whether it is genuine."""

    code = "certificate.hidden"
    status = 403


class ShareNotFoundError(NotFoundError):
    """There is no such link to awards."""

    code = "certificate.share_not_found"


class ShareEndedError(CampusError):
    """The link is over: its holder ended it, or its time has come."""

    code = "certificate.share_ended"
    status = 410


class TooManySharesError(ConflictError):
    """The holder has so many links already that nobody could keep an eye on them."""

    code = "certificate.too_many_shares"


class AwardRevokedError(CampusError):
    """The award was revoked: its page and its status say so, but no fresh paper is printed."""

    code = "certificate.revoked"
    status = 410


class AwardSupersededError(ConflictError):
    """The award was superseded before: another one came in its place, and that one can be corrected."""

    code = "certificate.superseded"


class AwardSuspendedError(ConflictError):
    """A suspended award isn't corrected: the new one would be valid, and nobody had ended the suspension."""

    code = "certificate.suspended"


class NotEarnedError(ConflictError):
    """What the award is for is not earned, or not any more."""

    code = "certificate.not_earned"


class NobodyChosenError(InvalidInputError):
    """A run needs somebody or something to be about."""

    code = "certificate.nobody_chosen"


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
    """The picture holds no Open Badges 3.0 credential, and shows no QR code."""

    code = "certificate.no_credential"


class OldBadgeError(NoCredentialError):
    """The picture holds a badge of Open Badges 1 or 2, which is another technique."""

    code = "certificate.old_badge"


class ForeignCodeError(UnreadableFileError):
    """The picture's QR codes lead elsewhere than to one of our certificates; nobody goes there."""

    code = "certificate.foreign_code"


class SeveralCredentialsError(UnreadableFileError):
    """The file holds or shows more than one credential: which of them is checked would be chance."""

    code = "certificate.several_credentials"


class SealFileError(UnreadableFileError):
    """It is no PKCS#12 file or certificate, or the password doesn't open it."""

    code = "certificate.seal_file"


class UnfitSealError(InvalidInputError):
    """The certificate can't seal: no key, another key, a weak one, or one for other purposes."""

    code = "certificate.seal_unfit"


class SealExpiredError(UnfitSealError):
    """The seal's certificate is out of date, or not valid yet."""

    code = "certificate.seal_expired"


class SealUnavailableError(CampusError):
    """The HSM with the seal's key can't be reached or refuses."""

    code = "certificate.seal_unavailable"
    status = 503


class NoElmoError(ConflictError):
    """The award is not one that ELMO can say: it describes a person's studies."""

    code = "certificate.no_elmo"


class NothingToCountError(UnreadableFileError):
    """There is no credential in the file that a machine could verify: a mere paper, or a number."""

    code = "certificate.nothing_to_count"


class TooManyHandedInError(ConflictError):
    """The person has handed in more than anybody has to show."""

    code = "certificate.too_many_handed_in"


class DecidedError(ConflictError):
    """Somebody has decided on a part of it, so it stays."""

    code = "certificate.decided"


class OwnCredentialError(ConflictError):
    """It was issued here, so what it certifies counts already."""

    code = "certificate.own_credential"
