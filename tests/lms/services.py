"""The gradebook, as the library serves it to a tool with a token."""

import os
import signal
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any, cast
from urllib.parse import urlencode
from uuid import uuid4

from flask import Flask, abort, jsonify, make_response, request
from lti1p3platform.exceptions import LineItemNotFoundException, LtiServiceException
from lti1p3platform.lineitem import TLineItem
from lti1p3platform.request import Request
from lti1p3platform.response import Response as ServiceResponse
from lti1p3platform.score import TScore, UpdateScoreStatus
from lti1p3platform.service_connector import (
    AssignmentsGradesService,
    TPage,
)
from werkzeug.wrappers import Response as AnyResponse

from tests.lms.config import Config
from tests.lms.platform import LmsRequest, Platform
from tests.lms.state import LineItem

AGS = "https://purl.imsglobal.org/spec/lti-ags/scope"
SCORE_TYPE = "application/vnd.ims.lis.v1.score+json"
RESULTS_TYPE = "application/vnd.ims.lis.v2.resultcontainer+json"
LINEITEM_TYPE = "application/vnd.ims.lis.v2.lineitem+json"
LINEITEMS_TYPE = "application/vnd.ims.lis.v2.lineitemcontainer+json"


class LmsGrades(AssignmentsGradesService):
    """The gradebook's columns, and what stands in them. The token must hold the scope of just what is asked for."""

    def __init__(self, request: Request, platform: Platform, scopes: list[str], kill_file: Path | None = None) -> None:
        super().__init__(request, platform.conf(), f"{platform.config.url}/lti/lineitems")
        self._config = platform.config
        self._platform = platform
        self._state = platform.state
        self._scopes = scopes
        self._kill_file = kill_file

    @property
    def allowed_scopes(self) -> list[str]:
        return self._scopes

    def _item(self, line_item_id: str) -> LineItem:
        found = next((item for item in self._state.line_items() if item.id == line_item_id), None)
        if found is None:
            raise LineItemNotFoundException
        return found

    def _page(self, content: list[Any], number: int) -> TPage:
        size = self._platform.page_size or max(len(content), 1)
        shown = content[(number - 1) * size : number * size]
        return {"content": shown, "has_next": number * size < len(content)}

    def find_lineitem(self, line_item_id: str) -> TLineItem:
        return lineitem(self._config, self._item(line_item_id))

    def find_lineitems(self, *args: Any, **asked: Any) -> TPage:
        names = {"resource_link_id": "resource_link", "resource_id": "resource_id", "tag": "tag"}
        wanted = {column: asked[name] for name, column in names.items() if name in asked}
        items = [
            lineitem(self._config, item)
            for item in self._state.line_items()
            if all(getattr(item, column) == value for column, value in wanted.items())
        ]
        return self._page(items, asked.get("page", 1))

    def create_lineitem(self, creation_data: TLineItem) -> TLineItem:
        return self._put(uuid4().hex, creation_data)

    def update_lineitem(self, update_data: TLineItem) -> TLineItem:
        return self._put(self._item(update_data["id"]).id, update_data)

    def _put(self, line_item_id: str, told: Any) -> TLineItem:
        if not self._platform.may_create:
            raise LtiServiceException("line items can't be changed here", 403)
        label, maximum, link = told.get("label"), told.get("scoreMaximum"), told.get("resourceLinkId")
        if not label or not isinstance(maximum, int | float) or maximum <= 0 or isinstance(maximum, bool):
            raise LtiServiceException("not a line item", 400)
        if link is not None and self._platform.link(link) is None:
            raise LtiServiceException("no such link", 404)
        item = LineItem(line_item_id, label, maximum, link, told.get("resourceId"), told.get("tag"))
        self._state.put_line_item(item)
        return lineitem(self._config, item)

    def delete_lineitem(self, line_item_id: str) -> None:
        self._state.delete_line_item(self._item(line_item_id).id)

    def update_score(self, line_item_id: str, score: TScore) -> UpdateScoreStatus:
        """Store the score; a new one kills whom it shall kill before the tool hears of it."""
        item = self._item(line_item_id)
        user_id, given, maximum, final, stamp = _checked(score)
        user = self._config.user(user_id)
        if user is None or user.role != "learner":
            raise LtiServiceException("no learner of this course", 400)
        told = self._state.add_score(
            item.id, user_id, given, maximum, final=final, stamp=stamp, body=cast("Any", score)
        )
        if told == "old":
            return UpdateScoreStatus.OLD_TIMESTAMP
        if told == "new" and self._kill_file is not None:
            kill(self._kill_file)
        return UpdateScoreStatus.SUCCESS

    def get_results(self, line_item_id: str, *args: Any, **filters: Any) -> TPage:
        item = self._item(line_item_id)
        wanted = filters.get("user_id")
        results = [
            {
                "id": f"{self._config.url}/lti/lineitems/{item.id}/results/{cell.user}",
                "scoreOf": self._config.lineitem_url(item.id),
                "userId": cell.user,
                "resultScore": cell.score / cell.maximum * item.maximum,
                "resultMaximum": item.maximum,
                "timestamp": cell.received,
            }
            for cell in self._state.gradebook()
            if cell.link == item.id and cell.score is not None and cell.maximum and wanted in {None, cell.user}
        ]
        return self._page(results, filters.get("page", 1))


def lineitem(config: Config, item: LineItem) -> TLineItem:
    """Describe a line item; what it hasn't is left out."""
    told: dict[str, Any] = {
        "id": config.lineitem_url(item.id),
        "label": item.label,
        "scoreMaximum": item.maximum,
        "resourceLinkId": item.resource_link,
        "resourceId": item.resource_id,
        "tag": item.tag,
    }
    return cast("TLineItem", {name: value for name, value in told.items() if value is not None})


