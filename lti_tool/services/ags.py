"""Assignment and Grade Services 2.0: telling a platform's gradebook a score, and asking what stands there.

Media types are sent exactly as the standard writes them, and no ``limit``: Moodle compares the former letter by
letter, and fails over the latter.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, TypeGuard
from urllib.parse import urlsplit, urlunsplit

from campus.outbound import Response, read_json
from lti_tool.launch.registrations import Platform
from lti_tool.launch.values import with_query
from lti_tool.services.calls import Call, ServiceClient
from lti_tool.services.errors import (
    LineItemGoneError,
    ScoreConflictError,
    ScoreRefusedError,
    ServiceAddressError,
    ServiceForbiddenError,
    ServiceGoneError,
    ServiceRefusedError,
)

SCORE_SCOPE = "https://purl.imsglobal.org/spec/lti-ags/scope/score"
RESULT_SCOPE = "https://purl.imsglobal.org/spec/lti-ags/scope/result.readonly"
SCORE_TYPE = "application/vnd.ims.lis.v1.score+json"
RESULTS_TYPE = "application/vnd.ims.lis.v2.resultcontainer+json"
MAXIMUM = 100
"""Scores are percentages; platforms scale them to whatever maximum the column has now (3.4.4)."""
MOST_AHEAD = timedelta(minutes=5)
"""How far a platform's clock may lead ours before its word is no reason to stamp a score later than now."""
STEP = timedelta(milliseconds=1)
CONFLICT = 409
FLOATING = 1e-6
"""What calculating with fractions may be off by."""
COARSEST = 0.05
"""What part of a column's maximum may be rounded away; where a place's half is more, hundredths are shown."""
FINEST = 0.0001
"""What part of it is nobody's change: platforms scale what they store to other maxima."""
MOST_PLACES = 6
MOST_POINTS = 1e9
"""Of a result that is one; no NaN and no infinity is less."""
EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)
"""Before it lies what platforms write for "never"."""


@dataclass(frozen=True)
class ScoreTarget:
    """Where scores go: a line item's address, and the scopes that the platform grants us there."""

    platform: Platform
    url: str
    scopes: frozenset[str]


@dataclass(frozen=True)
class Score:
    """A person's score in percent; ``percent`` None says that there is none any more."""

    user_id: str
    percent: float | None
    comment: str = ""
    started_at: datetime | None = None
    submitted_at: datetime | None = None


@dataclass(frozen=True)
class Result:
    """What a gradebook holds for a person (3.3): points of a maximum, and when it was stored, if it says so."""

    points: float
    maximum: float
    stored_at: datetime | None

    @property
    def percent(self) -> float:
        """Return the result in percent of its maximum; extra credit is more than 100."""
        return self.points / self.maximum * 100

    def says(self, percent: float) -> bool:
        """Say whether this is ``percent`` on the gradebook's own scale, rounded to the places that it shows.

        Half a unit of the last place may be missing: 6.67 of 10 is two thirds, and so is 67 of 100. One whole point
        of a column of less than ten is too much for that: whoever has 1 of 1 instead of 60 % was given it by hand.
        """
        half = 0.5 / 10 ** _places(self.points)
        rounding = half if half <= COARSEST * self.maximum else 0.5 / 10**2
        tolerance = max(rounding, FINEST * self.maximum) + FLOATING
        return abs(self.points - percent / 100 * self.maximum) <= tolerance


