"""From a credit to an award: the facts are read once, frozen, and issued. Safe to run twice."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, time, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from campus import courses, credits, people, tasks
from campus.evidence import OWN_SOURCE
from campus.models.base import new_public_id
from campus.models.catalogue import Activity, ActivityKind, Course, LearningUnit, Phase
from campus.models.credits import Credit
from campus.models.evidence import Evidence
from campus.models.maturity import MaturityAssessment
from campus.models.people import Person
from campus.rules import maturity
from campus.rules.course import RULE as COURSE_RULE
from campus.rules.credit import RULE as CREDIT_RULE
from campus.rules.credit import Outcome, RequirementKind, Standing
from campus.rules.exam import ExamDefinition
from certificates import texts
from certificates.facts import (
    Achievement,
    AwardFacts,
    AwardKind,
    Competency,
    EvidenceSummary,
    Part,
    PartResult,
    Rating,
    Recipient,
    Rule,
)
from certificates.foreign import store as foreign
from certificates.issue import Issuing, issue
from certificates.issuers import mandate
from certificates.store import Award

EVIDENCE_KINDS = {
    RequirementKind.ACTIVITY: "self_study",
    RequirementKind.TUTORIAL: "tutorial",
    RequirementKind.EXAM: "exam",
    RequirementKind.EVALUATION: "evaluation",
}
EXCUSED = "excused"
FOREIGN = "foreign_credential"
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


MATURITY: dict[str, dict[str, str]] = {
    "title": {"de": "Digitale Reife einer Kommune", "en": "A municipality's digital maturity"},
    "criteria": {
        "de": "Selbstauskunft der Kommune und Begutachtung ihres Online-Auftritts; die Gesamtstufe ist die des "
        "schwächsten Feldes.",
        "en": "Self-report of the municipality and assessment of its online presence; the overall level is that of the "
        "weakest field.",
    },
}
FIELDS: dict[maturity.Field, dict[str, str]] = {
    maturity.Field.DATA: {"de": "Nutzung digitaler Daten", "en": "Use of digital data"},
    maturity.Field.AUTOMATION: {"de": "Automatisierung", "en": "Automation"},
    maturity.Field.NETWORKING: {"de": "Vernetzung", "en": "Networking"},
}
OVERALL = {"de": "Gesamtstufe", "en": "Overall level"}


def award_unit(session: Session, credit: Credit, how: Issuing) -> Award | None:
    """Issue the Teilnahmebescheinigung if the credit, as it is now, is earned; else do nothing."""
    if not Standing(credit.standing).is_earned:
        return None
    award = issue(session, unit_facts(session, credit, how), how)
    tasks.follow_award(session, credit, award.revoked_at, now=how.now)
    return award


def award_course(session: Session, course: Course, person_public_id: str, how: Issuing) -> Award | None:
    """Issue the Zertifikat mit Leistungsnachweis if the course, as things stand now, is complete; else do nothing."""
    if not courses.is_complete_for(session, course, people.by_public_id(session, person_public_id).id):
        return None
    return issue(session, course_facts(session, course, person_public_id, how), how)


def award_municipality(session: Session, assessment: MaturityAssessment, how: Issuing) -> Award:
    """Issue the Digitalzertifikat that an assessment gives."""
    return issue(session, municipality_facts(session, assessment, how), how)


def facts_again(session: Session, award: Award, how: Issuing) -> AwardFacts | None:
    """Return what the award would say if it were issued now; None when it is not earned any more, or erased."""
    if award.assessment_id is not None:
        found = session.get_one(MaturityAssessment, award.assessment_id)
        return municipality_facts(session, found, how)
    if award.person_id is None:
        return None
    if award.unit_id is not None:
        credit = session.scalar(
            select(Credit).where(Credit.person_id == award.person_id, Credit.unit_id == award.unit_id)
        )
        earned = credit is not None and Standing(credit.standing).is_earned
        return unit_facts(session, credit, how) if credit is not None and earned else None
    course, person = session.get_one(Course, award.course_id), session.get_one(Person, award.person_id)
    if not courses.is_complete_for(session, course, person.id):
        return None
    return course_facts(session, course, person.public_id, how)


def unit_facts(session: Session, credit: Credit, how: Issuing) -> AwardFacts:
    """Return what the Teilnahmebescheinigung of an earned credit says now."""
    unit = credit.unit
    finding = credits.find(session, credit.person_id, credit.unit_id)
    kinds = {r.key: EVIDENCE_KINDS[r.kind] for r in finding.requirements.requirements}
    summary = {
        EvidenceSummary(_kind(e, claim.outcome, kinds[claim.requirement]), source_name(session, e))
        for e, claim in finding.counted
    }
    signing = mandate.signing_for(session, unit.provider, public_url=how.public_url)
    is_shared = unit.delivering_provider_id != unit.provider_id
    return AwardFacts(
        award_id=new_public_id(),
        kind=AwardKind.ATTENDANCE,
        recipient=Recipient(credit.person.public_id, credit.person.name or ""),
        achievement=_achievement(unit),
        issuer=signing.issuer,
        on_behalf_of=signing.on_behalf_of,
        delivered_by=mandate.body(unit.delivering_provider, how.public_url) if is_shared else None,
        issued_at=how.now,
        achieved_on=texts.day_of(_last(finding, credit)),
        rule=_rule(CREDIT_RULE),
        score=credit.percent,
        pass_score=_pass_percent(session, unit),
        evidence=tuple(sorted(summary, key=lambda item: (item.kind, item.source))),
    )


def course_facts(session: Session, course: Course, person_public_id: str, how: Issuing) -> AwardFacts:
    """Return what the certificate of a complete course says now."""
    person = people.by_public_id(session, person_public_id)
    achieved = courses.achieved_units(session, person.id)
    units = [listed.unit for listed in course.units if str(listed.unit_id) in achieved]
    parts = tuple(_part(session, person.id, unit) for unit in units)
    signing = mandate.signing_for(session, course.provider, public_url=how.public_url)
    return AwardFacts(
        award_id=new_public_id(),
        kind=kind_of(course),
        recipient=Recipient(person.public_id, person.name or ""),
        achievement=Achievement(
            public_id=course.public_id,
            code=course.code,
            title=course.title,
            description=course.summary,
            criteria=COURSE_CRITERIA,
            hours=sum(unit.hours for unit in units),
            ects=course.ects,
            eqf_level=course.eqf_level,
            competencies=_competencies(course.competencies or [one for unit in units for one in unit.competencies]),
        ),
        issuer=signing.issuer,
        on_behalf_of=signing.on_behalf_of,
        awarding_bodies=tuple(mandate.body(one.organisation, how.public_url) for one in course.awarding_bodies),
        issued_at=how.now,
        achieved_on=max(part.achieved_on for part in parts),
        rule=_rule(COURSE_RULE),
        parts=parts,
        evidence=(EvidenceSummary("unit", "KommunalCampus"),),
    )


def kind_of(course: Course) -> AwardKind:
    """Return which certificate a course gives."""
    return AwardKind.COURSE if course.individual_for_id is None else AwardKind.INDIVIDUAL


def municipality_facts(session: Session, assessment: MaturityAssessment, how: Issuing) -> AwardFacts:
    """Return what the Digitalzertifikat of an assessment says."""
    signing = mandate.signing_for(session, assessment.provider, public_url=how.public_url)
    ratings: dict[str, int] = {field.value: assessment.ratings[field] for field in maturity.Field}
    levels = [(FIELDS[field], ratings[field]) for field in maturity.Field] + [(OVERALL, maturity.overall(ratings))]
    ends = datetime.combine(assessment.valid_until + timedelta(days=1), time(), tzinfo=texts.GERMANY)
    return AwardFacts(
        award_id=new_public_id(),
        kind=AwardKind.MUNICIPALITY,
        recipient=Recipient(assessment.municipality.public_id, assessment.municipality.name["de"]),
        achievement=Achievement(
            public_id=assessment.public_id,
            code="DIGITAL",
            title=MATURITY["title"],
            description=assessment.summary,
            criteria=MATURITY["criteria"],
        ),
        issuer=signing.issuer,
        on_behalf_of=signing.on_behalf_of,
        issued_at=how.now,
        achieved_on=assessment.assessed_on,
        valid_until=ends.astimezone(UTC),
        rule=_rule(maturity.RULE),
        ratings=tuple(Rating(title, level, maturity.HIGHEST) for title, level in levels),
        evidence=(
            EvidenceSummary("self_report", texts.line(assessment.municipality.name["de"])),
            EvidenceSummary("assessment", texts.line(assessment.assessor)),
        ),
    )


def _last(finding: credits.Finding, credit: Credit) -> datetime:
    """Return when the last of the counted evidence happened; a credit that rests on none, when it changed."""
    return max((evidence.occurred_at for evidence, _ in finding.counted), default=credit.changed_at)


def _kind(evidence: Evidence, outcome: Outcome, otherwise: str) -> str:
    """Say what a piece of evidence is; a credential from elsewhere is that, whatever it counts for here."""
    if evidence.object.source == foreign.SOURCE:
        return FOREIGN
    return EXCUSED if outcome is Outcome.EXCUSED else otherwise


def source_name(session: Session, evidence: Evidence) -> str:
    """Name the source of a piece of evidence for readers of a certificate; of a foreign credential, its issuer."""
    source = evidence.object.source
    if source == foreign.SOURCE:
        name = foreign.issuer_name(session, evidence)
        return texts.both(name) if name else FOREIGN
    return "KommunalCampus" if source == OWN_SOURCE else source


def _part(session: Session, person_id: int, unit: LearningUnit) -> Part:
    credit = session.scalars(select(Credit).where(Credit.person_id == person_id, Credit.unit_id == unit.id)).one()
    return Part(
        code=unit.code,
        title=unit.title,
        achieved_on=texts.day_of(_last(credits.find(session, person_id, unit.id), credit)),
        score=credit.percent,
        provider=unit.provider.name,
        hours=unit.hours,
        ects=unit.ects,
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
        ects=unit.ects,
        eqf_level=unit.eqf_level,
        competencies=_competencies(unit.competencies),
    )


def _competencies(listed: Iterable[Mapping[str, Any]]) -> tuple[Competency, ...]:
    """Return competencies, each once."""
    once = {one["title"]["de"]: Competency(one["title"], one.get("url")) for one in listed}
    return tuple(once.values())


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
