"""An award's files and its picture as answers. Who may have them, each page decides before."""

from dataclasses import dataclass

from flask import Response
from flask_babel import lazy_gettext as _
from flask_babel.speaklater import LazyString

from campus.errors import NotFoundError
from certificates import forms
from certificates.facts import AwardKind
from certificates.forms import Form
from certificates.store import Award
from lti_tool.wiring import Services

NOT_KEPT = "private, no-store"
PICTURE_CACHE = "private, max-age=86400"
PICTURE_POLICY = "default-src 'none'; style-src 'unsafe-inline'"


@dataclass(frozen=True)
class FormText:
    """How a form is called, and in one sentence what it is for."""

    name: LazyString
    use: LazyString


TEXTS = {
    "pdf": FormText(
        _("Paper (PDF)"),
        _("To print, and to send with an application. It is sealed, and the digital certificate is attached to it."),
    ),
    "png": FormText(
        _("Badge as a picture (PNG)"),
        _("To show in LinkedIn, in an e-mail or on a website. The certificate is inside the picture."),
    ),
    "svg": FormText(
        _("Badge as a drawing (SVG)"),
        _("As the PNG, but sharp in any size: for websites and print shops."),
    ),
    "json": FormText(
        _("Open Badge (JSON)"),
        _("For digital wallets and backpacks that read Open Badges 3.0."),
    ),
    "jwt": FormText(
        _("Open Badge as a token (JWT)"),
        _("For wallets and systems that ask for a signed token (VC-JWT)."),
    ),
    "xml": FormText(
        _("Transcript of records (ELMO, XML)"),
        _("For universities: they read it into their own systems to recognise what was achieved (EMREX)."),
    ),
}
"""By a form's suffix, in the order in which they are offered."""


def offered(kind: str | None = None) -> list[tuple[str, FormText]]:
    """List the forms that awards of a kind can be had in, as suffix and texts: a municipality has no transcript."""
    return [
        (suffix, text) for suffix, text in TEXTS.items() if suffix != Form.ELMO.value or kind != AwardKind.MUNICIPALITY
    ]


def form_of(suffix: str) -> Form:
    """Return the form of a file's suffix. Raises NotFoundError."""
    try:
        return Form(suffix)
    except ValueError:
        raise NotFoundError("certificates have no such form") from None


def issued(services: Services, award: Award) -> forms.Issued:
    """Read what the award's files are made of. Raises as ``forms.read``."""
    return forms.read(award, public_url=services.settings.public_url, signing=services.signing)


def file(form: Form, found: forms.Issued) -> Response:
    """Make the file and return it to be saved."""
    made = forms.make(form, found)
    answer = Response(made.body, content_type=made.media_type)
    answer.headers["Content-Disposition"] = f'attachment; filename="{made.filename}"'
    answer.headers["Cache-Control"] = NOT_KEPT
    answer.headers["X-Robots-Tag"] = "noindex"
    return answer


def shown(svg: bytes, *, cache: str = PICTURE_CACHE) -> Response:
    """Return a picture to be shown in a page; alone it can do nothing."""
    answer = Response(svg, content_type="image/svg+xml")
    answer.headers["Content-Security-Policy"] = PICTURE_POLICY
    answer.headers["Cache-Control"] = cache
    answer.headers["X-Robots-Tag"] = "noindex"
    return answer
