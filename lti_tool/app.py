"""The Flask application, put together: one page that reads as a table of contents."""

import os
import sys

from flask import Flask

import certificates.routes
import certificates.verify_routes
import xapi.routes
from lti_tool import errors, logs, web
from lti_tool.launch import dynamic_routes, launch
from lti_tool.pages import (
    account,
    handed_in,
    learner,
    office,
    provider,
    public,
    records,
    review,
    scores,
    selection,
    shared,
    teacher,
)
from lti_tool.settings import Settings
from lti_tool.wiring import Services, services_for

SWITCH_SECONDS = 0.0005
"""How long a thread computes before another one that wants to may. Python's 5 ms let a request that only waits for the
database, many times in a row, wait as often for others that compute: a third of the record store's throughput."""


def create_app(services: Services | None = None) -> Flask:
    """Make the application; without ``services`` it makes those of a real process from the environment."""
    if services is None:
        settings = Settings.from_env(os.environ)
        sys.setswitchinterval(SWITCH_SECONDS)
        logs.configure(settings.log_level)
        services = services_for(settings)
    app = Flask(__name__)
    app.extensions["services"] = services

    web.install(app, services)  # languages, who is signed in, limits, cross-site guard, headers
    errors.install(app)  # the one place where exceptions become answers

    app.register_blueprint(launch.blueprint(services))
    app.register_blueprint(dynamic_routes.blueprint(services))
    app.register_blueprint(learner.blueprint(services))
    app.register_blueprint(teacher.blueprint(services))
    app.register_blueprint(scores.blueprint(services))
    app.register_blueprint(selection.blueprint(services))
    app.register_blueprint(review.blueprint(services))
    app.register_blueprint(public.blueprint(services))
    app.register_blueprint(shared.blueprint(services))
    app.register_blueprint(account.blueprint(services))
    for place in (*records.blueprints(services), *handed_in.blueprints(services)):
        app.register_blueprint(place)
    app.register_blueprint(provider.blueprint(services))
    app.register_blueprint(office.blueprint(services))
    app.register_blueprint(certificates.routes.blueprint(services))
    app.register_blueprint(certificates.verify_routes.blueprint(services))
    app.register_blueprint(xapi.routes.blueprint(services))
    return app
