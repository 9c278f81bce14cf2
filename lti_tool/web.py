"""What every request has: a language, who is signed in, the cross-site guard, and the security headers.

Pages below ``/launch/<id>/`` are shown inside the platform's frame and say so by :func:`enter_launch`; no other page
may be framed. docs/decisions/0002-web-frame.md gives the reasons.
"""

import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode, urlsplit
from uuid import uuid4

import structlog
from flask import Flask, Request, Response, g, request
from flask_babel import Babel, get_locale, refresh
from sqlalchemy.orm import Session
from werkzeug.middleware.proxy_fix import ProxyFix

from campus import access, accounts
from campus.access import Actor
from campus.errors import CampusError, InvalidInputError, NotFoundError
from certificates import verify_routes
from lti_tool import filters
from lti_tool.launch.session import Launch
from lti_tool.launch.sites import plain_origin
from lti_tool.wiring import Services
from xapi.vocabulary import ENDPOINT_PATH

SESSION_COOKIE = "kc_session"
LANGUAGE_COOKIE = "kc_lang"
LANGUAGE_LASTS_SECONDS = 365 * 24 * 3600
LANGUAGES = {"de": "Deutsch", "en": "English"}
"""The first is the default."""
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
FOREIGN_POSTS = frozenset({"/lti/login", "/lti/launch", verify_routes.PATH})
"""Platforms send the browser here with a form of theirs; state and token are checked instead. And anybody's page may
have a certificate checked, for which nobody is signed in."""
MAX_BODY_BYTES = 1024 * 1024
"""For every route that doesn't set a limit of its own, as launches, statements and uploads do."""
NUL = "\0"


class CrossSiteError(CampusError):
    """Another site's page made the browser send this request."""

    code = "web.cross_site"
    status = 403


class FormWithoutNul(Request):
    """A request whose form is looked at when it is first read: within the route's own limit, before anybody uses it."""

    def _load_form_data(self) -> None:
        """Read the form. Raises InvalidInputError for a NUL character in it."""
        super()._load_form_data()
        refuse_nul(self.form.items(multi=True))


@dataclass(frozen=True)
class SignedIn:
    """Who is signed in with an account, in plain values: an error page shows them after their transaction is over."""

    person_id: int
    locale: str | None


def install(app: Flask, services: Services) -> None:
    """Give the application languages, template helpers, the cross-site guard and the headers."""
    # Flask-Babel ships code that is annotated in parts only.
    Babel(  # type: ignore[no-untyped-call]
        app, default_locale=next(iter(LANGUAGES)), locale_selector=lambda: _language(services)
    )
    app.jinja_env.filters.update(filters.FILTERS)
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.config.update(SESSION_COOKIE_NAME="kc_unused", TEMPLATES_AUTO_RELOAD=False)
    app.config.update(MAX_CONTENT_LENGTH=MAX_BODY_BYTES, MAX_FORM_MEMORY_SIZE=MAX_BODY_BYTES)
    app.request_class = FormWithoutNul
    public_url = services.settings.public_url
    if proxies := services.settings.trusted_proxies:
        app.wsgi_app = ProxyFix(  # type: ignore[method-assign] # as Flask's documentation wraps it
            app.wsgi_app, x_for=proxies, x_proto=0, x_host=0
        )

    @app.before_request
    def begin() -> None:
        g.request_id = uuid4().hex
        g.nonce = secrets.token_urlsafe(16)
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=g.request_id)
        if NUL in request.path:
            raise NotFoundError("no address holds a NUL character")
        if not request.path.startswith(ENDPOINT_PATH):
            refuse_nul(request.args.items(multi=True))
        refuse_cross_site(public_url)

    app.after_request(_add_headers)
    if (seconds := services.settings.hsts_seconds) and urlsplit(public_url).scheme == "https":
        app.after_request(lambda response: _keep_to_https(response, seconds))
    app.context_processor(lambda: _template_values(services))


def refuse_cross_site(public_url: str) -> None:
    """Raise CrossSiteError for a changing request that another site's page began.

    Who doesn't say where it comes from is no browser and has no cookies that someone else could ride on. The
    record store is exempt: its credentials aren't sent by themselves.
    """
    if request.method in SAFE_METHODS or request.path in FOREIGN_POSTS:
        return
    if request.path.startswith(ENDPOINT_PATH):
        return
    if is_from_our_page(public_url) is False:
        raise CrossSiteError("the request comes from another site")


def is_from_our_page(public_url: str) -> bool | None:
    """Say whether a page of ours has sent this request; None when no page has, or the browser doesn't say.

    Browsers say it by Fetch Metadata, older ones by Origin alone, written as :func:`plain_origin` writes it.
    """
    site, sender = request.headers.get("Sec-Fetch-Site"), request.headers.get("Origin")
    if site is not None:
        return None if site == "none" else site == "same-origin"
    return None if sender is None else sender == plain_origin(public_url)


def refuse_nul(values: Iterable[tuple[str, str]]) -> None:
    """Raise InvalidInputError for a NUL character: no text has one, and PostgreSQL can't even compare with it."""
    for name, value in values:
        if NUL in name:
            raise InvalidInputError("a field's name holds a NUL character")
        if NUL in value:
            raise InvalidInputError("a field holds a NUL character", field=name)


def current_person(services: Services, session: Session | None = None) -> SignedIn | None:
    """Return who is signed in with an account; asked of the database once in a request, and only with a cookie."""
    if "account_person" not in g:
        token = request.cookies.get(SESSION_COOKIE)
        if not token:
            g.account_person = None
        elif session is not None:
            g.account_person = _signed_in(services, session, token)
        else:
            with services.database.read() as reading:
                g.account_person = _signed_in(services, reading, token)
    person: SignedIn | None = g.account_person
    return person


