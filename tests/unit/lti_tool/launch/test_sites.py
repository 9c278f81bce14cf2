"""Whose site an address belongs to, and who may frame a launch."""

import pytest

from lti_tool.launch.sites import frame_sources, same_site

CANVAS = ("https://canvas.instructure.com", "https://sso.canvaslms.com/api/lti/authorize_redirect")


@pytest.mark.parametrize(
    ("url", "others", "same"),
    [
        ("https://lms.example/course/7?x=1", ["https://lms.example"], True),
        ("https://LMS.example:443/", ["https://lms.example/path"], True),
        ("https://school.instructure.com/courses/1", CANVAS, True),
        ("https://www.canvaslms.com/", CANVAS, True),
        ("https://lms.example:8443/", ["https://lms.example"], True),
        ("https://moodle.uni.bücher.example/", ["https://xn--bcher-kva.example"], True),
        ("http://lms.example/", ["https://lms.example"], False),
        ("https://other.example/", ["https://lms.example"], False),
        ("https://lms.example.other.example/", ["https://lms.example"], False),
        ("https://evil.co.uk/", ["https://lms.co.uk"], False),
        ("https://evil.github.io/", ["https://lms.github.io"], False),
        ("https://lms.example@other.example/", ["https://lms.example"], False),
        ("http://127.0.0.1:8001/x", ["http://127.0.0.1:8001"], True),
        ("https://127.0.0.1:8002/", ["https://127.0.0.1:8001"], False),
        ("https://10.0.0.1/", ["https://10.1.0.1"], False),
        ("https://[2001:db8::1]/", ["https://[2001:db8::2]"], False),
        ("https://localhost:1/", ["https://localhost:2"], False),
        ("javascript:alert(1)", ["https://lms.example"], False),
        ("", [""], False),
    ],
)
def test_same_site(url: str, others: list[str], same: bool) -> None:
    assert same_site(url, *others) is same


def test_what_a_platform_signs_may_frame_its_launch_wherever_it_is() -> None:
    signed = [
        "https://school.instructure.com/courses/1",
        None,
        "http://plain.example/",
        "https://lms.uni.example:8443/",
    ]
    assert frame_sources(CANVAS, signed) == (
        "https://canvas.instructure.com",
        "https://sso.canvaslms.com",
        "https://school.instructure.com",
        "https://lms.uni.example:8443",
    )
    assert frame_sources(["http://127.0.0.1:8001"], ["http://127.0.0.1:8001/kurs"]) == ("http://127.0.0.1:8001",)


@pytest.mark.parametrize(
    "host", ["*", "*.example", "a;script-src *", "a 'none'", "a,b", "a\nb", "ü" * 80, "[v1.;x]", ""]
)
def test_no_host_changes_the_policy_around_it(host: str) -> None:
    for found in frame_sources(["https://lms.example"], [f"https://{host}/"]):
        assert found in {"https://lms.example", "https://ab"}


def test_names_beyond_ascii_and_ip_addresses_stand_as_browsers_write_them() -> None:
    assert frame_sources(["https://bücher.example:8443/x", "https://[2001:db8::1]:444"]) == (
        "https://xn--bcher-kva.example:8443",
        "https://[2001:db8::1]:444",
    )
