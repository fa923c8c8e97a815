"""Catalogues of redshifts: a run's redshifts of the spectra in files, with intervals and flags."""

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd

from core.amounts import n_of
from core.data.account import Account
from core.data.labels.by_hand import ByHand
from core.data.labels.choice import BY_HAND
from core.data.spectra.files import open_spectra, refuse_unusable
from core.data.tables.folders import Files, find_files
from core.errors import DataError, NotATable
from core.prediction.catalogue.columns import Provenance
from core.prediction.catalogue.joined import Part, make_catalogue
from core.prediction.catalogue.pz_file import DensityStore
from core.prediction.estimator import BLOCK_SPECTRA, NO_G, Estimator, Progress
from core.prediction.sample import Sample
from core.prediction.seen import SEEN
from core.prediction.shift import Shift, compare_spectra, learnt_from
from core.runs import Run


@dataclass(frozen=True)
class Prediction:
    """Redshifts of the spectra in several files.

    Attributes
    ----------
    table : pd.DataFrame
        A row for every spectrum of the files that could be read, in their
        order, with the columns of `Estimator.predict`; where files have
        different columns of their own, cells are empty. Where a source comes in
        several rows, a column `repeated` marks them.
    refused_files : list of (str, str)
        Names of the files that could not be read, and why.
    problems : list of (str, int, str)
        File, row (the first is row 0) and why the flux there cannot be used.
    account : Account
        What became of the files, rows and ids.
    notes : list of (str, int, str)
        File, row and why its flux is used without errors.
    shift : Shift or None
        How the spectra differ from those that the run learnt from; None where nothing is known of
        those, or there are fewer than 20.
    """

    table: pd.DataFrame
    refused_files: list[tuple[str, str]] = field(default_factory=list)
    problems: list[tuple[str, int, str]] = field(default_factory=list)
    account: Account = field(default_factory=lambda: Account("spectra"))
    notes: list[tuple[str, int, str]] = field(default_factory=list)
    shift: Shift | None = None


