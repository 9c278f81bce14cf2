"""How a platform's service can fail us: for good, or for now."""

from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from campus.errors import CampusError
from campus.jobs import TryLaterError
from campus.outbound import Response

GONE = frozenset({404, 410})
FOR_NOW = frozenset({408, 409, 425, 429})
SERVER_ERROR = 500
LONGEST_WAIT = timedelta(hours=1)


class ServiceUnavailableError(TryLaterError):
    """The platform can't answer now; ``after`` is the wait that it asked for."""

    code = "service.unavailable"


class ServiceRefusedError(CampusError):
    """The platform has refused; asking the same again would change nothing."""

    code = "service.refused"
    status = 502


class ServiceForbiddenError(ServiceRefusedError):
    """The platform forbids us this service: its scope isn't granted, or not for this."""

    code = "service.forbidden"


class ServiceGoneError(ServiceRefusedError):
    """There is nothing at the service's address any more."""

    code = "service.gone"


class ServiceAddressError(ServiceRefusedError):
    """The service's address must not be called: not https, or inside a private network."""

    code = "service.address"


class TokenRefusedError(ServiceUnavailableError):
    """The platform gives us no access token, or doesn't take the one it gave.

    Not final: platforms answer "invalid client" also while they can't read our key set, and what is wrong with a
    registration an administrator can mend. No score is to blame for it.
    """

    code = "service.token_refused"


class LineItemGoneError(ServiceRefusedError):
    """The column of the gradebook is no longer there."""

    code = "service.lineitem_gone"


class LineItemMissingError(ServiceRefusedError):
    """The gradebook has no column for this link, and we may make none."""

    code = "service.lineitem_missing"


class ScoreConflictError(ServiceUnavailableError):
    """The gradebook holds something with a later stamp (AGS 2.0, 3.4.9)."""

    code = "service.score_conflict"


class ScoreRefusedError(ServiceRefusedError):
    """The gradebook takes no score of this person: not enrolled any more, or no learner there."""

    code = "service.score_refused"


def retry_after(answer: Response, *, now: datetime) -> timedelta | None:
    """Return the wait of a Retry-After header (RFC 9110, 10.2.3), in seconds or until a date.

    A date is read by the platform's own clock, its Date header, or without one by ours (``now``); one that has passed
    asks for no wait. No platform can make us wait longer than an hour.
    """
    value = answer.headers.get("retry-after", "")
    if value.isascii() and value.isdigit():
        return timedelta(seconds=min(int(value[:9]), LONGEST_WAIT.total_seconds()))
    until = _date(value)
    if until is None:
        return None
    wait = until - (_date(answer.headers.get("date", "")) or now)
    return min(wait, LONGEST_WAIT) if wait > timedelta() else None


def _date(value: str) -> datetime | None:
    """Read an HTTP-date (RFC 9110, 5.6.7), of UTC where it names no zone; None for something else."""
    try:
        found = parsedate_to_datetime(value)
    except (ValueError, OverflowError):
        return None
    return found if found.tzinfo is not None else found.replace(tzinfo=UTC)


def is_for_now(answer: Response) -> bool:
    """Say whether a failure may pass: the server's own, a time-out, too many requests."""
    return answer.status >= SERVER_ERROR or answer.status in FOR_NOW
