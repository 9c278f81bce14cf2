"""Refusals. Each has a stable code that pages translate and APIs return; messages carry no personal data."""

import traceback


def frames(error: BaseException) -> list[str]:
    """Say where an exception happened, without its message and the values: they may be personal."""
    return [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in traceback.extract_tb(error.__traceback__)]


class CampusError(Exception):
    """A refusal that a person or a client can do something about.

    ``code`` is stable and translated by the pages; ``status`` is the HTTP status it becomes; the message is
    English, for the log and for developers, and names no person.
    """

    code = "campus.refused"
    status = 400


class NotFoundError(CampusError):
    """There is no such thing, or it isn't for this reader (who must not learn which)."""

    code = "campus.not_found"
    status = 404


class ForbiddenError(CampusError):
    """The person is known and may not do this."""

    code = "access.forbidden"
    status = 403


class SignInRequiredError(CampusError):
    """Nobody is signed in, or the session has ended."""

    code = "access.sign_in_required"
    status = 401


class InvalidInputError(CampusError):
    """A form or a call has a value that can't be used; ``field`` names it."""

    code = "input.invalid"
    status = 422

    def __init__(self, message: str, *, field: str | None = None) -> None:
        """Keep the field's name, for the page to mark it."""
        super().__init__(message)
        self.field = field


class ConflictError(CampusError):
    """The thing has changed meanwhile, or was done already in another way."""

    code = "campus.conflict"
    status = 409


class TooManyError(CampusError):
    """More came from one source than it may send (RFC 6585, section 4)."""

    code = "campus.too_many"
    status = 429

    def __init__(self, message: str, *, after: int) -> None:
        """Keep after how many seconds to come again."""
        super().__init__(message)
        self.after = after
