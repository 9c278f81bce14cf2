"""A stranger's PKCS#12 file: tried in the sandbox, since the file itself says how much work its password is.

Nothing comes out: an answer would lie in a file, and there is a private key in it.
"""

from cryptography.hazmat.primitives.serialization import pkcs12

from certificates.errors import SealFileError


def read(content: bytes, *, password: str) -> None:
    """Open the file. Raises SealFileError; what costs too much ends the child."""
    try:
        pkcs12.load_pkcs12(content, password.encode())
    except ValueError:
        raise SealFileError("this is no PKCS#12 file, or the password doesn't open it") from None
