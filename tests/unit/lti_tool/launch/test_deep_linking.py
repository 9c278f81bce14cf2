"""The answer to a platform that asks for content: what is in it, and what is left out."""

from dataclasses import asdict, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from lti_tool.launch import deep_linking
from lti_tool.launch.claims import DeepLinkingSettings
from lti_tool.launch.deep_linking import DL, Answer, Dates, Parties, Placement, ReturnAddressError
from lti_tool.launch.keys import SigningKey

NOW = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
TOOL = "https://campus.example"
PARTIES = Parties(issuer="https://lms.example", client_id="kc", deployment_id="1", nonce="n-1")
UNIT = Placement(unit="u-1", phase=None, title="A1 OZG", text="Ziele", graded=True, review_label="Arbeit ansehen")
ASKED = DeepLinkingSettings(
    return_url="https://lms.example/return",
    accept_types=("ltiResourceLink",),
    accept_targets=("iframe", "window"),
    accept_multiple=None,
    accept_lineitem=None,
    has_data=False,
    data=None,
)


def key() -> SigningKey:
    return SigningKey("k-1", rsa.generate_private_key(public_exponent=65537, key_size=2048))


def said(answer: Answer, settings: DeepLinkingSettings = ASKED) -> dict[str, Any]:
    signer = key()
    token = deep_linking.response(answer, settings, PARTIES, key=signer, now=NOW)
    body: dict[str, Any] = jwt.decode(
        token,
        signer.private.public_key(),
        ["RS256"],
        audience=PARTIES.issuer,
        options={"verify_exp": False, "verify_iat": False},
    )
    return body


def item(placement: Placement = UNIT, settings: DeepLinkingSettings = ASKED) -> dict[str, Any]:
    return deep_linking.content_item(placement, settings, public_url=TOOL)


def test_answer_names_both_sides_and_lives_five_minutes() -> None:
    body = said(Answer())
    assert (body["iss"], body["aud"], body["nonce"]) == ("kc", "https://lms.example", "n-1")
    assert datetime.fromtimestamp(body["exp"], UTC) - datetime.fromtimestamp(body["iat"], UTC) == timedelta(minutes=5)
    assert body[f"{DL}content_items"] == []
    assert not {f"{DL}{name}" for name in ("data", "msg", "errormsg", "errorlog")} & body.keys()


@pytest.mark.parametrize("data", [None, "", 0, "x"])
def test_data_goes_back_as_it_came(data: object) -> None:
    assert said(Answer(), replace(ASKED, has_data=True, data=data))[f"{DL}data"] == data


def test_error_has_a_text_for_people_and_one_for_the_log() -> None:
    body = said(Answer(error="geht nicht", error_log="no type fits"))
    assert (body[f"{DL}errormsg"], body[f"{DL}errorlog"]) == ("geht nicht", "no type fits")


@pytest.mark.parametrize(
    ("graded", "accepts", "asked"),
    [(True, None, True), (True, True, True), (True, False, False), (False, True, False)],
)
def test_line_item_is_asked_for_where_it_is_wanted_and_taken(
    *, graded: bool, accepts: bool | None, asked: bool
) -> None:
    made = item(replace(UNIT, graded=graded), replace(ASKED, accept_lineitem=accepts))
    assert ("lineItem" in made) is asked


@pytest.mark.parametrize(
    ("targets", "expected"), [(("iframe", "window"), {"iframe"}), (("window",), {"window"}), ((), set())]
)
def test_frame_and_window_only_where_the_platform_names_them(targets: tuple[str, ...], expected: set[str]) -> None:
    made = item(settings=replace(ASKED, accept_targets=targets))
    assert made.keys() & {"iframe", "window"} == expected


def test_dates_are_said_when_they_are_known() -> None:
    assert not item().keys() & {"available", "submission"}
    made = item(replace(UNIT, dates=Dates(available_from=NOW, due=NOW + timedelta(days=7))))
    assert made["available"] == {"startDateTime": "2026-11-02T09:00:00+00:00"}
    assert made["submission"] == {"endDateTime": "2026-11-09T09:00:00+00:00"}


def test_long_title_and_missing_text() -> None:
    made = item(replace(UNIT, title="ä" * 400, text=""))
    assert len(made["title"]) == 255
    assert len(made["lineItem"]["label"]) == 200
    assert "text" not in made


def test_phase_stands_in_the_custom_parameters_of_link_and_review() -> None:
    made = item(replace(UNIT, phase="self_study_2"))
    assert made["custom"] == {"unit": "u-1", "phase": "self_study_2"}
    assert made["lineItem"]["submissionReview"]["custom"] == made["custom"]


def test_settings_that_an_earlier_version_kept_are_read() -> None:
    assert deep_linking.settings_of({**asdict(ASKED), "title": "Wahl", "text": None}) == ASKED


@pytest.mark.parametrize(
    ("url", "loopback", "origin"),
    [
        ("https://lms.example/return?a=1", False, "https://lms.example"),
        ("https://lms.example:8443/return", False, "https://lms.example:8443"),
        ("https://münchen.example/return", False, "https://xn--mnchen-3ya.example"),
        ("https://lms_1.example/return", False, "https://lms_1.example"),
        ("http://127.0.0.1:9000/return", True, "http://127.0.0.1:9000"),
    ],
)
def test_answer_goes_to_https_or_in_a_demo_to_loopback(url: str, origin: str, *, loopback: bool) -> None:
    settings = replace(ASKED, return_url=url)
    assert deep_linking.return_origin(settings, allow_loopback_http=loopback) == origin


@pytest.mark.parametrize(
    ("url", "loopback"),
    [
        ("http://lms.example/return", True),
        ("http://127.0.0.1/return", False),
        ("https://lms.example;script-src/return", False),
        ("https://user@lms.example/return", False),
        ("javascript:alert(1)", False),
    ],
)
def test_answer_goes_nowhere_else(url: str, *, loopback: bool) -> None:
    with pytest.raises(ReturnAddressError):
        deep_linking.return_origin(replace(ASKED, return_url=url), allow_loopback_http=loopback)
