"""A provider's pages: its units and courses, importing a Moodle backup, who may teach, how its certificates look."""

from flask import Blueprint

from lti_tool.pages.office import (
    award_issue,
    award_runs,
    awards,
    issuer,
    issuer_keys,
    record_store,
    record_store_export,
    record_store_figures,
    record_store_keys,
)
from lti_tool.pages.provider import courses, grants, imports, participants, statements, units
from lti_tool.wiring import Services


def blueprint(services: Services) -> Blueprint:
    """Return the pages below ``/anbieter/<organisation public id>/``."""
    pages = Blueprint("provider", __name__, url_prefix="/anbieter/<provider>")
    for part in (units, imports, grants, statements, courses, participants, issuer, issuer_keys):
        part.add_routes(pages, services)
    issuer.add_mandate_route(pages, services)
    awards.add_routes(pages, services)
    award_runs.add_shared_routes(pages, services)
    award_issue.add_routes(pages, services)
    for part in (record_store, record_store_figures, record_store_export, record_store_keys):
        part.add_routes(pages, services)
    return pages