def predict_files(
    estimator: Estimator | Run | str | Path,
    paths: str | Path | Iterable[str | Path],
    *,
    duplicates: str = "keep",
    by_hand: ByHand | None = None,
    progress: Progress | None = None,
    densities: DensityStore | None = None,
    only: np.ndarray | None = None,
) -> Prediction:
    """Predict the spectra in files, holding no more of them than a block at a time.

    A file that cannot be read, even if that shows only half-way, or of which no spectrum can be
    used, is left out as a whole; the others are served. Where there are several, a column `file`
    names the one that a row comes from.

    Parameters
    ----------
    estimator : Estimator, Run, str or Path
        A complete run, its id or its folder; or an `Estimator`, which says how sure the
        intervals shall be and which prior is meant.
    paths : str, Path or iterable of them
        Files of spectra, of any format that `core.data.spectra.files` reads, and folders of
        such files; each file counts once.
    duplicates : str
        What is kept of a source that comes in several rows, one of `DUPLICATES`: 'keep' them
        all, marked in a column `repeated`; the 'first'; or the 'best', of the smallest sigma_z.
    by_hand : ByHand, optional
        Columns, such as that of the ids, which names do not tell. Of several files each must not
        have them, but one.
    progress : callable, optional
        Called with the number of spectra done and their total, None while that
        is not known.
    densities : DensityStore, optional
        On the grid of the estimator; takes p(z) of the spectra in the files
        that were read. Its rows are those of the table.
    only : np.ndarray of int64, shape (n,), optional
        Sorted ids; rows of other sources are passed over, and counted in the account.

    Raises
    ------
    DataError
        If none of the files is there, or a folder holds no file that could be a table.
    RunError
        If there is no such run, or it is not complete or damaged.

    Examples
    --------
    >>> import core
    >>> found = core.predict_files("compact-520k", "data/samples/simulated-galaxies.csv")
    >>> list(found.table.columns[:6])
    ['source_id', 'z', 'z_lower', 'z_upper', 'sigma_z', 'flags']
    >>> found.refused_files
    []
    >>> found.account.rows, found.account.used, dict(found.account.left_out)
    (66, 64, {'a band is missing': 2})
    """
    if not isinstance(estimator, Estimator):
        estimator = Estimator(estimator)
    if not isinstance(paths, Files):
        paths = _find([paths] if isinstance(paths, str | Path) else paths)
    files = paths
    account = Account("spectra", left_aside=list(files.notes))
    names = names_of(files)
    parts: list[Part] = []
    named: set[str] = set()  # quantities of which a column is named by hand
    refused, problems, notes, without = [], [], [], []
    sample = Sample()
    for path, name in zip(files, names, strict=True):
        of_file: list[Part] = []
        wrong: dict[int, str] = {}
        broken: dict[int, str] = {}
        n = without_g = seen = 0
        in_file = Sample()
        try:
            file = open_spectra(
                path, by_hand=by_hand, lenient=True, optional=len(files) > 1, only=only
            )
            total = file.n_rows if len(files) == 1 else None
            for spectra in file.chunks(BLOCK_SPECTRA):
                table = estimator.predict(spectra, densities=densities, name=name)
                of_file.append(Part.of(name, table, spectra))
                wrong |= {n + row: words for row, words in spectra.problems.items()}
                broken |= {n + row: words for row, words in spectra.notes.items()}
                n += len(spectra)
                in_file.add(spectra)
                without_g += estimator.without_g(spectra, table)
                seen += estimator.n_seen(spectra.source_id) if spectra.has_ids else 0
                if progress is not None:
                    progress(account.rows + n, total)
            refuse_unusable(wrong, n, name)
        except NotATable as error:
            if path in files.listed:
                account.left_aside.append(error.aside)
                without.append((name, str(error)))
            else:
                refused.append((name, str(error)))
            continue
        except DataError as error:
            refused.append((name, str(error)))
            if densities is not None:
                densities.forget()
            continue
        if densities is not None:
            densities.keep()
        file.enter(account)
        sample.join(in_file)
        chosen = (item for table in file.tables for item in table.columns.choices.items())
        named |= {quantity for quantity, choice in chosen if choice.kind == BY_HAND}
        account.rows += n
        account.noted[NO_G] += without_g
        account.noted[SEEN] += seen
        refused += [(name, reason) for reason in file.refused]  # of the files in a .zip
        parts += of_file
        problems += [(name, row, words) for row, words in wrong.items()]
        notes += [(name, row, words) for row, words in broken.items()]
    for quantity, column in by_hand.columns.items() if by_hand is not None else ():
        if parts and quantity not in named:
            raise DataError(
                f"Expected a column '{column}' of {quantity} in one of the "
                f"{n_of(len(files), 'file')} at least, found none. Correct its name, or leave "
                "it out."
            )
    if not parts:  # then the reasons are what people need
        refused += without
    account.refused = [reason for _, reason in refused]
    table, kept = make_catalogue(parts, account, duplicates, name_files=len(files) > 1)
    if densities is not None and len(kept) < account.rows:
        densities.select(kept)
    learnt = learnt_from(estimator.run, estimator.calibration) if account.used else None
    shift = None if learnt is None else compare_spectra(learnt, sample)
    return Prediction(table, refused, problems, account, notes, shift)


def _find(paths: Iterable[str | Path]) -> Files:
    """Return what `find_files` does; beside others, one not there is refused in its turn."""
    given = [Path(path) for path in paths]
    files = find_files([path for path in given if path.exists() or path == Path("-")] or given)
    for i, path in enumerate(given):
        if not path.exists() and path != Path("-"):
            files.insert(i, path)
    return files


def names_of(files: Sequence[Path]) -> list[str]:
    """Return what files are called: their names, with their folders where those are the same."""
    counts = Counter(path.name for path in files)
    return [path.name if counts[path.name] == 1 else str(path) for path in files]


def accounted(provenance: Provenance, account: Account, shift: Shift | None = None) -> Provenance:
    """Return what a catalogue says of itself: provenance, account and shift."""
    said = {} if shift is None else {"training_shift": shift.to_json()}
    return {**provenance, "account": json.dumps(account.to_json()), **said}
