"""Statements to test with."""

import json
from copy import deepcopy
from typing import Any

PUBLIC_URL = "https://campus.example"
COMPLETED = "http://adlnet.gov/expapi/verbs/completed"
VOIDED = "http://adlnet.gov/expapi/verbs/voided"
SOME_ID = "1f0c6f3a-4a5b-4b41-9b4e-6f0a7b1f4d11"
OTHER_ID = "2f0c6f3a-4a5b-4b41-9b4e-6f0a7b1f4d12"


def agent(name: str = "anna") -> dict[str, Any]:
    return {"account": {"homePage": "https://lms.example", "name": name}}


def statement(**changes: Any) -> dict[str, Any]:
    """Give a small valid statement; a change to None leaves a member out."""
    made = {
        "actor": agent(),
        "verb": {"id": COMPLETED},
        "object": {"id": "https://lms.example/course/1"},
    } | deepcopy(changes)
    return {name: value for name, value in made.items() if value is not None}


def voiding(target: str, **changes: Any) -> dict[str, Any]:
    return statement(verb={"id": VOIDED}, object={"objectType": "StatementRef", "id": target}, **changes)


def full() -> dict[str, Any]:
    """Give a statement that has nearly everything a statement can have."""
    return statement(
        id=SOME_ID,
        actor={
            "objectType": "Group",
            "name": "Kurs 1",
            "mbox": "mailto:kurs@example.org",
            "member": [agent("b"), {"mbox_sha1sum": "a" * 40, "name": "A"}, {"openid": "https://id.example/c"}],
        },
        verb={"id": COMPLETED, "display": {"de": "hat abgeschlossen", "en-US": "completed"}},
        object={
            "objectType": "Activity",
            "id": "https://lms.example/course/1",
            "definition": {
                "name": {"de": "Frage"},
                "type": "http://adlnet.gov/expapi/activities/cmi.interaction",
                "interactionType": "choice",
                "correctResponsesPattern": ["a[,]b"],
                "choices": [{"id": "a", "description": {"de": "A"}}, {"id": "b"}],
                "extensions": {"https://lms.example/x": {"nothing": None, "n": 1.0}},
            },
        },
        result={
            "score": {"scaled": 0.5, "raw": 5, "min": 0, "max": 10.0},
            "success": True,
            "completion": False,
            "response": "a\u0000ä\U0001f600",
            "duration": "PT1H30M5.5S",
        },
        context={
            "registration": OTHER_ID.upper(),
            "instructor": agent("lehrerin"),
            "team": {"objectType": "Group", "member": [agent("c")]},
            "contextActivities": {
                "parent": {"id": "https://lms.example/p"},
                "other": [{"id": "https://lms.example/o"}],
            },
            "contextAgents": [{"objectType": "contextAgent", "agent": agent("d")}],
            "contextGroups": [{"objectType": "contextGroup", "group": {"objectType": "Group", "member": [agent("e")]}}],
            "revision": "1",
            "platform": "Moodle",
            "language": "de-DE",
            "statement": {"objectType": "StatementRef", "id": OTHER_ID},
            "extensions": {"https://lms.example/y": [None, {"deep": 1e300}]},
        },
        timestamp="2026-11-02T10:00:00.123+01:00",
        version="1.0.3",
    )


def changed(path: str, value: Any) -> dict[str, Any]:
    """Give the full statement with the member at ``path`` (a JSON pointer) set anew."""
    made = full()
    *steps, last = path.split("/")[1:]
    place: Any = made
    for step in steps:
        place = place[int(step)] if isinstance(place, list) else place[step]
    place[int(last) if isinstance(place, list) else last] = value
    return made


def as_bytes(value: Any) -> bytes:
    return json.dumps(value).encode()
