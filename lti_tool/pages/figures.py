"""Figures people compare, bars and columns: numbers in, geometry out. A template draws them beside their table."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

LABEL_WIDTH = 64
BARS_WIDTH = 560
ROW_HEIGHT = 30
BAR_HEIGHT = 18
AXIS_HEIGHT = 26
STEPS = (1, 2, 5)
COLUMNS_HEIGHT = 180
COLUMNS_TOP = 8
MOST_LABELS = 8


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
