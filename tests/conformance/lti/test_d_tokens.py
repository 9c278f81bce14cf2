"""Checklist D3, D4 and D8: tokens, and what befalls a service's call. The roster itself is in ``test_d_roster.py``."""

from datetime import timedelta
from urllib.parse import urlsplit

import jwt
import pytest

from campus.outbound import Response
from lti_tool.launch.store import Registration
from lti_tool.services.calls import Call
from lti_tool.services.errors import (
    ServiceForbiddenError,
    ServiceRefusedError,
    ServiceUnavailableError,
    TokenRefusedError,
)
from tests.conformance.lti.rostering import platform_of
from tests.lms.live import World
from tests.lms.services import LINEITEMS_TYPE

ROSTER_SCOPE = "https://purl.imsglobal.org/spec/lti-nrps/scope/contextmembership.readonly"
MEMBERS_TYPE = "application/vnd.ims.lti-nrps.v2.membershipcontainer+json"
LINEITEM_SCOPE = "https://purl.imsglobal.org/spec/lti-ags/scope/lineitem"


def ask_members(lti: World) -> Response:
    url = f"{lti.platform.config.url}/lti/memberships"
    return lti.services.service_client.send(Call(platform_of(lti), ROSTER_SCOPE, "GET", url, {"Accept": MEMBERS_TYPE}))


def ask_columns(lti: World) -> Response:
    url = f"{lti.platform.config.url}/lti/lineitems"
    return lti.services.service_client.send(
        Call(platform_of(lti), LINEITEM_SCOPE, "GET", url, {"Accept": LINEITEMS_TYPE})
    )


def test_D3_token_is_asked_for_with_a_signed_assertion(lti: World) -> None:
    assert ask_members(lti).status == 200
    (asked,) = lti.platform.token_requests
    assert asked["grant_type"] == "client_credentials"
    assert asked["client_assertion_type"] == "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
    assertion = asked["client_assertion"]
    (key,) = [
        key
        for key in jwt.PyJWKSet.from_dict(lti.services.tool_keys.public_set()).keys
        if key.key_id == jwt.get_unverified_header(assertion)["kid"]
    ]
    config = lti.platform.config
    told = jwt.decode(assertion, key.key, algorithms=["RS256"], audience=config.token_url)
    assert (told["iss"], told["sub"], told["aud"]) == (config.client_id, config.client_id, config.token_url)
    assert timedelta(seconds=told["exp"] - told["iat"]) <= timedelta(minutes=5)
    assert len(told["jti"]) > 20


def test_D3_audience_is_the_registrations_where_the_platform_wants_another(lti: World) -> None:
    with lti.services.database.write() as session:
        row = session.get_one(Registration, lti.registration_id)
        row.token_audience = "https://lms.example/oauth"
    with pytest.raises(ServiceUnavailableError):
        ask_members(lti)
    asked = lti.platform.token_requests[0]["client_assertion"]
    assert jwt.decode(asked, options={"verify_signature": False})["aud"] == "https://lms.example/oauth"


def test_D3_assertions_are_never_used_twice(lti: World) -> None:
    ask_members(lti)
    ask_columns(lti)
    told = [
        jwt.decode(asked["client_assertion"], options={"verify_signature": False})["jti"]
        for asked in lti.platform.token_requests
    ]
    assert len(set(told)) == len(told) == 2


def test_D4_token_for_the_roster_is_asked_with_its_scope_only(lti: World) -> None:
    ask_members(lti)
    assert [asked["scope"] for asked in lti.platform.token_requests] == [ROSTER_SCOPE]


def test_D4_token_is_kept_until_it_ends(lti: World) -> None:
    ask_members(lti)
    ask_members(lti)
    assert len(lti.platform.token_requests) == 1
    lti.clock.ahead = timedelta(minutes=59, seconds=30)
    with pytest.raises(TokenRefusedError):  # the LMS's clock stays: to it, we come from the future
        ask_members(lti)
    assert len(lti.platform.token_requests) == 2


def test_D8_401_brings_a_new_token_once(lti: World) -> None:
    lti.platform.moods = [(401, {})]
    assert ask_columns(lti).status == 200
    assert len(lti.platform.token_requests) == 2
    lti.platform.moods = [(401, {}), (401, {})]
    with pytest.raises(ServiceUnavailableError) as caught:
        ask_columns(lti)
    assert caught.value.code == "service.token_refused"


def test_D8_403_is_a_refusal_of_its_own(lti: World) -> None:
    lti.platform.moods = [(403, {})]
    with pytest.raises(ServiceForbiddenError):
        ask_columns(lti)


@pytest.mark.parametrize("status", [429, 500, 503])
@pytest.mark.parametrize(
    ("header", "wait"), [("90", timedelta(seconds=90)), ("999999", timedelta(hours=1)), ("soon", None)]
)
def test_D8_passing_trouble_says_how_long(lti: World, status: int, header: str, wait: timedelta | None) -> None:
    lti.platform.moods = [(status, {"Retry-After": header})]
    with pytest.raises(ServiceUnavailableError) as caught:
        ask_columns(lti)
    assert caught.value.after == wait


def test_D8_list_that_goes_on_at_another_site_is_refused(lti: World) -> None:
    """Our token is the platform's; whoever else asks for it gets nothing."""
    elsewhere = f"http://localhost:{urlsplit(lti.platform.config.url).port}/lti/lineitems?page=2"
    lti.platform.moods = [(200, {"Link": f'<{elsewhere}>; rel="next"'})]
    url = f"{lti.platform.config.url}/lti/lineitems"
    call = Call(platform_of(lti), LINEITEM_SCOPE, "GET", url, {"Accept": LINEITEMS_TYPE})
    before = lti.lms_calls.count("/lti/lineitems")
    with pytest.raises(ServiceRefusedError):
        list(lti.services.service_client.pages(call))
    assert lti.lms_calls.count("/lti/lineitems") == before + 1


def test_D8_list_in_a_circle_is_refused(lti: World) -> None:
    url = f"{lti.platform.config.url}/lti/lineitems"
    lti.platform.moods = [(200, {"Link": f'<{url}>; rel="next"'})]
    call = Call(platform_of(lti), LINEITEM_SCOPE, "GET", url, {"Accept": LINEITEMS_TYPE})
    with pytest.raises(ServiceRefusedError):
        list(lti.services.service_client.pages(call))
