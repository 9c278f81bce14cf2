"""Claims read into plain values: roles, addresses, and what platforms send instead of a value."""

from typing import Any

import pytest

from lti_tool.launch import claims
from lti_tool.launch.claims import CONTEXT_ROLE, LTI, LaunchClaims
from lti_tool.launch.errors import ClaimsError
from lti_tool.launch.registrations import Platform
from lti_tool.launch.values import NAME_LENGTH

PLATFORM = Platform(
    1,
    "https://lms.example",
    "client",
    "https://login.lms.example/auth",
    "https://lms.example/token",
    "https://lms.example/keys",
    "https://lms.example/token",
    False,
    {"1": 5},
)


def read(**values: Any) -> LaunchClaims:
    body = {
        "sub": "7",
        claims.MESSAGE_TYPE: claims.RESOURCE_LINK_REQUEST,
        LTI + "roles": [],
        LTI + "resource_link": {"id": "link"},
    }
    named = {name if name in {"name", "given_name", "family_name"} else LTI + name: v for name, v in values.items()}
    return claims.read({**body, **named}, PLATFORM, 5)


INSTITUTION_ROLE = "http://purl.imsglobal.org/vocab/lis/v2/institution/person"


@pytest.mark.parametrize(
    ("roles", "teacher"),
    [
        ([f"{CONTEXT_ROLE}#Instructor"], True),
        ([f"{CONTEXT_ROLE}/Instructor#TeachingAssistant"], True),
        (["Instructor"], True),
        ([f"{CONTEXT_ROLE}#Learner", f"{CONTEXT_ROLE}#Instructor", "urn:x"], True),
        ([f"{CONTEXT_ROLE}#Learner"], False),
        (["Learner"], False),
        ([f"{INSTITUTION_ROLE}#Instructor"], False),
        ([f"{INSTITUTION_ROLE}#Instructor", f"{CONTEXT_ROLE}#Learner"], False),
        (["http://purl.imsglobal.org/vocab/lis/v2/system/person#Administrator"], False),
        (["http://purl.imsglobal.org/vocab/lis/v2/other#Instructor"], False),
        (["https://evil.example/membership#Instructor"], False),
        (["Administrator"], False),
        ([""], False),
        ([], False),
    ],
)
def test_only_a_role_in_the_context_makes_a_teacher(roles: list[str], teacher: bool) -> None:
    assert read(roles=roles).is_teacher is teacher


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("\u202eKaya\u202c", "Kaya"),
        ("Ay\u200blin\u00ad Kaya", "Aylin Kaya"),
        (" Aylin\n\tKaya\x07 ", "Aylin Kaya"),
        ("\u200b \u202e\u2066", None),
        ("\ufeff", None),
        ("Nguyễn Thị J\u0302ana 王 محمد", "Nguyễn Thị J\u0302ana 王 محمد"),
    ],
)
def test_name_has_no_characters_that_nobody_sees(sent: str, kept: str | None) -> None:
    assert read(name=sent).name == kept
    assert read(given_name=sent).name == kept


@pytest.mark.parametrize(
    ("address", "kept"),
    [
        ("https://lms.example/course/7?x=1", True),
        ("https://school.other.example/", True),
        ("http://lms.example/", True),
        ("https://lms.example@other.example/", False),
        ("javascript:alert(1)", False),
        ("//lms.example/", False),
        ("https://[broken", False),
        ("https://lms.example:99999/", False),
        (7, False),
        ("", False),
    ],
)
def test_way_back_is_a_web_address_or_nothing(address: Any, kept: bool) -> None:
    found = read(launch_presentation={"return_url": address}).return_url
    assert found == (address if kept else None)


def test_variables_that_were_not_replaced_and_empty_values_are_absent() -> None:
    custom = {"unit": "u-1", "a": "$Canvas.user.id", "b": "", "c": None, "d": 7, "e": "x\0"}
    assert read(custom=custom).custom == {"unit": "u-1"}


@pytest.mark.parametrize("odd", [None, "", "text", 7, [], [1]])
def test_optional_claims_of_the_wrong_shape_are_absent(odd: Any) -> None:
    found = read(custom=odd, context=odd, lis=odd, launch_presentation=odd, name=odd if odd != "text" else None)
    assert (found.custom, found.context, found.name) == ({}, None, None)


def test_name_may_come_in_parts() -> None:
    assert read(given_name="Ayşe", family_name="Öz").name == "Ayşe Öz"
    assert read(given_name="Ayşe").name == "Ayşe"
    assert read(name="  ", family_name="Öz").name == "Öz"


def test_long_names_are_cut_and_long_ids_are_dropped() -> None:
    assert len(read(name="x" * 500).name or "") == NAME_LENGTH
    assert read(context={"id": "x" * 256}).context is None


def test_grade_endpoint_keeps_what_is_usable() -> None:
    body = {
        "sub": "7",
        claims.MESSAGE_TYPE: claims.RESOURCE_LINK_REQUEST,
        LTI + "roles": [],
        LTI + "resource_link": {"id": "link"},
        claims.AGS_ENDPOINT: {
            "scope": ["a", 1, "a\0", ""],
            "lineitem": "file:///etc/passwd",
            "lineitems": "https://x.example/l",
        },
    }
    grades = claims.read(body, PLATFORM, 5).grades
    assert grades is not None
    assert (grades.scopes, grades.lineitem, grades.lineitems) == (("a",), None, "https://x.example/l")


@pytest.mark.parametrize(
    "data", ["a\0b", {"a": ["b\0"]}, {"\0": 1}, "\ud800", "x" * 20_000, [["x" * 9000], "y" * 9000]]
)
def test_data_that_no_database_can_give_back_is_refused(data: Any) -> None:
    settings = {"deep_link_return_url": "https://lms.example/back", "accept_types": ["link"], "data": data}
    body = {
        "sub": "7",
        claims.MESSAGE_TYPE: claims.DEEP_LINKING_REQUEST,
        LTI + "roles": [],
        claims.DEEP_LINKING_SETTINGS: settings,
    }
    with pytest.raises(ClaimsError):
        claims.read(body, PLATFORM, 5)
    kept = claims.read(
        {**body, claims.DEEP_LINKING_SETTINGS: {**settings, "data": "\\u0000"}}, PLATFORM, 5
    ).deep_linking
    assert kept is not None
    assert kept.data == "\\u0000"
