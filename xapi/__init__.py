"""A learning record store: statements and the recipes of the campus."""

from xapi.erasure import erase

__all__ = ["erase"]
