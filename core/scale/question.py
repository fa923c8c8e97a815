"""What a catalogue asks of its run: alike for all of its files, or it is another catalogue."""

import hashlib
import importlib.metadata
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from core.data.labels.by_hand import ByHand
from core.errors import RunError
from core.prediction.catalogue.columns import Provenance
from core.prediction.estimator import Estimator
from core.prediction.prior import Prior
from core.runs import Run

VERSION = 2
"""Of the layout and the columns of catalogue folders: one of another is not continued.

1 had no `z_spec`.
"""

HASHED, IDS = " (SHA-256)", "ids"

LABELS = {
    "layout": "layout and columns",
    "run_id": "run",
    "interval_level": "--level",
    "answer": "--answer",
    "prior": "--prior",
    "xpz_version": "xpz",
    "p(z)": "--pz",
    "other_instrument": "--other-instrument",
}
"""What people call the settings of a question."""

UNREADABLE = {
    IDS + HASHED: "--ids: the same sources are not asked for",
    "prior_sha256": "--prior: the table has changed",
}
"""What to say of settings whose values tell people nothing."""


@dataclass(frozen=True, eq=False)
class Question:
    """How spectra are predicted; it travels to every worker.

    Attributes
    ----------
    run : str
        The run's folder, which every worker reads.
    level, answer, prior, other_instrument
        As of `core.prediction.Estimator`.
    columns : dict of str to str
        Columns that people named, by quantity; see `core.data.ByHand`.
    with_densities : bool
        Whether p(z) is kept.
    ids : str
        File of the sorted ids, all others of which are passed over; '' for all sources.
    provenance : mapping
        What every part says of itself.
    hashes : dict of str to str
        SHA-256 of the files of the run that decide on its redshifts, and of the ids.
    """

    run: str
    level: float
    answer: str
    prior: Prior
    columns: dict[str, str] = field(default_factory=dict)
    with_densities: bool = False
    ids: str = ""
    provenance: Provenance = field(default_factory=dict)
    hashes: dict[str, str] = field(default_factory=dict)
    other_instrument: bool = False
    release: str = ""

    @classmethod
    def of(
        cls,
        estimator: Estimator,
        columns: dict[str, str],
        *,
        release: str = "",
        with_densities: bool,
        ids: np.ndarray | None,
        ids_path: Path,
    ) -> "Question":
        """Return the question that an estimator answers; its `created` is now."""
        run = estimator.run
        hashes = {
            path.name: _hash(path.read_bytes())
            for path in (run.onnx_path, run.scaler_path, run.calibration_path)
            if path.is_file()
        }
        if ids is not None:
            hashes[IDS] = _hash(ids.tobytes())
        return cls(
            str(run.path.resolve()),
            estimator.level,
            estimator.answer,
            estimator.prior,
            columns,
            with_densities,
            "" if ids is None else str(ids_path),
            estimator.provenance,
            hashes,
            estimator.expected.any_other,
            release,
        )

    def settings(self) -> dict[str, Any]:
        """Return what must be alike from start to start, for JSON."""
        said = {
            key: value
            for key, value in self.provenance.items()
            if key in ("run_id", "interval_level", "answer", "prior", "prior_sha256", "xpz_version")
        }
        return {
            "layout": VERSION,
            **said,
            **{name + HASHED: value for name, value in self.hashes.items()},
            **{f"column of {quantity}": name for quantity, name in self.columns.items()},
            "p(z)": self.with_densities,
            **({"other_instrument": True} if self.other_instrument else {}),
            **({"release": self.release} if self.release else {}),
        }

    @property
    def by_hand(self) -> ByHand:
        """Columns that people named, and the release."""
        return ByHand(self.columns, release=self.release)

    def read_ids(self) -> np.ndarray | None:
        """Return the ids that are asked for, mapped into memory; None: all."""
        return np.load(self.ids, mmap_mode="r") if self.ids else None

    def estimator(self) -> Estimator:
        """Return what answers; a process opens it once.

        Raises
        ------
        RunError
            If the run, or xpz, is another one here than where the catalogue was started.
        """
        version = importlib.metadata.version("xpz")
        asked = str(self.provenance["xpz_version"])
        if version != asked:
            raise RunError(
                f"A worker has xpz {version}, and the catalogue is made with {asked}. Install the "
                "same version for all workers."
            )
        prior = [None if each is None else each.tobytes() for each in (self.prior.z, self.prior.n)]
        return _open(self, (self.run, self.level, self.answer, self.prior.kind, self.prior.cap,
                            self.other_instrument, *prior, *self.hashes.values()))  # fmt: skip


def differences(there: Mapping[str, Any], asked: Mapping[str, Any]) -> list[str]:
    """Return in what two questions' `settings` differ, for people."""
    keys = [key for key in {**there, **asked} if there.get(key) != asked.get(key)]
    found = []
    for key in keys:
        if key in UNREADABLE:
            if key != "prior_sha256" or "prior" not in keys:
                found.append(UNREADABLE[key])
        elif not key.endswith(HASHED):
            words = (_word(settings.get(key)) for settings in (there, asked))
            found.append("{}: {} there, {} asked for".format(LABELS.get(key, key), *words))
    if "run_id" not in keys and any(key.endswith(HASHED) and key not in UNREADABLE for key in keys):
        found.append(f"the run {asked['run_id']} was retrained or recalibrated since")
    return found


def _word(value: Any) -> str:
    if value is None:
        return "none"
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value)


_opened: dict[tuple[Any, ...], Estimator] = {}


def _open(question: Question, key: tuple[Any, ...]) -> Estimator:
    if key not in _opened:
        run = Run(Path(question.run))
        for path in (run.onnx_path, run.scaler_path, run.calibration_path):
            asked = question.hashes.get(path.name)
            if asked != (_hash(path.read_bytes()) if path.is_file() else None):
                raise RunError(
                    f"{path}: expected the file that the catalogue was started with, found another "
                    "one, or none. Every worker must see the run's folder at the same place."
                )
        _opened.clear()
        _opened[key] = Estimator(
            run,
            question.level,
            prior=question.prior,
            answer=question.answer,
            other_instrument=question.other_instrument,
        )
    return _opened[key]


def _hash(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
