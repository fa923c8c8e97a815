"""What is said of curves and histograms follows from them."""

import pandas as pd
import pytest

from core.reproduction import seen


def curves(loss, val_loss):
    return pd.DataFrame({"epoch": range(1, len(loss) + 1), "loss": loss, "val_loss": val_loss})


@pytest.mark.parametrize(
    ("loss", "val_loss", "said"),
    [
        ([3, 2, 1], [3, 2, 1.5], ("epoch 3 of 3, the last: no overfitting is seen", "in 0 of 3")),
        ([3, 2, 1], [2.5, 1, 2], ("epoch 2 of 3", "from 2 to 1", "from 1 to 2: overfitting")),
        ([-1, -2, -3], [-2, -3, -2.97], ("from -3 to -2.97, so little", "in 2 of 3")),
        ([3, 1, 2], [3, 1, 2], ("rises from 1 to 2", "both rise, which is no overfitting")),
    ],
)
def test_curves_are_told_by_their_numbers(loss, val_loss, said):
    words = seen.of_curves("mine", curves(loss, val_loss))
    assert words.startswith("mine: ")
    for each in said:
        assert each in words


def test_a_run_without_curves_is_passed_over():
    assert seen.of_curves("mine", pd.DataFrame()) == ""


@pytest.mark.parametrize(("scale", "said"), [(0.5, " drawn together"), (2, "not drawn together")])
def test_predictions_are_drawn_together_where_they_are(scale, said):
    z = pd.Series([0.1, 0.2, 0.3])
    words = seen.of_distributions("mine", pd.DataFrame({"z_spec": z, "z_pred": scale * z}))
    assert said in words
    assert ("not" in words) == (scale > 1)
