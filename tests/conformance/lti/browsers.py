"""A browser between the LMS and the tool, over HTTP; how a refused launch looks, and what one that lands does."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urljoin, urlsplit

import lxml.html
import requests
from lxml.html import HtmlElement
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from structlog.testing import capture_logs

from campus.models.base import Base
from lti_tool.launch.store import LaunchRow, PlatformStanding, Registration
from tests.lms import client as lms_client
from tests.lms.config import Link, User
from tests.lms.live import BERND, TEACHER, World
from tests.lms.platform import CLAIM

Body = dict[str, Any]
Spoil = Callable[[Body], Body]
INSTRUCTOR = "http://purl.imsglobal.org/vocab/lis/v2/membership#Instructor"
LEARNER = "http://purl.imsglobal.org/vocab/lis/v2/membership#Learner"
TIMEOUT = 30


@dataclass
class Browser:
    """One browser. ``send`` says in which language its owner wants to read."""

    lti: World
    http: requests.Session = field(default_factory=lms_client.browser)

    @property
    def tool(self) -> str:
        return self.lti.services.settings.public_url

    def log_in(self, fields: Mapping[str, str], language: str = "de") -> requests.Response:
        """Post a login request as the LMS's form does."""
        return self._post("/lti/login", fields, language)

    def begin(self, user: User | None = None, link: Link | None = None, **changes: str) -> dict[str, str]:
        """Begin a login; return the authorisation request that the tool makes of it."""
        fields = self.lti.platform.login_fields(user or self.lti.aylin, link or self.lti.link)
        answer = self.log_in({**fields, **changes})
        assert answer.status_code == 302, answer.text
        return dict(parse_qsl(urlsplit(answer.headers["Location"]).query))

    def send(self, state: str, id_token: str, language: str = "de") -> requests.Response:
        """Post a launch as the LMS's form does; redirects are not followed."""
        return self._post("/lti/launch", {"state": state, "id_token": id_token}, language)

    def land(self, spoil: Spoil = dict, *, user: User | None = None, **header: Any) -> "Landed":
        """Launch with a token that ``spoil`` has changed; it must be let in."""
        asked = self.begin(user)
        body = self.lti.platform.claims(user or self.lti.aylin, self.lti.link, asked["nonce"])
        answer = self.send(asked["state"], self.lti.platform.sign(spoil(body), **header))
        assert answer.status_code == 303, answer.text
        return Landed(self, urljoin(self.tool, answer.headers["Location"]))

    def get(self, url: str, language: str = "de") -> requests.Response:
        return self.http.get(url, headers={"Accept-Language": language}, timeout=TIMEOUT)

    def _post(self, path: str, fields: Mapping[str, str], language: str) -> requests.Response:
        return self.http.post(
            self.tool + path,
            data=fields,
            headers={"Accept-Language": language, "Origin": self.lti.platform.config.url},
            allow_redirects=False,
            timeout=TIMEOUT,
        )


@dataclass
class Landed:
    """A launch that was let in: its page, and what the tool keeps of it."""

    browser: Browser
    url: str
    status: int = 200

    @property
    def row(self) -> LaunchRow:
        """Return the launch's row."""
        public_id = urlsplit(self.url).path.split("/")[2].partition("~")[0]
        with self.browser.lti.services.database.read() as session:
            return session.scalars(select(LaunchRow).where(LaunchRow.public_id == public_id)).one()

    def page(self) -> HtmlElement:
        """Load the launch's page: the unit, whole and clean."""
        answer = self.browser.get(self.url)
        assert answer.status_code == self.status, answer.text
        page = read(answer)
        words = page.text_content()
        assert "None" not in words
        assert "&lt;" not in words, "something was escaped twice"
        return page

    def unit_page(self, *, teacher: bool) -> HtmlElement:
        """Load the page and look whether it is the unit's, for the role that the platform's claims give."""
        page = self.page()
        (heading,) = page.xpath("//h1")
        assert heading.text_content().strip() == self.browser.lti.unit.title["de"]
        assert self.row.is_teacher is teacher
        assert bool(page.xpath("//header//a[contains(@href, '/tutorial')]")) is teacher, "the teacher's navigation"
        return page


