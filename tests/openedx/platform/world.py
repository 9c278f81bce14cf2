"""The one course of the platform: its people, and three blocks that lead to the tool."""

from dataclasses import dataclass, field
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from django.conf import settings
from django.contrib.auth import get_user_model
from lti_consumer.models import CourseAllowPIISharingInLTIFlag
from opaque_keys.edx.locator import BlockUsageLocator, CourseLocator

COURSE = CourseLocator("Musterhausen", "DV", "2026")
USERS = {
    "aylin": ("Aylin", "Kaya", "student"),
    "murat": ("Murat", "Demir", "student"),
    "carla": ("Carla", "Neumann", "staff"),
    "ines": ("Ines", "Albrecht", "instructor"),
}
"""User name -> first name, last name, role in the course, by edx-platform's word."""
GRADED, MANAGED, CHOSEN = "graded", "managed", "chosen"
"""Blocks: one with a column that Open edX makes, one for which the tool makes it, one that staff fill."""


@dataclass(frozen=True)
class Course:
    """What the block reads of its course."""

    display_name_with_default: str = "Digitale Verwaltung"
    display_org_with_default: str = "Musterhausen"
    lti_passports: list[str] = field(default_factory=list)


def usage_key(name: str) -> BlockUsageLocator:
    """Return the place of a block in the course."""
    return BlockUsageLocator(COURSE, "lti_consumer", name)


def role(user: Any) -> str:
    """Return someone's role in the course."""
    return USERS[user.username][2]


def external_id(user: Any) -> str:
    """Return the id that tools see. In edx-platform it is a random UUID that stays."""
    return str(uuid5(NAMESPACE_URL, f"{settings.LMS_ROOT_URL}/{user.username}"))


def block_fields(name: str) -> dict[str, Any]:
    """Return what an author enters in Studio for a block."""
    launch_url = f"{settings.TOOL_URL}/lti/launch"
    both = {
        "lti_version": "lti_1p3",
        "lti_1p3_launch_url": launch_url,
        "lti_1p3_oidc_url": f"{settings.TOOL_URL}/lti/login",
        "lti_1p3_tool_key_mode": "keyset_url",
        "lti_1p3_tool_keyset_url": f"{settings.TOOL_URL}/lti/keys",
        "lti_1p3_enable_nrps": True,
        "ask_to_send_full_name": True,
        "ask_to_send_email": True,
    }
    if name == CHOSEN:
        deep = {"lti_advantage_deep_linking_enabled": True, "lti_advantage_deep_linking_launch_url": launch_url}
        return {**both, **deep, "display_name": "Ausgesucht"}
    graded = {"has_score": True, "weight": 10.0, "custom_parameters": [f"unit={settings.UNIT}"]}
    mode = "programmatic" if name == MANAGED else "declarative"
    return {**both, **graded, "display_name": "Einheit", "lti_advantage_ags_mode": mode}


def create() -> None:
    """Make the people, and let the course share their names in rosters, as its administrator can."""
    for username, (first, last, _role) in USERS.items():
        get_user_model().objects.create_user(
            username, f"{username}@musterhausen.example", first_name=first, last_name=last
        )
    CourseAllowPIISharingInLTIFlag.objects.create(course_id=COURSE, enabled=True)
