"""What a certificate's status can say."""

from enum import StrEnum


class StatusPurpose(StrEnum):
    """What a set bit of a list means: revoked for good, or not valid for the time being."""

    REVOCATION = "revocation"
    SUSPENSION = "suspension"
