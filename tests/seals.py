"""Certificates to seal with, as trust services give them out, and a software HSM."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    pkcs12,
)
from cryptography.x509.oid import NameOID

from certificates.issuers.hsm import Place
from certificates.issuers.seal import Seal

NOW = datetime(2026, 5, 14, 9, 30, tzinfo=UTC)
MODULE = "/usr/lib/softhsm/libsofthsm2.so"
PIN = "246810"
PASSWORD = "Geheim, mit Umläuten"

Key = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey


def named(name: str) -> x509.Name:
    """Return a subject."""
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


def certificate(
    key: Any,
    by: Key,
    *,
    name: str = "Hochschule A",
    issuer: str = "Vertrauensdienst",
    until: datetime = NOW + timedelta(days=300),
    signs: bool = True,
    is_ca: bool = False,
) -> x509.Certificate:
    """Return a certificate for ``key`` that ``by`` signed."""
    return (
        x509.CertificateBuilder()
        .subject_name(named(name))
        .issuer_name(named(issuer))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(NOW - timedelta(days=1000))
        .not_valid_after(until)
        .add_extension(x509.BasicConstraints(ca=is_ca, path_length=None), critical=True)
        .add_extension(
            x509.KeyUsage(
                digital_signature=signs,
                content_commitment=False,
                key_encipherment=not signs,
                data_encipherment=False,
                key_agreement=False,
                key_cert_sign=is_ca,
                crl_sign=is_ca,
                encipher_only=False,
                decipher_only=False,
            ),
            critical=True,
        )
        .sign(by, hashes.SHA256())
    )


def issued(key: Key, **about: Any) -> Seal:
    """Return a seal whose certificate a trust service gave out, with a chain of two."""
    root, middle = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    chain = (
        certificate(middle, root, name="Vertrauensdienst", issuer="Wurzel", is_ca=True),
        certificate(root, root, name="Wurzel", issuer="Wurzel", is_ca=True),
    )
    return Seal(1, certificate(key, middle, **about), chain, key)


def elliptic() -> Seal:
    """Return a seal with a key on P-256."""
    return issued(ec.generate_private_key(ec.SECP256R1()))


def with_rsa(bits: int = 2048) -> Seal:
    """Return a seal with an RSA key."""
    return issued(rsa.generate_private_key(65537, bits))


def with_another_key(seal: Seal) -> Seal:
    """Return the seal with a key that isn't its certificate's."""
    return replace(seal, private=ec.generate_private_key(ec.SECP256R1()))


def as_pkcs12(seal: Seal, password: str = PASSWORD) -> bytes:
    """Pack a seal, its chain the wrong way round, as some programs do."""
    assert not hasattr(seal.private, "place")
    return pkcs12.serialize_key_and_certificates(
        b"seal", seal.private, seal.certificate, seal.chain[::-1], BestAvailableEncryption(password.encode())
    )


def as_pem(seal: Seal) -> bytes:
    """Return certificate and chain."""
    return b"".join(one.public_bytes(Encoding.PEM) for one in (seal.certificate, *seal.chain))


@contextmanager
def hsm(folder: Path, *seals: tuple[str, Seal]) -> Iterator[dict[str, Place]]:
    """Give a SoftHSM token with these keys, each beside its certificate, by their labels."""
    import pkcs11  # noqa: PLC0415 - only where there is a SoftHSM

    (folder / "tokens").mkdir()
    (folder / "conf").write_text(f"directories.tokendir = {folder / 'tokens'}\nobjectstore.backend = file\n")
    before = os.environ.get("SOFTHSM2_CONF")
    os.environ["SOFTHSM2_CONF"] = str(folder / "conf")  # the module reads it when it is loaded
    try:
        _softhsm("--init-token", "--free", "--label", "campus", "--so-pin", "13579", "--pin", PIN)
        for number, (label, seal) in enumerate(seals, start=1):
            assert not hasattr(seal.private, "place")
            key = seal.private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
            (folder / "key.pem").write_bytes(key)
            arguments = ("--import", str(folder / "key.pem"), "--label", label, "--id", f"{number:02}")
            _softhsm(*arguments, "--token", "campus", "--pin", PIN)
            with pkcs11.lib(MODULE).get_token(token_label="campus").open(user_pin=PIN, rw=True) as session:
                der = seal.certificate.public_bytes(Encoding.DER)
                session.create_object(
                    {
                        pkcs11.Attribute.CLASS: pkcs11.ObjectClass.CERTIFICATE,
                        pkcs11.Attribute.CERTIFICATE_TYPE: pkcs11.CertificateType.X_509,
                        pkcs11.Attribute.TOKEN: True,
                        pkcs11.Attribute.LABEL: label,
                        pkcs11.Attribute.SUBJECT: seal.certificate.subject.public_bytes(),
                        pkcs11.Attribute.VALUE: der,
                    }
                )
        yield {label: Place(MODULE, "campus", label, PIN) for label, _ in seals}
    finally:
        pkcs11.unload(MODULE)
        del os.environ["SOFTHSM2_CONF"]
        if before is not None:
            os.environ["SOFTHSM2_CONF"] = before


def _softhsm(*arguments: str) -> None:
    subprocess.run(["softhsm2-util", *arguments], check=True, capture_output=True)
