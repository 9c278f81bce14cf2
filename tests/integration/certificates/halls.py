"""A provider with a unit, people who have earned it, and runs over their awards."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from random import Random

from sqlalchemy import select

from campus.database import Database
from campus.models.catalogue import LearningUnit
from campus.models.people import Person
from certificates import runs, store
from certificates.issue import Issuing
from certificates.runs import RunKind
from certificates.store import Award, AwardState, Run
from tests.factories import NOW, Heard
from tests.integration.certificates.world import FERNET
from tests.unit.certificates.samples import PUBLIC_URL


@dataclass
class Hall:
    """A unit that some have earned, and runs over them."""

    database: Database
    unit: LearningUnit
    people: list[Person]
    heard: Heard = field(default_factory=Heard)
    now: datetime = NOW
    random: Random = field(default_factory=lambda: Random(1))
    by_office: bool = True

    @property
    def how(self) -> Issuing:
        return Issuing(self.now, FERNET, PUBLIC_URL, self.random)

    def begin(self, kind: RunKind, subjects: Sequence[str], **about: object) -> Run:
        with self.database.write() as session:
            return runs.begin(
                session,
                kind,
                self.unit.provider_id,
                subjects,
                about,
                by=self.people[0].id,
                by_office=self.by_office,
                now=self.now,
                publish=self.heard,
            )

    def step(self, run: Run) -> bool:
        with self.database.write() as session:
            return runs.follow(session, run.public_id, self.how)

    def finish(self, run: Run) -> Run:
        while self.step(run):
            pass
        with self.database.read() as session:
            return runs.by_public_id(session, run.public_id)

    def do(self, kind: RunKind, subjects: Sequence[str], **about: object) -> Run:
        return self.finish(self.begin(kind, subjects, **about))

    def issue_all(self) -> list[Award]:
        self.do(RunKind.ISSUE, [person.public_id for person in self.people], unit=self.unit.public_id)
        return self.awards()

    def awards(self, state: AwardState | None = None) -> list[Award]:
        with self.database.read() as session:
            found = select(Award).order_by(Award.id)
            return list(session.scalars(found.where(store.in_state(state)) if state else found))

    def rename(self, which: int, name: str) -> None:
        with self.database.write() as session:
            session.get_one(Person, self.people[which].id).name = name
