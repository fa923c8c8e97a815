"""Redshifts of uploaded spectra: ``python -m core.questions.catalogue FOLDER``."""

import hashlib
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd

from core.atomic import replacing
from core.errors import DataError
from core.jobs import File, worker
from core.npz import read_npz
from core.prediction.calibration.density_calibration import DEFAULT_ANSWER
from core.prediction.estimator import Estimator
from core.prediction.prior import Prior
from core.questions.about_data import version_of_run
from core.questions.evaluation import read_table
from core.questions.question import Question, Report, work
from core.runs import Run
from core.spectra import Spectra


@dataclass(frozen=True)
class AboutSpectra:
    """A question to a run about spectra that someone brought.

    Attributes
    ----------
    run, version : str
        Folder of the run, and `version_of_run`.
    spectra, n_spectra : str and int
        SHA-256 of the `content_of` each file's spectra, and how many they are.
    answer, other_instrument
        As of `Estimator`.
    prior, cap, z, n
        As of `Prior`; the table is empty where there is none.
    """

    run: str
    version: str
    spectra: str
    n_spectra: int
    answer: str = DEFAULT_ANSWER
    prior: str = "training"
    cap: float = 1.0
    z: tuple[float, ...] = ()
    n: tuple[float, ...] = ()
    other_instrument: bool = False
    device: str | None = None
    created: str = ""

    def open_prior(self) -> Prior:
        """Return the prior asked for."""
        if self.z:
            return Prior.table(np.array(self.z), np.array(self.n), self.cap)
        return Prior.named(self.prior, self.cap)


@dataclass(frozen=True)
class Catalogue(Question[AboutSpectra]):
    """The redshifts that a run gives uploaded spectra."""

    kind = "prediction"
    what = "predict"
    module = "core.questions.catalogue"
    config_class = AboutSpectra

    table_path = File("redshifts.parquet")

    def bring(self, parts: Sequence[Spectra]) -> None:
        """Write the spectra, file by file, for the process that will predict them."""
        for number, spectra in enumerate(parts):
            arrays = _arrays(spectra)
            with replacing(self._part(number)) as temporary, temporary.open("wb") as file:
                np.savez(file, allow_pickle=False, **arrays)

    def answer(self, report: Report) -> None:
        """Predict the spectra as `Estimator.predict` does, and remove them."""
        asked = self.config
        run = Run(Path(asked.run))
        if version_of_run(run) != asked.version:
            raise DataError(
                f"The files of '{run.title}' have changed since this was asked: ask again."
            )
        estimator = Estimator(
            run,
            prior=asked.open_prior(),
            answer=asked.answer,
            other_instrument=asked.other_instrument,
        )
        paths = sorted(self.path.glob("spectra-*.npz"))
        tables: list[pd.DataFrame] = []
        for path in paths:

            def show(done: int, _: int | None, before: int = sum(map(len, tables))) -> None:
                report(before + done, asked.n_spectra)

            with self.reading(path.name):
                spectra = _read(path)
            tables.append(estimator.predict(spectra, show))
        if sum(map(len, tables)) != asked.n_spectra:  # a process was killed while it removed them
            raise DataError("The spectra are gone: upload the files again, then press Predict.")
        with replacing(self.table_path) as temporary:
            pd.concat(tables, ignore_index=True).to_parquet(temporary)
        for path in paths:
            path.unlink()

    def read(self) -> pd.DataFrame:
        """Return the redshifts, a row per spectrum, without the spectra's own columns.

        Raises
        ------
        DamagedError
            If the table is missing or damaged.
        """
        table = read_table(self, self.table_path.name)
        self.used()
        return table

    def _part(self, number: int) -> Path:
        return self.path / f"spectra-{number:06}.npz"


def about_spectra(
    run: Run,
    contents: Iterable[str],
    n_spectra: int,
    prior: Prior = Prior.training,
    answer: str = DEFAULT_ANSWER,
    *,
    other_instrument: bool = False,
) -> AboutSpectra:
    """Return a question to a run's present files about spectra, by the `content_of` each file's."""
    folder, version = str(run.path.resolve()), version_of_run(run)
    about = AboutSpectra(
        folder,
        version,
        hashlib.sha256("\n".join(contents).encode()).hexdigest(),
        n_spectra,
        answer,
        prior.kind,
        other_instrument=other_instrument,
    )
    if prior.kind == "training":
        return about
    if prior.z is None or prior.n is None:
        return replace(about, cap=prior.cap)
    return replace(about, cap=prior.cap, z=tuple(prior.z.tolist()), n=tuple(prior.n.tolist()))


def content_of(spectra: Spectra) -> str:
    """Return the SHA-256 of all that decides the redshifts of spectra."""
    content = hashlib.sha256()
    for name, values in sorted(_arrays(spectra).items()):
        content.update(f"{name} {values.dtype} {values.shape} ".encode())
        content.update(np.ascontiguousarray(values).data)
    return content.hexdigest()


def _arrays(spectra: Spectra) -> dict[str, np.ndarray]:
    """Return the spectra without what a catalogue adds, and without the words on their problems.

    That is the input's redshifts and its own columns, which no redshift is made of.
    """
    given = {
        name: each
        for name, each in vars(spectra).items()
        if isinstance(each, np.ndarray) and name not in ("z", "z_column")
    }
    rows = {
        f"rows_with_{name}": np.array(sorted(getattr(spectra, name)), np.int64)
        for name in ("problems", "notes")
    }
    return given | rows


def _read(path: Path) -> Spectra:
    arrays = read_npz(path)
    words = {
        name: dict.fromkeys(arrays.pop(f"rows_with_{name}").tolist(), "")
        for name in ("problems", "notes")
    }
    spectra = Spectra(arrays.pop("flux"), arrays.pop("source_id"))
    return replace(spectra, **arrays, **words)  # type: ignore[arg-type]


if __name__ == "__main__":
    sys.exit(worker.main(Catalogue, work))
