"""Which tables are ours: one metadata over the packages, so that one migration history covers them all."""

import pkgutil
from importlib import import_module

from sqlalchemy import MetaData

import campus.models
import certificates
import lti_tool
import moodle_sync
import xapi
from campus.models.base import Base


def metadata() -> MetaData:
    """Import every module that declares tables and return the metadata that they share.

    Tables live in ``campus.models`` and in modules called ``store``; a test finds one that lives elsewhere.
    """
    for module in pkgutil.walk_packages(campus.models.__path__, prefix="campus.models."):
        import_module(module.name)
    for package in (lti_tool, moodle_sync, xapi, certificates):
        for module in pkgutil.walk_packages(package.__path__, prefix=f"{package.__name__}."):
            if module.name.endswith(".store"):
                import_module(module.name)
    return Base.metadata
