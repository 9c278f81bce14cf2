"""What the record store's filter offers to choose from: organisations and verbs."""

from typing import Any

from flask_babel import gettext as _
from sqlalchemy import select

from campus.models.organisations import Organisation
from lti_tool import filters
from lti_tool.pages.office.record_store_filter import EVERY, OF_CAMPUS
from lti_tool.pages.office.record_store_names import last_step, short
from lti_tool.pages.office.record_store_verbs import NAMES
from lti_tool.pages.office.shared_desk import Visit
from xapi import descriptions, reading
from xapi.store import CAMPUS

LONGEST = 60
"""Characters of a verb's name in the list of choices."""


def owners(visit: Visit) -> dict[int, tuple[str, str]]:
    """Give by tenant what an address calls it and its name; nothing in a provider's pages, where all is its own."""
    if visit.provider:
        return {}
    found = visit.session.scalars(select(Organisation)).all()
    named = sorted(((one.id, (one.public_id, filters.text(one.name))) for one in found), key=lambda pair: pair[1][1])
    return {CAMPUS: (OF_CAMPUS, _("The whole campus")), **dict(named)}


def organisations(visit: Visit) -> list[tuple[str, str]]:
    """Give the choices (value, name) of whose statements the office reads; a provider has none."""
    found = owners(visit)
    return [(EVERY, _("All organisations")), *found.values()] if found else []


def verbs(visit: Visit, tenant: int | None, chosen: str) -> list[tuple[str, str]]:
    """Give (IRI, what it is called) of the verbs that statements told of, and of the one that is chosen."""
    found: dict[str, Any] = {one.name: one.body for one in reading.named(visit.session, descriptions.VERB, tenant)}
    if chosen:
        found.setdefault(chosen, {})
    named = [
        (iri, short(filters.text(NAMES.get(iri) or texts) or last_step(iri), LONGEST)) for iri, texts in found.items()
    ]
    return sorted(named, key=lambda pair: pair[1].casefold())
