"""Where spectra differ from those that a run learnt from: by wavelength, and in one number."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

from core.data.dataset import open_dataset, read_some
from core.data.shape import shape_of
from core.data.split import split_by_source
from core.errors import DataError
from core.prediction.calibration.calibration import Calibration
from core.prediction.calibration.domain import drawn
from core.prediction.calibration.training_spectra import (
    LEVELS,
    NAMES,
    TrainingSpectra,
    describe,
)
from core.prediction.sample import Sample
from core.runs import Run
from core.shell import command
from core.spectra import SampleGrid, Spectra

MIN_SPECTRA = 20
"""Fewer can hardly be told from others."""

N_FOLDS = 5

# Scatter of the AUC over that of one classifier that is given: the folds share their galaxies.
# Measured: 1.28 to 1.39 in 60 pairs of simulated sets of 50, 300 and 1,000 spectra.
OF_FOLDS = 1.4

# Of the AUC, beyond chance: from where on spectra differ, and differ much.
SLIGHT, MUCH = 0.6, 0.75

QUANTITIES = {
    "brightness": ("Mean flux (log10)", "e-/s per sample"),
    "colour": ("BP / RP colour", "mag"),
    "sn": ("Signal-to-noise (log10)", "per sample"),
    "noise_bp": ("Noise in BP (log10)", "e-/s per sample"),
    "noise_rp": ("Noise in RP (log10)", "e-/s per sample"),
}
"""Title and unit of the numbers that people know."""


@dataclass(frozen=True, eq=False)
class Shift:
    """How n spectra differ from a run's own: those it learnt from, or was calibrated anew with.

    Attributes
    ----------
    auc : float
        How well a classifier tells them apart on spectra that it was not fitted to: the chance that
        it finds one of these and one of the run's the right way round. 0.5: not at all, 1: always
        (the two-sample test of Lopez-Paz & Oquab 2017, arXiv:1610.06545, by the area under the ROC
        curve of Hanley & McNeil 1982, Radiology 143, 29).
    chance : float
        The AUC that spectra of the same kind stay below in 95 % of cases.
    n, n_learnt : int
        Spectra of both kinds.
    by_quantity : pd.DataFrame
        quantity, learnt_low, learnt, learnt_high (16th, 50th and 84th percentile), low, median,
        high of these; sigma, the difference of the medians in units of half the distance of the
        run's 16th and 84th percentile; and chance, which sigma stays within in 95 % of cases.
    by_wavelength : pd.DataFrame
        Of flux over the spectrum's mean at the 186 samples, the same columns but for the quantity.
    """

    auc: float
    chance: float
    n: int
    n_learnt: int
    by_quantity: pd.DataFrame
    by_wavelength: pd.DataFrame

    @property
    def is_seen(self) -> bool:
        """Whether these spectra are others than chance explains."""
        return self.auc > self.chance

    @property
    def verdict(self) -> str:
        """What the AUC means, in words."""
        if not self.is_seen:
            return "like the run's own, as far as can be told"
        if self.auc <= SLIGHT:
            return "slightly different from the run's own"
        return f"{'very ' if self.auc > MUCH else ''}different from the run's own"

    @property
    def sentence(self) -> str:
        """What people should know of it."""
        said = (
            f"These spectra are {self.verdict}: a classifier tells them apart with an AUC of "
            f"{self.auc:.2f} (0.5: not at all, 1: always; chance stays below {self.chance:.2f})"
            f"{self._below_half}."
        )
        if not self.is_seen:
            return said
        row = self.by_quantity.iloc[int(np.abs(self.by_quantity["sigma"].to_numpy()).argmax())]
        title = QUANTITIES[row["quantity"]][0]
        sample = self.largest_at
        nm, sigma = SampleGrid().wavelength_nm[sample], self.by_wavelength["sigma"][sample]
        return (
            f"{said} In units of the run's own scatter they differ most in {title}, "
            f"{row['sigma']:+.1f}, and in their shape at {nm:.0f} nm, {sigma:+.1f}."
        )

    @property
    def _below_half(self) -> str:
        if self.auc >= 1 - self.chance:
            return ""
        return (
            ". An AUC well below 0.5 is no sign of a difference: both hold the same galaxies, or "
            "there are few"
        )

    @property
    def largest_at(self) -> int:
        """The sample at which the shapes differ most."""
        return int(np.abs(self.by_wavelength["sigma"].to_numpy()).argmax())

    def to_json(self) -> str:
        """Return the numbers for the metadata of a catalogue."""
        sigmas = dict(zip(self.by_quantity["quantity"], self.by_quantity["sigma"], strict=True))
        largest = self.largest_at
        found: dict[str, Any] = {
            "auc": round(self.auc, 4),
            "auc_by_chance": round(self.chance, 4),
            "n": self.n,
            "n_learnt": self.n_learnt,
            "sigma": {name: round(float(value), 3) for name, value in sigmas.items()},
            "largest_at_sample": largest,
            "largest_sigma": round(float(self.by_wavelength["sigma"][largest]), 3),
        }
        return json.dumps(found)


def learnt_from(run: Run, calibration: Calibration | None = None) -> TrainingSpectra | None:
    """Return what is kept of the spectra that a run learnt from; None if there is nothing.

    `calibration` is the run's, where that was read already.

    Of a run that was calibrated anew: of those it was calibrated with, for whose like it answers.
    Of older runs it is made from their data set, where that is at hand; see `why_unknown`.
    """
    calibration = calibration or Calibration.load(run)
    if calibration is not None and calibration.spectra is not None:
        return calibration.spectra
    try:
        dataset = open_dataset(run.data_path)
    except DataError:
        return None
    if dataset.card.hash != run.config.data.hash:
        return None
    rows = split_by_source(dataset.source_id, run.config.split).train
    if not len(rows):
        return None
    return TrainingSpectra.of(read_some(dataset, rows[drawn(len(rows))]).flux, len(rows))


def why_unknown(run: Run) -> str:
    """Say why spectra cannot be compared with those of a run that nothing is kept of."""
    return (
        f"{run.title} does not keep what its training spectra looked like, and its data set "
        f"'{run.config.data.name}' is not at hand, so nobody can tell how these differ from them. "
        f"Where the data set is: {command('xpz', 'calibrate', '--run', run.path)} --data FILE"
    )


@threadpool_limits.wrap(limits=1, user_api="blas")
def compare_spectra(
    learnt: TrainingSpectra, spectra: Spectra | np.ndarray | Sample | Sequence[Spectra]
) -> Shift | None:
    """Compare spectra, their flux (n, 186) [e-/s per sample] or a sample with a run's own.

    Each source counts once. Spectra that cannot be used are left out, and of more than 2,000
    sources as many are drawn (`Sample`).
    None if there are fewer than `MIN_SPECTRA`.
    """
    sample = spectra if isinstance(spectra, Sample) else Sample()
    if not isinstance(spectra, Sample):
        for part in [spectra] if isinstance(spectra, Spectra | np.ndarray) else spectra:
            sample.add(part)
    flux = sample.flux
    if len(flux) < MIN_SPECTRA:
        return None
    mine = describe(flux)
    n, m = len(mine), len(learnt.numbers)
    by_quantity = _differences(
        np.quantile(learnt.numbers[:, : len(NAMES)], LEVELS, axis=0),
        np.quantile(mine[:, : len(NAMES)], LEVELS, axis=0),
        n,
        m,
    )
    by_quantity.insert(0, "quantity", NAMES)
    shapes = np.quantile(shape_of(flux), LEVELS, axis=0)
    by_wavelength = _differences(learnt.shape, shapes, n, max(m, min(learnt.n, 20_000)))
    # By chance, the AUC is about 0.5 with the variance of Mann & Whitney's U over n m.
    chance = 0.5 + 1.645 * OF_FOLDS * np.sqrt((n + m + 1) / (12 * n * m))
    auc = _told_apart(learnt.numbers, mine)
    return Shift(auc, float(chance), n, learnt.n, by_quantity, by_wavelength)


def _told_apart(learnt: np.ndarray, mine: np.ndarray) -> float:
    """Return the mean AUC of a logistic regression in the numbers and their squares, five folds."""
    # Taking a second to import, which only enough spectra are worth.
    from sklearn.linear_model import LogisticRegression
    from sklearn.metrics import roc_auc_score
    from sklearn.model_selection import StratifiedKFold
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    numbers, labels = np.concatenate([learnt, mine]), np.repeat([0, 1], [len(learnt), len(mine)])
    centre = np.median(numbers, axis=0)
    scale = np.maximum(np.subtract(*np.quantile(numbers, [0.84, 0.16], axis=0)) / 2, 1e-6)
    scaled = np.clip((numbers - centre) / scale, -5, 5)
    features = np.hstack([scaled, scaled**2])
    classifier = make_pipeline(
        StandardScaler(), LogisticRegression(C=0.1, class_weight="balanced", max_iter=1000)
    )
    found = []
    for fitted, left in StratifiedKFold(N_FOLDS, shuffle=True, random_state=0).split(
        features, labels
    ):
        classifier.fit(features[fitted], labels[fitted])
        scores = classifier.decision_function(features[left])
        found.append(roc_auc_score(labels[left], scores))
    return float(np.mean(found))


def _differences(learnt: np.ndarray, mine: np.ndarray, n: int, m: int) -> pd.DataFrame:
    """Return how quantiles at `LEVELS`, shape (5, k), of n spectra differ from those of m."""
    scatter = np.maximum((learnt[3] - learnt[1]) / 2, 1e-9)
    own = np.maximum((mine[3] - mine[1]) / 2, 1e-9)
    # The standard error of a median is sqrt(pi / 2) that of a mean, if values are normal.
    error = np.sqrt(np.pi / 2) * np.sqrt((own / scatter) ** 2 / n + 1 / m)
    return pd.DataFrame(
        {
            "learnt_low": learnt[1],
            "learnt": learnt[2],
            "learnt_high": learnt[3],
            "low": mine[1],
            "median": mine[2],
            "high": mine[3],
            "sigma": (mine[2] - learnt[2]) / scatter,
            "chance": 1.96 * error,
        }
    )
