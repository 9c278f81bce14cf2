"""Seals to test with, made once."""

from datetime import UTC, datetime
from functools import cache

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID

from certificates.issuers.seal import Seal

FROM, UNTIL = datetime(2020, 1, 1, tzinfo=UTC), datetime(2040, 1, 1, tzinfo=UTC)


@cache
def seal(name: str = "Hochschule A", *, kind: str = "P-256", until: datetime = UNTIL) -> Seal:
    """Return a seal whose certificate is signed by itself; ``kind`` is "P-256", "RSA" or "RSA-1024"."""
    private: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey
    if kind == "P-256":
        private = ec.generate_private_key(ec.SECP256R1())
    else:
        private = rsa.generate_private_key(65537, 1024 if kind == "RSA-1024" else 2048)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    certificate = (
        x509.CertificateBuilder(subject, subject, private.public_key(), x509.random_serial_number(), FROM, until)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .sign(private, hashes.SHA256())
    )
    return Seal(1, certificate, (), private)
