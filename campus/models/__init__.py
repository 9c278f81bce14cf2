"""The tables of the domain, one file per aggregate."""

from campus.models import access, catalogue, credits, evidence, learning, organisations, people

__all__ = ["access", "catalogue", "credits", "evidence", "learning", "organisations", "people"]
