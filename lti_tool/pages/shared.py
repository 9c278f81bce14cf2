"""What a holder shows by a link: some certificates, checked now, to read and to download. No account, no cookie."""

from dataclasses import dataclass

from flask import Blueprint, Response, render_template, request
from sqlalchemy.orm import Session

from campus.errors import TooManyError
from campus.flood import Flood, network_of
from certificates import shares, store
from certificates.errors import AwardNotFoundError, ShareEndedError, ShareNotFoundError
from certificates.papers import picture
from certificates.store import Award
from certificates.verifying.sources import Memory, sources
from lti_tool.pages import award_check, award_files, checks
from lti_tool.pages.award_check import AwardRead
from lti_tool.pages.award_state import Standing
from lti_tool.pages.checking import private
from lti_tool.pages.checks import Checked
from lti_tool.wiring import Services

PER_MINUTE = 60
"""Downloads by links, for one address and server process."""


@dataclass(frozen=True)
class SharedAward:
    """A certificate behind a link, read and checked. ``can_be_had``: its files are still made."""

    public_id: str
    standing: Standing
    checked: Checked
    can_be_had: bool


class SharedPages:
    """The handlers; made once with what they need."""

    def __init__(self, services: Services) -> None:
        self.services = services
        self.memory = Memory()
        self.flood = Flood(PER_MINUTE)

    def shared(self, share: str) -> Response:
        """Show the certificates of a link; of one that is over, or was never there, say so and nothing else."""
        try:
            found = self._read(share)
        except (ShareNotFoundError, ShareEndedError) as error:
            return private(render_template("public/share_over.html", code=error.code), error.status)
        page = render_template(
            "public/share.html",
            share=share,
            awards=[self._checked(one) for one in found],
            forms=award_files.offered(),
            checked_at=self.services.clock(),
        )
        return private(page, 200)

    def download(self, share: str, award: str, form: str) -> Response:
        """Give a certificate of the link as a file. Making one costs: nobody gets them without end."""
        seconds = self.flood.seconds_to_wait(network_of(request.remote_addr), now=self.services.clock())
        if seconds:
            raise TooManyError("too many downloads from one address", after=seconds)
        with self.services.database.read() as session:
            found = award_files.issued(self.services, self._award(session, share, award))
        wanted = award_files.form_of(form)
        return award_files.file(wanted, found)

    def picture(self, share: str, award: str) -> Response:
        """Show the picture of a certificate of the link; it is gone from everywhere when the link ends."""
        with self.services.database.read() as session:
            facts = store.facts_of(self._award(session, share, award))
        return award_files.shown(picture.svg(facts), cache=award_files.NOT_KEPT)

    def _award(self, session: Session, share: str, award: str) -> Award:
        opened = shares.opened(session, share, now=self.services.clock())
        found = next((one for one in opened.awards if one.public_id == award), None)
        if found is None:
            raise AwardNotFoundError("the link shows no such award")
        return found

    def _read(self, share: str) -> list[AwardRead]:
        public_url = self.services.settings.public_url
        with self.services.database.read() as session:
            opened = shares.opened(session, share, now=self.services.clock())
            return [award_check.read(award, public_url=public_url) for award in opened.awards]

    def _checked(self, found: AwardRead) -> SharedAward:
        now, public_url = self.services.clock(), self.services.settings.public_url
        report = award_check.check(found, sources(self.services, self.memory), public_url=public_url, now=now)
        award = found.award
        return SharedAward(
            award.public_id, found.standing(now=now), checks.checked(report), can_be_had=award.revoked_at is None
        )


def blueprint(services: Services) -> Blueprint:
    """Return the pages of links."""
    pages, handlers = Blueprint("shared", __name__, url_prefix="/geteilt/<share>"), SharedPages(services)
    pages.add_url_rule("", "shared", handlers.shared, methods=["GET"])
    pages.add_url_rule("/<award>/bild", "picture", handlers.picture, methods=["GET"])
    pages.add_url_rule("/<award>/<form>", "download", handlers.download, methods=["GET"])
    return pages
