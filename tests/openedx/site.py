"""Open edX's side for the tests: the platform's process, and a browser that launches from it."""

import os
import re
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urljoin, urlsplit

import lxml.html
import requests

from tests.journey.browser import Page
from tests.lms import client
from tests.stack import HOST
from tests.waiting import wait_for

ROOT = Path(__file__).parents[2]
PYTHON = ROOT / ".venv-openedx/bin/python"
GRADED, MANAGED, CHOSEN = "graded", "managed", "chosen"
"""Blocks: one with a column that Open edX makes, one for which the tool makes it, one that staff fill."""
LEARNER, OTHER_LEARNER, TEACHER, COURSE_ADMINISTRATOR = "aylin", "murat", "carla", "ines"


@dataclass(frozen=True)
class Form:
    """A form that a page sends on its own."""

    address: str
    fields: dict[str, str]


@dataclass
class OpenEdx:
    """The platform's process. It has an environment of its own, and no setting of ours."""

    folder: Path
    port: int
    tool_url: str
    unit: str
    _process: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    @property
    def url(self) -> str:
        """Where it listens; also its issuer."""
        return f"http://{HOST}:{self.port}"

    def start(self) -> None:
        """Start it and wait until it answers."""
        command = [str(PYTHON), "-m", "tests.openedx.platform", "--port", str(self.port), "--folder", str(self.folder)]
        command += ["--tool-url", self.tool_url, "--unit", self.unit]
        environment = {"PATH": os.environ["PATH"], "NO_PROXY": "*"}
        with (self.folder / "openedx.log").open("ab") as log:
            self._process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=log)
        wait_for(self._answers, f"Open edX's block answers; see {self.folder / 'openedx.log'}", seconds=60, every=0.1)

    def _answers(self) -> bool:
        if self._process is not None and self._process.poll() is not None:
            raise RuntimeError((self.folder / "openedx.log").read_text(encoding="utf-8"))
        try:
            return requests.get(f"{self.url}/scores/{GRADED}", timeout=2).ok
        except requests.ConnectionError:
            return False

    def stop(self) -> None:
        """Stop it."""
        if self._process is not None:
            self._process.terminate()
            self._process.wait(20)

    def scores(self, block: str = GRADED) -> dict[str, Any]:
        """Return the columns and scores that were stored for a block, and the grades that were made of them."""
        answer = requests.get(f"{self.url}/scores/{block}", timeout=10)
        answer.raise_for_status()
        found: dict[str, Any] = answer.json()
        return found


class Member:
    """Someone of the course with a browser."""

    def __init__(self, site: OpenEdx, name: str) -> None:
        self.site = site
        self.session = client.browser()
        self.session.headers["Accept-Language"] = "en"
        self._get(f"{site.url}/login/{name}")

    def studio(self, block: str) -> dict[str, Any]:
        """Return what Studio tells an author about a block."""
        found: dict[str, Any] = self._get(f"{self.site.url}/studio/{block}").json()
        return found

    def login_address(self, block: str) -> str:
        """Return the address that the block's frame loads first.

        The block writes it into the attribute as it is, with a bare ``&lt``, which a parser would take for ``<``.
        """
        page = self._get(f"{self.site.url}/block/{block}").text
        found = re.search(r'data-target="([^"]+)"', page)
        assert found is not None, page
        return found[1]

    def authorise(self, login_address: str) -> Form:
        """Go through the tool's login to the form in which the platform sends the launch."""
        login = self.session.get(login_address, allow_redirects=False, timeout=client.TIMEOUT)
        assert login.status_code == requests.codes.found, login.text
        return form_of(self._get(login.headers["Location"]), "id_token")

    def launch(self, block: str) -> requests.Response:
        """Launch a block; returns the tool's first answer, not yet the page behind it."""
        return self.send(self.authorise(self.login_address(block)))

    def send(self, form: Form) -> requests.Response:
        """Send a form as its page would."""
        return self.session.post(form.address, data=form.fields, allow_redirects=False, timeout=client.TIMEOUT)

    def follow(self, answer: requests.Response) -> Page:
        """Load the page that a redirect leads to."""
        assert answer.status_code == requests.codes.see_other, answer.text
        return page_of(self._get(urljoin(answer.url, answer.headers["Location"])))

    def load(self, url: str, **parameters: str) -> Page:
        """Load a page."""
        return page_of(self._get(url, **parameters))

    def submit(self, page: Page, action: str) -> requests.Response:
        """Send the page's form with ``action`` in its address as it is filled in."""
        form = page.form(action)
        address, origin = urljoin(page.url, form.get("action")), self.site.tool_url
        return self.session.post(address, data=form.form_values(), headers={"Origin": origin}, timeout=client.TIMEOUT)

    def _get(self, url: str, **parameters: str) -> requests.Response:
        answer = self.session.get(url, params=parameters, timeout=client.TIMEOUT)
        assert answer.ok, f"{url} answers {answer.status_code}: {answer.text}"
        return answer


def page_of(answer: requests.Response) -> Page:
    """Read a page."""
    return Page(answer.url, answer.status_code, lxml.html.fromstring(answer.content))


def form_of(answer: requests.Response, field: str) -> Form:
    """Read the form of a page that has a field of this name."""
    form = page_of(answer).form_with(field)
    return Form(form.action, {name: str(form.fields[name]) for name in form.fields})


def query(address: str) -> dict[str, str]:
    """Return an address's parameters."""
    return {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
