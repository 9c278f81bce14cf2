"""What a teacher can place in a course: units, single phases of them, and whole courses, which are their units.

A choice is one text, which forms and addresses carry: a unit's public id, ``<id>:<phase>``, or ``course:<id>``.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Select, and_, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session, selectinload

from campus.models.base import Text
from campus.models.catalogue import ActivityKind, Course, CourseUnit, LearningUnit, Phase, PhaseKind
from campus.models.organisations import Organisation
from lti_tool.pages.paging import Page, paginate
from lti_tool.pages.search import contains

COURSE_PREFIX = "course:"
FOR_EVERYBODY = Course.individual_for_id.is_(None)
MOST = 50
"""Links that one dialog can place."""
UNITS_PER_PAGE = 10
WORDS, WORD_LENGTH = 8, 100


@dataclass(frozen=True)
class Choice:
    """A link that was chosen: to a unit, or to one phase of it."""

    unit: LearningUnit
    phase: PhaseKind | None = None

    @property
    def key(self) -> str:
        """Return the text that forms carry."""
        return f"{self.unit.public_id}:{self.phase}" if self.phase else self.unit.public_id

    @property
    def graded(self) -> bool:
        """Say whether a gradebook column belongs to it: the unit's result comes from the exam."""
        return self.phase is None or any(_has_exam(phase) for phase in self.unit.phases if phase.kind == self.phase)


def _has_exam(phase: Phase) -> bool:
    return any(activity.kind == ActivityKind.QUIZ and activity.is_required for activity in phase.activities)


def resolve(session: Session, keys: Iterable[str], *, multiple: bool) -> list[Choice]:
    """Read what was chosen, in order, each once; a course becomes its units. What isn't offered (any more) is left out.

    At most :data:`MOST`; of several, where the platform takes only one, the last.
    """
    wanted = list(dict.fromkeys(keys))[: MOST + 1]
    found: dict[str, Choice] = {}
    for key in wanted:
        for choice in _choices(session, key):
            found.setdefault(choice.key, choice)
    choices = list(found.values())
    return choices[:MOST] if multiple else choices[-1:]


def _choices(session: Session, key: str) -> list[Choice]:
    if key.startswith(COURSE_PREFIX):
        wanted = select(Course).where(Course.public_id == key.removeprefix(COURSE_PREFIX), FOR_EVERYBODY)
        course = session.scalars(wanted).first()
        return [Choice(part.unit) for part in course.units] if course else []
    public_id, _separator, kind = key.partition(":")
    unit = session.scalars(select(LearningUnit).where(LearningUnit.public_id == public_id)).first()
    if unit is None or (kind and kind not in {phase.kind for phase in unit.phases}):
        return []
    return [Choice(unit, PhaseKind(kind) if kind else None)]


def units(session: Session, search: str, page: str | None) -> Page[LearningUnit]:
    """Find units by code, title, summary or provider, one page of them; without words all."""
    found = (
        select(LearningUnit)
        .join(Organisation, Organisation.id == LearningUnit.provider_id)
        .where(_fits(search, LearningUnit.code, LearningUnit.title, LearningUnit.summary))
        .options(selectinload(LearningUnit.provider), selectinload(LearningUnit.phases))
        .order_by(LearningUnit.code, LearningUnit.id)
    )
    return paginate(session, found, page, size=UNITS_PER_PAGE)


def courses(session: Session, search: str) -> Sequence[Course]:
    """Find courses in the same way, by code; not those that were put together for one person."""
    found: Select[Course] = (
        select(Course)
        .join(Organisation, Organisation.id == Course.provider_id)
        .where(FOR_EVERYBODY, _fits(search, Course.code, Course.title, Course.summary))
        .options(selectinload(Course.provider), selectinload(Course.units).selectinload(CourseUnit.unit))
        .order_by(Course.code, Course.id)
    )
    return session.scalars(found).all()


def _fits(search: str, code: InstrumentedAttribute[str], *texts: InstrumentedAttribute[Text]) -> ColumnElement[bool]:
    """Ask that each word stands somewhere: in the code, or in one of the texts or the provider's name."""
    columns = [code, *(_in(text, each) for text in (*texts, Organisation.name) for each in ("de", "en"))]
    words = [word[:WORD_LENGTH] for word in search.split()[:WORDS]]
    return and_(True, *(or_(*(contains(column, word) for column in columns)) for word in words))


def _in(text: InstrumentedAttribute[Text], language: str) -> ColumnElement[str]:
    plain: ColumnElement[str] = text[language].as_string()
    return plain
