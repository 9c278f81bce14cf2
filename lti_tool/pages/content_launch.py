"""Content that a learner opens from a unit: a token by which it may tell the record store what they did there.

The route answers players of ours; a link of a unit to a registered origin carries the same as TinCan's launch
parameters (Rustici's "Tin Can Launch", which H5P and the common authoring tools understand).
"""

import json
from datetime import datetime
from typing import Any
from urllib.parse import urlencode, urlsplit

from flask import Response
from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from campus import credits
from campus.models.catalogue import Activity
from campus.models.credits import Credit
from lti_tool.launch.sites import plain_origin
from lti_tool.pages.visit import Visit, enter
from lti_tool.wiring import Services
from xapi import bearer, cors, parts
from xapi.keys import LAUNCH_SCOPES
from xapi.recipes import ThingKind
from xapi.vocabulary import ACTIVITIES_PATH, ENDPOINT_PATH


class ContentLaunches:
    """Gives tokens of launches; made once with what it needs."""

    def __init__(self, services: Services) -> None:
        self.services = services

    def token(self, launch_id: str) -> Response:
        """Answer with a token (RFC 6749, section 5.1), and with what else content needs to speak for the learner."""
        with self.services.database.write() as session:
            visit = enter(self.services, session, launch_id)
            registration = _registration(session, visit, now=self.services.clock())
        given = self._issue(visit, registration)
        body = {
            "access_token": given.text,
            "token_type": "Bearer",
            "expires_in": given.seconds,
            "scope": " ".join(LAUNCH_SCOPES),
            "endpoint": self.services.settings.public_url + ENDPOINT_PATH,
            "actor": self._actor(visit),
            "registration": registration,
        }
        answer = Response(json.dumps(body), mimetype="application/json")
        answer.headers["Cache-Control"] = "no-store"
        answer.headers["Pragma"] = "no-cache"
        return answer

    def address(self, session: Session, visit: Visit, activity: Activity) -> str:
        """Return where the learner's link to an activity leads, with the launch parameters if it is one for them.

        That is if somebody is here, and the unit's delivering provider has registered the address's origin.
        """
        url: str = activity.config["url"]
        origin = plain_origin(url)
        provider = visit.unit.delivering_provider_id
        if visit.launch.person_id is None or origin is None or not cors.is_registered(session, provider, origin):
            return url
        registration = session.scalar(_registration_query(visit))
        if registration is None:
            with self.services.database.write() as writing:
                registration = _registration(writing, visit, now=self.services.clock())
        parameters = {
            "endpoint": self.services.settings.public_url + ENDPOINT_PATH,
            "auth": f"Bearer {self._issue(visit, registration).text}",
            "actor": json.dumps(self._actor(visit)),
            "registration": registration,
            "activity_id": f"{self.services.settings.public_url}{ACTIVITIES_PATH}{ThingKind.LINK}/{activity.public_id}",
        }
        parts = urlsplit(url)
        return parts._replace(query="&".join(filter(None, (parts.query, urlencode(parameters))))).geturl()

    def _issue(self, visit: Visit, registration: str) -> bearer.Token:
        tenant = visit.unit.delivering_provider_id
        grant = bearer.grant(visit.person, visit.identity, tenant=tenant, registration=registration)
        return bearer.issue(grant, self.services.fernet, now=self.services.clock())

    def _actor(self, visit: Visit) -> dict[str, Any]:
        return parts.account(self.services.settings.public_url, visit.person.public_id)


def _registration_query(visit: Visit) -> Select[str]:
    return select(Credit.public_id).where(Credit.person_id == visit.person.id, Credit.unit_id == visit.unit.id)


def _registration(session: Session, visit: Visit, *, now: datetime) -> str:
    """Return the public id of the credit, which is there from now on: the person's way through the unit."""
    credits.lock(session, [(visit.person.id, visit.unit.id)], now=now)
    return session.scalars(_registration_query(visit)).one()
