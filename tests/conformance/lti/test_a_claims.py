"""Checklist A, bad launches: the token is the platform's, but what it says is wrong."""

from typing import Any

import pytest

from lti_tool.launch.store import Deployment
from tests.conformance.lti.browsers import Spoil, refused_launch, second_client, with_, with_claim, without
from tests.lms.live import World
from tests.lms.platform import CLAIM


def test_A3_version_wrong(shared: World) -> None:
    refused_launch(shared, with_claim("version", "11.3"), "launch.not_lti")


def test_A4_version_absent(shared: World) -> None:
    refused_launch(shared, without("version"), "launch.not_lti")


def test_A5_signed_but_not_lti_at_all(shared: World) -> None:
    refused_launch(shared, lambda _: {"name": "badltilaunch"}, "launch.not_lti")


def test_A6_several_required_claims_gone_at_once(shared: World) -> None:
    refused_launch(shared, without("aud", "iss", "sub", "deployment_id", "roles"), "launch.claims")


@pytest.mark.parametrize("gone", [("aud", "azp"), ("iss",)], ids=["aud", "iss"])
def test_A6_one_of_them_gone(shared: World, gone: tuple[str, ...]) -> None:
    refused_launch(shared, without(*gone), {"aud": "launch.audience"}.get(gone[0], "launch.claims"))


def test_A8_message_type_absent(shared: World) -> None:
    refused_launch(shared, without("message_type"), "launch.not_lti")


def test_A9_roles_absent(shared: World) -> None:
    refused_launch(shared, without("roles"), "launch.claims")


@pytest.mark.parametrize(
    "spoil",
    [without("deployment_id"), with_claim("deployment_id", ""), with_claim("deployment_id", 1)],
    ids=["absent", "empty", "number"],
)
def test_A10_deployment_id_absent(shared: World, spoil: Spoil) -> None:
    refused_launch(shared, spoil, "launch.claims")


@pytest.mark.parametrize(
    "spoil",
    [
        without("resource_link"),
        with_claim("resource_link", {"title": "A1"}),
        with_claim("resource_link", {"id": ""}),
        with_claim("resource_link", "link-1"),
    ],
    ids=["no link", "no id", "empty id", "text"],
)
def test_A11_resource_link_absent(shared: World, spoil: Spoil) -> None:
    refused_launch(shared, spoil, "launch.claims")


@pytest.mark.parametrize("spoil", [without("sub"), with_(sub=None), with_(sub="")], ids=["absent", "null", "empty"])
def test_A12_sub_absent(shared: World, spoil: Spoil) -> None:
    refused_launch(shared, spoil, "launch.claims")


def test_A25_deployment_unknown_and_the_page_says_what_to_tell(shared: World) -> None:
    page = refused_launch(shared, with_claim("deployment_id", "99"), "launch.deployment_unknown")
    told = page.text_content()
    for needed in (shared.platform.config.url, shared.platform.config.client_id, "99"):
        assert needed in told, "who looks after the connection needs it"


def test_A25_deployment_of_another_platform_is_as_unknown(shared: World) -> None:
    """A deployment's id means something at its own platform only."""
    with shared.services.database.write() as session:
        other = second_client(session, shared)
        session.add(Deployment(registration_id=other.id, deployment_id="of-another", enabled=True))
    refused_launch(shared, with_claim("deployment_id", "of-another"), "launch.deployment_unknown")


@pytest.mark.parametrize(
    "roles",
    ["http://purl.imsglobal.org/vocab/lis/v2/membership#Instructor", None, [1], ["Learner", None], {}],
    ids=["string", "null", "numbers", "a null among them", "object"],
)
def test_A27_roles_misshapen(shared: World, roles: Any) -> None:
    refused_launch(shared, with_claim("roles", roles), "launch.claims")


def test_A28_message_type_unknown(shared: World) -> None:
    refused_launch(shared, with_claim("message_type", "LtiOtherRequest"), "launch.message_type")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("sub", "7\0"),
        ("sub", "7" * 256),
        ("sub", 7),
        ("sub", ["7"]),
        ("sub", "\ud800"),
        (CLAIM + "deployment_id", "1" * 256),
        (CLAIM + "resource_link", {"id": "l" * 256}),
        (CLAIM + "resource_link", {"id": "link\0"}),
    ],
    ids=[
        "NUL in sub",
        "sub over 255",
        "sub a number",
        "sub a list",
        "half a character in sub",
        "deployment over 255",
        "link over 255",
        "NUL in link",
    ],
)
def test_A29_ids_misshapen(shared: World, name: str, value: Any) -> None:
    refused_launch(shared, lambda body: {**body, name: value}, "launch.claims")
