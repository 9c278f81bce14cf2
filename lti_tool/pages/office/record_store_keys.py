"""Who may call the record store: keys of clients, and origins whose pages may call it from a browser."""

from collections.abc import Sequence

from flask import Blueprint, redirect, request, url_for
from flask_babel import gettext as _
from sqlalchemy import select
from werkzeug.wrappers import Response as BaseResponse

from campus import audit
from campus.errors import CampusError, InvalidInputError, NotFoundError
from campus.models.organisations import Organisation, OrganisationKind
from lti_tool import filters
from lti_tool.launch.sites import plain_origin
from lti_tool.pages import forms
from lti_tool.pages.office.record_store_filter import OF_CAMPUS
from lti_tool.pages.office.shared_desk import Desk, Visit
from lti_tool.wiring import Services
from xapi import cors, keys
from xapi.errors import KeyNameError
from xapi.keys import Scope
from xapi.store import Key
from xapi.vocabulary import ENDPOINT_PATH, Edition

LONGEST_NAME = 60
LONGEST_ORIGIN = 255
FIRST_CHOICE = (Scope.STATEMENTS_WRITE, Scope.STATEMENTS_READ_MINE)
"""What the standard gives a client that asks for nothing else (1.0.3, communication, 4.2)."""


class KeyPages(Desk):
    """The page with both lists and their forms; each change is written into the audit."""

    def keys(self, provider: str | None = None) -> str:
        """List keys and origins."""
        with self.reading(provider) as visit:
            return self._page(visit)

    def make_key(self, provider: str | None = None) -> str | tuple[str, int]:
        """Make a key and show its secret in this answer: no page can show it again."""
        try:
            with self.writing(provider) as visit:
                owner = _owner_or_campus(visit)
                name = forms.text(request.form, "name", longest=LONGEST_NAME)
                scopes = _scopes()
                now = self.services.clock()
                secret = keys.create_key(visit.session, name, scopes, owner, token=self.services.token, now=now)
                self._note(visit, "xapi.key_made", owner, key=name, scopes=sorted(scopes))
                return self._shown(visit, name, secret, owner, scopes)
        except (InvalidInputError, KeyNameError) as error:
            with self.reading(provider) as visit:
                return self._page(visit, error=error), error.status

    def _shown(self, visit: Visit, name: str, secret: str, owner: Organisation | None, scopes: Sequence[Scope]) -> str:
        return self.show(
            visit,
            "office/record_store_key.html",
            name=name,
            secret=secret,
            owner=owner,
            may=[_scope_names()[scope] for scope in scopes],
            endpoint=self.services.settings.public_url + ENDPOINT_PATH,
            version=Edition.V2.value,
            writes=not {Scope.STATEMENTS_WRITE, Scope.ALL}.isdisjoint(scopes),
        )

    def revoke_key(self, key: str, provider: str | None = None) -> BaseResponse:
        """End a key; what it wrote stays."""
        with self.writing(provider) as visit:
            found = visit.session.scalars(select(Key).where(Key.public_id == key)).first()
            if found is None or (visit.provider is not None and found.organisation_id != visit.provider.id):
                raise NotFoundError("no such key")
            keys.revoke(visit.session, found.name, now=self.services.clock())
            owner = visit.session.get(Organisation, found.organisation_id) if found.organisation_id else None
            self._note(visit, "xapi.key_revoked", owner, key=found.name)
            return _back(visit, "keys")

    def add_origin(self, provider: str | None = None) -> BaseResponse | tuple[str, int]:
        """Let pages of an origin call the store."""
        try:
            with self.writing(provider) as visit:
                owner = _owner(visit)
                origin = self._origin()
                if cors.register(visit.session, owner, origin, now=self.services.clock()):
                    self._note(visit, "xapi.origin_added", owner, origin=origin)
                return _back(visit, "origins")
        except InvalidInputError as error:
            with self.reading(provider) as visit:
                return self._page(visit, error=error), error.status

    def remove_origin(self, provider: str | None = None) -> BaseResponse:
        """Take an origin back."""
        with self.writing(provider) as visit:
            owner = _owner(visit)
            origin = forms.text(request.form, "origin", longest=LONGEST_ORIGIN)
            cors.remove(visit.session, owner, origin)
            self._note(visit, "xapi.origin_removed", owner, origin=origin)
            return _back(visit, "origins")

    def _origin(self) -> str:
        """Return the form's origin as browsers write it; https, or http on loopback where that is allowed."""
        loopback = self.services.settings.allow_loopback_http
        given = forms.address(request.form, "origin", allow_loopback_http=loopback, longest=LONGEST_ORIGIN)
        origin = plain_origin(given)
        if origin is None:
            raise InvalidInputError("origin has no host that a browser could write", field="origin")
        return origin

    def _page(self, visit: Visit, *, error: CampusError | None = None) -> str:
        tenant = visit.provider.id if visit.provider else None
        return self.show(
            visit,
            "office/record_store_keys.html",
            keys=keys.listed(visit.session, tenant),
            origins=cors.listed(visit.session, tenant),
            owners=_owners(visit),
            campus=OF_CAMPUS,
            scopes=_scope_names(),
            chosen=request.form.getlist("scope") if request.form else [scope.value for scope in FIRST_CHOICE],
            given=request.form,
            endpoint=self.services.settings.public_url + ENDPOINT_PATH,
            error=forms.shown(error),
        )

    def _note(self, visit: Visit, action: str, owner: Organisation | None, **details: object) -> None:
        audit.note(
            visit.session,
            action,
            actor_id=visit.actor.person_id,
            organisation_id=owner.id if owner else None,
            now=self.services.clock(),
            **details,
        )


