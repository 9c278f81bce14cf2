"""The tool's own addresses, as platforms know them. Pure."""

from dataclasses import dataclass
from urllib.parse import urlsplit


@dataclass(frozen=True)
class ToolAddresses:
    """What platforms call. ``public_url`` is the tool's address, without a slash at the end."""

    public_url: str

    @property
    def login(self) -> str:
        """Where platforms begin a login (Security Framework 1.0, 5.1.1.1)."""
        return f"{self.public_url}/lti/login"

    @property
    def launch(self) -> str:
        """The one address that launches of all kinds are posted to: redirect URI and target link URI."""
        return f"{self.public_url}/lti/launch"

    @property
    def keys(self) -> str:
        """Where our public keys stand, as a JSON Web Key Set."""
        return f"{self.public_url}/lti/keys"

    def register(self, token: str) -> str:
        """Return the link by which a platform registers itself (Dynamic Registration 1.0, 3.3)."""
        return f"{self.public_url}/lti/register/{token}"

    @property
    def domain(self) -> str:
        """Our host, with its port if that isn't the usual one."""
        return urlsplit(self.public_url).netloc
