"""A provider's seal: the X.509 certificate and key by which its papers (PAdES) and transcripts (XMLDSig) are sealed.

Each provider has one that was made here and signed by itself, until it uploads one of a trust service (PKCS#12) or
the operator points at one in an HSM (PKCS#11). What a retired seal has sealed stays known as the provider's, unless
others may have its key.
"""

import json
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.fernet import MultiFernet
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_der_private_key,
)
from cryptography.x509.oid import NameOID
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from campus.models.organisations import Organisation
from campus.upsert import insert_missing
from certificates import texts
from certificates.errors import (
    AwardNotFoundError,
    SealExpiredError,
    SealFileError,
    UnfitSealError,
)
from certificates.issuers.hsm import HsmKey, Place
from certificates.issuers.hsm import certificate as certificate_in
from certificates.store import IssuerSeal

OWN, PKCS12, PKCS11 = "own", "pkcs12", "pkcs11"
"""Sources of a seal, as ``IssuerSeal.source`` has them."""
OWN_LIFE = timedelta(days=10 * 365)
SLACK = timedelta(days=1)
"""For clocks that are late."""
MAX_NAME = 64
"""Bytes of a name in a certificate (RFC 5280, ub-common-name and ub-organization-name)."""
MIN_RSA_BITS = 2048
CURVES = (ec.SECP256R1, ec.SECP384R1, ec.SECP521R1)
CHALLENGE = b"Does this key belong to that certificate?"

PrivateKey = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey | HsmKey


@dataclass(frozen=True, slots=True)
class Seal:
    """A seal, ready to use. ``chain`` goes up from the certificate's issuer."""

    number: int
    certificate: x509.Certificate
    chain: tuple[x509.Certificate, ...]
    private: PrivateKey

    @property
    def public(self) -> ec.EllipticCurvePublicKey | rsa.RSAPublicKey:
        """The certificate's key."""
        return _public(self.certificate)

    def sign(self, data: bytes) -> bytes:
        """Return the raw signature with SHA-256: RSA by PKCS#1 v1.5, or ECDSA in DER (not XMLDSig's r and s).

        The one way that works for a key in an HSM too. Raises SealUnavailableError when the HSM is away.
        """
        match self.private:
            case HsmKey():
                return self.private.sign(data, self.public)
            case rsa.RSAPrivateKey():
                return self.private.sign(data, padding.PKCS1v15(), hashes.SHA256())
            case _:
                return self.private.sign(data, ec.ECDSA(hashes.SHA256()))


def current(session: Session, organisation_id: int, *, now: datetime, fernet: MultiFernet) -> Seal:
    """Return the provider's seal: its newest that is neither retired nor out of date; else one of its own is made.

    That needs a writing session; where there is none, ask ``find`` first.
    """
    found = find(session, organisation_id, now=now, fernet=fernet)
    if found is None:
        _make_own(session, organisation_id, now=now, fernet=fernet)
        found = find(session, organisation_id, now=now, fernet=fernet)
    if found is None:
        raise LookupError("a seal was made and is not there")
    return found


def find(session: Session, organisation_id: int, *, now: datetime, fernet: MultiFernet) -> Seal | None:
    """Return the provider's seal as ``current`` does; None when one has to be made."""
    row = holding(session, organisation_id, now=now)
    return _open(row, fernet) if row else None


def holding(session: Session, organisation_id: int, *, now: datetime) -> IssuerSeal | None:
    """Return the provider's newest seal that is neither retired nor out of date, unopened."""
    rows = reversed(listed(session, organisation_id))
    return next((row for row in rows if row.retired_at is None and _is_in_time(certificates_of(row)[0], now)), None)


def listed(session: Session, organisation_id: int) -> list[IssuerSeal]:
    """Return all seals that the provider has or had, in order."""
    rows = select(IssuerSeal).where(IssuerSeal.organisation_id == organisation_id).order_by(IssuerSeal.number)
    return list(session.scalars(rows))


def certificates_of(row: IssuerSeal) -> list[x509.Certificate]:
    """Return the sealing certificate and its chain."""
    return x509.load_pem_x509_certificates(row.certificates.encode())


