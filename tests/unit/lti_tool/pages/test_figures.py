"""Columns over time: in scale, with room for their labels."""

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
