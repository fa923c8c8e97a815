"""What is to be seen in the figures of a run, in words that follow from its numbers."""

import numpy as np
import pandas as pd

from core.amounts import n_of
from core.report.estimates import number
from core.reproduction.cells import printed

STANDS = 0.05
"""Of all that the validation loss fell: what it may rise by and is still called standing."""


def of_curves(name: str, metrics: pd.DataFrame) -> str:
    """Return what the curves of a run, called `name`, show of overfitting; '' without curves.

    Parameters
    ----------
    name : str
    metrics : pd.DataFrame
        loss and val_loss by epoch, as `core.runs.Run.metrics` returns them.
    """
    if metrics.empty:
        return ""
    train, validation = (metrics[key].to_numpy(float) for key in ("loss", "val_loss"))
    best, last = int(np.argmin(validation)), len(validation) - 1
    said = f"{name}: the validation loss is lowest at epoch {best + 1} of {last + 1}"
    if best == last:
        said += ", the last: no overfitting is seen."
    else:
        before, after = train[best], train[last]
        verb = "falls" if after < before else "rises"
        rise, fell = validation[last] - validation[best], validation[0] - validation[best]
        changes = f"from {printed(validation[best])} to {printed(validation[last])}"
        said += (
            f"; from there to the end that of the training part {verb} from {printed(before)} to "
            f"{printed(after)}, and that of the validation part rises {changes}"
        )
        if after >= before:
            said += ": both rise, which is no overfitting but too large steps, or chance."
        elif rise > STANDS * fell:
            said += ": overfitting."
        else:
            said += ", so little that it stands still."
    below = int((validation < train).sum())
    epochs = n_of(last + 1, "epoch")
    return (
        f"{said} The validation loss lies below that of the training part in {below} of {epochs}."
    )


def of_distributions(name: str, predictions: pd.DataFrame) -> str:
    """Return whether predicted redshifts of a run, called `name`, are drawn together."""
    true, predicted = (predictions[key].to_numpy(float).std() for key in ("z_spec", "z_pred"))
    drawn = "drawn together" if predicted < true else "not drawn together"
    return (
        f"{name}: the predicted redshifts are {drawn}: their standard deviation is "
        f"{number(predicted)}, that of the true ones {number(true)}."
    )