def owner(session: Session, certificate: x509.Certificate) -> IssuerSeal | None:
    """Return whose seal a certificate is or was; None for a stranger's, and for one that others may have."""
    return next((row for row in _of(session, certificate) if row.compromised_at is None), None)


def numbered(session: Session, organisation_id: int, number: int) -> IssuerSeal:
    """Return the provider's seal of this number, whatever became of it. Raises AwardNotFoundError."""
    rows = listed(session, organisation_id)
    found = next((row for row in rows if row.number == number), None)
    if found is None:
        raise AwardNotFoundError("the issuer has no such seal")
    return found


def compromise(session: Session, organisation_id: int, number: int, *, now: datetime) -> IssuerSeal:
    """Disown a seal whose key others may have: what it has sealed is nobody's any more, and another seals from now on.

    So is the same certificate at other providers. Doing it twice changes nothing. Raises AwardNotFoundError.
    """
    found = numbered(session, organisation_id, number)
    for row in _of(session, certificates_of(found)[0]):
        retire(row, now=now)
        row.compromised_at = row.compromised_at or now
    session.flush()
    return found


def _of(session: Session, certificate: x509.Certificate) -> list[IssuerSeal]:
    pem = certificate.public_bytes(Encoding.PEM).decode()
    rows = session.scalars(select(IssuerSeal).where(IssuerSeal.certificates.startswith(pem, autoescape=True)))
    return [row for row in rows if row.certificates.startswith(pem)]  # LIKE is of either case in SQLite


def retire(row: IssuerSeal, *, now: datetime) -> None:
    """Let the seal seal nothing more. Retired twice, the first time stays."""
    row.retired_at = row.retired_at or now


def add_opened(
    session: Session, organisation_id: int, opened: Seal, *, now: datetime, fernet: MultiFernet
) -> IssuerSeal:
    """Take what ``seal_file.open_pkcs12`` gave as the provider's seal and retire those before.

    Raises UnfitSealError when its key was reported as compromised.
    """
    if isinstance(opened.private, HsmKey):
        raise TypeError("a key in an HSM has no private half to keep")
    return _add(session, organisation_id, PKCS12, opened, _der(opened.private), now=now, fernet=fernet)


def add_pkcs11(
    session: Session,
    organisation_id: int,
    place: Place,
    *,
    now: datetime,
    fernet: MultiFernet,
    certificates: bytes | None = None,
) -> IssuerSeal:
    """Take a key in an HSM as the provider's seal and retire those before; the PIN is kept encrypted.

    ``certificates`` are PEM, the sealing one first; without them the token's certificate of the key's label is read.
    It signs once to see that key and certificate belong together. Raises SealUnavailableError, UnfitSealError,
    SealExpiredError, SealFileError when the PEM can't be read.
    """
    try:
        given = x509.load_pem_x509_certificates(certificates) if certificates else [certificate_in(place)]
    except ValueError:
        raise SealFileError("the certificates can't be read as PEM") from None
    seal = Seal(0, given[0], tuple(given[1:]), HsmKey(place))
    require_fit(seal, now)
    secret = json.dumps(asdict(place)).encode()
    return _add(session, organisation_id, PKCS11, seal, secret, now=now, fernet=fernet)


def _open(row: IssuerSeal, fernet: MultiFernet) -> Seal:
    leaf, *chain = certificates_of(row)
    secret = fernet.decrypt((row.secret_encrypted or "").encode())
    private: PrivateKey
    if row.source == PKCS11:
        private = HsmKey(Place(**json.loads(secret)))
    else:
        loaded = load_der_private_key(secret, password=None)
        if not isinstance(loaded, ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey):
            raise TypeError("a stored seal has a key of another kind")
        private = loaded
    return Seal(row.number, leaf, tuple(chain), private)


