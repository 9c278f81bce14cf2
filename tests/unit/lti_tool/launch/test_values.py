"""Values that others wrote, and the addresses made of them."""

from lti_tool.launch.values import with_query

URL = "https://lms.example/Kurs/7?type_id=1&b=%2Fx"


def test_parameters_go_behind_those_that_are_there() -> None:
    assert with_query(URL, {"role": "a#b", "limit": 5}) == f"{URL}&role=a%23b&limit=5"
    assert with_query("https://lms.example/K", {"limit": 5}) == "https://lms.example/K?limit=5"
    assert with_query(URL, {}) == URL


def test_fragment_stays_behind() -> None:
    assert with_query("https://lms.example/auth#top", {"state": "s"}) == "https://lms.example/auth?state=s"
