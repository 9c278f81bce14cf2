"""Each form of each kind of award, made from the stored award and handed in again: genuine, as anybody checks it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import pytest
from cryptography.fernet import MultiFernet
from sqlalchemy.orm import Session

from campus.database import Database
from campus.outbound import Outbound
from campus.public_url import PublicUrl
from certificates import award, forms, store
from certificates.errors import NoElmoError
from certificates.facts import AwardKind
from certificates.forms import Form
from certificates.issuers.signing import Signing
from certificates.store import Award
from certificates.verifying import Known, uploads
from certificates.verifying.sources import Memory, sources
from tests.databases import ON_SQLITE
from tests.factories import NOW
from tests.integration.certificates import world
from tests.integration.certificates.test_kinds import HOW, assessment, completed
from tests.integration.certificates.world import FERNET
from tests.unit.certificates.samples import PUBLIC_URL

OUTBOUND = Outbound(allow_loopback_http=False)


@dataclass(frozen=True)
class _Settings:
    public_url: str = PUBLIC_URL


@dataclass(frozen=True)
class _Services:
    """What checking asks of the application."""

    database: Database
    settings: PublicUrl = _Settings()
    fernet: MultiFernet = FERNET
    outbound: Outbound = OUTBOUND

    def clock(self) -> datetime:
        return NOW


def _attendance(session: Session) -> Award:
    return world.issued(session, world.build(session).facts_for())


def _course(session: Session) -> Award:
    return completed(session).award(session)


def _joint(session: Session) -> Award:
    return completed(session, bodies=2).award(session)


def _individual(session: Session) -> Award:
    taken = completed(session)
    taken.course.individual_for_id = taken.person.id
    return taken.award(session)


def _municipality(session: Session) -> Award:
    return award.award_municipality(session, assessment(session), HOW)


MADE: dict[str, Callable[[Session], Award]] = {
    AwardKind.ATTENDANCE: _attendance,
    AwardKind.COURSE: _course,
    "joint": _joint,
    AwardKind.INDIVIDUAL: _individual,
    AwardKind.MUNICIPALITY: _municipality,
}


def test_every_kind_is_here() -> None:
    assert {*AwardKind} <= MADE.keys()


@ON_SQLITE
@pytest.mark.parametrize("make", MADE.values(), ids=MADE)
def test_each_form_is_genuine_in_every_part(database: Database, make: Callable[[Session], Award]) -> None:
    services = _Services(database)
    with database.write() as session:
        public_id = make(session).public_id
    with database.read() as session:
        signing = Signing(database, FERNET, services.clock)
        issued = forms.read(store.award(session, public_id), public_url=PUBLIC_URL, signing=signing)
    for form in Form:
        if form is Form.ELMO and issued.facts.kind is AwardKind.MUNICIPALITY:
            with pytest.raises(NoElmoError):
                forms.make(form, issued)
            continue
        made = forms.make(form, issued).body
        found = uploads.check(made, sources(services, Memory()), _nobody, public_url=PUBLIC_URL, now=NOW)
        (report,) = found.reports
        assert report.genuine, (form, report.findings)
        assert report.known is Known.OURS, form
        assert all(one.genuine for one in report.endorsements), form


def _nobody(_public_id: str) -> str:
    raise AssertionError("the form itself is checked, not what is stored here")
