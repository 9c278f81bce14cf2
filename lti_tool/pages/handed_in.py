"""Credentials from elsewhere that a person hands in, to be counted: in the account, and in a launch.

Handed in is kept, unlike on the page where everybody checks: an administrator decides on it later.
"""

from collections.abc import Callable, Mapping
from typing import Any

from flask import Blueprint, Response, redirect, render_template, request
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse

from campus.errors import CampusError, ConflictError, NotFoundError
from campus.flood import Flood
from certificates import reading
from certificates.errors import EmptyFileError, UnreadableFileError
from certificates.foreign import intake, store
from certificates.foreign.store import ForeignCredential
from certificates.reading import Presented
from certificates.verify_routes import MARGIN, PER_MINUTE, Verifier
from certificates.verifying import Report, uploads
from certificates.verifying.sources import Own
from lti_tool.pages import foreign_lines, forms
from lti_tool.pages.records import Enter, Place, by_account, by_launch
from lti_tool.wiring import Services

FIELD = "datei"


class HandedInPages:
    """The handlers; made once for each place."""

    def __init__(self, services: Services, blueprint: str, enter: Enter, verifier: Verifier) -> None:
        self.services = services
        self.blueprint = blueprint
        self.enter = enter
        self.verifier = verifier

    def overview(self, **where: str) -> BaseResponse:
        """List what the person has handed in, with the form."""
        with self.services.database.read() as session:
            return self._page(session, where, None)

    def hand_in(self, **where: str) -> BaseResponse:
        """Check a file and keep it with what was found. What can't be read is said above the form."""
        with self.services.database.read() as session:
            person_id = self.enter(self.services, session, where)  # asked before the upload is read
        self.verifier.hold_back()
        request.max_content_length = reading.MAX_BYTES + MARGIN
        try:
            sent = request.files.get(FIELD)
            file: bytes = sent.read() if sent else b""
            presented, reports = look(self.services, self.verifier, file)
            with self.services.database.write() as session:
                kept = intake.hand_in(
                    session,
                    person_id=person_id,
                    file=file,
                    form=presented.container.value,
                    reports=reports,
                    is_ours=Own(self.services).lies_with_us,
                    by_id=person_id,
                    now=self.services.clock(),
                ).public_id
        except (UnreadableFileError, ConflictError) as error:
            return self._refused(where, error)
        return redirect(Place(self.blueprint, where).url("one", credential=kept), 303)

    def one(self, credential: str, **where: str) -> BaseResponse:
        """Show one: what checking found, what it says, and what was decided on each part."""
        with self.services.database.read() as session:
            found = self._own(session, where, credential)
            shown = foreign_lines.shown(found)
            page = render_template("records/handed_in_one.html", place=Place(self.blueprint, where), shown=shown)
        return _private(page)

    def take_back(self, credential: str, **where: str) -> BaseResponse:
        """Forget one that nobody has decided on yet."""
        with self.services.database.write() as session:
            intake.take_back(session, self._own(session, where, credential))
        return redirect(Place(self.blueprint, where).url("overview"), 303)

    def _own(self, session: Session, where: Mapping[str, str], public_id: str) -> ForeignCredential:
        person_id = self.enter(self.services, session, where)
        found = store.by_public_id(session, public_id)
        if found.person_id != person_id:
            raise NotFoundError("no such credential")
        return found

    def _refused(self, where: Mapping[str, str], error: CampusError) -> BaseResponse:
        with self.services.database.read() as session:
            answer = self._page(session, where, forms.shown(error))
        answer.status_code = error.status
        return answer

    def _page(self, session: Session, where: Mapping[str, str], error: forms.Shown | None) -> BaseResponse:
        person_id = self.enter(self.services, session, where)
        shown = [foreign_lines.shown(found) for found in store.of_person(session, person_id)]
        place = Place(self.blueprint, where)
        return _private(render_template("records/handed_in.html", place=place, all=shown, error=error))


def look(services: Services, verifier: Verifier, file: bytes) -> tuple[Presented, tuple[Report, ...]]:
    """Read and verify a file. A mere number, or a QR code with one, has nothing that could be counted.

    Raises UnreadableFileError and its subclasses. It may fetch foreign documents: not to be called in a transaction.
    """
    if not file:
        raise EmptyFileError("no file was sent", field=FIELD)
    presented = reading.read(file, public_url=services.settings.public_url)
    return presented, uploads.of(presented, verifier.sources(), now=services.clock())


def _private(page: str) -> Response:
    response = Response(page)
    response.headers["Cache-Control"] = "no-store"
    return response


def blueprints(services: Services) -> tuple[Blueprint, Blueprint]:
    """Return the pages in the account and in a launch."""
    verifier = Verifier(services, Flood(PER_MINUTE))
    return (
        _blueprint("handed_in", "/konto/eingereicht", HandedInPages(services, "handed_in", by_account, verifier)),
        _blueprint(
            "launch_handed_in",
            "/launch/<launch_id>/eingereicht",
            HandedInPages(services, "launch_handed_in", by_launch, verifier),
        ),
    )


def _blueprint(name: str, prefix: str, handlers: HandedInPages) -> Blueprint:
    pages = Blueprint(name, __name__, url_prefix=prefix)
    routes: tuple[tuple[str, str, Callable[..., Any], str], ...] = (
        ("", "overview", handlers.overview, "GET"),
        ("", "hand_in", handlers.hand_in, "POST"),
        ("/<credential>", "one", handlers.one, "GET"),
        ("/<credential>/zuruecknehmen", "take_back", handlers.take_back, "POST"),
    )
    for rule, endpoint, handler, method in routes:
        pages.add_url_rule(rule, endpoint, handler, methods=[method])
    return pages
