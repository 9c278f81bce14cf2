"""Checklist A, bad launches: who asks, for whom, and where to."""

from typing import Any

import pytest

from lti_tool.launch.store import Registration
from tests.conformance.lti.browsers import (
    Browser,
    Spoil,
    both,
    refused,
    refused_launch,
    second_client,
    with_,
    with_claim,
    without,
)
from tests.databases import ON_SQLITE
from tests.lms.live import World

ADDRESSES = {
    "foreign host": "https://other.example/lti/launch",
    "javascript": "javascript:alert(1)",
    "data": "data:text/html,x",
    "userinfo": "{scheme}://user@{host}/lti/launch",
    "our host as userinfo": "{tool}@other.example/lti/launch",
    "other port": "{scheme}://127.0.0.1:1/lti/launch",
    "other scheme": "https://{host}/lti/launch",
    "no scheme": "//{host}/lti/launch",
    "backslash": "{tool}\\@other.example/",
    "number": "7",
}
"""Targets that are not this tool's; the tool's address is filled in."""


def address(lti: World, name: str) -> str:
    tool = lti.services.settings.public_url
    scheme, _, host = tool.partition("://")
    return ADDRESSES[name].format(tool=tool, scheme=scheme, host=host)


def refused_login(lti: World, code: str, **changes: str | None) -> None:
    """Begin a login with fields changed or, for None, left out, and see it refused."""
    fields = {**lti.platform.login_fields(lti.aylin, lti.link), **changes}
    told = {name: value for name, value in fields.items() if value is not None}
    refused(lti, lambda language: Browser(lti).log_in(told, language), code)


def test_A23_iss_unknown(shared: World) -> None:
    refused_launch(shared, with_(iss="https://other.example"), "launch.issuer")


@pytest.mark.parametrize("change", ["{}/", "{}.other.example", "{}#"], ids=["slash", "longer", "fragment"])
def test_A23_iss_nearly_the_platforms(shared: World, change: str) -> None:
    refused_launch(shared, with_(iss=change.format(shared.platform.config.url)), "launch.issuer")


def test_A23_iss_empty(shared: World) -> None:
    refused_launch(shared, with_(iss=""), "launch.claims")


def test_A23_iss_of_another_registered_platform(shared: World) -> None:
    with shared.services.database.write() as session:
        second_client(session, shared, issuer="https://another.example", client_id="kc-client")
    refused_launch(shared, with_(iss="https://another.example"), "launch.issuer")


@pytest.mark.parametrize("audience", ["other", "", None, 7, [], ["other"], [["kc-client"]], {"kc-client": 1}], ids=repr)
def test_A23_aud_not_our_client(shared: World, audience: Any) -> None:
    refused_launch(shared, both(without("azp"), with_(aud=audience)), "launch.audience")


@pytest.mark.parametrize(
    "spoil",
    [
        both(without("azp"), with_(aud=["kc-client", "other"])),
        with_(aud=["kc-client", "other"], azp="other"),
        with_(azp="other"),
        with_(azp=["kc-client"]),
        with_(azp=""),
        with_(aud="other"),
        without("aud"),
    ],
    ids=[
        "two audiences without azp",
        "two and azp of another",
        "azp of another",
        "azp a list",
        "azp empty",
        "azp ours and aud another",
        "azp ours and no aud",
    ],
)
def test_A24_azp(shared: World, spoil: Spoil) -> None:
    refused_launch(shared, spoil, "launch.audience")


def test_A26_target_absent(shared: World) -> None:
    refused_launch(shared, without("target_link_uri"), "launch.target")


@pytest.mark.parametrize("name", ADDRESSES)
def test_A26_target_in_the_token(shared: World, name: str) -> None:
    refused_launch(shared, with_claim("target_link_uri", address(shared, name)), "launch.target")


@pytest.mark.parametrize("value", [None, 7, ["{tool}/lti/launch"]], ids=["null", "number", "list"])
def test_A26_target_in_the_token_is_no_text(shared: World, value: Any) -> None:
    refused_launch(shared, with_claim("target_link_uri", value), "launch.target")


@pytest.mark.parametrize("name", ADDRESSES)
def test_A26_target_at_the_login(shared: World, name: str) -> None:
    refused_login(shared, "launch.target", target_link_uri=address(shared, name))


@pytest.mark.parametrize("missing", ["iss", "login_hint", "target_link_uri"])
@pytest.mark.parametrize("value", [None, ""], ids=["absent", "empty"])
def test_A30_login_incomplete(shared: World, missing: str, value: str | None) -> None:
    refused_login(shared, "launch.login_incomplete", **{missing: value})


def test_A30_login_of_an_unknown_issuer(shared: World) -> None:
    refused_login(shared, "launch.registration_unknown", iss="https://other.example")


def test_A30_login_of_an_unknown_client(shared: World) -> None:
    refused_login(shared, "launch.registration_unknown", client_id="other")


@ON_SQLITE
def test_A30_issuer_with_two_clients_and_none_named(lti: World) -> None:
    with lti.services.database.write() as session:
        second_client(session, lti)
    refused_login(lti, "launch.registration_unknown", client_id=None)


@ON_SQLITE
def test_A30_issuer_with_two_clients_and_one_named(lti: World) -> None:
    """The counterpart: a login that names its client goes to it."""
    with lti.services.database.write() as session:
        second_client(session, lti)
    assert Browser(lti).begin()["client_id"] == "kc-client"
    assert Browser(lti).begin(client_id="second")["client_id"] == "second"


def test_A31_targets_of_login_and_token_differ(shared: World) -> None:
    """Both are addresses of ours, and yet the token's is not the one that the login named."""
    other = f"{shared.services.settings.public_url}/lti/launch?unit=other"
    refused_launch(shared, with_claim("target_link_uri", other), "launch.target")


def test_A31_login_names_another_address_of_ours(shared: World) -> None:
    browser = Browser(shared)
    asked = browser.begin(target_link_uri=f"{browser.tool}/lti/launch?unit=other")
    token = shared.platform.sign(shared.claims(asked))
    refused(shared, lambda language: browser.send(asked["state"], token, language), "launch.target")


@ON_SQLITE
def test_A23_login_of_one_client_ended_with_a_token_for_another(lti: World) -> None:
    """Same LMS, same key, two clients: each login belongs to its own."""
    with lti.services.database.write() as session:
        other = second_client(session, lti)
        assert session.get_one(Registration, lti.registration_id).issuer == other.issuer
    browser = Browser(lti)
    asked = browser.begin(client_id="second")
    token = lti.platform.sign(lti.claims(asked))
    refused(lti, lambda language: browser.send(asked["state"], token, language), "launch.audience")
