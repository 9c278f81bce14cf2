"""What a person does with a browser: follow links, fill in forms, reload when a server was away for a moment."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self
from urllib.parse import urljoin

import lxml.html
import requests
from lxml.html import FormElement, HtmlElement

from tests.lms import client
from tests.stack import Stack

CONFLICT = 409


class UnexpectedError(AssertionError):
    """Something is not as it should be; the journey ends here."""


@dataclass(frozen=True)
class Page:
    """A page that was loaded."""

    url: str
    status: int
    document: HtmlElement

    @property
    def text(self) -> str:
        """All words of the page's main part, with single blanks."""
        (main,) = self.document.xpath("//main") or [self.document]
        return " ".join(main.text_content().split())

    def links(self, part: str) -> list[str]:
        """List the addresses of links that contain ``part``, each once, in order."""
        found = [urljoin(self.url, link.get("href")) for link in self.document.xpath("//a[@href]")]
        return list(dict.fromkeys(address for address in found if part in address))

    def link(self, part: str) -> str:
        """Return the first such address or fail."""
        found = self.links(part)
        if not found:
            raise UnexpectedError(f"no link with {part!r} on {self.url}: {self.text[:300]}")
        return found[0]

    def form(self, action: str) -> FormElement:
        """Return the form whose address contains ``action`` or fail."""
        for form in self.document.forms:
            if action in (form.get("action") or self.url):
                return form
        raise UnexpectedError(f"no form with {action!r} on {self.url}: {self.text[:300]}")

    def form_with(self, field: str) -> FormElement:
        """Return the form that has a field of this name or fail."""
        for form in self.document.forms:
            if field in form.fields:
                return form
        raise UnexpectedError(f"no form with a field {field!r} on {self.url}: {self.text[:300]}")

    def has_form(self, action: str) -> bool:
        """Say whether there is such a form."""
        return any(action in (form.get("action") or self.url) for form in self.document.forms)


class Browser:
    """One person's browser. When the tool was killed it starts it again, as a supervisor would, and reloads."""

    def __init__(self, stack: Stack) -> None:
        self._stack = stack
        self.session = client.browser()
        self.session.headers["Accept-Language"] = "de"

    def get(self, url: str) -> Page:
        """Load a page."""
        return self._page(self.request("GET", url))

    def submit(self, page: Page, action: str, values: Mapping[str, Any] | None = None, **files: Any) -> Page:
        """Fill ``values`` into the page's form with ``action`` in its address and send it."""
        form = page.form(action)
        fields: dict[str, Any] = {}
        for name, value in form.form_values():
            fields.setdefault(name, []).append(value)
        fields.update(values or {})
        url = urljoin(page.url, form.get("action") or page.url)
        return self._page(
            self.request("POST", url, data=fields, files=files or None, headers={"Origin": self._stack.tool_url})
        )

    def launch(self, user: str, link: str) -> Page:
        """Click a link in the demo LMS as ``user``."""
        try:
            answer = client.launch(self.session, self._stack.lms_url, user, link)
        except requests.ConnectionError:
            self._stack.start_tool()
            answer = client.launch(self.session, self._stack.lms_url, user, link)
        return self._page(answer)

    def request(self, method: str, url: str, **given: Any) -> requests.Response:
        """Send a request; if nobody answers, start the tool again and send it once more.

        A form that is sent again may have been taken the first time: then the answer is a conflict, and that is fine.
        """
        try:
            return self.session.request(method, url, timeout=60, **given)
        except requests.ConnectionError:
            self._stack.start_tool()
            answer = self.session.request(method, url, timeout=60, **given)
            if answer.status_code == CONFLICT:
                answer.status_code = requests.codes.ok
            return answer

    @classmethod
    def signed_in(cls, stack: Stack, login: str, password: str) -> Self:
        """Sign in with an account."""
        browser = cls(stack)
        page = browser.get(f"{stack.tool_url}/anmelden")
        browser.submit(page, "/anmelden", {"login": login, "password": password})
        return browser

    def _page(self, answer: requests.Response) -> Page:
        if answer.status_code >= requests.codes.bad_request:
            raise UnexpectedError(f"{answer.url} answers {answer.status_code}: {answer.text[:500]}")
        return Page(answer.url, answer.status_code, lxml.html.fromstring(answer.content or b"<html></html>"))
