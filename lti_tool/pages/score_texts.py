"""What people read of scores: the state of a cell, and why a gradebook refused one."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from flask_babel import gettext
from flask_babel import lazy_gettext as _
from flask_babel.speaklater import LazyString

from lti_tool.services.scorebook import Line, Shown

STATES: Mapping[Shown, tuple[str, LazyString]] = {
    Shown.NOTHING: ("info", _("no result yet")),
    Shown.UNTAKEN: ("info", _("no gradebook")),
    Shown.CONTESTED: ("warning", _("sources contradict")),
    Shown.WAITING: ("info", _("waiting")),
    Shown.PENDING: ("warning", _("will be tried again")),
    Shown.SENT: ("success", _("sent")),
    Shown.REFUSED: ("danger", _("not accepted")),
    Shown.WITHDRAWN: ("warning", _("withdrawn, still in the gradebook")),
    Shown.CLEARING: ("info", _("being taken out of the gradebook")),
    Shown.CLEARED: ("info", _("taken out of the gradebook")),
}
"""Badge and words by state."""

DETAILS: Mapping[str, LazyString] = {
    "service.unavailable": _("The learning platform can't be reached. We try again by ourselves."),
    "service.score_conflict": _("The gradebook has changed meanwhile. We try again by ourselves."),
    "service.token_refused": _(
        "The learning platform doesn't let us in. The campus office must look at the connection."
    ),
    "service.forbidden": _("The learning platform doesn't allow us to send scores here."),
    "service.address": _("The learning platform names an address that must not be called."),
    "service.lineitem_gone": _(
        "The column was deleted in the gradebook. Open the unit once from the course, then try again."
    ),
    "service.lineitem_missing": _("The gradebook has no column for this unit. Make one in the course, then try again."),
    "service.score_refused": _(
        "The gradebook takes no score of this person: no longer in the course, or not a learner there."
    ),
}
"""Why, by the code of the last failure."""


def detail(line: Line) -> str:
    """Say why a score isn't there, or nothing."""
    if line.state not in {Shown.PENDING, Shown.REFUSED, Shown.CLEARING} or not line.detail:
        return ""
    return str(DETAILS.get(line.detail) or gettext("The learning platform refused it."))


def headings() -> Sequence[str]:
    """Name the columns of the export."""
    return (
        gettext("Learner"),
        gettext("Platform"),
        gettext("Unit"),
        gettext("Link"),
        gettext("Our score in percent"),
        gettext("State"),
        gettext("Why"),
        gettext("Last sent"),
        gettext("In the gradebook, in percent"),
        gettext("Gradebook read"),
    )


def rows(lines: Iterable[Line]) -> Iterator[Sequence[object]]:
    """Give the rows of the export; instants in UTC."""
    for line in lines:
        yield (
            line.name or gettext("Without name (%(id)s)", id=line.learner[:8]),
            line.platform,
            line.unit,
            line.link_title,
            line.score,
            str(STATES[line.state][1]),
            detail(line),
            line.sent_at.isoformat(timespec="seconds") if line.sent_at else None,
            line.result,
            line.result_seen_at.isoformat(timespec="seconds") if line.result_seen_at else None,
        )
