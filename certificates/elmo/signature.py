"""The seal on an ELMO document: an enveloped XMLDSig over all of it, by the issuer's X.509 certificate.

Against signature wrapping: the one signature is a child of the root, its one reference is the whole document, its
transforms only leave itself out and canonicalize; and what is read afterwards is what was digested, never the file.
"""

import base64
from dataclasses import dataclass
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from lxml import etree
from signxml.algorithms import CanonicalizationMethod, DigestAlgorithm, SignatureConstructionMethod, SignatureMethod
from signxml.exceptions import InvalidSignature, SignXMLException
from signxml.signer import XMLSigner
from signxml.verifier import SignatureConfiguration, VerifyResult, XMLVerifier

from certificates.elmo.names import SIGNATURE, SIGNATURES
from certificates.issuers.seal import CURVES, MIN_RSA_BITS, Seal
from certificates.reading import markup
from certificates.verifying.report import Finding, Part, failed, ok, unknown

METHODS = frozenset(
    {
        *(SignatureMethod.ECDSA_SHA256, SignatureMethod.ECDSA_SHA384, SignatureMethod.ECDSA_SHA512),
        *(SignatureMethod.RSA_SHA256, SignatureMethod.RSA_SHA384, SignatureMethod.RSA_SHA512),
    }
)
DIGESTS = frozenset({DigestAlgorithm.SHA256, DigestAlgorithm.SHA384, DigestAlgorithm.SHA512})
HMAC = "#hmac-"
"""Who reads such a signature could have made it."""
WEAK = ("sha1", "md5", "ripemd160", "sha224")
TRANSFORMS = frozenset(one.value for one in CanonicalizationMethod)
MAX_CERTIFICATES = 10


@dataclass(frozen=True, slots=True)
class Sealed:
    """What is known about the seal. ``signed`` is the document as it was signed, if the seal holds."""

    finding: Finding
    signed: etree._Element | None = None
    certificate: x509.Certificate | None = None


class _Key:
    """A seal as the library takes a private key: it may be in an HSM, which gives no key away."""

    def __init__(self, seal: Seal) -> None:
        self._seal = seal
        self.key_size = seal.public.key_size

    def sign(self, data: bytes, **_algorithm: object) -> bytes:
        """Sign by SHA-256, as ``_algorithm_of`` says beside it."""
        return self._seal.sign(data)


def sign(xml: bytes, seal: Seal) -> bytes:
    """Return the document with an enveloped signature as its last element (XMLDSig; ECDSA or RSA with SHA-256).

    One reference to the whole document, as the schema demands; inclusive Canonical XML 1.0, which all XML libraries
    that EMREX's members use can do. Raises SealUnavailableError when the HSM with the seal's key is away.
    """
    signer = XMLSigner(
        method=SignatureConstructionMethod.enveloped,
        signature_algorithm=_algorithm_of(seal),
        digest_algorithm=DigestAlgorithm.SHA256,
        c14n_algorithm=CanonicalizationMethod.CANONICAL_XML_1_0,
    )
    key: Any = _Key(seal)
    signed = signer.sign(markup.parse(xml), key=key, cert=[seal.certificate, *seal.chain])
    return etree.tostring(signed, xml_declaration=True, encoding="UTF-8")


def _algorithm_of(seal: Seal) -> SignatureMethod:
    is_ecdsa = isinstance(seal.public, EllipticCurvePublicKey)
    return SignatureMethod.ECDSA_SHA256 if is_ecdsa else SignatureMethod.RSA_SHA256


def verify(root: etree._Element) -> Sealed:
    """Look at the seal of a document. Never raises."""
    found = root.findall(SIGNATURE)
    if not found:
        return Sealed(failed(Part.INTEGRITY, "no_proof"))
    if len(found) > 1:
        return Sealed(unknown(Part.INTEGRITY, "too_many_proofs"))
    if (problem := _unlike_ours(found[0])) is not None:
        return Sealed(problem)
    certificate = _certificate(found[0])
    if certificate is None:
        return Sealed(unknown(Part.INTEGRITY, "no_key"))
    if not _is_strong(certificate):
        return Sealed(unknown(Part.INTEGRITY, "weak_algorithm"))
    return _verify(root, certificate)


def _unlike_ours(signature: etree._Element) -> Finding | None:
    """Refuse what the schema doesn't foresee before anything is computed: other references, transforms, algorithms."""
    references = signature.findall(f"{_ds('SignedInfo')}/{_ds('Reference')}")
    if len(references) != 1 or references[0].get("URI") != "":
        return unknown(Part.INTEGRITY, "unsupported_form")
    transforms = [one.get("Algorithm") for one in references[0].iterfind(f"{_ds('Transforms')}/{_ds('Transform')}")]
    if transforms[:1] != [SignatureConstructionMethod.enveloped.value] or not TRANSFORMS.issuperset(transforms[1:]):
        return unknown(Part.INTEGRITY, "unsupported_form")
    named = [str(one.get("Algorithm")) for one in signature.iter(_ds("SignatureMethod"), _ds("DigestMethod"))]
    if any(HMAC in name for name in named):
        return failed(Part.INTEGRITY, "refused_algorithm")
    if any(name.lower().endswith(WEAK) for name in named):
        return unknown(Part.INTEGRITY, "weak_algorithm")
    return None


def _ds(name: str) -> str:
    return f"{{{SIGNATURES}}}{name}"


def _certificate(signature: etree._Element) -> x509.Certificate | None:
    """Return the certificate that is no issuer of another one there: XMLDSig gives them no order (4.5.4)."""
    wanted = f"{_ds('KeyInfo')}/{_ds('X509Data')}/{_ds('X509Certificate')}"
    written = [one.text or "" for one in signature.iterfind(wanted)][: MAX_CERTIFICATES + 1]
    if len(written) > MAX_CERTIFICATES:
        return None
    try:
        found = [x509.load_der_x509_certificate(base64.b64decode(text)) for text in written]
        issuers = {one.issuer for one in found if one.issuer != one.subject}
        return next((one for one in found if one.subject not in issuers), None)
    except ValueError:
        return None


def _is_strong(certificate: x509.Certificate) -> bool:
    try:
        key = certificate.public_key()
    except (ValueError, TypeError):  # of a kind that the library doesn't know
        return False
    if isinstance(key, RSAPublicKey):
        return key.key_size >= MIN_RSA_BITS
    return isinstance(key, EllipticCurvePublicKey) and isinstance(key.curve, CURVES)


def _verify(root: etree._Element, certificate: x509.Certificate) -> Sealed:
    # Whether the certificate was in time is judged with the issuer; here any time at which it was will do.
    expected = SignatureConfiguration(
        location="./",
        expect_references=1,
        signature_methods=METHODS,
        digest_algorithms=DIGESTS,
        verification_time=certificate.not_valid_before_utc,
    )
    try:
        result = XMLVerifier().verify(root, x509_cert=certificate, expect_config=expected)
    except InvalidSignature:
        return Sealed(failed(Part.INTEGRITY, "changed"), certificate=certificate)
    except (SignXMLException, etree.LxmlError, ValueError, TypeError):
        return Sealed(unknown(Part.INTEGRITY, "unsupported_form"), certificate=certificate)
    signed = result.signed_xml if isinstance(result, VerifyResult) else None
    if signed is None:
        return Sealed(unknown(Part.INTEGRITY, "unsupported_form"), certificate=certificate)
    return Sealed(ok(Part.INTEGRITY), signed, certificate)
