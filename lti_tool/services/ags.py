"""Assignment and Grade Services 2.0: telling a platform's gradebook a score, and asking what stands there.

Media types are sent exactly as the standard writes them: Moodle compares them letter by letter.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import isclose
from typing import Any
from urllib.parse import urlencode, urlsplit, urlunsplit

from campus.clock import Clock
from campus.outbound import AddressRefusedError, Outbound, OutboundError, Response
from lti_tool.launch.registrations import Platform
from lti_tool.services.errors import (
    GONE,
    LineItemGoneError,
    ScoreRefusedError,
    ServiceRefusedError,
    ServiceUnavailableError,
    TokenRefusedError,
    is_for_now,
    retry_after,
)
from lti_tool.services.tokens import AccessTokens

SCORE_SCOPE = "https://purl.imsglobal.org/spec/lti-ags/scope/score"
RESULT_SCOPE = "https://purl.imsglobal.org/spec/lti-ags/scope/result.readonly"
SCORE_TYPE = "application/vnd.ims.lis.v1.score+json"
RESULTS_TYPE = "application/vnd.ims.lis.v2.resultcontainer+json"
MAXIMUM = 100
MAX_BYTES = 1024 * 1024
MOST_AHEAD = timedelta(minutes=5)
"""How far a platform's clock may lead ours before its word is no reason to stamp a score later than now."""
UNAUTHORISED, CONFLICT = 401, 409
TAKEN = frozenset({200, 201, 202, 204})


@dataclass(frozen=True)
class LineItem:
    """A column of a platform's gradebook, and the scopes that the platform grants us there."""

    platform: Platform
    url: str
    scopes: frozenset[str]


class Gradebooks:
    """The platforms' gradebooks. Safe to share between threads."""

    def __init__(self, outbound: Outbound, tokens: AccessTokens, clock: Clock) -> None:
        self._outbound = outbound
        self._tokens = tokens
        self._clock = clock

    def post_score(self, item: LineItem, user_id: str, percent: float) -> None:
        """Post a final score of 0 to 100, stamped now (3.4). Only final ones: a later pending one deletes it.

        409 says that a later stamp is there already: if the result is this score all is well, else it is stamped
        anew, once. Raises ServiceUnavailableError, or a ServiceRefusedError that is final.
        """
        stamp = self._clock()
        answer = self._post(item, user_id, percent, stamp)
        if answer.status == CONFLICT:
            result = self._result(item, user_id)
            if _says(result, percent):
                return
            answer = self._post(item, user_id, percent, self._later(stamp, result))
        if answer.status in TAKEN:
            return
        if is_for_now(answer):
            raise ServiceUnavailableError(f"the gradebook answered {answer.status}", after=retry_after(answer))
        if answer.status in GONE:
            raise LineItemGoneError("the gradebook has no such column")
        raise ScoreRefusedError(f"the gradebook answered {answer.status}")

    def _post(self, item: LineItem, user_id: str, percent: float, stamp: datetime) -> Response:
        score = {
            "userId": user_id,
            "scoreGiven": percent,
            "scoreMaximum": MAXIMUM,
            "activityProgress": "Completed",
            "gradingProgress": "FullyGraded",
            "timestamp": stamp.isoformat(timespec="milliseconds"),
        }
        headers = {"Content-Type": SCORE_TYPE}
        return self._call(item, "POST", service_url(item.url, "scores"), headers, json.dumps(score).encode())

    def _result(self, item: LineItem, user_id: str) -> Mapping[str, Any]:
        """Return what the gradebook holds for the person (3.3); empty when it doesn't say."""
        if RESULT_SCOPE not in item.scopes:
            return {}
        url = service_url(item.url, "results", {"user_id": user_id})
        answer = self._call(item, "GET", url, {"Accept": RESULTS_TYPE}, None)
        try:
            results = json.loads(answer.body)
        except (ValueError, RecursionError):
            return {}
        found = [result for result in results if isinstance(result, dict)] if isinstance(results, list) else []
        return next((result for result in found if str(result.get("userId")) == user_id), {})

    def _later(self, stamp: datetime, result: Mapping[str, Any]) -> datetime:
        """Return a stamp after the first one and, within reason, after the result's (which Moodle tells)."""
        now = max(self._clock(), stamp + timedelta(milliseconds=1))
        try:
            stored = datetime.fromisoformat(str(result.get("timestamp")))
        except ValueError:
            return now
        if stored.tzinfo is None or not now <= stored <= now + MOST_AHEAD:
            return now
        return stored + timedelta(milliseconds=1)

    def _call(self, item: LineItem, method: str, url: str, headers: Mapping[str, str], body: bytes | None) -> Response:
        """Send a request with a token; one that is no longer taken is replaced once."""
        scopes = item.scopes & {SCORE_SCOPE, RESULT_SCOPE}
        for _ in range(2):
            token = self._tokens.get(item.platform, scopes, now=self._clock())
            sent = {**headers, "Authorization": f"Bearer {token}"}
            try:
                answer = self._outbound.request(method, url, headers=sent, data=body, max_bytes=MAX_BYTES)
            except AddressRefusedError as error:
                raise ServiceRefusedError("the gradebook's address must not be called") from error
            except OutboundError as error:
                raise ServiceUnavailableError("the gradebook can't be reached") from error
            if answer.status != UNAUTHORISED:
                return answer
            self._tokens.forget(item.platform, scopes, token)
        raise TokenRefusedError("the gradebook doesn't take the platform's own token")


def service_url(lineitem: str, service: str, query: Mapping[str, str] | None = None) -> str:
    """Return a line item's sub-service: the path grows, the query that is there stays behind it."""
    parts = urlsplit(lineitem)
    path = f"{parts.path.rstrip('/')}/{service}"
    return urlunsplit(parts._replace(path=path, query="&".join(filter(None, (parts.query, urlencode(query or {}))))))


def _says(result: Mapping[str, Any], percent: float) -> bool:
    """Say whether the gradebook holds this score already, on whatever scale."""
    score, maximum = result.get("resultScore"), result.get("resultMaximum", 1)
    if not isinstance(score, int | float) or not isinstance(maximum, int | float) or maximum <= 0:
        return False
    return isclose(score / maximum * MAXIMUM, percent, abs_tol=0.01)
