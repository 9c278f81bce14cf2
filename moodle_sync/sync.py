"""Bring a Moodle course's completions in: ask Moodle, plan, record. Start here.

Asking takes long and keeps no transaction open; recording is one transaction that the caller opens.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from campus import evidence, people
from campus.events import Publish
from campus.evidence import Fact
from campus.models.evidence import Evidence, SourceObject
from campus.models.people import Identity, IdentityLink
from campus.rules.credit import Outcome
from moodle_sync.client import MoodleClient, MoodleNotFoundError
from moodle_sync.functions import activities_completion, enrolled_user_ids, grade_items
from moodle_sync.plan import MoodleFact, State, plan_user
from moodle_sync.store import MoodleCourse, MoodleSite, module_reference

IDENTITY_KIND = "moodle"
OUTCOMES: dict[State, Outcome] = {
    "done": Outcome.DONE,
    "passed": Outcome.PASSED,
    "failed": Outcome.FAILED,
    "not_done": Outcome.RETRACTED,
}
"""Not done makes no claim; after an earlier claim it takes that one back."""


@dataclass(frozen=True)
class SyncReport:
    """What a synchronisation saw; no persons."""

    users: int
    facts: int
    unknown_users: int
    """How many of the persons asked for Moodle did not know, or not in this course."""


def sync_course(
    client: MoodleClient,
    moodle_course_id: int,
    *,
    record: Callable[[Sequence[MoodleFact]], object],
    now: datetime,
    user_ids: Iterable[int] | None = None,
    known: Mapping[int, frozenset[int]] | None = None,
) -> SyncReport:
    """Read the persons' completions and grades and hand the facts to ``record``, all of them at once.

    ``user_ids`` None asks for everybody enrolled. ``known`` gives by user the modules that Moodle told of before.
    Raises a MoodleError, before anything is recorded.
    """
    asked = list(enrolled_user_ids(client, moodle_course_id)) if user_ids is None else sorted(set(user_ids))
    facts: list[MoodleFact] = []
    unknown = 0
    for user_id in asked:
        try:
            statuses = activities_completion(client, moodle_course_id, user_id)
            grades = grade_items(client, moodle_course_id, user_id)
        except MoodleNotFoundError:
            unknown += 1
            continue
        before = (known or {}).get(user_id, frozenset())
        facts += plan_user(user_id, statuses, grades, known=before, read_at=now)
    record(facts)
    return SyncReport(users=len(asked), facts=len(facts), unknown_users=unknown)


def linked_user_ids(session: Session, site: MoodleSite) -> list[int]:
    """List the site's users who are linked to a person: nobody else's data need be asked for."""
    subjects = session.scalars(
        select(Identity.subject)
        .join(IdentityLink, IdentityLink.identity_id == Identity.id)
        .where(Identity.issuer == site.base_url, Identity.client_id == "", IdentityLink.current)
    )
    return sorted(int(subject) for subject in subjects if subject.isdecimal())


def known_modules(session: Session, course: MoodleCourse) -> dict[int, frozenset[int]]:
    """Return by user id the course modules that there is evidence of, so that vanished ones can be taken back."""
    prefix = module_reference(course.moodle_course_id, 0).removesuffix("0")
    rows = session.execute(
        select(Identity.subject, SourceObject.reference)
        .join(Evidence, Evidence.identity_id == Identity.id)
        .join(SourceObject, SourceObject.id == Evidence.object_id)
        .where(
            Identity.issuer == course.site.base_url,
            SourceObject.source == course.site.base_url,
            SourceObject.reference.startswith(prefix, autoescape=True),
        )
        .distinct()
    )
    found: dict[int, set[int]] = {}
    for subject, reference in rows:
        found.setdefault(int(subject), set()).add(int(reference.removeprefix(prefix)))
    return {user_id: frozenset(cmids) for user_id, cmids in found.items()}


def record_facts(
    session: Session,
    course: MoodleCourse,
    facts: Sequence[MoodleFact],
    *,
    now: datetime,
    publish: Publish,
) -> list[Evidence]:
    """Record the facts as evidence of the site's users and note when the course was last read.

    A user seen for the first time gets an identity, but no person: whose it is, is a decision of its own.
    """
    site = course.site
    users = sorted({fact.user_id for fact in facts})
    identities = {
        user_id: people.identity_for(session, kind=IDENTITY_KIND, issuer=site.base_url, subject=str(user_id), now=now)
        for user_id in users
    }
    recorded = evidence.record(
        session,
        [
            Fact(
                identity_id=identities[fact.user_id].id,
                source=site.base_url,
                reference=module_reference(course.moodle_course_id, fact.cmid),
                outcome=OUTCOMES[fact.state],
                occurred_at=fact.occurred_at,
                percent=fact.percent,
                raw=fact.raw,
            )
            for fact in facts
        ],
        now=now,
        publish=publish,
    )
    course.synced_at = now
    session.flush()
    return recorded