def _owners(visit: Visit) -> list[tuple[str, str]]:
    """Give (public id, name) of those for whom the office may choose; a provider has only itself."""
    if visit.provider:
        return []
    found = visit.session.scalars(select(Organisation).where(Organisation.kind != OrganisationKind.OFFICE))
    return sorted(((one.public_id, filters.text(one.name)) for one in found), key=lambda pair: pair[1].casefold())


def _owner(visit: Visit, name: str = "of") -> Organisation:
    """Return whose it will be: the provider whose pages these are, or the one that the office names in a field."""
    if visit.provider:
        return visit.provider
    found = visit.session.scalars(select(Organisation).where(Organisation.public_id == request.form.get(name))).first()
    if found is None:
        raise InvalidInputError("no such organisation", field=name)
    return found


def _owner_or_campus(visit: Visit) -> Organisation | None:
    """Return the same for a key, which may be the whole campus's: only by the office's word for it."""
    if visit.provider is None and request.form.get("organisation") == OF_CAMPUS:
        return None
    return _owner(visit, "organisation")


def _scopes() -> list[Scope]:
    """Return the scopes that were ticked, at least one."""
    chosen = request.form.getlist("scope")
    if not chosen or not set(chosen) <= set(Scope):
        raise InvalidInputError("a key has at least one of the scopes", field="scope")
    return [Scope(scope) for scope in chosen]


def _scope_names() -> dict[str, str]:
    """Say what each scope allows."""
    return {
        Scope.STATEMENTS_WRITE: _("write statements"),
        Scope.STATEMENTS_READ_MINE: _("read the statements it wrote itself"),
        Scope.STATEMENTS_READ: _("read all statements, also with the names in them"),
        Scope.STATE: _("keep and read the state of content for learners"),
        Scope.PROFILE: _("keep and read documents about activities and people"),
        Scope.ALL_READ: _("read everything"),
        Scope.ALL: _("write and read everything"),
    }


def _back(visit: Visit, part: str) -> BaseResponse:
    return redirect(url_for(".record_store_keys", _anchor=part, **dict(visit.here)), 303)


def add_routes(pages: Blueprint, services: Services) -> None:
    """Add these pages to the office's or to a provider's."""
    handlers, keys_path, origins_path = KeyPages(services), "/lernprotokoll/schluessel", "/lernprotokoll/herkunft"
    for rule, endpoint, handler, method in (
        (keys_path, "keys", handlers.keys, "GET"),
        (keys_path, "make_key", handlers.make_key, "POST"),
        (f"{keys_path}/<key>/widerrufen", "revoke_key", handlers.revoke_key, "POST"),
        (origins_path, "add_origin", handlers.add_origin, "POST"),
        (f"{origins_path}/entfernen", "remove_origin", handlers.remove_origin, "POST"),
    ):
        pages.add_url_rule(rule, f"record_store_{endpoint}", handler, methods=[method])
