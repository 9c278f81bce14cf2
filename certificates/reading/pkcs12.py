"""A stranger's PKCS#12 file: tried in the sandbox, since the file itself says how much work its password is.

Nothing comes out: an answer would lie in a file, and there is a private key in it.
"""

from asn1crypto.cms import ContentInfo
from asn1crypto.pkcs12 import Pfx, SafeContents
from cryptography.hazmat.primitives.serialization import pkcs12

from certificates.errors import SealFileError, TooCostlyFileError

MOST_ITERATIONS = 2_000_000
"""Of hashing the password, in all: about a second. Trust services' files have some thousands or ten thousands."""


def read(content: bytes, *, password: str) -> None:
    """Open the file. Raises SealFileError, TooCostlyFileError; what else costs too much ends the child."""
    if _iterations(content) > MOST_ITERATIONS:
        raise TooCostlyFileError("the file's password is hashed too often")
    try:
        pkcs12.load_pkcs12(content, password.encode())
    except ValueError:
        raise SealFileError("this is no PKCS#12 file, or the password doesn't open it") from None


def _iterations(content: bytes) -> int:
    """Return how often the file has its password hashed, as far as that can be seen from outside (RFC 7292, 4 and 5).

    What is nested in encrypted parts, or can't be read here, the limit of CPU time is for.
    """
    try:
        file = Pfx.load(content)
        count = int(file["mac_data"]["iterations"].native or 0) if file["mac_data"].native else 0
        return count + sum(_iterations_in(part) for part in file.authenticated_safe)
    except (ValueError, TypeError, KeyError):
        return 0


def _iterations_in(part: ContentInfo) -> int:
    if part["content_type"].native == "encrypted_data":
        return int(part["content"]["encrypted_content_info"]["content_encryption_algorithm"].kdf_iterations)
    bags = SafeContents.load(part["content"].native)
    locked = [bag["bag_value"] for bag in bags if bag["bag_id"].native == "pkcs8_shrouded_key_bag"]
    return sum(int(bag["encryption_algorithm"].kdf_iterations) for bag in locked)
