"""The office's pages: what waits, reconciling credits, certificates, platforms, Moodle sites, people, the audit."""

from flask import Blueprint

from lti_tool.pages.office import (
    award_acts,
    award_issue,
    award_runs,
    awards,
    foreign,
    issuer,
    issuer_keys,
    maturity,
    moodle,
    overview,
    people,
    platform_forms,
    platform_invites,
    platforms,
    reconcile,
    record_store,
    record_store_export,
    record_store_figures,
    record_store_keys,
    scores,
    tasks,
)
from lti_tool.wiring import Services


def blueprint(services: Services) -> Blueprint:
    """Return the pages below ``/verwaltung/``."""
    pages = Blueprint("office", __name__, url_prefix="/verwaltung")
    connecting = (platforms, platform_forms, platform_invites, scores, moodle)
    records = (record_store, record_store_figures, record_store_export, record_store_keys)
    certified = (awards, award_acts, award_runs, award_issue, maturity, issuer, issuer_keys)
    for part in (overview, reconcile, foreign, tasks, *certified, *connecting, people, *records):
        part.add_routes(pages, services)
    return pages
