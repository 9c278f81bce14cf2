"""A person's certificates, to download, to show and to share: "Meine Nachweise", in a launch and in the account.

The same pages stand at two places: below ``/launch/<id>/``, inside the LMS's frame, and below ``/konto/``.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any

from flask import Blueprint, Response, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse

from campus import access
from campus.errors import CampusError, ConflictError, InvalidInputError
from campus.models.base import Text
from certificates import shares, store
from certificates.credential import Addresses
from certificates.papers import picture
from certificates.store import Award
from certificates.texts import GERMANY
from lti_tool.pages import award_files, forms
from lti_tool.pages.award_state import Standing, standing_of
from lti_tool.pages.visit import actor_of, enter_launch
from lti_tool.web import current_actor
from lti_tool.wiring import Services


@dataclass(frozen=True)
class Place:
    """Where the pages of a holder stand: their blueprint, and what its addresses need."""

    blueprint: str
    values: Mapping[str, str]

    def url(self, page: str, **values: str | None) -> str:
        """Return the address of one of these pages."""
        return url_for(f"{self.blueprint}.{page}", **self.values, **values)  # type: ignore[arg-type] # names of routes

    @property
    def elsewhere(self) -> str:
        """Return the address of the page at which credentials of others are handed in."""
        pages = "launch_handed_in" if "launch_id" in self.values else "handed_in"
        return url_for(f"{pages}.overview", **self.values)  # type: ignore[arg-type] # names of routes


@dataclass(frozen=True)
class RecordLine:
    """An award of the holder in the list."""

    public_id: str
    kind: str
    code: str
    title: Text
    issuer: Text
    issued_at: datetime
    shown: bool
    standing: Standing
    address: str
    """Of its public page."""


@dataclass(frozen=True)
class Typed:
    """What somebody has typed into the form for a new link, to show it again, and what was wrong with it."""

    awards: tuple[str, ...] = ()
    note: str = ""
    ends_on: str = ""
    error: forms.Shown | None = None


Enter = Callable[[Services, Session, Mapping[str, str]], int]
"""Says who is here (a person's database id), or raises."""


class RecordPages:
    """The handlers; made once for each place."""

    def __init__(self, services: Services, blueprint: str, enter: Enter) -> None:
        self.services = services
        self.blueprint = blueprint
        self.enter = enter

    def records(self, **where: str) -> BaseResponse:
        """List the person's certificates and links."""
        with self.services.database.read() as session:
            return self._page(session, where, Typed())

    def download(self, award: str, form: str, **where: str) -> Response:
        """Give a certificate as a file."""
        with self.services.database.read() as session:
            person_id, wanted = self.enter(self.services, session, where), award_files.form_of(form)
            found = award_files.issued(self.services, shares.award_of_holder(session, person_id, award))
        return award_files.file(wanted, found)

    def picture(self, award: str, **where: str) -> Response:
        """Show the picture of a certificate."""
        with self.services.database.read() as session:
            person_id = self.enter(self.services, session, where)
            facts = store.facts_of(shares.award_of_holder(session, person_id, award))
        return award_files.shown(picture.svg(facts))

    def show(self, award: str, **where: str) -> BaseResponse:
        """Show a certificate to whoever has its number, or hide what it says."""
        with self.services.database.write() as session:
            person_id = self.enter(self.services, session, where)
            shown = forms.is_yes(request.form, "shown")
            shares.show(session, person_id, award, shown=shown)
        return redirect(f"{self._place(where).url('records')}#nachweis-{award}", 303)

    def share(self, **where: str) -> BaseResponse:
        """Make a link. What doesn't fit is said above the form, with everything typed kept."""
        given = request.form
        typed = Typed(tuple(given.getlist("awards")), given.get("note", ""), given.get("ends_on", ""))
        try:
            with self.services.database.write() as session:
                person_id = self.enter(self.services, session, where)
                made = shares.make(
                    session,
                    person_id,
                    typed.awards,
                    note=forms.text(given, "note", longest=shares.MAX_NOTE, required=False),
                    ends_at=_end_of_day(given),
                    now=self.services.clock(),
                ).public_id
        except (InvalidInputError, ConflictError) as error:
            return self._refused(where, typed, error)
        return redirect(f"{self._place(where).url('records')}#freigabe-{made}", 303)

    def end(self, share: str, **where: str) -> BaseResponse:
        """End a link."""
        with self.services.database.write() as session:
            person_id = self.enter(self.services, session, where)
            shares.end(session, person_id, share, now=self.services.clock())
        return redirect(f"{self._place(where).url('records')}#freigabe-{share}", 303)

    def _refused(self, where: Mapping[str, str], typed: Typed, error: CampusError) -> BaseResponse:
        again = Typed(typed.awards, typed.note, typed.ends_on, forms.shown(error))
        with self.services.database.read() as session:
            answer = self._page(session, where, again)
        answer.status_code = error.status
        return answer

    def _page(self, session: Session, where: Mapping[str, str], typed: Typed) -> BaseResponse:
        person_id, now = self.enter(self.services, session, where), self.services.clock()
        addresses = Addresses(self.services.settings.public_url)
        page = render_template(
            "records/list.html",
            place=self._place(where),
            records=[_line(award, addresses, now) for award in store.awards_of(session, person_id)],
            links=[(link, shares.is_open(link, now=now)) for link in shares.of_person(session, person_id)],
            share_address=lambda public_id: f"{addresses.public_url.rstrip('/')}/geteilt/{public_id}",
            forms=award_files.offered(),
            typed=typed,
            today=now.astimezone(GERMANY).date().isoformat(),
        )
        answer = Response(page)
        answer.headers["Cache-Control"] = "no-store"
        return answer

    def _place(self, where: Mapping[str, str]) -> Place:
        return Place(self.blueprint, where)


def _line(award: Award, addresses: Addresses, now: datetime) -> RecordLine:
    facts = store.facts_of(award)
    return RecordLine(
        public_id=award.public_id,
        kind=award.kind,
        code=facts.achievement.code,
        title=dict(facts.achievement.title),
        issuer=dict((facts.on_behalf_of or facts.issuer).name),
        issued_at=award.issued_at,
        shown=award.shown,
        standing=standing_of(award, facts, now=now),
        address=addresses.check(award.public_id),
    )


def _end_of_day(form: Mapping[str, str]) -> datetime | None:
    """Return when the typed day is over in Germany; None for no day."""
    if not form.get("ends_on", "").strip():
        return None
    return datetime.combine(forms.day(form, "ends_on") + timedelta(days=1), time(), tzinfo=GERMANY)


def by_account(services: Services, session: Session, _where: Mapping[str, str]) -> int:
    """Say who is signed in. Raises SignInRequiredError."""
    return access.signed_in(current_actor(services, session)).person_id


def by_launch(services: Services, session: Session, where: Mapping[str, str]) -> int:
    """Say who has launched. Raises LaunchEndedError, or AnonymousError for nobody."""
    return actor_of(enter_launch(services, session, where["launch_id"])).person_id


def blueprints(services: Services) -> tuple[Blueprint, Blueprint]:
    """Return the pages in the account and in a launch."""
    return (
        _blueprint(services, "records", "/konto/nachweise", by_account),
        _blueprint(services, "launch_records", "/launch/<launch_id>/nachweise", by_launch),
    )


def _blueprint(services: Services, name: str, prefix: str, enter: Enter) -> Blueprint:
    pages, handlers = Blueprint(name, __name__, url_prefix=prefix), RecordPages(services, name, enter)
    routes: tuple[tuple[str, str, Callable[..., Any], str], ...] = (
        ("", "records", handlers.records, "GET"),
        ("/<award>/bild", "picture", handlers.picture, "GET"),
        ("/<award>/<form>", "download", handlers.download, "GET"),
        ("/<award>/zeigen", "show", handlers.show, "POST"),
        ("/freigaben", "share", handlers.share, "POST"),
        ("/freigaben/<share>/ende", "end_share", handlers.end, "POST"),
    )
    for rule, endpoint, handler, method in routes:
        pages.add_url_rule(rule, endpoint, handler, methods=[method])
    return pages
