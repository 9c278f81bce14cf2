"""Statements as an LMS with cmi5 content sends them, and what a store that holds them must answer."""

import json
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Any, NamedTuple
from uuid import NAMESPACE_URL, UUID, uuid5

Json = dict[str, Any]
ADL = "http://adlnet.gov/expapi"
CMI5 = "https://w3id.org/xapi/cmi5/context"
VERBS = {"launched": 15, "initialized": 12, "answered": 40, "completed": 12, "passed": 9, "failed": 4, "terminated": 8}
"""By verb: how many of a hundred statements have it."""
LEARNERS, COURSES, ITEMS = 2000, 10, 40
"""Items are of each course."""
HOME = "https://lms.example"
BUSY = 0.3
"""Part of the statements that comes from few, busy learners."""


class Fact(NamedTuple):
    """What a statement can be asked for by."""

    statement_id: str
    agent: str
    verb: str
    activity: str
    registration: str
    course: int


def compact(value: Any) -> str:
    """Write JSON without blanks."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def iso(time: datetime) -> str:
    """Write a time of UTC with milliseconds."""
    return time.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def course_id(course: int) -> str:
    """Return a course's activity id."""
    return f"{HOME}/course/{course}"


def account(name: str) -> Json:
    """Return an agent of the LMS."""
    return {"account": {"homePage": HOME, "name": name}}


class Generator:
    """Makes statements of about 1.3 kB; the same seed makes the same ones. ``now``: the end of the month they tell."""

    def __init__(self, seed: int, now: datetime) -> None:
        self._random = Random(seed)  # noqa: S311 - test data
        self._now = now

    def one(self) -> Json:
        """Make one statement."""
        random = self._random
        learner, course, item = self._learner(), random.randrange(COURSES), random.randrange(ITEMS)
        verb = random.choices(list(VERBS), list(VERBS.values()))[0]
        whole = verb in {"completed", "passed", "failed"} and random.random() < 0.2  # noqa: PLR2004 - a fifth of them
        statement = {
            "id": str(UUID(int=random.getrandbits(128), version=4)),
            "actor": {"objectType": "Agent", "name": f"Learner {learner}", **account(f"u{learner}")},
            "verb": {"id": f"{ADL}/verbs/{verb}", "display": {"en-US": verb}},
            "object": self._object(verb, course, None if whole else item),
            "timestamp": iso(self._now - timedelta(days=30 * random.random())),
            "context": self._context(learner, course, None if whole else item),
        }
        if verb in {"answered", "passed", "failed", "completed"}:
            statement["result"] = self._result(verb)
        return statement

    def _learner(self) -> int:
        if self._random.random() < BUSY:
            return min(int(self._random.paretovariate(0.9)) - 1, LEARNERS - 1)
        return self._random.randrange(LEARNERS)

    def _object(self, verb: str, course: int, item: int | None) -> Json:
        kind = "course" if item is None else "cmi.interaction" if verb == "answered" else "lesson"
        name = {"en-US": f"Item {item} of course {course}", "fr-FR": f"Élément {item} du cours {course}"}
        definition: Json = {"type": f"{ADL}/activities/{kind}", "name": name}
        if verb == "answered":
            choices = [{"id": letter, "description": {"en-US": f"Choice {letter}"}} for letter in "abcd"]
            definition |= {"interactionType": "choice", "correctResponsesPattern": ["b"], "choices": choices}
        place = course_id(course) if item is None else f"{course_id(course)}/item/{item}"
        return {"objectType": "Activity", "id": place, "definition": definition}

    def _context(self, learner: int, course: int, item: int | None) -> Json:
        around: Json = {"grouping": [{"id": course_id(course)}], "category": [{"id": f"{CMI5}/categories/cmi5"}]}
        if item is not None:
            around["parent"] = [{"id": f"{course_id(course)}/section/{item // 8}"}]
        return {
            "registration": str(uuid5(NAMESPACE_URL, f"{learner}/{course}")),
            "instructor": {"objectType": "Agent", "name": f"Teacher {course}", **account(f"t{course}")},
            "platform": "Moodle",
            "language": "en-US",
            "contextActivities": around,
            "extensions": {
                f"{CMI5}/extensions/sessionid": f"s{self._random.getrandbits(40):x}",
                f"{HOME}/ext/client": {"ua": "Mozilla/5.0", "ip": "203.0.113.9"},
            },
        }

    def _result(self, verb: str) -> Json:
        random = self._random
        raw = random.randrange(101)
        result: Json = {
            "duration": f"PT{random.randrange(1, 900)}S",
            "extensions": {f"{HOME}/ext/progress": random.randrange(101)},
        }
        if verb == "completed":
            return result | {"completion": True}
        result["success"] = verb != "failed" and (verb == "passed" or raw > 40)  # noqa: PLR2004 - enough to pass
        result["score"] = {"scaled": raw / 100, "raw": raw, "min": 0, "max": 100}
        return result | ({"response": random.choice("abcd")} if verb == "answered" else {})


