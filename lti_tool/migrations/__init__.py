"""Alembic over the tables of all packages."""
