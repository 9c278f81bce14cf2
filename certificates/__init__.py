"""Certificates: Open Badges 3.0 credentials and their papers, issued, revoked and verified."""

from certificates.erasure import erase

__all__ = ["erase"]
