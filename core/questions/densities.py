"""p(z) of a data set, and answers under flat priors: ``python -m core.questions.densities``."""

import sys
from dataclasses import dataclass

import numpy as np

from core.atomic import replacing
from core.comparison.prior_trade import PriorTrade
from core.data.dataset import Galaxies, open_dataset
from core.errors import RunError
from core.jobs import File, worker
from core.model.mixture import Mixtures
from core.npz import read_npz
from core.prediction.calibration.calibration import Calibration
from core.prediction.calibration.density_calibration import DensityCalibration
from core.prediction.dataset import BLOCK_GALAXIES
from core.prediction.predictor import Predictor
from core.prediction.seen import are_row_numbers, used_for_estimates
from core.questions.about_data import AboutData
from core.questions.question import Question, Report, work
from core.runs import Run

MAX_TRADED = 60_000
"""Galaxies that are answered under all priors: a thousand take 25 ms."""

_MIXTURE = ("weights", "means", "sigmas")


@dataclass(frozen=True, eq=False)
class KeptDensities:
    """What a run's network puts out for galaxies of a data set, and what other priors make of it.

    Attributes
    ----------
    mixtures : Mixtures
        In the order of `core.prediction.dataset.predict_unseen`.
    trade : PriorTrade
        Of at most `MAX_TRADED` of them, chosen evenly.
    """

    mixtures: Mixtures
    trade: PriorTrade


@dataclass(frozen=True)
class DensitiesOfData(Question[AboutData]):
    """The densities that one run gives the galaxies of a data set."""

    kind = "prediction of p(z)"
    what = "densities"
    module = "core.questions.densities"
    config_class = AboutData

    arrays_path = File("densities.npz")

    def answer(self, report: Report) -> None:
        """Ask the network about every galaxy that counts."""
        (run,) = self.config.open_runs()
        calibration = calibration_of(run)
        galaxies = open_dataset(self.config.data)
        ids, card, used = galaxies.source_id, galaxies.card, None
        if not self.config.with_seen:
            used = used_for_estimates(
                run,
                ids,
                numbered=are_row_numbers(ids),
                data_hash=card.hash,
                origin=card.origin,
            )
        kept = np.ones(len(galaxies), bool) if used is None else ~used
        mixtures = mixtures_of(run, galaxies, kept, report)
        trade = trade_of(calibration, mixtures, galaxies.z[kept])
        answers = {f"cap {cap:g}": z for cap, z in trade.answers.items()}
        arrays = {name: getattr(mixtures, name) for name in _MIXTURE}
        # Not compressed: noise shrinks little, and takes its time.
        with replacing(self.arrays_path) as temporary, temporary.open("wb") as file:
            np.savez(file, allow_pickle=False, z_spec=trade.z_spec, **arrays, **answers)

    def read(self) -> KeptDensities:
        """Return the densities; raise a `DamagedError` if the file is missing or damaged."""
        with self.reading(self.arrays_path.name):
            arrays = read_npz(self.arrays_path)
            mixtures = Mixtures(*(arrays.pop(name) for name in _MIXTURE))
            z_spec = arrays.pop("z_spec")
            answers = {float(name.removeprefix("cap ")): z for name, z in arrays.items()}
        self.used()
        return KeptDensities(mixtures, PriorTrade(z_spec, answers))


def mixtures_of(
    run: Run,
    galaxies: Galaxies,
    kept: np.ndarray | None = None,
    report: Report = lambda done, total: None,
) -> Mixtures:
    """Return what a run's network puts out for the `kept` galaxies, by default for all."""
    predictor, parts, done = Predictor(run.path), [], 0
    total = len(galaxies) if kept is None else int(np.count_nonzero(kept))
    for spectra in galaxies.chunks(BLOCK_GALAXIES, kept):
        parts.append(predictor.mixtures(spectra.flux, spectra.flux_error))
        done += len(spectra)
        report(done, total)
    return Mixtures.joined(parts)


def trade_of(calibration: DensityCalibration, mixtures: Mixtures, z_spec: np.ndarray) -> PriorTrade:
    """Return the answers under flat priors, of at most `MAX_TRADED` evenly chosen galaxies."""
    n = len(z_spec)
    rows = np.linspace(0, n - 1, min(n, MAX_TRADED)).round().astype(int)
    return PriorTrade.measure(calibration, mixtures.take(rows), z_spec[rows])


def calibration_of(run: Run) -> DensityCalibration:
    """Return what calibrates a run's densities; raise a `RunError` if it has none."""
    found = Calibration.load(run)
    if found is None or found.densities is None:
        raise RunError(
            f"{run.title} has no p(z): expected a calibrated run whose network has the head "
            "'mixture'. Choose such a run."
        )
    return found.densities


if __name__ == "__main__":
    sys.exit(worker.main(DensitiesOfData, work))
