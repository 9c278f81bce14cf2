"""The gradebook and the roster, as the library serves them to a tool with a token."""

import os
import signal
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any

from lti1p3platform.exceptions import LineItemNotFoundException, LtiServiceException
from lti1p3platform.lineitem import TLineItem
from lti1p3platform.membership import Context
from lti1p3platform.request import Request
from lti1p3platform.score import TScore, UpdateScoreStatus
from lti1p3platform.service_connector import (
    AssignmentsGradesService,
    NamesRoleProvisioningService,
    TPage,
)

from tests.lms.config import Config, Link
from tests.lms.platform import Platform


class LmsGrades(AssignmentsGradesService):
    """One line item per link; a tool may post scores and read results, but make no line items."""

    def __init__(self, request: Request, platform: Platform, kill_file: Path | None) -> None:
        super().__init__(
            request,
            platform.conf(),
            f"{platform.config.url}/lti/lineitems",
            allow_creating_lineitems=False,
        )
        self._config = platform.config
        self._state = platform.state
        self._kill_file = kill_file

    def _link(self, line_item_id: str) -> Link:
        link = self._config.link(line_item_id)
        if link is None:
            raise LineItemNotFoundException
        return link

    def find_lineitem(self, line_item_id: str) -> TLineItem:
        return lineitem(self._config, self._link(line_item_id))

    def find_lineitems(self, *args: Any, **filters: Any) -> TPage:
        wanted = filters.get("resource_link_id")
        links = [link for link in self._config.links if wanted in {None, link.id}]
        return {"content": [lineitem(self._config, link) for link in links], "has_next": False}

    def create_lineitem(self, creation_data: TLineItem) -> TLineItem:
        raise LtiServiceException("line items can't be made here", 403)

    def update_lineitem(self, update_data: TLineItem) -> TLineItem:
        raise LtiServiceException("line items can't be changed here", 403)

    def delete_lineitem(self, line_item_id: str) -> None:
        raise LtiServiceException("line items can't be deleted here", 403)

    def update_score(self, line_item_id: str, score: TScore) -> UpdateScoreStatus:
        """Store the score; a new one kills whom it shall kill before the tool hears of it."""
        link = self._link(line_item_id)
        user_id, given, maximum, final, stamp = _checked(score)
        user = self._config.user(user_id)
        if user is None or user.role != "learner":
            raise LtiServiceException("no learner of this course", 400)
        told = self._state.add_score(link.id, user_id, given, maximum, final=final, stamp=stamp)
        if told == "old":
            return UpdateScoreStatus.OLD_TIMESTAMP
        if told == "new" and self._kill_file is not None:
            kill(self._kill_file)
        return UpdateScoreStatus.SUCCESS

    def get_results(self, line_item_id: str, *args: Any, **filters: Any) -> TPage:
        link = self._link(line_item_id)
        wanted = filters.get("user_id")
        results = [
            {
                "id": f"{self._config.url}/lti/lineitems/{link.id}/results/{cell.user}",
                "scoreOf": self._config.lineitem_url(link),
                "userId": cell.user,
                "resultScore": cell.score,
                "resultMaximum": cell.maximum,
            }
            for cell in self._state.gradebook()
            if cell.link == link.id and cell.score is not None and wanted in {None, cell.user}
        ]
        return {"content": results, "has_next": False}


class LmsRoster(NamesRoleProvisioningService):
    """Everybody in the course."""

    def __init__(self, request: Request, platform: Platform) -> None:
        super().__init__(request, platform.conf(), f"{platform.config.url}/lti/memberships")
        self._config = platform.config

    def get_context_by_id(self) -> Context:
        return Context(self._config.course_id, self._config.course_title, self._config.course_title)

    def is_resource_link_valid(self, context_id: str, resource_link_id: str) -> bool:
        return self._config.link(resource_link_id) is not None

    def get_member_data_page(self, *args: Any, **filters: Any) -> TPage:
        members = [
            {"user_id": user.id, "name": user.name, "email": user.email, "roles": [user.lti_role]}
            for user in self._config.users
        ]
        return {"content": members, "has_next": False}


def lineitem(config: Config, link: Link) -> TLineItem:
    """Describe a link's line item."""
    return {
        "id": config.lineitem_url(link),
        "label": link.title,
        "scoreMaximum": 100,
        "resourceLinkId": link.id,
    }


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
