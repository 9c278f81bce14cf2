"""A sealing key in a hardware security module, by PKCS#11 (OASIS, version 2.40). The key never leaves the module.

The module is a shared library that gets loaded into this process: its path comes from the operator's command line,
never from a page. Needs the optional package python-pkcs11 (``pip install kommunalcampus[hsm]``).
"""

import hashlib
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from certificates.errors import SealUnavailableError, UnfitSealError

_one_at_a_time = threading.Lock()
"""A process is logged in to a token once for all its threads, and many modules are not safe for threads."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a key is: the module's path, the token's label, the key's label, and the PIN that opens the token."""

    module: str
    token: str
    label: str
    pin: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class HsmKey:
    """A private key in a token."""

    place: Place

    def sign(self, data: bytes, public: Any) -> bytes:
        """Sign with SHA-256: RSA by PKCS#1 v1.5, or ECDSA in DER. ``public`` is the key's other half.

        Each signature logs in anew: a token that was taken away and put back, or another server after a failure,
        needs no restart. Raises SealUnavailableError.
        """
        with _session(self.place) as (pkcs11, session):
            key = session.get_key(object_class=pkcs11.ObjectClass.PRIVATE_KEY, label=self.place.label)
            if isinstance(public, rsa.RSAPublicKey):
                return bytes(key.sign(data, mechanism=pkcs11.Mechanism.SHA256_RSA_PKCS))
            # SoftHSM and others have no ECDSA_SHA256: the digest is made here.
            pair = bytes(key.sign(hashlib.sha256(data).digest(), mechanism=pkcs11.Mechanism.ECDSA))
        half = len(pair) // 2
        return encode_dss_signature(int.from_bytes(pair[:half]), int.from_bytes(pair[half:]))


def certificate(place: Place) -> x509.Certificate:
    """Return the certificate that lies in the token beside the key, under its label.

    Raises SealUnavailableError, UnfitSealError when there is none or several.
    """
    with _session(place) as (pkcs11, session):
        wanted = {pkcs11.Attribute.CLASS: pkcs11.ObjectClass.CERTIFICATE, pkcs11.Attribute.LABEL: place.label}
        found = [bytes(one[pkcs11.Attribute.VALUE]) for one in session.get_objects(wanted)]
    if len(found) != 1:
        raise UnfitSealError("the token has no certificate of this label, or several", field="label")
    return x509.load_der_x509_certificate(found[0])


@contextmanager
def _session(place: Place) -> Iterator[tuple[ModuleType, Any]]:
    try:
        import pkcs11  # noqa: PLC0415 - optional: most installations have no HSM
    except ImportError as error:
        raise SealUnavailableError("python-pkcs11 is not installed") from error
    with _one_at_a_time:
        try:
            token = pkcs11.lib(place.module).get_token(token_label=place.token)
            with token.open(user_pin=place.pin) as session:
                yield pkcs11, session
        except (pkcs11.PKCS11Error, RuntimeError) as error:  # RuntimeError: the module can't be loaded
            raise SealUnavailableError(f"the HSM refuses or is away ({type(error).__name__})") from error
