import numpy as np
import pandas as pd

from dashboard.figures.above_axis import title, with_lines


def table(values, run=""):
    epochs = range(1, len(values) + 1)
    return pd.DataFrame({"run": run, "epoch": epochs, "value": values})


def corners_of(values, top):
    found = with_lines(table(values), "value", top, ("run",))
    lines = found[found["piece"] >= 0]
    pieces = [piece for _, piece in lines.groupby("piece")]
    return [list(zip(piece["epoch"], piece["shown"], strict=True)) for piece in pieces]


def test_a_line_leaves_the_plot_on_its_way_to_the_true_value():
    # From (2, 1) to (1, 9) the line passes 3 at a quarter of the way.
    assert corners_of([9.0, 1.0, 2.0], 3.0) == [[(1.75, 3.0), (2, 1.0), (3, 2.0)]]


def test_a_line_comes_back_after_a_peak_and_has_a_gap_there():
    assert corners_of([1.0, 5.0, 6.0, 2.0], 3.0) == [
        [(1, 1.0), (1.5, 3.0)],
        [(3.75, 3.0), (4, 2.0)],
    ]


def test_without_an_end_every_line_is_whole():
    both = pd.concat([table([9.0, 1.0], "a"), table([2.0, 3.0], "b")], ignore_index=True)
    found = with_lines(both, "value", np.inf, ("run",))
    lines = found[found["piece"] >= 0]
    assert lines["shown"].tolist() == both["value"].tolist()
    assert lines.groupby("piece")["run"].unique().str.join("").tolist() == ["a", "b"]


def test_a_point_above_stands_at_the_end_with_its_value():
    found = with_lines(table([9.0, 1.0]), "value", 3.0, ("run",))
    points = found[found["piece"] < 0]
    assert points["shown"].tolist() == [3.0, 1.0]
    assert points["value"].tolist() == [9.0, 1.0]
    assert points["beyond"].tolist() == [True, False]


def test_marks_at_one_place_do_not_hide_each_other():
    both = pd.concat([table([9.0, 1.0], "a"), table([8.0, 1.0], "b")], ignore_index=True)
    found = with_lines(both, "value", 3.0, ("run",))
    assert found.loc[found["beyond"], "before"].tolist() == [0, 1]


def test_the_title_counts_them():
    assert title("MAE", 0) == "MAE"
    assert title("MAE", 2).subtitle == (
        "▲ 2 points are above the axis: point at them for their values"
    )
