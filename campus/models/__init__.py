"""The tables of the domain, one file per aggregate."""
