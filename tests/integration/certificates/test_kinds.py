"""Every kind of award, from rows of the domain to what its credential says; and what happens to it later."""

import json
from dataclasses import dataclass, replace
from datetime import date, timedelta
from random import Random
from typing import Any

import jsonschema_rs
import pytest
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from campus import courses, credits, evidence
from campus.database import Database
from campus.extent import Extent
from campus.models.catalogue import Course, CourseAwardingBody
from campus.models.maturity import MaturityAssessment
from campus.models.organisations import Organisation, OrganisationKind
from campus.models.people import Person
from certificates import award, forms, issue, publish, status_list
from certificates.errors import AwardRevokedError, BadFactsError
from certificates.facts import AwardKind, Grade
from certificates.issuers import keys
from certificates.issuers.signing import Signing
from certificates.papers import branding
from certificates.papers.branding import Branding
from certificates.signatures import multibase, proof
from certificates.status import StatusPurpose
from certificates.store import Award, IssuerProfile, StatusList
from tests.factories import NOW, Heard, all_facts, learner, organisation, tutorial, unit
from tests.integration.certificates.world import FERNET
from tests.oracles.standards import read_json
from tests.unit.certificates.samples import PUBLIC_URL

HOW = issue.Issuing(NOW, FERNET, PUBLIC_URL, Random(1))
LATER = replace(HOW, now=NOW + timedelta(days=1))


@dataclass
class Taken:
    """A course, and somebody who has completed it."""

    course: Course
    person: Person
    bodies: list[Organisation]

    def award(self, session: Session) -> Award:
        made = award.award_course(session, self.course, self.person.public_id, HOW)
        assert made is not None
        return made


def completed(session: Session, *, bodies: int = 0) -> Taken:
    provider = organisation(session, slug="hochschule-a")
    units = [unit(session, code, provider) for code in ("A1", "A2", "B1")]
    units[0].competencies = [
        {
            "title": {"de": "Anträge digital gestalten", "en": "Design digital applications"},
            "url": "https://esco.example/1",
        },
        {"title": {"de": "Prozesse lesen", "en": "Read processes"}},
    ]
    course = courses.create(
        session,
        code="OZG",
        title={"de": "OZG", "en": "OZG"},
        summary={"de": "Kurs", "en": "Course"},
        provider=provider,
        units=[(one, True) for one in units],
        extent=Extent(ects=2.5),
        now=NOW,
    )
    course.eqf_level = 5
    others = [organisation(session, slug=f"body-{number}") for number in range(bodies)]
    course.awarding_bodies = [
        CourseAwardingBody(organisation_id=one.id, position=place) for place, one in enumerate(others)
    ]
    identity, person = learner(session)
    for one in units:
        evidence.record(session, all_facts(one, tutorial(session, one), identity), now=NOW, publish=Heard())
    session.flush()
    return Taken(course, person, others)


def said(made: Award) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(made.credential or "")
    return document


def holds(session: Session, document: dict[str, Any], signer: Organisation) -> bool:
    [public] = keys.public_keys(session, signer.id)
    return proof.holds(document, multibase.public_key(public.multibase))


def test_a_course_says_level_competencies_and_who_taught_each_part(database: Database) -> None:
    with database.write() as session:
        document = said(completed(session).award(session))
    achievement = document["credentialSubject"]["achievement"]
    assert [one["targetName"] for one in achievement["alignment"]] == [
        "2.5 ECTS",
        "EQF 5",
        "Anträge digital gestalten / Design digital applications",
    ]
    assert achievement["tag"] == ["Prozesse lesen / Read processes"]
    assert "EQR/DQR-Niveau 5" in achievement["description"]
    assert "Hochschule-A" in document["credentialSubject"]["narrative"]


