"""The transport: how a call is written, and what Moodle's failures become."""

import pytest

from campus.errors import CampusError
from campus.outbound import AddressRefusedError, Outbound
from moodle_sync.client import MoodleClient, MoodleError, flatten
from tests.moodle.server import TOKEN, FakeMoodle

SITE_INFO = "core_webservice_get_site_info"


@pytest.fixture
def outbound() -> Outbound:
    return Outbound(allow_loopback_http=True)


def test_parameters_nest_as_php_reads_them() -> None:
    params = {"courseid": 2, "options": [{"name": "onlyactive", "value": True}], "ids": [3, 4]}

    assert dict(flatten(params)) == {
        "courseid": "2",
        "options[0][name]": "onlyactive",
        "options[0][value]": "1",
        "ids[0]": "3",
        "ids[1]": "4",
    }


@pytest.mark.parametrize(
    ("recorded", "code"),
    [
        ("err_invalid_token", "moodle.token_invalid"),
        ("err_empty_token", "moodle.token_invalid"),
        ("err_expired_token", "moodle.access"),
        ("err_function_not_in_service", "moodle.access"),
        ("err_service_user_suspended", "moodle.access"),
        ("err_missing_capability_other_user_grades", "moodle.access"),
        ("err_missing_capability_other_user_completion", "moodle.access"),
        ("err_not_enrolled_course_access", "moodle.access"),
        ("err_completion_not_enabled_course", "moodle.access"),
        ("err_unknown_course_contents", "moodle.not_found"),
        ("err_unknown_user_completion", "moodle.not_found"),
        ("err_user_not_enrolled_completion", "moodle.not_found"),
        ("err_deleted_cm", "moodle.not_found"),
        ("err_missing_param", "moodle.protocol"),
        ("err_maintenance_cli", "moodle.maintenance"),
        ("err_maintenance_soft", "moodle.maintenance"),
        ("err_webservices_disabled", "moodle.unavailable"),
        ("err_rest_disabled", "moodle.unavailable"),
        ("err_xapi_other_user", "moodle.refused"),
    ],
)
def test_recorded_errors(outbound: Outbound, recorded: str, code: str) -> None:
    with FakeMoodle() as moodle:
        moodle.replay_error(recorded)
        with pytest.raises(MoodleError) as caught:
            MoodleClient(outbound, moodle.url, TOKEN).call(SITE_INFO)

    assert caught.value.code == code
    assert TOKEN not in str(caught.value)


def test_wrong_token(outbound: Outbound) -> None:
    with FakeMoodle(token="another") as moodle, pytest.raises(MoodleError) as caught:
        MoodleClient(outbound, moodle.url, TOKEN).call(SITE_INFO)

    assert caught.value.code == "moodle.token_invalid"
    assert caught.value.errorcode == "invalidtoken"


def test_nobody_answers(outbound: Outbound) -> None:
    with FakeMoodle() as moodle:
        url = moodle.url

    with pytest.raises(MoodleError) as caught:
        MoodleClient(outbound, url, TOKEN).call(SITE_INFO)

    assert caught.value.code == "moodle.unavailable"


def test_no_moodle_at_that_address(outbound: Outbound) -> None:
    with FakeMoodle() as moodle, pytest.raises(MoodleError) as caught:
        MoodleClient(outbound, f"{moodle.url}/elsewhere", TOKEN).call(SITE_INFO)

    assert caught.value.code == "moodle.protocol"


def test_private_addresses_are_refused_before_the_token_is_sent() -> None:
    with FakeMoodle() as moodle:
        with pytest.raises(AddressRefusedError):
            MoodleClient(Outbound(allow_loopback_http=False), moodle.url, TOKEN).call(SITE_INFO)

        assert moodle.calls == []


def test_all_errors_are_refusals_with_a_code_of_moodle() -> None:
    pending: list[type[MoodleError]] = [MoodleError]
    codes = set()
    while pending:
        kind = pending.pop()
        codes.add(kind.code)
        pending += kind.__subclasses__()

    assert issubclass(MoodleError, CampusError)
    assert len(codes) == 7
    assert all(code.startswith("moodle.") for code in codes)
