"""The same work as one would do it by the libraries' documentation: pyld for each credential, pyHanko's defaults."""

import hashlib
import io
from datetime import datetime
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign import signers
from pyld import jsonld

from certificates.signatures import contexts, did, multibase
from certificates.signatures.proof import instant
from tests import seals
from tests.unit.certificates import samples

RECORDED_WEASYPRINT = 11.0
"""One-page certificates with QR code and attachment that WeasyPrint sets in a second: recorded on such a machine.

It needs Pango, a system library, so it is not measured here.
"""

Document = dict[str, Any]


def _hash(document: Document) -> bytes:
    options = {"algorithm": "URDNA2015", "format": "application/n-quads", "documentLoader": contexts.load}
    return hashlib.sha256(jsonld.normalize(document, options).encode()).digest()


def sign(document: Document, *, at: datetime) -> Document:
    """Sign as ``samples.sign`` does, with pyld's canonicalization of this document and of its proof's options."""
    proof = {
        "type": "DataIntegrityProof",
        "cryptosuite": "eddsa-rdfc-2022",
        "created": instant(at),
        "verificationMethod": did.key_id(samples.DID, 1),
        "proofPurpose": "assertionMethod",
    }
    signature = samples.KEY.sign(_hash({**proof, "@context": document["@context"]}) + _hash(document))
    return {**document, "proof": [{**proof, "proofValue": multibase.encode(signature)}]}


def holds(document: Document, key: Ed25519PublicKey) -> bool:
    """Say whether the proof of a credential is that of ``key``."""
    [proof] = document["proof"]
    options = {name: value for name, value in proof.items() if name != "proofValue"}
    content = {name: value for name, value in document.items() if name != "proof"}
    data = _hash({**options, "@context": document["@context"]}) + _hash(content)
    try:
        key.verify(multibase.decode(proof["proofValue"]), data)
    except InvalidSignature:
        return False
    return True


def seal(printed: bytes, seal_file: str, count: int) -> None:
    """Seal ``count`` papers as pyHanko's documentation shows it: the file opened for each, the size found by trying."""
    for _ in range(count):
        signer = signers.SimpleSigner.load_pkcs12(  # type: ignore[no-untyped-call] # pyHanko's own
            seal_file, passphrase=seals.PASSWORD.encode()
        )
        about = signers.PdfSignatureMetadata(field_name="Siegel")
        signers.sign_pdf(IncrementalPdfFileWriter(io.BytesIO(printed)), about, signer=signer)
