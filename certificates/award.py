"""From a credit to an award: the facts are read once, frozen, and issued. Safe to run twice."""

from datetime import datetime
from random import Random

from cryptography.fernet import MultiFernet
from sqlalchemy import select
from sqlalchemy.orm import Session

from campus import courses, credits, people, tasks
from campus.evidence import OWN_SOURCE
from campus.models.base import new_public_id
from campus.models.catalogue import Activity, ActivityKind, Course, LearningUnit, Phase
from campus.models.credits import Credit
from campus.models.evidence import Evidence
from campus.models.organisations import Organisation
from campus.rules.course import RULE as COURSE_RULE
from campus.rules.credit import RULE as CREDIT_RULE
from campus.rules.credit import Outcome, RequirementKind, Standing
from campus.rules.exam import ExamDefinition
from certificates import did, texts
from certificates.credential import Addresses
from certificates.facts import (
    Achievement,
    AwardFacts,
    AwardKind,
    EvidenceSummary,
    Issuer,
    Part,
    PartResult,
    Provider,
    Recipient,
    Rule,
)
from certificates.issue import issue
from certificates.store import Award

EVIDENCE_KINDS = {
    RequirementKind.ACTIVITY: "self_study",
    RequirementKind.TUTORIAL: "tutorial",
    RequirementKind.EXAM: "exam",
    RequirementKind.EVALUATION: "evaluation",
}
EXCUSED = "excused"
UNIT_CRITERIA = {
    "de": "Alle Phasen der Lerneinheit abgeschlossen, am Tutorium teilgenommen (oder davon entschuldigt), "
    "Kurzprüfung abgelegt und Evaluation abgegeben.",
    "en": "All phases of the learning unit completed, tutorial attended (or excused), short exam sat and evaluation "
    "handed in.",
}
COURSE_CRITERIA = {
    "de": "Alle Pflicht-Lerneinheiten und die nötigen Wahlpflicht-Lerneinheiten des Kurses bestanden.",
    "en": "All compulsory and the required elective learning units of the course achieved.",
}


def award_unit(
    session: Session, credit: Credit, *, now: datetime, fernet: MultiFernet, public_url: str, random: Random
) -> Award | None:
    """Issue the Teilnahmebescheinigung if the credit, as it is now, is earned; else do nothing."""
    if not Standing(credit.standing).is_earned:
        return None
    facts = _unit_facts(session, credit, now=now, public_url=public_url)
    award = issue(session, facts, now=now, fernet=fernet, public_url=public_url, random=random)
    tasks.follow_award(session, credit, award.revoked_at, now=now)
    return award


def award_course(
    session: Session,
    course: Course,
    person_public_id: str,
    *,
    now: datetime,
    fernet: MultiFernet,
    public_url: str,
    random: Random,
) -> Award | None:
    """Issue the Zertifikat mit Leistungsnachweis if the course, as things stand now, is complete; else do nothing."""
    if not courses.is_complete_for(session, course, people.by_public_id(session, person_public_id).id):
        return None
    facts = _course_facts(session, course, person_public_id, now=now, public_url=public_url)
    return issue(session, facts, now=now, fernet=fernet, public_url=public_url, random=random)


def _unit_facts(session: Session, credit: Credit, *, now: datetime, public_url: str) -> AwardFacts:
    unit, provider = credit.unit, credit.unit.provider
    finding = credits.find(session, credit.person_id, credit.unit_id)
    kinds = {r.key: EVIDENCE_KINDS[r.kind] for r in finding.requirements.requirements}
    summary = {
        EvidenceSummary(EXCUSED if claim.outcome is Outcome.EXCUSED else kinds[claim.requirement], source_name(e))
        for e, claim in finding.counted
    }
    return AwardFacts(
        award_id=new_public_id(),
        kind=AwardKind.ATTENDANCE,
        recipient=Recipient(credit.person.public_id, credit.person.name or ""),
        achievement=_achievement(unit),
        issuer=_issuer(provider, public_url),
        delivered_by=_delivered_by(unit, public_url),
        issued_at=now,
        achieved_on=texts.day_of(_last(finding, credit)),
        rule=_rule(CREDIT_RULE),
        score=credit.percent,
        pass_score=_pass_percent(session, unit),
        evidence=tuple(sorted(summary, key=lambda item: (item.kind, item.source))),
    )


