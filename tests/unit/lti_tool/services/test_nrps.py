"""What a member of a roster is read as, and how addresses grow. Pages and tokens are checklist D's."""

import pytest

from lti_tool.services.errors import ServiceRefusedError
from lti_tool.services.nrps import ListUnreadableError, RosterMember, Status, member_of, objects_of


def test_full_member_is_read_whole() -> None:
    told = {
        "user_id": "u-1",
        "status": "Inactive",
        "roles": ["http://purl.imsglobal.org/vocab/lis/v2/membership#Instructor"],
        "name": "Aylin Kaya",
        "email": "kaya@example.org",
        "lis_person_sourcedid": "P-1",
        "group_enrollments": [{"group_id": "g1"}, {"group_id": 7}, {}, "g3"],
        "picture": "https://lms.example/p.png",
        "message": [{"x": 1}],
    }
    groups = frozenset({"g1", "7"})
    assert member_of(told) == RosterMember(
        "u-1", Status.INACTIVE, True, "Aylin Kaya", "kaya@example.org", "P-1", groups
    )


def test_id_alone_makes_an_active_member_who_learns() -> None:
    assert member_of({"user_id": "u-1"}) == RosterMember("u-1", Status.ACTIVE, False, None, None, None, frozenset())


@pytest.mark.parametrize("user_id", [None, "", 7, ["u"], "u" * 256, "a\0b", "\ud800"])
def test_who_has_no_id_that_can_be_kept_is_nobody(user_id: object) -> None:
    assert member_of({"user_id": user_id}) is None


@pytest.mark.parametrize(
    ("said", "read"),
    [("Active", "Active"), ("inactive", "Inactive"), ("DELETED", "Deleted"), ("Odd", "Active"), (0, "Active")],
)
def test_status_is_read_whatever_its_case(said: object, read: str) -> None:
    member = member_of({"user_id": "u", "status": said})
    assert member is not None
    assert member.status == read


def test_number_that_is_too_long_is_none_for_half_of_it_could_be_somebody_elses() -> None:
    member = member_of({"user_id": "u", "lis_person_sourcedid": "7" * 256})
    assert member is not None
    assert member.sourced_id is None


@pytest.mark.parametrize("body", [b"", b"\xff", b"null", b'{"members": null}', b"[" * 100_000])
def test_what_is_no_container_is_refused_for_good(body: bytes) -> None:
    with pytest.raises(ListUnreadableError) as caught:
        objects_of(body, "members")
    assert isinstance(caught.value, ServiceRefusedError)
