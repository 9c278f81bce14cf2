"""Every form of an award that was issued: made from what is stored, and readable as what it says it is."""

import json
from dataclasses import replace

import pytest

from campus.database import Database
from certificates import forms, reading, store
from certificates.elmo import signature
from certificates.errors import NoElmoError
from certificates.facts import AwardKind
from certificates.forms import Form, Issued
from certificates.issuers import seal
from certificates.issuers.signing import Signing
from certificates.papers import branding, pades, specimen
from certificates.papers.branding import Branding
from certificates.reading import markup
from certificates.store import IssuerProfile
from tests.databases import ON_SQLITE
from tests.integration.certificates import world
from tests.integration.certificates.world import FERNET
from tests.unit.certificates.samples import NOW, PUBLIC_URL


@pytest.fixture
def issued(database: Database) -> Issued:
    """Issue a course's certificate while the provider's papers are red, and let them turn green afterwards."""
    signing = Signing(database, FERNET, lambda: NOW)
    with database.write() as session:
        made = world.build(session)
        for number, accent in ((1, "#aa0000"), (2, "#00aa00")):
            content = branding.to_json(Branding(accent=accent))
            values = {"organisation_id": made.issuer_id, "number": number, "by_mandate": False, "created_at": NOW}
            if number == 2:
                award = world.issued(session, made.facts_for(kind=AwardKind.COURSE))
            session.add(IssuerProfile(content=content, **values))
            session.flush()
        public_id = award.public_id
    with database.read() as session:
        return forms.read(store.award(session, public_id), public_url=PUBLIC_URL, signing=signing)


@ON_SQLITE
@pytest.mark.parametrize("form", Form)
def test_every_form_holds_the_signed_credential(issued: Issued, form: Form) -> None:
    made = forms.make(form, issued)
    assert made.filename.endswith(f".{form.value}")
    read = reading.read(made.body, public_url=PUBLIC_URL)
    if form is Form.ELMO:
        assert json.loads(issued.credential)["id"].encode() in made.body
        return
    (text,) = read.credentials
    if form is not Form.JWT:
        assert text == issued.credential


@ON_SQLITE
def test_paper_and_transcript_bear_the_issuers_seal(database: Database, issued: Issued) -> None:
    (signed,) = pades.check(forms.make(Form.PDF, issued).body)
    elmo = signature.verify(markup.parse(forms.make(Form.ELMO, issued).body))
    assert (signed.intact, signed.whole) == (True, True)
    assert elmo.certificate == signed.certificate
    with database.read() as session:
        row = seal.owner(session, signed.certificate)
    assert row is not None
    assert row.organisation_id == issued.issuer_id


@ON_SQLITE
def test_a_paper_keeps_the_look_of_the_day_it_was_issued(issued: Issued) -> None:
    assert issued.branding is not None
    assert issued.branding.accent == "#aa0000"


@ON_SQLITE
def test_a_municipality_has_no_transcript_of_studies(issued: Issued) -> None:
    with pytest.raises(NoElmoError):
        forms.make(Form.ELMO, replace(issued, facts=specimen.facts(AwardKind.MUNICIPALITY, issued.facts.issuer)))
