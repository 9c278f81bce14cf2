"""A provider's seals: its own, one of a trust service, one in an HSM; retired ones stay known."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from asn1crypto.core import OctetString
from asn1crypto.pkcs12 import Pfx, SafeContents
from cryptography.exceptions import InvalidSignature
from cryptography.fernet import Fernet, MultiFernet
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, pkcs12

from campus.database import Database
from campus.errors import CampusError
from certificates.errors import (
    AwardNotFoundError,
    SealExpiredError,
    SealFileError,
    SealUnavailableError,
    TooCostlyFileError,
    TooLargeFileError,
    UnfitSealError,
)
from certificates.issuers import seal, seal_file
from certificates.issuers.hsm import Place
from certificates.issuers.seal import Seal
from certificates.reading import sandbox
from tests import seals
from tests.conftest import require_or_skip
from tests.factories import organisation
from tests.seals import NOW, PASSWORD

FERNET = MultiFernet([Fernet(Fernet.generate_key())])
ELLIPTIC, RSA = seals.elliptic(), seals.with_rsa()


@pytest.fixture
def provider(database: Database) -> int:
    with database.write() as session:
        return organisation(session, slug="hochschule-a").id


def current(database: Database, provider: int, after: timedelta = timedelta()) -> Seal:
    with database.write() as session:
        return seal.current(session, provider, now=NOW + after, fernet=FERNET)


def upload(database: Database, provider: int, file: bytes, password: str = PASSWORD) -> None:
    opened = seal_file.open_pkcs12(file, password, now=NOW)
    with database.write() as session:
        seal.add_opened(session, provider, opened, now=NOW, fernet=FERNET)


def verify(found: Seal, data: bytes, signature: bytes) -> None:
    public = found.public
    if isinstance(public, rsa.RSAPublicKey):
        public.verify(signature, data, padding.PKCS1v15(), hashes.SHA256())
    else:
        public.verify(signature, data, ec.ECDSA(hashes.SHA256()))


def test_a_provider_has_a_seal_of_its_own_made_once(database: Database, provider: int) -> None:
    with database.read() as session:
        assert seal.find(session, provider, now=NOW, fernet=FERNET) is None
    first = current(database, provider)
    assert current(database, provider, timedelta(days=3000)).certificate == first.certificate
    assert first.certificate.subject.rfc4514_string() == "CN=Hochschule-A,O=Hochschule-A"
    first.certificate.verify_directly_issued_by(first.certificate)
    verify(first, b"x", first.sign(b"x"))
    with pytest.raises(InvalidSignature):
        verify(first, b"y", first.sign(b"x"))


def test_a_seal_out_of_date_is_followed_by_another(database: Database, provider: int) -> None:
    first = current(database, provider)
    second = current(database, provider, timedelta(days=4000))
    assert (first.number, second.number) == (1, 2)


def test_a_long_name_is_cut_to_what_a_certificate_may_have(database: Database) -> None:
    with database.write() as session:
        body = organisation(session)
        body.name = {"de": "Hochschule für öffentliche Verwaltung " * 4}
        session.flush()
        made = seal.current(session, body.id, now=NOW, fernet=FERNET)
    name = made.certificate.subject.rdns[0].rfc4514_string()
    assert name == "O=Hochschule für öffentliche Verwaltung Hochschule für öffentl"


@pytest.mark.parametrize("given", [ELLIPTIC, RSA], ids=["elliptic", "rsa"])
def test_an_uploaded_seal_takes_over_and_its_password_is_kept_nowhere(
    database: Database, provider: int, given: Seal
) -> None:
    current(database, provider)
    upload(database, provider, seals.as_pkcs12(given))
    found = current(database, provider)
    assert (found.certificate, found.chain, found.number) == (given.certificate, given.chain, 2)
    verify(found, b"x", found.sign(b"x"))
    with database.read() as session:
        rows = seal.listed(session, provider)
    assert [(row.source, row.retired_at) for row in rows] == [("own", NOW), ("pkcs12", None)]
    secret = FERNET.decrypt((rows[1].secret_encrypted or "").encode())
    assert PASSWORD.encode() not in secret


def test_retired_seals_stay_known_as_the_providers(database: Database, provider: int) -> None:
    own = current(database, provider)
    upload(database, provider, seals.as_pkcs12(ELLIPTIC))
    with database.write() as session:
        seal.retire(seal.listed(session, provider)[-1], now=NOW)
    assert current(database, provider).number == 3
    with database.read() as session:
        for certificate, number in ((own.certificate, 1), (ELLIPTIC.certificate, 2)):
            row = seal.owner(session, certificate)
            assert row is not None
            assert (row.organisation_id, row.number) == (provider, number)
        assert seal.owner(session, RSA.certificate) is None


def test_a_compromised_seal_is_nobodys_and_is_not_taken_again(database: Database, provider: int) -> None:
    upload(database, provider, seals.as_pkcs12(ELLIPTIC))
    with database.write() as session:
        other = organisation(session, slug="hochschule-b").id
    upload(database, other, seals.as_pkcs12(ELLIPTIC))
    with database.write() as session:
        for later in (timedelta(), timedelta(days=1)):
            row = seal.compromise(session, provider, 1, now=NOW + later)
            assert (row.retired_at, row.compromised_at) == (NOW, NOW)
        assert seal.owner(session, ELLIPTIC.certificate) is None
        with pytest.raises(AwardNotFoundError):
            seal.compromise(session, provider, 7, now=NOW)
    with pytest.raises(UnfitSealError):
        upload(database, provider, seals.as_pkcs12(ELLIPTIC))
    for one in (provider, other):
        assert current(database, one).certificate != ELLIPTIC.certificate


def test_when_an_uploaded_seal_runs_out_the_provider_seals_by_its_own(database: Database, provider: int) -> None:
    upload(database, provider, seals.as_pkcs12(ELLIPTIC))
    assert current(database, provider, timedelta(days=301)).chain == ()


def _ed25519() -> bytes:
    key = ed25519.Ed25519PrivateKey.generate()
    by = ec.generate_private_key(ec.SECP256R1())
    return pkcs12.serialize_key_and_certificates(
        b"x", key, seals.certificate(key, by), None, BestAvailableEncryption(PASSWORD.encode())
    )


def _only_a_certificate() -> bytes:
    return pkcs12.serialize_key_and_certificates(
        b"x", None, ELLIPTIC.certificate, None, BestAvailableEncryption(PASSWORD.encode())
    )


def _curve(curve: ec.EllipticCurve) -> bytes:
    return seals.as_pkcs12(seals.issued(ec.generate_private_key(curve)))


@pytest.mark.parametrize(
    ("file", "refused"),
    [
        pytest.param(lambda: b"no such file", SealFileError, id="another file"),
        pytest.param(lambda: seals.as_pkcs12(ELLIPTIC, "another"), SealFileError, id="wrong password"),
        pytest.param(lambda: bytes(300_000), TooLargeFileError, id="too large"),
        pytest.param(_only_a_certificate, UnfitSealError, id="no key"),
        pytest.param(_ed25519, UnfitSealError, id="Ed25519"),
        pytest.param(lambda: seals.as_pkcs12(seals.with_rsa(1024)), UnfitSealError, id="short key"),
        pytest.param(lambda: _curve(ec.SECP256K1()), UnfitSealError, id="another curve"),
        pytest.param(
            lambda: seals.as_pkcs12(seals.issued(ec.generate_private_key(ec.SECP256R1()), until=NOW - timedelta(1))),
            SealExpiredError,
            id="out of date",
        ),
        pytest.param(
            lambda: seals.as_pkcs12(seals.issued(ec.generate_private_key(ec.SECP256R1()), signs=False)),
            UnfitSealError,
            id="for other purposes",
        ),
    ],
)
def test_what_can_not_seal_is_refused(
    database: Database, provider: int, file: object, refused: type[CampusError]
) -> None:
    assert callable(file)
    with pytest.raises(refused):
        upload(database, provider, file())
    with database.read() as session:
        assert seal.listed(session, provider) == []


def test_a_file_is_opened_first_where_it_can_be_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sandbox, "MAX_SECONDS", 0.01)
    with pytest.raises(TooCostlyFileError):
        seal_file.open_pkcs12(seals.as_pkcs12(ELLIPTIC), PASSWORD, now=NOW)


@pytest.mark.parametrize("where", ["mac", "certificates", "key"])
def test_a_file_whose_password_is_hashed_for_ever_is_not_opened(where: str) -> None:
    file = Pfx.load(seals.as_pkcs12(ELLIPTIC))
    often = 2_000_001
    if where == "mac":
        file["mac_data"]["iterations"] = often
    else:
        parts = file.authenticated_safe
        part = next(one for one in parts if (one["content_type"].native == "data") == (where == "key"))
        if where == "key":
            bags = SafeContents.load(part["content"].native)
            algorithm = bags[0]["bag_value"]["encryption_algorithm"]
            algorithm["parameters"]["key_derivation_func"]["parameters"]["iteration_count"] = often
            part["content"] = OctetString(bags.dump(force=True))
        else:
            algorithm = part["content"]["encrypted_content_info"]["content_encryption_algorithm"]
            algorithm["parameters"]["key_derivation_func"]["parameters"]["iteration_count"] = often
        file["auth_safe"]["content"] = OctetString(parts.dump(force=True))
    with pytest.raises(TooCostlyFileError):
        seal_file.open_pkcs12(file.dump(force=True), PASSWORD, now=NOW)


@pytest.fixture(scope="module")
def places(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Place]]:
    require_or_skip(Path(seals.MODULE).exists(), "SoftHSM (softhsm2)")
    with seals.hsm(tmp_path_factory.mktemp("hsm"), ("elliptic", ELLIPTIC), ("rsa", RSA)) as places:
        yield places


@pytest.mark.parametrize(("label", "given"), [("elliptic", ELLIPTIC), ("rsa", RSA)])
def test_a_key_in_an_hsm_seals(
    database: Database, provider: int, places: dict[str, Place], label: str, given: Seal
) -> None:
    with database.write() as session:
        row = seal.add_pkcs11(session, provider, places[label], now=NOW, fernet=FERNET)
        assert seals.PIN not in repr(places[label])
        assert seals.PIN not in (row.secret_encrypted or "")
    found = current(database, provider)
    assert (found.certificate, found.chain) == (given.certificate, ())
    verify(found, b"x", found.sign(b"x"))


def test_an_hsms_certificates_can_come_as_a_file(database: Database, provider: int, places: dict[str, Place]) -> None:
    def add(pem: bytes) -> None:
        with database.write() as session:
            seal.add_pkcs11(session, provider, places["rsa"], certificates=pem, now=NOW, fernet=FERNET)

    with pytest.raises(SealFileError):
        add(b"no certificate")
    with pytest.raises(UnfitSealError):
        add(seals.as_pem(replace(RSA, certificate=seals.with_rsa().certificate)))
    add(seals.as_pem(RSA))
    assert current(database, provider).chain == RSA.chain


@pytest.mark.parametrize(
    ("change", "refused"),
    [
        ({"pin": "0000"}, SealUnavailableError),
        ({"token": "elsewhere"}, SealUnavailableError),
        ({"module": "/nowhere.so"}, SealUnavailableError),
        ({"label": "nobody's"}, UnfitSealError),
    ],
)
def test_an_hsm_that_does_not_open_is_refused(
    database: Database, provider: int, places: dict[str, Place], change: dict[str, str], refused: type[CampusError]
) -> None:
    wrong = replace(places["elliptic"], **change)
    with database.write() as session, pytest.raises(refused):
        seal.add_pkcs11(session, provider, wrong, now=NOW, fernet=FERNET)
