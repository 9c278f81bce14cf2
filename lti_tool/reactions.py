"""What follows an event: one table. Upstream never knows downstream; this is where they meet.

A follower is a durable job named by (follower, what it is about, revision). It acts on the state as it is when it
runs, so running late, twice or out of order ends right (law 4).
"""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from sqlalchemy.orm import Session

from campus.events import (
    AwardsWanted,
    CourseCompleted,
    CourseOpened,
    CreditChanged,
    Event,
    EvidenceRecorded,
    KeyCompromised,
    LearnerArrived,
    Publish,
    ResultsWanted,
    RosterWanted,
    ScoreWanted,
    StatementsWanted,
)
from campus.jobs import JobQueue

FOLLOWERS: Mapping[type[Event], tuple[str, ...]] = {
    EvidenceRecorded: ("statement",),
    CreditChanged: ("score", "attendance_award", "course", "credit_statement"),
    CourseCompleted: ("course_award",),
    LearnerArrived: ("score",),
    CourseOpened: ("roster",),
    RosterWanted: ("roster_now",),
    ScoreWanted: ("score",),
    ResultsWanted: ("results",),
    StatementsWanted: ("statement_evidence",),
    AwardsWanted: ("award_run",),
    KeyCompromised: ("resigning",),
}


def publisher(session: Session, jobs: JobQueue) -> Publish:
    """Return what turns events into their followers' jobs, inside the session's transaction."""

    def publish(event: Event) -> None:
        arguments: dict[str, Any] = asdict(event)
        for follower in FOLLOWERS[type(event)]:
            jobs.enqueue(session, follower, ":".join(str(value) for value in arguments.values()), arguments)

    return publish