def _course_facts(
    session: Session, course: Course, person_public_id: str, *, now: datetime, public_url: str
) -> AwardFacts:
    person = people.by_public_id(session, person_public_id)
    achieved = courses.achieved_units(session, person.id)
    parts = tuple(_part(session, person.id, listed.unit) for listed in course.units if str(listed.unit_id) in achieved)
    return AwardFacts(
        award_id=new_public_id(),
        kind=AwardKind.COURSE,
        recipient=Recipient(person.public_id, person.name or ""),
        achievement=Achievement(
            public_id=course.public_id,
            code=course.code,
            title=course.title,
            description=course.summary,
            criteria=COURSE_CRITERIA,
            hours=sum(listed.unit.hours for listed in course.units if str(listed.unit_id) in achieved),
            ects=course.ects,
        ),
        issuer=_issuer(course.provider, public_url),
        issued_at=now,
        achieved_on=max(part.achieved_on for part in parts),
        rule=_rule(COURSE_RULE),
        parts=parts,
        evidence=(EvidenceSummary("unit", "KommunalCampus"),),
    )


def _last(finding: credits.Finding, credit: Credit) -> datetime:
    """Return when the last of the counted evidence happened; a credit that rests on none, when it changed."""
    return max((evidence.occurred_at for evidence, _ in finding.counted), default=credit.changed_at)


def source_name(evidence: Evidence) -> str:
    """Name the source of a piece of evidence for readers of a certificate."""
    source = evidence.object.source
    return "KommunalCampus" if source == OWN_SOURCE else source


def _part(session: Session, person_id: int, unit: LearningUnit) -> Part:
    credit = session.scalars(select(Credit).where(Credit.person_id == person_id, Credit.unit_id == unit.id)).one()
    return Part(
        code=unit.code,
        title=unit.title,
        achieved_on=texts.day_of(_last(credits.find(session, person_id, unit.id), credit)),
        score=credit.percent,
        result=PartResult.ACHIEVED if credit.standing == Standing.ACHIEVED else PartResult.ATTENDED,
    )


def _achievement(unit: LearningUnit) -> Achievement:
    return Achievement(
        public_id=unit.public_id,
        code=unit.code,
        title=unit.title,
        description=unit.summary,
        criteria=UNIT_CRITERIA,
        hours=unit.hours,
    )


def _issuer(organisation: Organisation, public_url: str) -> Issuer:
    return Issuer(
        organisation_id=organisation.public_id,
        did=did.issuer_did(public_url, organisation.slug),
        name=organisation.name,
        url=Addresses(public_url).issuer(organisation.slug),
    )


def _delivered_by(unit: LearningUnit, public_url: str) -> Provider | None:
    """Name who taught, when another provider offers the unit (code-sharing)."""
    if unit.delivering_provider_id == unit.provider_id:
        return None
    body = _issuer(unit.delivering_provider, public_url)
    return Provider(did=body.did, name=body.name, url=body.url)


def _pass_percent(session: Session, unit: LearningUnit) -> float | None:
    config = session.scalars(
        select(Activity.config)
        .join(Phase, Phase.id == Activity.phase_id)
        .where(Phase.unit_id == unit.id, Activity.kind == ActivityKind.QUIZ, Activity.supported)
    ).first()
    return ExamDefinition.from_json(config).pass_percent if config else None


def _rule(named: str) -> Rule:
    name, _, version = named.partition("/")
    return Rule(name, version)
