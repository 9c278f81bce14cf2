"""A browser's way through a launch, for programs: the LMS's form, the tool's redirect, the LMS's answer, the tool."""

from html.parser import HTMLParser
from http.cookiejar import Cookie
from typing import Any

import requests
from requests.cookies import RequestsCookieJar

TIMEOUT = 30


class _Form(HTMLParser):
    """The address and the hidden fields of the one form of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.action = ""
        self.fields: dict[str, str] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "form":
            self.action = given.get("action") or ""
        elif tag == "input" and given.get("name"):
            self.fields[given["name"] or ""] = given.get("value") or ""


class _LoopbackJar(RequestsCookieJar):
    """Sends Secure cookies over plain HTTP, as browsers do to loopback addresses."""

    def set_cookie(self, cookie: Cookie, *args: Any, **kwargs: Any) -> None:
        cookie.secure = False
        super().set_cookie(cookie, *args, **kwargs)


def browser() -> requests.Session:
    """Return a session for loopback addresses alone; use it as one browser."""
    session = requests.Session()
    session.trust_env = False
    session.cookies = _LoopbackJar()
    return session


def authorisation(session: requests.Session, lms_url: str, user: str, link: str) -> tuple[str, dict[str, str]]:
    """Go through the login and return address and fields of the form that the LMS posts to the tool."""
    begun = session.post(f"{lms_url}/api/launch", params={"user": user, "link": link}, timeout=TIMEOUT)
    begun.raise_for_status()
    start = begun.json()
    login = session.post(start["url"], data=start["fields"], allow_redirects=False, timeout=TIMEOUT)
    if login.status_code != requests.codes.found:
        message = f"the tool's login answered {login.status_code}"
        raise RuntimeError(message)
    page = session.get(login.headers["Location"], timeout=TIMEOUT)
    page.raise_for_status()
    form = _Form()
    form.feed(page.text)
    return form.action, form.fields


def launch(session: requests.Session, lms_url: str, user: str, link: str) -> requests.Response:
    """Launch a link as a user; returns the tool's page at the end of all redirects."""
    address, fields = authorisation(session, lms_url, user, link)
    return session.post(address, data=fields, timeout=TIMEOUT)
