"""What we send to a platform, and what is believed of its answer."""

from typing import Any

import pytest

from lti_tool.launch import dynamic
from lti_tool.launch.connection import Finding, Step
from lti_tool.launch.dynamic import Configuration, RefusedError
from lti_tool.pages.office import connection_texts

PLATFORM = Configuration(
    issuer="https://lms.example",
    registration_url="https://lms.example/register",
    auth_login_url="https://lms.example/auth",
    auth_token_url="https://lms.example/token",
    key_set_url="https://lms.example/keys",
    token_audience=None,
    scopes=None,
    messages=None,
    placements=frozenset({"ContentArea"}),
    product="moodle",
    version="4.5",
)


def told(**answer: Any) -> dynamic.Told:
    wish = dynamic.client_registration("https://tool.example/campus", PLATFORM)
    return dynamic._read_registration(PLATFORM, wish, answer)


def test_addresses_lie_below_our_path_and_the_domain_is_the_host() -> None:
    wish = dynamic.client_registration("https://tool.example:8443/campus", PLATFORM)
    tool = wish[dynamic.TOOL]
    assert tool["domain"] == "tool.example:8443"
    assert tool["target_link_uri"] == "https://tool.example:8443/campus/lti/launch"
    assert wish["redirect_uris"] == [tool["target_link_uri"]]
    assert wish["client_name#de"] == "KommunalCampus"
    choose = next(message for message in tool["messages"] if message["type"] == "LtiDeepLinkingRequest")
    assert choose["placements"] == ["ContentArea"]


def test_what_the_answer_leaves_out_is_as_we_asked() -> None:
    found = told(client_id="c")
    assert found.deployment_id is None
    assert found.asked["scopes"] == sorted(dynamic.SCOPES)
    assert found.asked["claims"] == [*dynamic.CLAIMS]


@pytest.mark.parametrize(
    ("given", "expected"), [("7", "7"), (7, "7"), ("", None), (None, None), ("x" * 256, None), ("a\nb", None)]
)
def test_deployment_is_a_text_or_a_number_of_allowed_length(given: Any, expected: str | None) -> None:
    assert told(client_id="c", **{dynamic.TOOL: {"deployment_id": given}}).deployment_id == expected


@pytest.mark.parametrize("client_id", [None, "", 7, "x" * 256, "a\x00b"])
def test_answer_without_a_usable_client_id_is_refused(client_id: Any) -> None:
    with pytest.raises(RefusedError):
        told(client_id=client_id)


@pytest.mark.parametrize(
    "odd",
    [
        {"scope": 7},
        {"scope": "  "},
        {dynamic.TOOL: "x"},
        {dynamic.TOOL: {"messages": ["x", {"type": 7}], "claims": {"a": 1}}},
        {dynamic.TOOL: {"messages": {"type": "x"}, "claims": [7, None, "email"]}},
    ],
)
def test_odd_parts_of_the_answer_are_as_if_they_were_not_there(odd: dict[str, Any]) -> None:
    asked = told(client_id="c", **odd).asked
    assert "LtiResourceLinkRequest" in asked["messages"]
    assert set(asked["messages"]) <= {"LtiResourceLinkRequest", "LtiDeepLinkingRequest"}
    assert all(isinstance(name, str) and name for name in (*asked["scopes"], *asked["claims"]))


def test_every_finding_has_its_sentence() -> None:
    network = {"refused_address", "unreachable", "too_large", "status"}
    assert set(connection_texts.PROBLEMS[Step.KEYS]) == network | {"not_json", "no_keys"}
    assert set(connection_texts.PROBLEMS[Step.LOGIN]) == network
    assert set(connection_texts.PROBLEMS[Step.TOKEN]) == network | {"no_token", "oauth"}
    for step, problems in connection_texts.PROBLEMS.items():
        for problem in problems:
            name, text = connection_texts.of(Finding(step, problem, status=403, error="invalid_grant"))
            assert name
            assert "%(" not in text