def _make_own(session: Session, organisation_id: int, *, now: datetime, fernet: MultiFernet) -> None:
    name = texts.line(session.get_one(Organisation, organisation_id).name["de"])
    name = name.encode()[:MAX_NAME].decode(errors="ignore")
    private = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name(
        [x509.NameAttribute(NameOID.ORGANIZATION_NAME, name), x509.NameAttribute(NameOID.COMMON_NAME, name)]
    )
    usage = dict.fromkeys(
        (
            *("key_encipherment", "data_encipherment", "key_agreement", "key_cert_sign"),
            *("crl_sign", "encipher_only", "decipher_only"),
        ),
        False,
    )
    certificate = (
        x509.CertificateBuilder(subject_name=subject, issuer_name=subject, public_key=private.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - SLACK)
        .not_valid_after(now + OWN_LIFE)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.KeyUsage(digital_signature=True, content_commitment=True, **usage), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(private.public_key()), critical=False)
        .sign(private, hashes.SHA256())
    )
    _insert(session, organisation_id, OWN, Seal(0, certificate, (), private), _der(private), now=now, fernet=fernet)


def _add(
    session: Session,
    organisation_id: int,
    source: str,
    seal: Seal,
    secret: bytes,
    *,
    now: datetime,
    fernet: MultiFernet,
) -> IssuerSeal:
    lost = session.scalars(select(IssuerSeal).where(IssuerSeal.compromised_at.is_not(None)))
    if any(_public(certificates_of(row)[0]) == seal.public for row in lost):
        raise UnfitSealError("others may have this key", field="file")
    for row in listed(session, organisation_id):
        retire(row, now=now)
    session.flush()
    _insert(session, organisation_id, source, seal, secret, now=now, fernet=fernet)
    return listed(session, organisation_id)[-1]


def _insert(
    session: Session,
    organisation_id: int,
    source: str,
    seal: Seal,
    secret: bytes,
    *,
    now: datetime,
    fernet: MultiFernet,
) -> None:
    last = session.scalar(select(func.max(IssuerSeal.number)).where(IssuerSeal.organisation_id == organisation_id))
    row = {
        "organisation_id": organisation_id,
        "number": (last or 0) + 1,
        "source": source,
        "certificates": "".join(one.public_bytes(Encoding.PEM).decode() for one in (seal.certificate, *seal.chain)),
        "secret_encrypted": fernet.encrypt(secret).decode(),
        "created_at": now,
    }
    insert_missing(session, IssuerSeal, [row])  # another process may have made one meanwhile: that one is as good


def _der(private: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey) -> bytes:
    return private.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())


def _is_in_time(certificate: x509.Certificate, now: datetime) -> bool:
    return certificate.not_valid_before_utc <= now <= certificate.not_valid_after_utc


def _public(certificate: x509.Certificate) -> ec.EllipticCurvePublicKey | rsa.RSAPublicKey:
    public = certificate.public_key()
    if not isinstance(public, ec.EllipticCurvePublicKey | rsa.RSAPublicKey):
        raise UnfitSealError("only RSA keys and elliptic curves seal", field="file")
    return public


def require_fit(seal: Seal, now: datetime) -> None:
    """Refuse what others would not accept as a seal: out of date, weak, for other purposes, of another key."""
    certificate, public = seal.certificate, seal.public
    if not _is_in_time(certificate, now):
        raise SealExpiredError("the certificate is out of date, or not valid yet", field="file")
    if isinstance(public, rsa.RSAPublicKey):
        if public.key_size < MIN_RSA_BITS:
            raise UnfitSealError("the RSA key is too short", field="file")
    elif not isinstance(public.curve, CURVES):
        raise UnfitSealError("the elliptic curve is none of NIST's P-256, P-384, P-521", field="file")
    if isinstance(certificate.signature_hash_algorithm, hashes.SHA1 | hashes.MD5):
        raise UnfitSealError("the certificate itself is signed by a broken algorithm", field="file")
    try:
        usage = certificate.extensions.get_extension_for_class(x509.KeyUsage).value
    except x509.ExtensionNotFound:
        usage = None
    if usage and not (usage.digital_signature or usage.content_commitment):
        raise UnfitSealError("the certificate is not for signing", field="file")
    _require_pair(seal)


def _require_pair(seal: Seal) -> None:
    signature, public = seal.sign(CHALLENGE), seal.public
    try:
        if isinstance(public, rsa.RSAPublicKey):
            public.verify(signature, CHALLENGE, padding.PKCS1v15(), hashes.SHA256())
        else:
            public.verify(signature, CHALLENGE, ec.ECDSA(hashes.SHA256()))
    except InvalidSignature:
        raise UnfitSealError("the key is not the certificate's", field="file") from None
