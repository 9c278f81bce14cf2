"""Figures people compare, bars, columns, lines: numbers in, geometry out. A template draws them beside their table."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

LABEL_WIDTH = 64
BARS_WIDTH = 560
ROW_HEIGHT = 30
BAR_HEIGHT = 18
AXIS_HEIGHT = 26
STEPS = (1, 2, 5)
COLUMNS_HEIGHT = 180
COLUMNS_TOP = 8
MOST_LABELS = 8
LEVELS_HEIGHT = 160
POINT_ROOM = 12
LABEL_ROOM = 96
APART = 4


@dataclass(frozen=True)
class Bar:
    """One stretch of a row: where it begins, how long it is, which series it is of, and the number it stands for."""

    x: float
    width: float
    series: int
    value: int


@dataclass(frozen=True)
class BarRow:
    """A labelled row of bars, one behind the other."""

    label: str
    y: int
    bars: tuple[Bar, ...]


@dataclass(frozen=True)
class Figure:
    """Everything a template needs to draw: in pixels of the figure's own view box."""

    width: int
    height: int
    rows: tuple[BarRow, ...]
    ticks: tuple[tuple[float, int], ...]
    """(x, number) of each grid line."""


def stacked_bars(rows: Iterable[tuple[str, Sequence[int]]]) -> Figure:
    """Lay out one row of stacked bars for each (label, numbers), on a common axis of whole numbers from 0."""
    rows = list(rows)
    step = _step(max((sum(numbers) for _, numbers in rows), default=0))
    most = max((sum(numbers) for _, numbers in rows), default=0)
    top = max(step, -(-most // step) * step)
    scale = BARS_WIDTH / top
    return Figure(
        width=LABEL_WIDTH + BARS_WIDTH + 24,
        height=ROW_HEIGHT * len(rows) + AXIS_HEIGHT,
        rows=tuple(
            BarRow(label, place * ROW_HEIGHT + (ROW_HEIGHT - BAR_HEIGHT) // 2, _stack(numbers, scale))
            for place, (label, numbers) in enumerate(rows)
        ),
        ticks=tuple((round(LABEL_WIDTH + number * scale, 1), number) for number in range(0, top + 1, step)),
    )


@dataclass(frozen=True)
class Column:
    """One column and the number it stands for; ``label`` is empty where there is no room for it."""

    x: float
    y: float
    width: float
    height: float
    value: int
    label: str


@dataclass(frozen=True)
class ColumnFigure:
    """Numbers over time, in pixels of the figure's own view box."""

    width: int
    height: int
    columns: tuple[Column, ...]
    ticks: tuple[tuple[float, int], ...]
    """(y, number) of each grid line."""


def columns(values: Sequence[tuple[str, int]]) -> ColumnFigure:
    """Lay out one column for each (label, number), on an axis of whole numbers from 0."""
    most = max((number for _, number in values), default=0)
    step = _step(most)
    top = max(step, -(-most // step) * step)
    room = BARS_WIDTH / max(len(values), 1)
    every = -(-len(values) // MOST_LABELS)
    return ColumnFigure(
        width=LABEL_WIDTH + BARS_WIDTH + 24,
        height=COLUMNS_HEIGHT + COLUMNS_TOP + AXIS_HEIGHT,
        columns=tuple(
            Column(
                x=round(LABEL_WIDTH + room * (place + 0.1), 1),
                y=round(COLUMNS_TOP + COLUMNS_HEIGHT * (1 - number / top), 1),
                width=round(room * 0.8, 1),
                height=round(COLUMNS_HEIGHT * number / top, 1),
                value=number,
                label="" if place % every else label,
            )
            for place, (label, number) in enumerate(values)
        ),
        ticks=tuple(
            (round(COLUMNS_TOP + COLUMNS_HEIGHT * (1 - number / top), 1), number) for number in range(0, top + 1, step)
        ),
    )


@dataclass(frozen=True)
class Line:
    """One series: the points of its line, and its number among the series."""

    points: tuple[tuple[float, float], ...]
    series: int

    @property
    def path(self) -> str:
        """Return the points as SVG's ``polyline`` wants them."""
        return " ".join(f"{x},{y}" for x, y in self.points)


@dataclass(frozen=True)
class LineFigure:
    """Levels over time, in pixels of the figure's own view box."""

    width: int
    height: int
    lines: tuple[Line, ...]
    ticks: tuple[tuple[float, int], ...]
    """(y, level) of each grid line."""
    days: tuple[tuple[float, date], ...]
    """(x, day) of each moment; those too close to the one before are left out."""


def levels(moments: Sequence[tuple[date, Sequence[int]]], *, lowest: int, highest: int) -> LineFigure:
    """Lay out a line for each place in the moments' levels: days in order, and each day's levels, all equally many.

    Lines are a little apart, so that none hides another where their levels are the same.
    """
    first, last = moments[0][0], moments[-1][0]
    days = max((last - first).days, 1)

    def across(day: date) -> float:
        return round(LABEL_WIDTH + POINT_ROOM + (BARS_WIDTH - 2 * POINT_ROOM) * (day - first).days / days, 1)

    def down(level: int) -> float:
        return round(COLUMNS_TOP + POINT_ROOM + LEVELS_HEIGHT * (highest - level) / (highest - lowest), 1)

    number = len(moments[0][1])
    shown: list[tuple[float, date]] = []
    for day, _ in moments:
        if not shown or across(day) - shown[-1][0] >= LABEL_ROOM:
            shown.append((across(day), day))
    return LineFigure(
        width=LABEL_WIDTH + BARS_WIDTH + 24,
        height=LEVELS_HEIGHT + COLUMNS_TOP + 2 * POINT_ROOM + AXIS_HEIGHT,
        lines=tuple(
            Line(
                tuple(
                    (across(day), round(down(given[at]) + (at - (number - 1) / 2) * APART, 1)) for day, given in moments
                ),
                at,
            )
            for at in range(number)
        ),
        ticks=tuple((down(level), level) for level in range(lowest, highest + 1)),
        days=tuple(shown),
    )


def _stack(numbers: Sequence[int], scale: float) -> tuple[Bar, ...]:
    bars, before = [], 0
    for series, number in enumerate(numbers):
        if number:
            bars.append(Bar(round(LABEL_WIDTH + before * scale, 1), round(number * scale, 1), series, number))
        before += number
    return tuple(bars)


def _step(most: int) -> int:
    """Return a round distance of grid lines that gives at most six."""
    size = 1
    while True:
        for step in STEPS:
            if most <= step * size * 5:
                return step * size
        size *= 10
