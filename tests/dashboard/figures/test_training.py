import numpy as np
import pandas as pd
import pytest

from dashboard.figures import theme
from dashboard.figures.training import curves, long_table


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
    line, _ = layers_of(curves(metrics(), "mae"))
    parts = line.data.groupby("part")["value"].apply(list)
    assert parts["Training"] == pytest.approx((2 / np.arange(1, 41)).tolist())
    assert parts["Validation"] == pytest.approx((3 / np.arange(1, 41)).tolist())
    assert line.scale("color")["domain"] == ["Training", "Validation"]
    assert line.scale("color")["range"] == [theme.OURS, theme.REFERENCE]
    assert line.title("x") == "Epoch"
    assert line.title("y") == "MAE [redshift]"


def test_quantity_is_what_was_asked_for(layers_of):
    line, _ = layers_of(curves(metrics(), "loss"))
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
    raw, smooth, _ = layers_of(curves(metrics(), "loss", smoothing=0.6))
    assert raw.encoding["y"]["field"] == "value"
    assert raw.mark["opacity"] < 1
    assert smooth.encoding["y"]["field"] == "smoothed"


@pytest.mark.parametrize(("epoch", "side"), [(3, "left"), (38, "right")])
def test_the_kept_epoch_is_marked_inside_the_axes(layers_of, epoch, side):
    *_, rule, label = layers_of(curves(metrics(), "loss", best_epoch=epoch))
    assert rule.mark["type"] == "rule"
    assert rule.data["epoch"].tolist() == [epoch]
    assert label.data["label"].tolist() == [f"kept: epoch {epoch}"]
    assert label.mark["align"] == side


def test_hover_gives_the_value_and_not_its_average(layers_of):
    hover = layers_of(curves(metrics(), "loss", smoothing=0.9))[-1]
    fields = [each["field"] for each in hover.encoding["tooltip"]]
    assert fields == ["part", "epoch", "value"]


@pytest.mark.parametrize(("n", "points"), [(1, True), (40, False)])
def test_a_first_epoch_alone_shows_as_a_point(layers_of, n, points):
    line = layers_of(curves(metrics(n), "loss"))[0]
    assert line.mark["point"] is points


def test_it_says_in_words_what_it_shows():
    text = curves(metrics(), "mae").to_dict()["description"]
    assert text == "MAE [redshift] of the training and validation part over 40 epochs"
