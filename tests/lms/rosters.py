"""Who is in the LMS's course, as the library serves it to a tool with a token.

The library knows neither pages with a Link header, nor differences, nor course groups: they are added here.
"""

from collections.abc import Mapping, Sequence
from typing import Any, cast
from urllib.parse import urlencode

from flask import Flask, jsonify, make_response, request
from lti1p3platform.constants import LTI_1P3_ACCESS_TOKEN_SCOPES
from lti1p3platform.membership import Context
from lti1p3platform.service_connector import NamesRoleProvisioningService, TPage
from werkzeug.wrappers import Response as AnyResponse

from tests.lms.platform import LmsConf, LmsRequest, Platform

MEMBERS_TYPE = "application/vnd.ims.lti-nrps.v2.membershipcontainer+json"
GROUPS_TYPE = "application/vnd.ims.lti-gs.v1.contextgroupcontainer+json"
SETS_TYPE = "application/vnd.ims.lti-gs.v1.contextgroupsetcontainer+json"
GROUPS_SCOPE = "https://purl.imsglobal.org/spec/lti-gs/scope/contextgroup.readonly"

if GROUPS_SCOPE not in LTI_1P3_ACCESS_TOKEN_SCOPES:  # the library gives tokens for the scopes of this list alone
    LTI_1P3_ACCESS_TOKEN_SCOPES.append(GROUPS_SCOPE)


class LmsRoster(NamesRoleProvisioningService):
    """The members as the library serves them; ``asked`` is the query, ``more`` says whether a page follows."""

    def __init__(self, platform: Platform, asked: Mapping[str, str]) -> None:
        super().__init__(_library_request(asked), platform.conf(), f"{platform.config.url}/lti/memberships")
        self._config = platform.config
        self._platform = platform
        self._enrolments = platform.enrolments
        self._asked = asked
        self.more = False

    def get_context_by_id(self) -> Context:
        return Context(self._config.course_id, self._config.course_title, self._config.course_title)

    def is_resource_link_valid(self, context_id: str, resource_link_id: str) -> bool:
        return self._platform.link(resource_link_id) is not None

    def get_member_data_page(self, *args: Any, **filters: Any) -> TPage:
        since = int(self._asked["since"]) if "since" in self._asked else None
        found = self._enrolments.listed(since, self._asked.get("role"))
        limit = int(self._asked.get("limit", 0)) or self._enrolments.page_size or max(len(found), 1)
        start = int(self._asked.get("from", 0))
        self.more = start + limit < len(found)
        page = [self._enrolments.member(one, self._asked.get("rlid")) for one in found[start : start + limit]]
        return {"content": page, "has_next": self.more}

    def links(self) -> str | None:
        """Say where the next page is, or on the last one where changes can be asked for."""
        asked, enrolments = dict(self._asked), self._enrolments
        if self.more:
            size = int(asked.get("limit", 0)) or enrolments.page_size or 1
            asked |= {"from": str(int(asked.get("from", 0)) + size)}
            return f'<{self.nrps.context_memberships_url}?{urlencode(asked)}>; rel="next"'
        if not enrolments.tells_differences:
            return None
        asked = {"since": str(enrolments.last_change)}
        return f'<{self.nrps.context_memberships_url}?{urlencode(asked)}>; rel="differences"'


def add_routes(app: Flask, platform: Platform) -> None:
    """Serve the roster and the course's groups."""

    @app.get("/lti/memberships")
    def memberships() -> AnyResponse:
        return _begun(platform, MEMBERS_TYPE) or _members(platform)

    @app.get("/lti/groups")
    def groups() -> AnyResponse:
        return _begun(platform, GROUPS_TYPE) or _groups(platform, GROUPS_TYPE, "groups", platform.config.groups)

    @app.get("/lti/group-sets")
    def group_sets() -> AnyResponse:
        return _begun(platform, SETS_TYPE) or _groups(platform, SETS_TYPE, "sets", platform.config.group_sets)


def _begun(platform: Platform, media_type: str) -> AnyResponse | None:
    """Look at the media type as Moodle does, keep the request, and give the answer that a test wants instead."""
    enrolments = platform.enrolments
    if request.headers.get("Accept") != media_type:
        return make_response({"error": "media type"}, 400)
    token = request.headers.get("Authorization", "").removeprefix("Bearer ")
    enrolments.asked.append((request.full_path.rstrip("?"), scopes_of(platform.conf(), token)))
    if enrolments.refusals:
        return make_response("", *enrolments.refusals.pop(0))
    return None


def _members(platform: Platform) -> AnyResponse:
    roster = LmsRoster(platform, request.args.to_dict())
    members = cast("Any", roster).handle_get_members  # the library types it for the other service
    told = roster.handle_resp(members)
    if told.result is None:
        return make_response("", told.code)
    answer = make_response(jsonify(told.result), told.code)
    answer.headers["Content-Type"] = MEMBERS_TYPE
    links = roster.links()
    if links is not None:
        answer.headers["Link"] = links
    return answer


def _groups(platform: Platform, media_type: str, key: str, entries: Sequence[Mapping[str, str]]) -> AnyResponse:
    if GROUPS_SCOPE not in platform.enrolments.asked[-1][1].split():
        return make_response("", 401)
    answer = make_response(jsonify({"id": request.base_url, key: entries}))
    answer.headers["Content-Type"] = media_type
    return answer


def scopes_of(conf: LmsConf, token: str) -> str:
    """Return the scopes of one of the LMS's tokens; nothing for any other."""
    registration = conf.get_registration()
    public = registration.get_platform_public_key()
    try:
        contents = registration.decode_and_verify(token, public or "")
    except Exception:  # noqa: BLE001 - whatever is wrong with it: a token of somebody else has no scopes here
        return ""
    return str(contents.get("scopes", ""))


def _library_request(asked: Mapping[str, str]) -> LmsRequest:
    return LmsRequest(
        {
            "method": request.method,
            "form_data": {},
            "get_data": {name: value for name, value in asked.items() if name in {"rlid", "role"}},
            "headers": request.headers,
            "content_type": request.content_type,
            "path": request.path,
            "json": None,
        }
    )