class Question(NamedTuple):
    """A request for statements, and how many there are in all, where that is known."""

    parameters: dict[str, str]
    rows: int | None = None


@dataclass
class Held:
    """What the store acknowledged."""

    begun: datetime
    facts: list[Fact] = field(default_factory=list)
    _counts: Counter[tuple[object, ...]] = field(default_factory=Counter)

    def add(self, statement: Json) -> None:
        """Know of one more statement."""
        context = statement["context"]
        fact = Fact(
            statement["id"],
            statement["actor"]["account"]["name"],
            statement["verb"]["id"],
            statement["object"]["id"],
            context["registration"],
            int(context["instructor"]["account"]["name"][1:]),
        )
        self.facts.append(fact)
        self._counts.update(
            [
                ("agent", fact.agent),
                ("agent and verb", fact.agent, fact.verb),
                ("verb", fact.verb),
                ("activity", fact.activity),
                ("course", fact.course),
                ("registration", fact.registration),
            ]
        )

    def questions(self, kind: str, count: int, now: datetime) -> list[Question]:
        """Return ``count`` questions of one of ``KINDS``, always the same ones for the same store."""
        random = Random(7)  # noqa: S311 - test data
        span = now - self.begun
        return [KINDS[kind](self, random.choice(self.facts), span * random.random()) for _ in range(count)]

    def count(self, *key: object) -> int:
        """Say how many statements there are of a kind."""
        return self._counts[key]


def _agent(name: str) -> str:
    return compact(account(name))


def _related(held: Held, fact: Fact) -> Question:
    parameters = {"agent": _agent(fact.agent), "activity": course_id(fact.course)}
    rows = held.count("registration", fact.registration)  # a learner has one in each course
    return Question(parameters | {"related_activities": "true", "ascending": "true"}, rows)


def _between(held: Held, after: timedelta) -> Question:
    since = held.begun + after
    return Question({"since": iso(since), "until": iso(since + max(after / 50, timedelta(seconds=1)))})


KINDS: dict[str, Callable[[Held, Fact, timedelta], Question]] = {
    "statementId": lambda _held, fact, _: Question({"statementId": fact.statement_id}, 1),
    "latest": lambda held, _fact, _: Question({}, len(held.facts)),
    "latest, canonical": lambda held, _fact, _: Question({"format": "canonical"}, len(held.facts)),
    "latest, ids": lambda held, _fact, _: Question({"format": "ids"}, len(held.facts)),
    "agent": lambda held, fact, _: Question({"agent": _agent(fact.agent)}, held.count("agent", fact.agent)),
    "agent, verb": lambda held, fact, _: Question(
        {"agent": _agent(fact.agent), "verb": fact.verb}, held.count("agent and verb", fact.agent, fact.verb)
    ),
    "verb": lambda held, fact, _: Question({"verb": fact.verb}, held.count("verb", fact.verb)),
    "verb, since": lambda held, fact, after: Question({"verb": fact.verb, "since": iso(held.begun + after)}),
    "activity": lambda held, fact, _: Question({"activity": fact.activity}, held.count("activity", fact.activity)),
    "activity, related": lambda held, fact, _: Question(
        {"activity": course_id(fact.course), "related_activities": "true"}, held.count("course", fact.course)
    ),
    "agent, related": lambda held, fact, _: Question(
        {"agent": _agent(f"t{fact.course}"), "related_agents": "true"}, held.count("course", fact.course)
    ),
    "registration": lambda held, fact, _: Question(
        {"registration": fact.registration}, held.count("registration", fact.registration)
    ),
    "agent, activity, related, ascending": lambda held, fact, _: _related(held, fact),
    "since, until": lambda held, _fact, after: _between(held, after),
    "since": lambda held, _fact, _: Question({"since": iso(held.begun - timedelta(seconds=1))}, len(held.facts)),
}
"""By name: what makes a question of a known statement, and a time since the first was sent."""
