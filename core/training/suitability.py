"""What a data set lacks to train on, said before a training begins."""

from pathlib import Path

import numpy as np

from core.amounts import n_of
from core.data.dataset_files import read_without_spectra
from core.data.split import Split, SplitConfig, split_by_source
from core.errors import DataError
from core.model import LABELS
from core.prediction.calibration.needed import shortage
from core.prediction.notices import Notice, of_shortage

# Redshifts closer than 3 km/s are one redshift: no spectrograph of galaxies tells them apart.
SAME = 1e-5
# A training part is nearly constant if all but 2 % lie within this, or half are one redshift.
NARROW, TAIL, MOST = 0.01, 0.01, 0.5


def check_data(path: str | Path, split: SplitConfig) -> tuple[Notice, ...]:
    """Return what a training on a data set file and a split of it cannot give.

    Raises a `DataError` if nothing can be learnt: a part is empty, or all redshifts are alike.
    """
    columns = read_without_spectra(path)
    parts = split_by_source(columns["source_id"], split)
    check_parts(parts, str(path))
    z = columns["z"][parts.train]
    if np.ptp(z) < SAME:
        raise DataError(
            f"{path}: all of {n_of(len(z), 'galaxy')} to train on have the same redshift, "
            f"{round(z[0], 5):g}; a network cannot learn a constant. Expected redshifts that "
            "differ. Check which column they were read from, and make the data set again."
        )
    short = shortage(len(parts.train), len(parts.validation), split)
    return _of_labels(z) + of_shortage(short)


def of_warmup(epochs: int, warmup_epochs: float) -> tuple[Notice, ...]:
    """Say what becomes of a warm-up that the training is not longer than.

    It is cut short by the last step (`core.model.network`), which has the full learning rate.
    """
    if warmup_epochs < epochs:
        return ()
    sentence = (
        f"{LABELS['warmup_epochs']}: {warmup_epochs:g}, which the training's "
        f"{n_of(epochs, 'epoch')} cannot hold. The learning rate rises until the last step, the "
        "only one that has its full value, and does not fall. Train for more epochs, or with a "
        "shorter warm-up."
    )
    return (Notice("warning", sentence),)


def check_parts(split: Split, name: str) -> None:
    """Raise a `DataError` if a part is empty."""
    sizes = {part: len(getattr(split, part)) for part in ("train", "validation", "test")}
    for part, n in sizes.items():
        if not n:
            raise DataError(
                f"The {part} part of '{name}' is empty: {n_of(sum(sizes.values()), 'galaxy')} "
                "cannot fill this split."
            )


def _of_labels(z: np.ndarray) -> tuple[Notice, ...]:
    """Say so where redshifts hardly differ."""
    low, high = np.quantile(z, [TAIL, 1 - TAIL])
    values, counts = np.unique(np.round(z / SAME), return_counts=True)
    share = counts.max() / len(z)
    if share >= MOST:
        what = f"{share:.0%} of them have the same redshift, {values[counts.argmax()] * SAME:.5g}"
    elif high - low < NARROW:
        what = f"{1 - 2 * TAIL:.0%} of their redshifts lie between {low:.5g} and {high:.5g}"
    else:
        return ()
    sentence = (
        f"The {n_of(len(z), 'galaxy')} to train on hardly differ: {what}. A network learns "
        "little more than that redshift from them. Check which column the redshifts were read "
        "from."
    )
    return (Notice("warning", sentence),)