def read(answer: requests.Response) -> HtmlElement:
    """Read an answer that must be a page of HTML."""
    assert answer.headers["Content-Type"].startswith("text/html")
    return lxml.html.fromstring(answer.content)


def rows(lti: World) -> dict[str, int]:
    """Count the rows of all tables."""
    tables = Base.metadata.tables
    counts = (select(func.count()).select_from(table).scalar_subquery() for table in tables.values())
    with lti.services.database.read() as session:
        return dict(zip(tables, session.execute(select(*counts)).one(), strict=True))


def refused(lti: World, ask: Callable[[str], requests.Response], code: str, status: int = 400) -> HtmlElement:
    """Ask in German and in English, and see it refused as a person needs it; returns the German page.

    That is: HTTP 4xx with a page in the person's language, title, hint and stable code on it; the code in the log;
    no table with a row more or less, and no launch's cookie.
    """
    before = rows(lti)
    with capture_logs() as logs:
        answers = [ask(language) for language in ("de", "en")]
    assert rows(lti) == before
    assert [entry["code"] for entry in logs if entry["event"] == "refused"] == [code, code]
    for answer in answers:
        assert answer.status_code == status, answer.text
        assert not [name for name in answer.cookies.keys() if name.startswith("kc_launch_")]  # noqa: SIM118 - a jar
        assert "Location" not in answer.headers
    pages = [read(answer) for answer in answers]
    said = [_said(page, code) for page in pages]
    assert [page.get("lang") for page in pages] == ["de", "en"]
    assert all(german != english for german, english in zip(*said, strict=True)), said
    return pages[0]


def _said(page: HtmlElement, code: str) -> tuple[str, str]:
    """Return title and hint of an error page."""
    (title,), (hint,) = page.xpath("//h1"), page.xpath("//h1/following-sibling::p[1]")
    assert code in page.xpath("//code/text()")
    found = (title.text_content().strip(), hint.text_content().strip())
    assert all(found)
    return found


def refused_launch(lti: World, spoil: Spoil, code: str, **header: Any) -> HtmlElement:
    """Begin an honest login and end it with a token that ``spoil`` has changed, then see it refused."""
    browser = Browser(lti)
    asked = browser.begin()
    token = lti.platform.sign(spoil(lti.claims(asked)), **header)
    return refused(lti, lambda language: browser.send(asked["state"], token, language), code)


def without(*names: str) -> Spoil:
    """Leave claims out; those of LTI by their short names."""
    gone = {*names, *(CLAIM + name for name in names)}
    return lambda body: {name: value for name, value in body.items() if name not in gone}


def with_(**values: Any) -> Spoil:
    """Set claims of OpenID Connect."""
    return lambda body: {**body, **values}


def with_claim(name: str, value: Any) -> Spoil:
    """Set a claim of LTI by its short name."""
    return lambda body: {**body, CLAIM + name: value}


def both(*changes: Spoil) -> Spoil:
    """Make several changes, one after the other."""

    def change(body: Body) -> Body:
        for one in changes:
            body = one(body)
        return body

    return change


def bernd() -> User:
    return User(**BERND)


def teacher() -> User:
    return User(**TEACHER)


def second_client(session: Session, lti: World, **values: Any) -> Registration:
    """Register the same LMS once more, as another client unless ``values`` say something else."""
    first = session.get_one(Registration, lti.registration_id)
    kept = ("organisation_id", "name", "issuer", "auth_login_url", "auth_token_url", "key_set_url")
    own = {name: getattr(first, name) for name in kept}
    own |= {
        "client_id": "second",
        "standing": PlatformStanding.ACTIVE,
        "allows_anonymous": False,
        "created_at": lti.clock(),
    }
    made = Registration(**{**own, **values})
    session.add(made)
    session.flush()
    return made
