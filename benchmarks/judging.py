"""What the methods of `benchmarks.accuracy` share: the data, and how answers are judged.

All answer for the test part of the full simulated set, whose first spectra are the smaller
set: the split goes by source, so no method has seen any of it.
"""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import pandas as pd

from core.data.dataset import Dataset, load_dataset
from core.data.published import published
from core.data.split import SplitConfig, split_by_source
from core.evaluation.calibration import pit_crps_cde_loss
from core.evaluation.coverage import coverage_row
from core.evaluation.high_redshift import RedshiftBias
from core.evaluation.report import evaluate_table
from core.prediction.density import Density
from core.simulation import SimulationConfig, simulate_to_parquet
from core.simulation.config import config_hash

FULL = published().n_galaxies
SEED = 0
LEVEL = 0.68
N_RESAMPLES = 200


@dataclass(frozen=True)
class Task:
    """What a method works on.

    Attributes
    ----------
    n : int
        Size of the simulated set [spectra].
    work : Path
        Folder of the data sets and the runs.
    commit : str
        Of the code.
    resumes : bool
        Whether a training that this very code began before goes on.
    svr_rows, floor_spectra : int
        Training spectra of the support vectors, and fresh ones of the floor.
    n_slow : int
        Test galaxies of the methods that are slow to predict: the first ones.
    """

    n: int
    work: Path
    commit: str
    resumes: bool
    svr_rows: int
    floor_spectra: int
    n_slow: int

    def data_path(self, n: int) -> Path:
        """Return the file of a simulated set, made if it is not there."""
        config = SimulationConfig(n=n, seed=SEED)
        path = self.work / f"simulated-{n}-{config_hash(config)[:8]}.parquet"
        if not path.is_file():
            path.parent.mkdir(parents=True, exist_ok=True)
            simulate_to_parquet(config, path)
        return path

    @cached_property
    def parts(self) -> tuple[Dataset, Dataset]:
        """The training and the validation part of the `n` spectra."""
        dataset = load_dataset(self.data_path(self.n))
        split = split_by_source(dataset.source_id, SplitConfig())
        return dataset.take(split.train), dataset.take(split.validation)

    @cached_property
    def test(self) -> Dataset:
        """The test part of the full set."""
        dataset = load_dataset(self.data_path(FULL))
        return dataset.take(split_by_source(dataset.source_id, SplitConfig()).test)

    @property
    def small_test(self) -> Dataset:
        """The first galaxies of `test`."""
        return self.test.take(np.arange(min(self.n_slow, len(self.test))))


def judged(method: str, table: pd.DataFrame, **about: object) -> dict:
    """Return one row: all numbers of a table of predictions, and what else is known.

    Parameters
    ----------
    method : str
        What people call it.
    table : pd.DataFrame
        z_spec, z_pred; with intervals z_lower, z_upper; with p(z) the columns of `scored`.
    **about
        n_train, cpu_seconds (of training), spectra_per_second, how.
    """
    evaluation = evaluate_table(table, n_resamples=N_RESAMPLES)
    bias = RedshiftBias.of(table["z_spec"], table["z_pred"])
    coverage = None
    if "density" in evaluation:
        levels = {row["level"]: row["coverage"] for row in evaluation["density"]["coverage"]}
        coverage = levels[LEVEL]
    elif "z_lower" in table:
        ends = table[["z_spec", "z_lower", "z_upper"]].to_numpy().T
        coverage = coverage_row(*ends)["coverage"]
    # A point has no width: its CRPS is its absolute error.
    score = evaluation["density"]["crps"] if "density" in evaluation else evaluation["mae"]
    return {
        "method": method,
        "crps": score,
        "coverage_68": coverage,
        "high_z_error": bias.high_z_error,
        "pred_bias": bias.pred_bias,
        **about,
        "evaluation": evaluation,
    }


def scored(density: Density, z_spec: np.ndarray) -> pd.DataFrame:
    """Return the medians of densities with their scores."""
    density = density.filled()
    pit, crps, cde_loss = pit_crps_cde_loss(density.z, density.pdf, z_spec)
    return pd.DataFrame(
        {
            "z_spec": z_spec,
            "z_pred": density.point("median"),
            "sigma_z": density.sigma(),
            "pit": pit,
            "crps": crps,
            "cde_loss": cde_loss,
        }
    )