def test_what_several_award_each_of_the_others_endorses_with_its_own_key(database: Database) -> None:
    with database.write() as session:
        taken = completed(session, bodies=4)
        document = said(taken.award(session))
        assert holds(session, document, taken.course.provider)
        endorsements = document["endorsement"]
        assert [holds(session, one, body) for one, body in zip(endorsements, taken.bodies, strict=True)] == [True] * 4
        assert {one["credentialSubject"]["id"] for one in endorsements} == {document["id"]}
        assert not holds(session, endorsements[0], taken.bodies[1])
    assert (
        "Gemeinsam verliehen von Hochschule-A, Body-0, Body-1, Body-2 und Body-3."
        in (document["credentialSubject"]["narrative"])
    )


def test_by_mandate_the_office_signs_and_the_credential_says_for_whom(database: Database) -> None:
    with database.write() as session:
        taken = completed(session)
        office = organisation(session, OrganisationKind.OFFICE, "kommunalcampus")
        content = branding.to_json(Branding())
        session.add(
            IssuerProfile(
                organisation_id=taken.course.provider_id, number=1, by_mandate=True, content=content, created_at=NOW
            )
        )
        session.flush()
        document = said(taken.award(session))
        assert holds(session, document, office)
    assert document["issuer"]["name"] == "Kommunalcampus"
    assert document["credentialSubject"]["achievement"]["creator"]["name"] == "Hochschule-A"
    assert "Ausgestellt von Kommunalcampus im Auftrag von Hochschule-A." in document["credentialSubject"]["narrative"]


def test_a_mandate_without_an_office_issues_nothing(database: Database) -> None:
    with database.write() as session:
        taken = completed(session)
        profile = {"number": 1, "by_mandate": True, "content": branding.to_json(Branding()), "created_at": NOW}
        session.add(IssuerProfile(organisation_id=taken.course.provider_id, **profile))
        session.flush()
        with pytest.raises(BadFactsError):
            taken.award(session)


def test_an_individual_course_is_called_so(database: Database) -> None:
    with database.write() as session:
        taken = completed(session)
        taken.course.individual_for_id = taken.person.id
        made = taken.award(session)
        assert made.kind == AwardKind.INDIVIDUAL
    assert said(made)["name"].startswith("Zertifikat mit Leistungsnachweis (individueller Kurs)")


def assessment(session: Session) -> MaturityAssessment:
    town = organisation(session, OrganisationKind.MUNICIPALITY, "musterhausen")
    found = MaturityAssessment(
        municipality=town,
        provider=organisation(session, slug="hochschule-a"),
        assessor="Prof. Dr. Ada Prüfer",
        self_reported_on=date(2026, 9, 1),
        assessed_on=date(2026, 10, 1),
        valid_until=date(2028, 9, 30),
        ratings={"data": 3, "automation": 2, "networking": 4},
        summary={"de": "Auf gutem Weg", "en": "Well on its way"},
        created_at=NOW,
    )
    session.add(found)
    session.flush()
    return found


def test_a_municipality_holds_a_certificate_of_its_own(database: Database) -> None:
    with database.write() as session:
        found = assessment(session)
        made = award.award_municipality(session, found, HOW)
        assert award.award_municipality(session, found, LATER).id == made.id
        assert made.person_id is None
        document = said(made)
        assert holds(session, document, found.provider)
        issued = forms.read(made, public_url=PUBLIC_URL, signing=Signing(database, FERNET, lambda: NOW))
        assert forms.make(forms.Form.JSON, issued).body.decode() == made.credential
    subject = document["credentialSubject"]
    assert subject["achievement"]["achievementType"] == "QualityAssuranceCredential"
    assert subject["identifier"][0]["identityHash"] == "Musterhausen"
    assert [one["value"] for one in subject["result"]] == ["3", "2", "4", "2"], "the last is the weakest field's"
    assert document["validUntil"] == "2028-09-30T22:00:00Z", "the end of that day in Germany"


