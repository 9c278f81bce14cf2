"""Figures people compare, as bars: numbers in, geometry out. A template draws them as SVG beside their table."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

LABEL_WIDTH = 64
BARS_WIDTH = 560
ROW_HEIGHT = 30
BAR_HEIGHT = 18
AXIS_HEIGHT = 26
STEPS = (1, 2, 5)


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
