import numpy as np
import pandas as pd
import pytest

from dashboard.figures import theme
from dashboard.figures.training import COURSES, course, curves, long_table


def metrics(n=40, scale=1.0):
    epoch = np.arange(1, n + 1)
    return pd.DataFrame(
        {
            "epoch": epoch,
            "loss": scale / epoch,
            "mae": 2 * scale / epoch,
            "val_loss": 1.5 * scale / epoch,
            "val_mae": 3 * scale / epoch,
        }
    )


def test_both_parts_are_drawn(layers_of):
    line = layers_of(curves(metrics(), "mae"))[0]
    parts = line.data[line.data["piece"] < 0].groupby("part")["value"].apply(list)
    assert parts["Training"] == pytest.approx((2 / np.arange(1, 41)).tolist())
    assert parts["Validation"] == pytest.approx((3 / np.arange(1, 41)).tolist())
    assert line.scale("color")["domain"] == ["Training", "Validation"]
    assert line.scale("color")["range"] == [theme.OURS, theme.REFERENCE]
    assert line.title("x") == "Epoch"
    assert line.title("y") == "MAE [redshift]"


def test_quantity_is_what_was_asked_for(layers_of):
    line = layers_of(curves(metrics(), "loss"))[0]
    assert line.title("y") == "Loss"
    assert line.data["value"].max() == pytest.approx(1.5)


def test_log_axis(layers_of):
    assert layers_of(curves(metrics(), "loss", log=True))[0].scale("y")["type"] == "log"
    assert "type" not in layers_of(curves(metrics(), "loss"))[0].scale("y")


def test_a_negative_loss_has_no_logarithm(layers_of):
    falling = metrics().assign(val_loss=lambda table: table["val_loss"] - 1)
    assert "type" not in layers_of(curves(falling, "loss", log=True))[0].scale("y")
    assert layers_of(curves(falling, "mae", log=True))[0].scale("y")["type"] == "log"


def test_smoothing_is_an_exponential_moving_average():
    table = long_table(metrics(3), "loss", smoothing=0.5)
    training = table[table["part"] == "Training"]
    assert training["value"].tolist() == pytest.approx([1, 1 / 2, 1 / 3])
    # Weights 1, 1/2, 1/4 back in time, normalised.
    expected = [1, (1 / 2 + 1 / 2) / 1.5, (1 / 3 + 1 / 4 + 1 / 4) / 1.75]
    assert training["smoothed"].tolist() == pytest.approx(expected)


def test_without_smoothing_nothing_changes():
    table = long_table(metrics(), "loss")
    pd.testing.assert_series_equal(table["value"], table["smoothed"], check_names=False)


def test_smoothed_curves_keep_the_values_behind_them(layers_of):
    raw, smooth, *_ = layers_of(curves(metrics(), "loss", smoothing=0.6, whole=True))
    assert raw.encoding["y"]["field"] == "shown"
    assert raw.mark["opacity"] < 1
    assert raw.data["shown"].tolist() == raw.data["value"].tolist()
    assert smooth.encoding["y"]["field"] == "shown"
    assert smooth.data["shown"].tolist() == smooth.data["smoothed"].tolist()


@pytest.mark.parametrize(("epoch", "side"), [(3, "left"), (38, "right")])
def test_the_kept_epoch_is_marked_inside_the_axes(layers_of, epoch, side):
    chart = curves(metrics(), "loss", best_epoch=epoch)
    *_, rule, left, right = layers_of(chart)
    assert rule.mark["type"] == "rule"
    assert rule.data["epoch"].tolist() == [epoch]
    assert (left.mark["align"], right.mark["align"]) == ("left", "right")
    # One of the two is drawn.
    assert left.data["label"].tolist() == [f"kept: epoch {epoch}"]
    assert left.data["left"].tolist() == [side == "left"]
    filters = [each["transform"][0]["filter"] for each in chart.to_dict()["layer"][-2:]]
    assert filters == ["datum.left", "!datum.left"]


def test_hover_gives_the_value_beside_its_average(layers_of):
    hover = layers_of(curves(metrics(), "loss", smoothing=0.9))[2]
    fields = [each["field"] for each in hover.encoding["tooltip"]]
    assert fields == ["part", "epoch", "value", "smoothed"]


@pytest.mark.parametrize(("n", "points"), [(1, True), (40, False)])
def test_a_first_epoch_alone_shows_as_a_point(layers_of, n, points):
    # Beside the line and the points of the pointer, which are drawn where that is.
    marks = [each.mark["type"] for each in layers_of(curves(metrics(n), "loss", whole=True))]
    assert marks == ["line", *(["point"] if points else []), "point"]


def test_it_says_in_words_what_it_shows():
    text = curves(metrics(), "mae").to_dict()["description"]
    assert text == "MAE [redshift] of the training and validation part over 40 epochs"


def test_a_first_epoch_far_above_the_others_stands_at_the_end_of_the_axis(layers_of):
    table = metrics().assign(loss=0.1, val_loss=np.linspace(0.2, 0.1, 40))
    table.loc[0, "loss"] = 50.0
    chart = curves(table, "loss")
    line, hover, beyond = layers_of(chart)
    # The later ones reach from 0.1 to nearly 0.2; there is a third of that above them.
    top = line.data["shown"].max()
    assert 0.2 < top < 0.24
    assert line.scale("y")["nice"] is False  # else the line would end inside the plot
    assert beyond.mark["shape"] == "triangle-up"
    marked = beyond.data[beyond.data["beyond"]]
    assert marked[["part", "epoch", "value"]].to_numpy().tolist() == [["Training", 1, 50.0]]
    assert "value" in [each["field"] for each in hover.encoding["tooltip"]]
    assert chart.title.subtitle == "▲ 1 point is above the axis: point at it for its value"
    for free in (curves(table, "loss", whole=True), curves(table, "loss", log=True)):
        assert layers_of(free)[0].data["shown"].max() == 50.0
        assert free.title == "Loss per epoch"


def test_a_second_run_is_dashed_in_the_same_colours(layers_of):
    beside = ("mine", "theirs", metrics(20, scale=2))
    line, hover, *_ = layers_of(curves(metrics(), "mae", whole=True, beside=beside))
    assert line.encoding["strokeDash"]["scale"]["domain"] == ["mine", "theirs"]
    assert line.data.groupby("run")["epoch"].max().to_dict() == {"mine": 40, "theirs": 20}
    theirs = line.data.query("piece < 0 and run == 'theirs' and part == 'Training'")["value"]
    assert theirs.tolist() == pytest.approx((4 / np.arange(1, 21)).tolist())
    assert hover.encoding["tooltip"][0]["field"] == "run"


@pytest.mark.parametrize("name", COURSES)
def test_the_course_of_a_number_over_epochs(layers_of, name):
    table = metrics().assign(learning_rate=0.001, seconds=2.0)
    table.loc[0, "seconds"] = 30.0  # compiles
    line, _, *beyond = layers_of(course(table, name))
    assert line.data.loc[line.data["piece"] < 0, "value"].tolist() == table[name].tolist()
    assert line.title("x") == "Epoch"
    assert course(table, name).title == COURSES[name]
    # Where all later ones are alike there is no range to judge by.
    assert line.data["shown"].max() == table[name].max()
    assert len(beyond) == (name == "seconds")
