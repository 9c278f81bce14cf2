"""The office's pages: what waits, reconciling credits, certificates, platforms, Moodle sites, people, the audit."""

from flask import Blueprint

from lti_tool.pages.office import (
    awards,
    moodle,
    overview,
    people,
    platform_forms,
    platform_invites,
    platforms,
    reconcile,
    scores,
    tasks,
)
from lti_tool.wiring import Services


def blueprint(services: Services) -> Blueprint:
    """Return the pages below ``/verwaltung/``."""
    pages = Blueprint("office", __name__, url_prefix="/verwaltung")
    connecting = (platforms, platform_forms, platform_invites, scores, moodle)
    for part in (overview, reconcile, tasks, awards, *connecting, people):
        part.add_routes(pages, services)
    return pages
