"""Columns and lines over time: in scale, with room for their labels."""

from datetime import date

from lti_tool.pages import figures


def test_columns_stand_on_one_line_in_scale() -> None:
    figure = figures.columns([("a", 0), ("b", 5), ("c", 10)])
    bottom = figures.COLUMNS_TOP + figures.COLUMNS_HEIGHT
    assert [column.y + column.height for column in figure.columns] == [bottom] * 3
    assert [column.height for column in figure.columns] == [0, figures.COLUMNS_HEIGHT / 2, figures.COLUMNS_HEIGHT]
    assert [number for _, number in figure.ticks] == [0, 2, 4, 6, 8, 10]


def test_many_columns_are_labelled_sparsely_and_stay_inside() -> None:
    figure = figures.columns([(str(week), week) for week in range(53)])
    labels = [column.label for column in figure.columns if column.label]
    assert labels == ["0", "7", "14", "21", "28", "35", "42", "49"]
    assert figure.columns[-1].x + figure.columns[-1].width < figure.width


def test_nothing_at_all_is_an_empty_axis() -> None:
    assert figures.columns([("a", 0)]).ticks[0] == (figures.COLUMNS_TOP + figures.COLUMNS_HEIGHT, 0)
    assert figures.columns([]).columns == ()


def test_levels_lie_on_their_days_and_lines_apart() -> None:
    figure = figures.levels(
        [(date(2024, 1, 1), (1, 1)), (date(2024, 1, 3), (3, 1)), (date(2026, 1, 1), (5, 5))], lowest=1, highest=5
    )
    first, second = figure.lines
    (top, bottom) = ({level: y for y, level in figure.ticks}[level] for level in (5, 1))
    assert bottom - top == figures.LEVELS_HEIGHT
    assert second.points[0][1] - first.points[0][1] == figures.APART
    assert abs(first.points[0][1] - bottom) == abs(first.points[2][1] - top) == figures.APART / 2
    assert first.points[0][0] < first.points[1][0] < first.points[2][0] < figure.width
    assert [day for _, day in figure.days] == [date(2024, 1, 1), date(2026, 1, 1)], "two labels would overlap"
    assert first.path.count(" ") == 2


def test_a_single_day_has_its_levels_too() -> None:
    figure = figures.levels([(date(2024, 1, 1), (2, 2, 5))], lowest=1, highest=5)
    assert [len(line.points) for line in figure.lines] == [1, 1, 1]
