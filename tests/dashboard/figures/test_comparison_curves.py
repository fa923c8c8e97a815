import numpy as np
import pandas as pd
import pytest

from dashboard.figures import comparison
from dashboard.figures.comparison_curves import curves, long_table


def metrics(n=40, scale=1.0, seconds=2.0):
    epoch = np.arange(1, n + 1)
    return pd.DataFrame(
        {
            "epoch": epoch,
            "loss": scale / epoch,
            "mae": 2 * scale / epoch,
            "val_loss": 1.5 * scale / epoch,
            "val_mae": 3 * scale / epoch,
            "seconds": seconds,
            "cpu_seconds": 2 * seconds,
        }
    )


RUNS = {"short": metrics(5, 1.0, 10.0), "long": metrics(40, 2.0)}


def test_runs_are_lines_of_their_own_colour(layers_of):
    line, hover = layers_of(curves(RUNS, "mae", whole=True))
    assert line.scale("color")["domain"] == ["short", "long"]
    assert line.scale("color")["range"] == list(comparison.COLORS[:2])
    points = line.data[line.data["piece"] < 0]
    validation = points[points["part"] == "Validation"].groupby("run")["value"]
    assert validation.get_group("short").tolist() == pytest.approx((3 / np.arange(1, 6)).tolist())
    assert validation.get_group("long").size == 40
    assert (line.title("x"), line.title("y")) == ("Epoch", "MAE [redshift]")
    assert "value" in {each["field"] for each in hover.encoding["tooltip"]}


def test_time_is_that_since_the_start(layers_of):
    table = long_table(RUNS, "loss").query("run == 'short' and part == 'Validation'")
    assert table["seconds"].tolist() == [10, 20, 30, 40, 50]
    assert table["cpu_seconds"].tolist() == [20, 40, 60, 80, 100]
    line = layers_of(curves(RUNS, "loss", along="seconds"))[0]
    assert line.data["along"].max() == 80
    assert line.title("x") == "Training time [s]"


def test_the_average_starts_anew_with_every_run():
    table = long_table({"one": metrics(3), "two": metrics(3)}, "loss", 0.5)
    one, two = (
        table.query(f"run == '{name}' and part == 'Training'")["smoothed"].tolist()
        for name in ("one", "two")
    )
    assert one == two == pytest.approx([1, 1 / 1.5, (1 / 3 + 1 / 4 + 1 / 4) / 1.75])


def test_log_axes(layers_of):
    line = layers_of(curves(RUNS, "mae", log_x=True, log_y=True))[0]
    assert line.scale("x")["type"] == line.scale("y")["type"] == "log"
    line = layers_of(curves(RUNS, "mae"))[0]
    assert "type" not in line.scale("x")
    assert "type" not in line.scale("y")


def test_a_negative_loss_in_one_run_has_no_logarithm(layers_of):
    below = metrics().assign(val_loss=lambda table: table["val_loss"] - 1)
    line = layers_of(curves({**RUNS, "nll": below}, "loss", log_y=True))[0]
    assert "type" not in line.scale("y")


def test_the_training_part_is_drawn_pale_if_asked_for(layers_of):
    training, validation, _ = layers_of(curves(RUNS, "mae", with_training=True, whole=True))
    assert training.mark["opacity"] < validation.mark["opacity"]
    assert len(layers_of(curves(RUNS, "mae", whole=True))) == 2


@pytest.mark.parametrize("log_x", [False, True])
def test_lines_leave_the_plot_towards_first_epochs_that_would_squash_the_rest(log_x, layers_of):
    flat = metrics(40).assign(val_mae=np.r_[9.0, np.linspace(0.2, 0.1, 39)])
    chart = curves({"flat": flat}, "mae", log_x=log_x)
    line, _, beyond = layers_of(chart)
    first = line.data[line.data["piece"] >= 0].iloc[0]
    assert 0.2 < first["shown"] < 0.24
    # A share of the way from epoch 2 back to 1, straight in what the axis shows.
    share = (first["shown"] - 0.2) / (9.0 - 0.2)
    assert first["along"] == pytest.approx(2 ** (1 - share) if log_x else 2 - share)
    assert beyond.data.loc[beyond.data["beyond"], "value"].tolist() == [9.0]
    assert "1 point" in chart.title.subtitle


def test_it_says_in_words_what_it_shows():
    text = curves(RUNS, "mae", along="seconds").to_dict()["description"]
    assert text == "MAE of the validation part of 2 runs over training time [s]"


def test_the_legend_lists_the_runs_that_are_drawn(layers_of):
    line = layers_of(curves({"long": RUNS["long"]}, "loss", names=["short", "long"]))[0]
    assert line.encoding["color"]["legend"]["values"] == ["long"]
    assert line.scale("color")["domain"] == ["short", "long"]
