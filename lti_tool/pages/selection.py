"""The dialog in which a teacher chooses what to place in the LMS's course (LTI Deep Linking 2.0).

Search, look at what will be placed, send: what was chosen travels in the addresses and forms, so that the pages work
without JavaScript and two dialogs don't mix. One dialog gives one answer: its nonce is the launch's own id, so that a
platform which looks at nonces, as the standard asks, takes an answer that is sent again only once.
"""

from dataclasses import dataclass

from flask import Blueprint, render_template, request
from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from campus.errors import InvalidInputError, NotFoundError
from campus.models.catalogue import PhaseKind
from lti_tool import filters, web
from lti_tool.launch import deep_linking
from lti_tool.launch.claims import DEEP_LINKING_REQUEST, DeepLinkingSettings
from lti_tool.launch.deep_linking import Answer, Dates, Parties, Placement
from lti_tool.launch.session import Launch
from lti_tool.pages import forms, offers
from lti_tool.pages.offers import Choice
from lti_tool.pages.visit import enter_launch
from lti_tool.services.ags import MAXIMUM
from lti_tool.wiring import Services

Page = str | tuple[str, int]

LONGEST_SEARCH = 200


@dataclass(frozen=True)
class Dialog:
    """A launch that asks for content, what the platform takes, and who answers whom."""

    launch: Launch
    settings: DeepLinkingSettings
    parties: Parties
    return_origin: str

    @property
    def multiple(self) -> bool:
        """Say whether several links may be placed: unless the platform says that it takes one only (4.4.1)."""
        return self.settings.accept_multiple is not False

    @property
    def columns(self) -> bool:
        """Say whether gradebook columns may be asked for: unless the platform says that it takes none."""
        return self.settings.accept_lineitem is not False

    @property
    def possible(self) -> bool:
        """Say whether the platform takes what there is here."""
        return deep_linking.LINK_TYPE in self.settings.accept_types


class SelectionPages:
    """The handlers; made once with what they need."""

    def __init__(self, services: Services) -> None:
        self.services = services

    def choose(self, launch_id: str) -> Page:
        """Search the catalogue and tick; what was ticked on other pages of the list stays."""
        with self.services.database.read() as session:
            return self._picker(session, self._enter(session, launch_id))

    def preview(self, launch_id: str) -> Page:
        """Show what will be placed."""
        with self.services.database.read() as session:
            dialog = self._enter(session, launch_id)
            choices = offers.resolve(session, request.args.getlist("item"), multiple=dialog.multiple)
            if not choices:
                return self._picker(session, dialog, nothing=True), 422
            return _preview(dialog, choices)

    def send(self, launch_id: str) -> Page:
        """Answer with the links. The page posts itself to the platform; loaded again, it gives the same answer."""
        with self.services.database.read() as session:
            dialog = self._enter(session, launch_id)
            choices = offers.resolve(session, request.form.getlist("item"), multiple=dialog.multiple)
            if not choices or not dialog.possible:
                return self._picker(session, dialog, nothing=True), 422
            try:
                dates = _dates(request.form)
            except InvalidInputError as error:
                return _preview(dialog, choices, error), error.status
            public_url = self.services.settings.public_url
            items = [
                deep_linking.content_item(_placement(choice, dates), dialog.settings, public_url=public_url)
                for choice in choices
            ]
            said = ngettext("%(num)s link from KommunalCampus", "%(num)s links from KommunalCampus", len(items))
            answer = Answer(items=items, message=said)
        return self._answer(dialog, answer, len(items))

    def cancel(self, launch_id: str) -> Page:
        """Answer that nothing was chosen; where the platform takes no links, that this is the reason."""
        with self.services.database.read() as session:
            dialog = self._enter(session, launch_id)
        if dialog.possible:
            return self._answer(dialog, Answer(message=_("Nothing was chosen.")), 0)
        reason = _("KommunalCampus offers links to learning units, and this place takes none.")
        log = f"the tool offers {deep_linking.LINK_TYPE}; accept_types has {len(dialog.settings.accept_types)} others"
        return self._answer(dialog, Answer(error=reason, error_log=log), 0)

    def _enter(self, session: Session, launch_id: str) -> Dialog:
        """Return the dialog. Raises NotFoundError for a launch that asks for no content, and ReturnAddressError."""
        launch = enter_launch(self.services, session, launch_id)
        if launch.message_type != DEEP_LINKING_REQUEST or launch.deep_linking is None or launch.deployment_id is None:
            raise NotFoundError("this launch asks for no content")
        settings = deep_linking.settings_of(launch.deep_linking)
        loopback = self.services.settings.allow_loopback_http
        return Dialog(
            launch=launch,
            settings=settings,
            parties=Parties(
                issuer=launch.issuer,
                client_id=launch.client_id,
                deployment_id=launch.deployment_id,
                nonce=launch.public_id,
            ),
            return_origin=deep_linking.return_origin(settings, allow_loopback_http=loopback),
        )

    def _picker(self, session: Session, dialog: Dialog, *, nothing: bool = False) -> str:
        if not dialog.possible:
            return render_template("selection/impossible.html", dialog=dialog)
        search = request.args.get("suche", "").strip()[:LONGEST_SEARCH]
        units = offers.units(session, search, request.args.get("seite"))
        shown = {unit.public_id for unit in units.rows}
        chosen = offers.resolve(session, request.values.getlist("item"), multiple=dialog.multiple)
        return render_template(
            "selection/choose.html",
            dialog=dialog,
            search=search,
            page=units,
            courses=offers.courses(session, search) if dialog.multiple and units.number == 1 else (),
            chosen={choice.key for choice in chosen},
            elsewhere=[choice for choice in chosen if choice.unit.public_id not in shown],
            too_many=len(set(request.values.getlist("item"))) > offers.MOST,
            most=offers.MOST,
            nothing=nothing,
        )

    def _answer(self, dialog: Dialog, answer: Answer, count: int) -> str:
        key = self.services.tool_keys.signer(dialog.launch.registration_id)
        token = deep_linking.response(answer, dialog.settings, dialog.parties, key=key, now=self.services.clock())
        web.allow_form_to(dialog.return_origin)
        return render_template("selection/answer.html", dialog=dialog, token=token, count=count)


