"""Where the public reaches this installation."""

from typing import Protocol


class PublicUrl(Protocol):
    """What packages below the application take of its settings."""

    @property
    def public_url(self) -> str:
        """Give the address that stands in statements and on certificates."""
