"""Which tables are ours: one metadata over the packages, so that one migration history covers them all."""

import pkgutil
from importlib import import_module

from sqlalchemy import MetaData

import campus.models
from campus.models.base import Base

TABLE_MODULES: tuple[str, ...] = ()
"""Modules outside ``campus.models`` that declare tables; a test finds a forgotten one."""


def metadata() -> MetaData:
    """Import every module that declares tables and return the metadata that they share."""
    for module in pkgutil.walk_packages(campus.models.__path__, prefix="campus.models."):
        import_module(module.name)
    for name in TABLE_MODULES:
        import_module(name)
    return Base.metadata
