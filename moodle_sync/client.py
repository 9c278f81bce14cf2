"""Call Moodle's web services (REST, JSON). Moodle's errors become ours, by ``errorcode`` only.

The names of Moodle's exception classes and its messages differ between releases, and the messages may name persons
or tables, so neither is read or passed on. Moodle answers most errors with HTTP 200.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from http import HTTPStatus
from typing import Any

from campus.errors import CampusError
from campus.outbound import AddressRefusedError, AnswerTooLargeError, Outbound, OutboundError, Response

PATH = "/webservice/rest/server.php"
MAX_BYTES = 32 * 1024 * 1024
"""The grades of a whole course come in one answer, about 2.4 kB a person."""

Params = Mapping[str, Any]


class MoodleError(CampusError):
    """A Moodle refused or failed; ``errorcode`` is Moodle's own word for it, if it had one."""

    code = "moodle.refused"
    status = 502

    def __init__(self, message: str, *, errorcode: str = "") -> None:
        """Keep Moodle's error code, for the log."""
        super().__init__(message)
        self.errorcode = errorcode


class MoodleTokenError(MoodleError):
    """The token is wrong, was deleted, or has expired (then Moodle says so at the second call)."""

    code = "moodle.token_invalid"


class MoodleAccessError(MoodleError):
    """The service's user may not do this, or the function is not in the service, or our address not allowed."""

    code = "moodle.access"


class MoodleMaintenanceError(MoodleError):
    """The site is under maintenance or being upgraded; worth another try later."""

    code = "moodle.maintenance"
    status = 503


class MoodleUnavailableError(MoodleError):
    """No answer, or the web services are switched off; worth another try later."""

    code = "moodle.unavailable"
    status = 503


class MoodleNotFoundError(MoodleError):
    """Moodle has no such course, user or module, or the user is not in the course."""

    code = "moodle.not_found"


class MoodleProtocolError(MoodleError):
    """Not an answer that a Moodle gives: another program, a redirect, or a function called wrongly."""

    code = "moodle.protocol"


BY_ERRORCODE: dict[str, type[MoodleError]] = {
    "invalidtoken": MoodleTokenError,
    "accessexception": MoodleAccessError,
    "wsaccessusersuspended": MoodleAccessError,
    "nopermissions": MoodleAccessError,
    "nopermissiontoviewgrades": MoodleAccessError,
    "cannotviewreport": MoodleAccessError,
    "errorcoursecontextnotvalid": MoodleAccessError,
    "requireloginerror": MoodleAccessError,
    "servicenotavailable": MoodleAccessError,
    "sitemaintenance": MoodleMaintenanceError,
    "upgraderunning": MoodleMaintenanceError,
    "invalidrecord": MoodleNotFoundError,
    "invalidrecordunknown": MoodleNotFoundError,
    "invaliduser": MoodleNotFoundError,
    "usernotenroled": MoodleNotFoundError,
    "invalidparameter": MoodleProtocolError,
}
BY_STATUS: dict[int, type[MoodleError]] = {
    HTTPStatus.FORBIDDEN: MoodleUnavailableError,  # web services or REST switched off: an empty body
    HTTPStatus.NOT_FOUND: MoodleProtocolError,
    HTTPStatus.SERVICE_UNAVAILABLE: MoodleMaintenanceError,  # maintenance from the command line: an HTML page
}


class MoodleClient:
    """One Moodle site, called as the owner of one token. The token is posted, never part of an address."""

    def __init__(self, outbound: Outbound, base_url: str, token: str) -> None:
        self._outbound = outbound
        self._url = base_url.rstrip("/") + PATH
        self._token = token

    def call(self, function: str, params: Params | None = None) -> Any:
        """Call one web-service function and return its parsed JSON.

        ``params`` may nest dicts and lists. Raises a MoodleError, or AddressRefusedError before anything is sent.
        """
        data = {
            "wstoken": self._token,
            "wsfunction": function,
            "moodlewsrestformat": "json",
            **dict(flatten(params or {})),
        }
        try:
            response = self._outbound.request("POST", self._url, data=data, max_bytes=MAX_BYTES)
        except AddressRefusedError:
            raise
        except AnswerTooLargeError as error:
            raise MoodleProtocolError(f"{function}: the answer is too large") from error
        except OutboundError as error:
            raise MoodleUnavailableError(f"{function}: no answer") from error
        return _read(function, response)


def flatten(params: Params) -> Iterator[tuple[str, str]]:
    """Yield parameters as PHP reads them: ``{"options": [{"name": "x"}]}`` gives ``options[0][name]=x``."""
    for name, value in params.items():
        yield from _flatten(name, value)


def _flatten(name: str, value: Any) -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _flatten(f"{name}[{key}]", inner)
    elif isinstance(value, Sequence) and not isinstance(value, str):
        for place, inner in enumerate(value):
            yield from _flatten(f"{name}[{place}]", inner)
    elif isinstance(value, bool):
        yield name, str(int(value))
    else:
        yield name, str(value)


def _read(function: str, response: Response) -> Any:
    if response.status != HTTPStatus.OK:
        broken = response.status >= HTTPStatus.INTERNAL_SERVER_ERROR
        kind = BY_STATUS.get(response.status, MoodleUnavailableError if broken else MoodleProtocolError)
        raise kind(f"{function}: HTTP {response.status}")
    try:
        answer = json.loads(response.body)
    except ValueError as error:
        raise MoodleProtocolError(f"{function}: the answer is not JSON") from error
    if isinstance(answer, dict) and ("exception" in answer or "errorcode" in answer):
        raise _refusal(function, answer.get("errorcode"))
    return answer


def _refusal(function: str, errorcode: object) -> MoodleError:
    # Some functions put a whole sentence where the code belongs.
    word = errorcode if isinstance(errorcode, str) and re.fullmatch(r"[a-z0-9_]{1,60}", errorcode) else "unknown"
    return BY_ERRORCODE.get(word, MoodleError)(f"{function}: {word}", errorcode=word)