def test_a_correction_comes_in_its_place_and_each_names_the_other(database: Database) -> None:
    with database.write() as session:
        taken = completed(session)
        first = taken.award(session)
        taken.person.name = "Mira Neu"
        facts = award.facts_again(session, first, LATER)
        assert facts is not None
        grade = Grade("1,7", {"de": "1 bis 5", "en": "1 to 5"})
        second = issue.supersede(session, first, replace(facts, grade=grade), LATER, by=None)
        assert (second.supersedes_id, first.superseded_by) == (first.id, second)
        assert (first.revoked_at, first.superseded_at) == (LATER.now, LATER.now)
        assert taken.award(session).id == second.id, "asked again, the new one stands"
        document = said(second)
        assert document["credentialSubject"]["identifier"][0]["identityHash"] == "Mira Neu"
        assert f"Ersetzt den Nachweis {first.public_id}." in document["credentialSubject"]["narrative"]
        assert "Note: 1,7 (1 bis 5)." in document["credentialSubject"]["narrative"]
        with pytest.raises(AwardRevokedError):
            issue.supersede(session, first, facts, LATER, by=None)
        assert len(first.status_list.signed or "") == 0
        assert session.get_one(StatusList, first.status_list_id).revision == 1


def test_what_is_not_earned_any_more_is_not_issued_anew(database: Database) -> None:
    with database.write() as session:
        taken = completed(session)
        first = taken.award(session)
        credit = credits.state(session, taken.person.id, taken.course.units[0].unit_id)
        assert credit is not None
        credit.standing = "missing"
        session.flush()
        assert award.facts_again(session, first, LATER) is None


def places(session: Session, purpose: StatusPurpose) -> set[int]:
    """Give the places that are set in the provider's list, as it is published."""
    listed = session.scalars(select(StatusList).where(StatusList.purpose == purpose)).one()
    signed = publish.sign_list(session, listed.public_id, now=NOW, fernet=FERNET, public_url=PUBLIC_URL)
    subject = json.loads(signed.embedded)["credentialSubject"]
    assert subject["statusPurpose"] == purpose
    bits = status_list.decode(subject["encodedList"])
    return {8 * place + bit for place, byte in enumerate(bits) for bit in range(8) if byte & 0x80 >> bit}


def test_a_suspended_award_is_in_both_lists_until_it_ends(database: Database) -> None:
    with database.write() as session:
        made = completed(session).award(session)
        issue.suspend(session, made, reason="wird geprüft", by=None, now=NOW)
        issue.suspend(session, made, reason="noch einmal", by=None, now=LATER.now)
        assert (made.suspended_at, made.suspended_reason) == (NOW, "wird geprüft")
        for purpose in StatusPurpose:
            assert places(session, purpose) == {made.status_index}, "no verifier accepts it meanwhile"
        issue.resume(session, made)
        issue.resume(session, made)
        for purpose in StatusPurpose:
            assert places(session, purpose) == set()
        with pytest.raises(BadFactsError):
            issue.suspend(session, made, reason=" ", by=None, now=NOW)


def test_a_revoked_award_is_in_the_list_of_revocations_alone(database: Database) -> None:
    with database.write() as session:
        made = completed(session).award(session)
        issue.revoke(session, made, reason="falsche Person", by=None, now=NOW)
        assert places(session, StatusPurpose.REVOCATION) == {made.status_index}
        assert places(session, StatusPurpose.SUSPENSION) == set()


def test_an_issuer_from_before_suspensions_gets_its_list_with_the_first(database: Database) -> None:
    with database.write() as session:
        made = completed(session).award(session)
        session.execute(delete(StatusList).where(StatusList.purpose == StatusPurpose.SUSPENSION))
        issue.suspend(session, made, reason="wird geprüft", by=None, now=NOW)
        assert places(session, StatusPurpose.SUSPENSION) == {made.status_index}


@pytest.mark.parametrize("kind", ["joint", "municipality"])
def test_the_official_schema_accepts_what_is_issued(database: Database, kind: str) -> None:
    schema = jsonschema_rs.validator_for(read_json("schemas/ob_v3p0_achievementcredential_schema.json"))
    with database.write() as session:
        if kind == "joint":
            made = completed(session, bodies=4).award(session)
        else:
            made = award.award_municipality(session, assessment(session), HOW)
        assert [error.message for error in schema.iter_errors(said(made))] == []
