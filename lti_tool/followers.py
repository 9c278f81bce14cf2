"""What the worker does for each follower named in ``reactions``. Each is safe to do twice."""

from collections.abc import Mapping
from functools import partial
from typing import Any

from campus import courses, credits, organisations
from campus.jobs import Handler
from certificates import award, runs
from certificates.issuers import resigning
from lti_tool.services import results, rosters, scores
from lti_tool.wiring import Services
from xapi import gather
from xapi.follow import record_credit_statements, record_evidence_statement


def handlers(services: Services) -> dict[str, Handler]:
    """Bind the followers to the services they work with."""
    return {
        "statement": partial(_statement, services),
        "credit_statement": partial(_credit_statement, services),
        "statement_evidence": partial(_statement_evidence, services),
        "score": partial(_score, services),
        "results": partial(_results, services),
        "attendance_award": partial(_attendance_award, services),
        "course": partial(_course, services),
        "course_award": partial(_course_award, services),
        "award_run": partial(_award_run, services),
        "resigning": partial(_resigning, services),
        "roster": partial(_roster, services),
        "roster_now": partial(_roster_now, services),
    }


def _statement(services: Services, about: Mapping[str, Any]) -> None:
    """Write the evidence's xAPI statement."""
    with services.database.write() as session:
        record_evidence_statement(
            session, about["evidence"], public_url=services.settings.public_url, now=services.clock()
        )


def _credit_statement(services: Services, about: Mapping[str, Any]) -> None:
    """Say in the record store that a credit was earned, or is no more."""
    with services.database.write() as session:
        record_credit_statements(
            session,
            about["credit"],
            about["revision"],
            public_url=services.settings.public_url,
            now=services.clock(),
        )


def _statement_evidence(services: Services, about: Mapping[str, Any]) -> None:
    """Let the statements that a rule asks for become evidence, a page a transaction."""
    with services.database.write() as session:
        gather.begin(session, about["rule"])
    is_more = True
    while is_more:
        with services.database.write() as session:
            is_more = gather.follow(
                session,
                about["rule"],
                public_url=services.settings.public_url,
                now=services.clock(),
                publish=services.publish(session),
            )


def _score(services: Services, about: Mapping[str, Any]) -> None:
    """Tell the gradebooks of the LMSs from which the person launched."""
    scores.follow_credit(services, about["credit"])


def _results(services: Services, about: Mapping[str, Any]) -> None:
    """Compare what a gradebook holds with what we sent."""
    results.compare(services, about["link"])


def _attendance_award(services: Services, about: Mapping[str, Any]) -> None:
    """Issue the Teilnahmebescheinigung once the credit is earned."""
    with services.database.write() as session:
        award.award_unit(session, credits.by_public_id(session, about["credit"]), services.issuing())


def _course(services: Services, about: Mapping[str, Any]) -> None:
    """Look whether the credit completes a course."""
    with services.database.write() as session:
        credit = credits.by_public_id(session, about["credit"])
        courses.follow_credit(session, credit, now=services.clock(), publish=services.publish(session))


def _course_award(services: Services, about: Mapping[str, Any]) -> None:
    """Issue the Zertifikat mit Leistungsnachweis."""
    with services.database.write() as session:
        course = courses.by_public_id(session, about["course"])
        award.award_course(session, course, about["person"], services.issuing())


def _award_run(services: Services, about: Mapping[str, Any]) -> None:
    """Issue, issue anew or revoke many awards, a chunk a transaction."""
    is_more = True
    while is_more:
        with services.database.write() as session:
            is_more = runs.follow(session, about["run"], services.issuing())


def _resigning(services: Services, about: Mapping[str, Any]) -> None:
    """Sign anew what rests on a compromised key; what is done rests on it no more."""
    public_url = services.settings.public_url
    with services.database.read() as session:
        issuer = organisations.by_public_id(session, about["organisation"])
        lost = resigning.lost_key(issuer, about["number"], public_url=public_url)
    for _ in resigning.sweep(
        services.database, lost, clock=services.clock, fernet=services.fernet, public_url=public_url
    ):
        pass


def _roster(services: Services, about: Mapping[str, Any]) -> None:
    """Read the members of an LMS's course, if we don't know them well enough."""
    rosters.follow_course(services, about["context"])


def _roster_now(services: Services, about: Mapping[str, Any]) -> None:
    """Read the members of an LMS's course because a teacher asked for it."""
    rosters.sync(services, about["context"], whole=True)
