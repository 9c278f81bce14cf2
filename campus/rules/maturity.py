"""How a municipality's digital maturity is rated, and which certificate the ratings give. Pure."""

from collections.abc import Mapping
from enum import StrEnum

RULE = "digital-maturity/1"
LOWEST, HIGHEST = 1, 5


class Field(StrEnum):
    """What is rated (Nutzung digitaler Daten, Automatisierung, Vernetzung)."""

    DATA = "data"
    AUTOMATION = "automation"
    NETWORKING = "networking"


def are_ratings(ratings: Mapping[str, object]) -> bool:
    """Say whether these are a level from 1 to 5 for each field, and for nothing else."""
    return set(ratings) == set(Field) and all(
        type(level) is int and LOWEST <= level <= HIGHEST for level in ratings.values()
    )


def overall(ratings: Mapping[str, int]) -> int:
    """Return the level of the whole: that of the weakest field, for a chain of digital steps ends there."""
    return min(ratings.values())