def _preview(dialog: Dialog, choices: list[Choice], error: InvalidInputError | None = None) -> str:
    keys = [choice.key for choice in choices]
    return render_template(
        "selection/preview.html",
        dialog=dialog,
        choices=[(choice, _title(choice), [key for key in keys if key != choice.key] or None) for choice in choices],
        keys=keys,
        graded=sum(choice.graded for choice in choices) if dialog.columns else 0,
        maximum=MAXIMUM,
        typed=request.form,
        errors={error.field: _date_error(error)} if error else {},
    )


def _placement(choice: Choice, dates: Dates) -> Placement:
    return Placement(
        unit=choice.unit.public_id,
        phase=choice.phase,
        title=_title(choice),
        text=filters.text(choice.unit.summary),
        graded=choice.graded,
        review_label=_("Look at the work"),
        dates=dates,
    )


def _title(choice: Choice) -> str:
    """Name the link as the course will show it, in the teacher's language."""
    title = f"{choice.unit.code} {filters.text(choice.unit.title)}"
    names = {
        PhaseKind.INTRODUCTION: _("Introduction"),
        PhaseKind.SELF_STUDY_1: _("Self-study 1"),
        PhaseKind.TUTORIAL: _("Tutorial"),
        PhaseKind.SELF_STUDY_2: _("Self-study 2"),
    }
    return f"{title} – {names[choice.phase]}" if choice.phase else title


def _dates(form: MultiDict[str, str]) -> Dates:
    """Read the dates that a teacher may give. Raises InvalidInputError for one that is none, or before another."""
    start, end, due = (
        forms.instant(form, name, filters.DEFAULT_ZONE) if form.get(name, "").strip() else None
        for name in ("available_from", "available_until", "due")
    )
    if start and end and end <= start:
        raise InvalidInputError("it ends before it begins", field="available_until")
    if due and ((start and due <= start) or (end and due > end)):
        raise InvalidInputError("work is handed in while the link is open", field="due")
    return Dates(start, end, due)


def _date_error(error: InvalidInputError) -> str:
    match error.field:
        case "available_until":
            return _("Enter date and time of the end; it comes after the beginning.")
        case "due":
            return _("Enter date and time between the beginning and the end.")
        case _:
            return _("Enter date and time of the beginning.")


def blueprint(services: Services) -> Blueprint:
    """Return the dialog's pages, all below ``/launch/<launch_id>/auswahl/``."""
    pages = Blueprint("selection", __name__, url_prefix="/launch/<launch_id>/auswahl")
    handlers = SelectionPages(services)
    for rule, endpoint, handler, method in (
        ("/", "choose", handlers.choose, "GET"),
        ("/ansehen", "preview", handlers.preview, "GET"),
        ("/senden", "send", handlers.send, "POST"),
        ("/abbrechen", "cancel", handlers.cancel, "POST"),
    ):
        pages.add_url_rule(rule, endpoint, handler, methods=[method])
    return pages
