import numpy as np
import pandas as pd
import pytest

from dashboard.figures import theme
from dashboard.figures.trial_curves import TITLES, trial_curves


@pytest.fixture
def curves():
    """Two trials of ten epochs, whose first error is far above the others."""
    epoch = np.arange(1, 11)
    tables = [
        pd.DataFrame(
            {
                "trial": trial,
                "mae": mae,
                "epoch": epoch,
                "val_mae": np.r_[1.0, np.linspace(2 * mae, mae, 9)],
                "val_loss": -np.linspace(1, 2, 10),
            }
        )
        for trial, mae in ((3, 0.02), (7, 0.03))
    ]
    return pd.concat(tables, ignore_index=True)


def test_a_line_per_trial_with_the_best_in_a_colour_of_its_own(curves, layers_of):
    lines, best, hover, _ = layers_of(trial_curves(curves, "val_mae", 3))
    assert lines.encoding["detail"]["field"] == "piece"
    assert lines.data.loc[lines.data["piece"] >= 0].groupby("piece")["trial"].nunique().eq(1).all()
    assert sorted(lines.data["trial"].unique()) == [3, 7]
    assert best.data["trial"].unique().tolist() == [3]
    assert best.mark["color"] == theme.REFERENCE
    assert lines.title("y") == TITLES["val_mae"]
    assert [each["field"] for each in hover.encoding["tooltip"]] == [
        "trial", "epoch", "value", "mae",
    ]  # fmt: skip


def test_first_epochs_stand_at_the_end_of_the_axis(curves, layers_of):
    lines, *_, beyond = layers_of(trial_curves(curves, "val_mae", 3))
    assert lines.data["shown"].max() < 0.1
    assert beyond.data.loc[beyond.data["beyond"], "epoch"].tolist() == [1, 1]
    whole = layers_of(trial_curves(curves, "val_mae", 3, whole=True))
    assert len(whole) == 3
    assert whole[0].data["shown"].max() == 1.0


def test_a_logarithmic_axis_shows_all(curves, layers_of):
    line = layers_of(trial_curves(curves, "val_mae", 3, log=True))[0]
    assert line.scale("y")["type"] == "log"
    assert line.data["shown"].max() == 1.0


def test_it_says_in_words_what_it_shows(curves):
    assert trial_curves(curves, "val_loss", 3).to_dict()["description"] == (
        "Validation loss of 2 trials over 10 epochs; the best of them, 3, is thick"
    )
