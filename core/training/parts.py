"""Training, validation and test part of a job's data set, in memory where they fit."""

import logging
from dataclasses import dataclass, replace

import numpy as np

from core.amounts import n_of
from core.data.dataset import Dataset, load_dataset, open_dataset
from core.data.dataset_file import DatasetFile
from core.data.galaxies import Galaxies
from core.data.layout import open_parquet
from core.data.split import Split, split_by_source
from core.errors import DataError
from core.jobs import Job
from core.jobs.turn import obey
from core.memory import require_memory
from core.model.config import Recipe
from core.training.examples import InMemory, TrainingSpectra
from core.training.shuffled_file import SPECTRUM_BYTES, Dealer, ShuffledFile
from core.training.suitability import check_parts

IN_MEMORY_BYTES = 2e9
"""Flux and errors of a data set that are read into memory: some 1,300,000 galaxies. No share of the
machine's memory, so that a training gives the same wherever it runs and goes on."""

PEAK = 2.5
"""Memory that a training takes, in units of that: the parts are copies, and are scaled."""

FROM_DISK_BYTES = 2.5e9
"""What a training takes whose spectra are on the disk, however many they are."""

VALIDATION = 250_000
"""Galaxies of the validation part of a larger data set that are looked at: they tell the loss of
an epoch to 0.3 %, and calibrate better than any need."""

logger = logging.getLogger(__name__)


@dataclass(frozen=True, eq=False)
class Parts:
    """What a training needs of a data set."""

    training: Dataset  # with errors of the flux only where the training makes use of them
    validation: Dataset
    test: Galaxies
    in_test: np.ndarray | None  # which of these are the test part; None for all
    source_id: np.ndarray  # of the whole data set
    split: Split
    # The whole training part where that is on the disk: `training` is then a sample of it, and
    # `validation` of that part.
    on_disk: ShuffledFile | None = None

    def spectra(self, recipe: Recipe) -> TrainingSpectra:
        """Return what to train on: without errors where the recipe makes no use of them."""
        if self.on_disk is not None:
            return self.on_disk if recipe.needs_errors else self.on_disk.without_errors()
        errors = self.training.flux_error if recipe.needs_errors else None
        return InMemory(self.training.flux, errors, self.training.z)

    @property
    def validation_spectra(self) -> InMemory:
        """What an epoch is judged by."""
        return InMemory(self.validation.flux, self.validation.flux_error, self.validation.z)

    def account(self) -> dict[str, object]:
        """Return what summary.json says of parts that were not in memory; nothing if they were."""
        if self.on_disk is None:
            return {}
        return {
            "from_disk": {
                "n_validation_used": len(self.validation),
                "n_sample": len(self.training),
                "n_blocks": len(self.on_disk.parts(1)),
            }
        }


def read_parts(job: Job, *, needs_errors: bool, seed: int = 0) -> Parts:
    """Read the data set of a run or a search and split it.

    `needs_errors` says whether the training makes use of the errors of the flux. Of a data set too
    large for memory, the training part is shuffled on the disk of the job's folder (by `seed`), the
    test part stays in the file, and samples stand for training and validation part.

    Raises a `DataError` if the file is missing, holds other data than the job began with, or a part
    would be empty; a `MemoryShortError` or a `RunError` if there is no room in memory or on the
    disk; a `CancelledError` if the job is asked to stop.
    """
    reference = job.config.data
    if not job.data_path.is_file():
        raise DataError(
            f"The data set '{reference.name}' is not at {job.data_path} any more; restore it and "
            "resume."
        )
    opened = open_dataset(job.data_path)
    if opened.card.hash != reference.hash:
        raise DataError(
            f"The data set {job.data_path} has changed: it began with '{reference.name}', "
            f"hash {reference.hash[:12]}, and this is '{opened.card.name}', "
            f"hash {opened.card.hash[:12]}. Restore the first one, or start a new run."
        )
    split = split_by_source(opened.source_id, job.config.split)
    check_parts(split, reference.name)
    size = len(opened) * SPECTRUM_BYTES * (1 + _has_errors(opened))
    in_memory = size <= IN_MEMORY_BYTES
    require_memory(
        f"Training on the {n_of(len(opened), 'galaxy')} of '{reference.name}'",
        PEAK * size if in_memory else FROM_DISK_BYTES,
        "Close other programs, let other jobs end first, or make a smaller data set.",
    )
    if not in_memory:
        return _on_disk(job, opened, split, needs_errors, seed)
    dataset = load_dataset(job.data_path)
    # The data set itself, twice the size with its errors, goes when we return.
    known = dataset if needs_errors else replace(dataset, flux_error=None)
    training = known.take(split.train)
    validation, test = dataset.take(split.validation), dataset.take(split.test)
    return Parts(training, validation, test, None, dataset.source_id, split)


def _on_disk(job: Job, opened: DatasetFile, split: Split, needs_errors: bool, seed: int) -> Parts:
    """Go through the file once: the training part to the disk, some of the validation part here."""
    random = np.random.default_rng((seed, len(opened)))
    chosen = np.sort(random.permutation(split.validation)[:VALIDATION])
    in_training = np.zeros(len(opened), bool)
    in_training[split.train] = True
    kept = in_training.copy()
    kept[chosen] = True
    rows, done = np.flatnonzero(kept), 0
    keeps_errors = needs_errors and _has_errors(opened)
    dealer = Dealer(job.path, opened.z[split.train], with_errors=keeps_errors, seed=seed)
    flux, errors = [], []
    for spectra in opened.chunks(kept=kept):
        obey(job)
        training = in_training[rows[done : done + len(spectra)]]
        given = spectra.flux_error
        dealer.deal(spectra.flux[training], None if given is None else given[training])
        flux.append(spectra.flux[~training])
        if given is not None:
            errors.append(given[~training])
        done += len(spectra)
    on_disk = dealer.shuffled()
    places, sample_flux, sample_errors = on_disk.sample()
    sample = split.train[on_disk.rows[places]]
    in_test = np.zeros(len(opened), bool)
    in_test[split.test] = True
    logger.info(
        "%d spectra to train on, on the disk in %d parts; %d of %d of the validation part",
        *(len(split.train), len(on_disk.parts(1)), len(chosen), len(split.validation)),
    )
    return Parts(
        _dataset(opened, sample, sample_flux, sample_errors),
        _dataset(opened, chosen, np.concatenate(flux), np.concatenate(errors) if errors else None),
        opened,
        in_test,
        opened.source_id,
        split,
        on_disk,
    )


def _dataset(
    opened: DatasetFile, rows: np.ndarray, flux: np.ndarray, errors: np.ndarray | None
) -> Dataset:
    """Return galaxies of a file whose spectra were read."""
    g_mag = None if opened.g_mag is None else opened.g_mag[rows]
    card = replace(opened.card, n_galaxies=len(rows), hash="")
    return Dataset(
        source_id=opened.source_id[rows],
        z=opened.z[rows],
        g_mag=g_mag,
        flux=flux,
        flux_error=errors,
        card=card,
    )


def _has_errors(opened: DatasetFile) -> bool:
    with open_parquet(opened.path) as file:
        return "flux_error" in file.schema_arrow.names
