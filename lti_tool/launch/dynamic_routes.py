"""The page on which a platform registers itself. It opens in a frame or window of the platform."""

from urllib.parse import urlsplit

from flask import Blueprint, render_template, request
from sqlalchemy.exc import IntegrityError

from campus import audit
from lti_tool import web
from lti_tool.launch import dynamic, invites
from lti_tool.launch.addresses import ToolAddresses
from lti_tool.launch.sites import frame_sources
from lti_tool.launch.store import URL_LENGTH
from lti_tool.wiring import Services

TOKEN_LENGTH = 8192


def blueprint(services: Services) -> Blueprint:
    """Return the route `/lti/register/<token>`."""
    routes = Blueprint("connect", __name__, url_prefix="/lti/register")

    @routes.get("/<token>")
    def register(token: str) -> str:
        """Register the platform that calls; without its parameters, say what the link is for (3.4)."""
        with services.database.read() as session:
            invite = invites.find(session, token, now=services.clock())
            name, renews = invite.name, invite.registration_id is not None
        url = request.args.get("openid_configuration", "")
        if not url or request.method == "HEAD":
            link = ToolAddresses(services.settings.public_url).register(token)
            return render_template("launch/register.html", name=name, link=link)
        if len(url) > URL_LENGTH or len(request.args.get("registration_token", "")) > TOKEN_LENGTH:
            raise dynamic.ConfigurationError("the request's addresses are longer than any")
        told = dynamic.register(
            services.outbound,
            services.settings.public_url,
            configuration_url=url,
            token=request.args.get("registration_token"),
        )
        web.allow_frames(*frame_sources((url, told.configuration.issuer)))
        host = urlsplit(told.configuration.issuer).netloc
        _keep(services, token, told)
        return render_template("launch/registered.html", name=name, host=host, told=told, renews=renews)

    return routes


def _keep(services: Services, token: str, told: dynamic.Told) -> None:
    now = services.clock()
    try:
        with services.database.write() as session:
            made = invites.use(session, token, told, now=now)
            audit.note(
                session,
                "platform.registered",
                actor_id=None,
                organisation_id=made.organisation_id,
                now=now,
                platform=made.public_id,
            )
    except IntegrityError as error:  # another link has brought the same client at the same moment
        raise invites.AlreadyRegisteredError("issuer and client are registered already") from error
