"""The tables of the domain, one file per aggregate."""

from campus.models import access, catalogue, credits, evidence, learning, maturity, organisations, people

__all__ = ["access", "catalogue", "credits", "evidence", "learning", "maturity", "organisations", "people"]