def kill(pid_file: Path) -> None:
    """Kill the processes of the file, or groups (negative), without warning; some may be gone already."""
    for pid in map(int, pid_file.read_text().split()):
        if abs(pid) <= 1:  # to `kill`, 0 and -1 are everybody
            raise ValueError("no process id of ours")
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def _checked(score: Any) -> tuple[str, float | None, float | None, bool, datetime]:
    """Read a score as strictly as the standard allows (AGS 2.0, 3.4.8)."""
    try:
        user_id, activity, grading = score["userId"], score["activityProgress"], score["gradingProgress"]
        stamp = datetime.fromisoformat(score["timestamp"])
        given, maximum = score.get("scoreGiven"), score.get("scoreMaximum")
    except (KeyError, TypeError, ValueError) as error:
        raise LtiServiceException("not a score", 400) from error
    complete = (
        isinstance(user_id, str)
        and activity in {"Initialized", "Started", "InProgress", "Submitted", "Completed"}
        and grading in {"FullyGraded", "Pending", "PendingManual", "Failed", "NotReady"}
        and stamp.tzinfo is not None
        and (given is None or (isinstance(given, int | float) and isinstance(maximum, int | float) and maximum > 0))
    )
    if not complete:
        raise LtiServiceException("not a score", 400)
    return user_id, given, maximum, grading == "FullyGraded", stamp


def add_routes(app: Flask, platform: Platform, kill_file: Path | None) -> None:
    """Serve the gradebook."""

    def service(*scopes: str) -> LmsGrades:
        if platform.moods:
            status, headers = platform.moods.pop(0)
            abort(make_response("", status, headers))
        return LmsGrades(_library_request(), platform, [f"{AGS}/{scope}" for scope in scopes], kill_file)

    @app.post("/lti/lineitems/<line_item>/scores")
    def scores(line_item: str) -> AnyResponse:
        _require(request.content_type, SCORE_TYPE)
        grades = service("score")
        return _answer(grades.handle_resp(grades.handle_update_score, line_item_id=line_item), SCORE_TYPE)

    @app.get("/lti/lineitems/<line_item>/results")
    def results(line_item: str) -> AnyResponse:
        _require(request.headers.get("Accept"), RESULTS_TYPE)
        grades = service("result.readonly")
        return _answer(grades.handle_resp(grades.handle_get_results, line_item_id=line_item), RESULTS_TYPE)

    @app.get("/lti/lineitems/<line_item>")
    def get_lineitem(line_item: str) -> AnyResponse:
        _require(request.headers.get("Accept"), LINEITEM_TYPE)
        grades = service("lineitem", "lineitem.readonly")
        return _answer(grades.handle_resp(grades.handle_get_lineitem, line_item_id=line_item), LINEITEM_TYPE)

    @app.put("/lti/lineitems/<line_item>")
    def put_lineitem(line_item: str) -> AnyResponse:
        _require(request.content_type, LINEITEM_TYPE)
        grades = service("lineitem")
        return _answer(grades.handle_resp(grades.handle_update_lineitem, line_item_id=line_item), LINEITEM_TYPE)

    @app.delete("/lti/lineitems/<line_item>")
    def delete_lineitem(line_item: str) -> AnyResponse:
        grades = service("lineitem")
        return _answer(grades.handle_resp(grades.handle_delete_lineitem, line_item_id=line_item), LINEITEM_TYPE)

    @app.get("/lti/lineitems")
    def get_lineitems() -> AnyResponse:
        _require(request.headers.get("Accept"), LINEITEMS_TYPE)
        grades = service("lineitem", "lineitem.readonly")
        return _answer(grades.handle_resp(grades.handle_get_lineitems), LINEITEMS_TYPE)

    @app.post("/lti/lineitems")
    def post_lineitem() -> AnyResponse:
        _require(request.content_type, LINEITEM_TYPE)
        grades = service("lineitem")
        return _answer(grades.handle_resp(grades.handle_create_lineitem), LINEITEM_TYPE)


def _require(given: str | None, wanted: str) -> None:
    """Refuse a media type that isn't written exactly so, as Moodle does."""
    if (given or "").split(";")[0] != wanted:
        abort(make_response({"error": "media type"}, 400))


def _library_request() -> LmsRequest:
    known = {"user_id", "resource_link_id", "resource_id", "tag"}
    page = {"page": request.args.get("page", 1, type=int)}
    return LmsRequest(
        {
            "method": request.method,
            "form_data": {},
            "get_data": page | {name: value for name, value in request.args.items() if name in known},
            "headers": request.headers,
            "content_type": request.content_type,
            "path": request.path,
            "json": request.get_json(force=True, silent=True),
        }
    )


def _answer(told: ServiceResponse, media_type: str) -> AnyResponse:
    """Give the library's answer as HTTP; a page of a list is its content, the next one a link as Moodle writes it."""
    page = told.result if isinstance(told.result, dict) and "content" in told.result else None
    body = page["content"] if page is not None else told.result
    answer = make_response(jsonify(body) if body is not None else "", told.code)
    answer.headers["Content-Type"] = media_type
    if page is not None and page["has_next"]:
        query = {**request.args, "page": int(request.args.get("page", "1")) + 1}
        following = f"{request.base_url}?{urlencode(query)}".replace("&", "&amp;")
        answer.headers["Link"] = f"<{following}>; rel=“next”".encode().decode("latin-1")
    return answer
