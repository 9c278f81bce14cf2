"""A learning record store: statements, documents and the recipes of the campus."""

from xapi.erasure import erase

__all__ = ["erase"]