def _signed_in(services: Services, session: Session, token: str) -> SignedIn | None:
    person = accounts.person_signed_in(session, token, now=services.clock())
    return SignedIn(person.id, person.locale) if person else None


def current_actor(services: Services, session: Session) -> Actor | None:
    """Return the person signed in with an account together with their roles; None for nobody."""
    person = current_person(services, session)
    return access.actor_for(session, person.person_id) if person else None


def enter_launch(launch: Launch) -> None:
    """Tell the frame that this page belongs to a launch: who may frame it, its language, where "back" leads."""
    g.launch = launch
    refresh()  # type: ignore[no-untyped-call]  # the language was perhaps asked for before


def allow_frames(*origins: str) -> None:
    """Say whose pages may show this one in a frame; a launch's page needs no such word."""
    g.frame_ancestors = origins


def allow_form_to(origin: str) -> None:
    """Let a form of this answer be sent to one more origin, as the answer to a platform's question is."""
    g.form_target = origin


def offer_teaching() -> None:
    """Tell the frame that who launched may teach the unit, whatever their platform calls them."""
    g.teaches = True


def offer_records() -> None:
    """Tell a provider's frame that who is here may see its record store."""
    g.sees_records = True


def language() -> str:
    """Return the code of the language that this request is answered in."""
    locale = get_locale()
    return locale.language if locale else next(iter(LANGUAGES))


def _language(services: Services) -> str:
    """Choose: asked for now, chosen before, the launch's, the account's, what the browser prefers, German."""
    launch: Launch | None = g.get("launch")
    wishes = [request.args.get("lang"), request.cookies.get(LANGUAGE_COOKIE), launch.locale if launch else None]
    for wish in wishes:
        if (code := _known(wish)) is not None:
            return code
    person = current_person(services)
    own = _known(person.locale) if person else None
    preferred = (_known(tag) for tag, quality in request.accept_languages if quality > 0)
    return own or next(filter(None, preferred), None) or next(iter(LANGUAGES))


def _known(wish: str | None) -> str | None:
    """Return the language of a tag like ``de-DE`` or ``en_GB`` if it is one of ours."""
    code = (wish or "")[:2].lower()
    return code if code in LANGUAGES else None


def _template_values(services: Services) -> dict[str, Any]:
    return {
        "language": language(),
        "other_languages": _other_languages(),
        "nonce": g.get("nonce", ""),
        "launch": g.get("launch"),
        "teaches": g.get("teaches", False),
        "sees_records": g.get("sees_records", False),
        "framed": _is_framed(),
        "signed_in": not _is_framed() and current_person(services) is not None,
    }


def _other_languages() -> list[tuple[str, str, str]]:
    """Give code, own name and address of this page in the other languages; none for what a form has posted."""
    if request.method not in SAFE_METHODS:
        return []
    kept = [(key, value) for key, value in request.args.items(multi=True) if key != "lang"]
    return [
        (code, name, f"{request.script_root}{request.path}?{urlencode([*kept, ('lang', code)])}")
        for code, name in LANGUAGES.items()
        if code != language()
    ]


def _add_headers(response: Response) -> Response:
    headers = response.headers
    headers.setdefault("X-Content-Type-Options", "nosniff")
    headers.setdefault("Referrer-Policy", "no-referrer" if _is_framed() else "same-origin")
    headers.setdefault("X-Request-Id", g.get("request_id", ""))
    if response.mimetype == "text/html":
        headers.setdefault("Content-Security-Policy", _content_security_policy(response.status_code))
        headers.setdefault("Cache-Control", "no-store")
    if _known(request.args.get("lang")):
        _keep_language(response)
    return response


def _keep_to_https(response: Response, seconds: int) -> Response:
    response.headers.setdefault("Strict-Transport-Security", f"max-age={seconds}")
    return response


def _content_security_policy(status: int) -> str:
    """Allow our own files, scripts that carry this answer's nonce, and the platform's frame for a launch."""
    return (
        f"default-src 'none'; script-src 'nonce-{g.get('nonce', '')}'; style-src 'self'; font-src 'self'; "
        "img-src 'self' data:; connect-src 'self'; "
        f"form-action 'self' {g.get('form_target', '')}; base-uri 'none'; "
        f"frame-ancestors {_frame_ancestors(status)}"
    )


def _frame_ancestors(status: int) -> str:
    """Name who may frame the page.

    A launch that failed is unknown, and so is the platform whose frame it stands in. Its error page has nothing to
    click on, so anybody may frame it; else people would see an empty frame.
    """
    launch: Launch | None = g.get("launch")
    allowed = launch.frame_ancestors if launch is not None else g.get("frame_ancestors")
    if allowed is not None:
        return " ".join(allowed) or "'none'"
    failed_launch = status >= HTTPStatus.BAD_REQUEST and _is_framed()
    return "*" if failed_launch else "'none'"


def _is_framed() -> bool:
    """Say whether the page belongs to a launch, so that a platform may show it in a frame."""
    return request.path.startswith(("/launch/", "/lti/"))


def _keep_language(response: Response) -> None:
    """Keep the choice, inside a platform's frame too: it is no secret, so every site may send it."""
    response.set_cookie(
        LANGUAGE_COOKIE,
        language(),
        max_age=LANGUAGE_LASTS_SECONDS,
        secure=True,
        httponly=True,
        samesite="None",
        partitioned=True,
    )
