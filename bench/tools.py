"""The contenders as WSGI applications: ours, and one on stock pylti1p3 as its documentation shows it."""

import os
from typing import Any

from cryptography.hazmat.primitives import serialization
from flask import Flask, redirect
from pylti1p3.contrib.flask.message_launch import FlaskMessageLaunch
from pylti1p3.contrib.flask.oidc_login import FlaskOIDCLogin
from pylti1p3.contrib.flask.request import FlaskRequest
from pylti1p3.tool_config.dict import ToolConfDict
from sqlalchemy import select

from bench import platform
from campus.models.catalogue import LearningUnit
from campus.models.organisations import Organisation, OrganisationKind
from lti_tool.launch import registrations
from lti_tool.wiring import Services

STOCK_KEYS = "BENCH_KEYS"


def register(services: Services, keys_url: str) -> str:
    """Let our tool know the platform and one unit; returns the unit's public id."""
    now = services.clock()
    with services.database.write() as session:
        provider = Organisation(kind=OrganisationKind.PROVIDER, slug="bench", name={"de": "Bench"}, created_at=now)
        session.add(provider)
        session.flush()
        unit = LearningUnit(
            code="B1",
            title={"de": "OZG Grundlagen"},
            summary={"de": ""},
            provider_id=provider.id,
            delivering_provider_id=provider.id,
            hours=1,
            created_at=now,
        )
        session.add(unit)
        registrations.register(
            session,
            provider,
            name="Bench",
            issuer=platform.ISSUER,
            client_id=platform.CLIENT,
            auth_login_url=f"{platform.ISSUER}/auth",
            auth_token_url=f"{platform.ISSUER}/token",
            key_set_url=keys_url,
            deployment_ids=[platform.DEPLOYMENT],
            now=now,
        )
        session.flush()
        return session.scalars(select(LearningUnit.public_id)).one()


def stock(keys_url: str | None = None) -> Flask:
    """Return a tool on pylti1p3 with its defaults: launches in Flask's cookie, keys fetched at each launch."""
    app = Flask("stock")
    app.secret_key = "bench"  # noqa: S105 - a benchmark's
    private = platform.PRIVATE.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()
    settings: dict[str, Any] = {
        platform.ISSUER: [
            {
                "default": True,
                "client_id": platform.CLIENT,
                "auth_login_url": f"{platform.ISSUER}/auth",
                "auth_token_url": f"{platform.ISSUER}/token",
                "key_set_url": keys_url or os.environ[STOCK_KEYS],
                "deployment_ids": [platform.DEPLOYMENT],
            }
        ]
    }
    config = ToolConfDict(settings)
    config.set_private_key(platform.ISSUER, private, client_id=platform.CLIENT)

    @app.post("/lti/login")
    def login() -> Any:
        request = FlaskRequest()
        return FlaskOIDCLogin(request, config).redirect(request.get_param("target_link_uri"))

    @app.post("/lti/launch")
    def launch() -> Any:
        FlaskMessageLaunch(FlaskRequest(), config).get_launch_data()
        return redirect("/", 303)

    return app