class Gradebooks:
    """The platforms' gradebooks. Safe to share between threads."""

    def __init__(self, client: ServiceClient) -> None:
        self._client = client

    def post_score(self, item: ScoreTarget, score: Score, stamp: datetime) -> None:
        """Post a final score, or that there is none (3.4).

        A score that isn't final is never sent: it deletes the one that is there (Moodle). Raises ScoreConflictError
        for a stamp that isn't later than the gradebook's, ServiceUnavailableError, or a ServiceRefusedError that is
        final.
        """
        call = Call(
            item.platform,
            SCORE_SCOPE,
            "POST",
            service_url(item.url, "scores"),
            {"Content-Type": SCORE_TYPE},
            json.dumps(_body(score, stamp)).encode(),
            allowed=frozenset({CONFLICT}),
        )
        try:
            answer = self._client.send(call)
        except (ServiceForbiddenError, ServiceAddressError):
            raise
        except ServiceGoneError as error:
            raise LineItemGoneError("the gradebook has no such column") from error
        except ServiceRefusedError as error:
            raise ScoreRefusedError("the gradebook takes no score of this person") from error
        if answer.status == CONFLICT:
            raise ScoreConflictError("the gradebook holds something later")

    def results(self, item: ScoreTarget, user_id: str | None = None) -> dict[str, Result]:
        """Return by user id what the gradebook holds (3.3), for one person or for all; empty without the scope.

        Raises as :meth:`ServiceClient.pages` does.
        """
        if RESULT_SCOPE not in item.scopes:
            return {}
        url = with_query(service_url(item.url, "results"), {"user_id": user_id} if user_id is not None else {})
        call = Call(item.platform, RESULT_SCOPE, "GET", url, {"Accept": RESULTS_TYPE})
        found: dict[str, Result] = {}
        for answer in self._client.pages(call):
            for told in listed(answer):
                result = _result(told)
                if result is not None and user_id in {None, str(told.get("userId"))}:
                    found[str(told.get("userId"))] = result
        return found


def service_url(address: str, service: str) -> str:
    """Return an address's sub-service: the path grows, the query that is there stays behind it."""
    parts = urlsplit(address)
    return urlunsplit(parts._replace(path=f"{parts.path.rstrip('/')}/{service}"))


def listed(answer: Response) -> list[dict[str, Any]]:
    """Return the objects of a list. Raises ServiceRefusedError for what is no list: half an answer is none."""
    body = read_json(answer.body)
    if not isinstance(body, list):
        raise ServiceRefusedError("the service answered no list")
    return [told for told in body if isinstance(told, dict)]


def stamp_after(now: datetime, *earlier: datetime | None) -> datetime:
    """Return now, or just after the latest of ``earlier``: stamps of a cell only ever rise (3.4.9).

    An earlier one that is far ahead of our clock is left out: a future stamp would block all that follow.
    """
    sane = [known + STEP for known in earlier if known is not None and known <= now + MOST_AHEAD]
    return max([now, *sane])


def _body(score: Score, stamp: datetime) -> dict[str, Any]:
    body: dict[str, Any] = {"userId": score.user_id, "timestamp": _written(stamp)}
    if score.percent is None:
        body |= {"activityProgress": "InProgress", "gradingProgress": "NotReady"}
    else:
        body |= {"activityProgress": "Completed", "gradingProgress": "FullyGraded"}
        body |= {"scoreGiven": score.percent, "scoreMaximum": MAXIMUM}
    if score.comment:
        body["comment"] = score.comment
    times = {"startedAt": score.started_at, "submittedAt": score.submitted_at}
    submission = {name: _written(time) for name, time in times.items() if time is not None}
    return body | ({"submission": submission} if submission else {})


def _written(time: datetime) -> str:
    """Write an instant with its zone, finer than seconds (3.4.9), but not finer than all platforms read."""
    return time.isoformat(timespec="milliseconds")


def _result(told: Mapping[str, Any]) -> Result | None:
    """Read one result; without a score, as for who was never graded, it is none. ``resultMaximum`` is 1 by default."""
    points, maximum = told.get("resultScore"), told.get("resultMaximum", 1)
    if not _is_number(points) or not _is_number(maximum) or maximum <= 0:
        return None
    try:
        stored = datetime.fromisoformat(str(told.get("timestamp")))
        is_usable = stored.tzinfo is not None and stored.astimezone(UTC) > EARLIEST
    except (ValueError, OverflowError):  # the latter within a day of the year 1 or 9999
        return Result(points, maximum, None)
    return Result(points, maximum, stored if is_usable else None)


def _places(points: float) -> int:
    """Count the decimal places that a number needs; what calculating was off by needs none."""
    return next(
        (places for places in range(MOST_PLACES) if abs(points - round(points, places)) < FLOATING), MOST_PLACES
    )


def _is_number(value: Any) -> TypeGuard[float]:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < MOST_POINTS
