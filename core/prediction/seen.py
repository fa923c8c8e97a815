"""Which galaxies a network has seen: kept in its run, since its data set may not travel along."""

from collections import Counter
from collections.abc import Mapping

import numpy as np

from core.data.account import Account
from core.data.split import Split
from core.npz import read_npz, write_npz
from core.runs import Run
from core.stored import COPY_AGAIN, is_there, reading


def write_seen(run: Run, source_id: np.ndarray, split: Split) -> None:
    """Keep the ids of a run's training and validation part, and of those its start had seen.

    `source_id`, shape (n,), are those of the whole data set that was split. Nothing is kept where
    they are but the numbers of rows, or where the start does not tell what it had seen.
    """
    if are_row_numbers(source_id):
        return
    seen = source_id[np.concatenate([split.train, split.validation])]
    if run.config.start is not None:
        before = read_seen(run.start) if run.start is not None else None
        if before is None:
            return
        seen = np.concatenate([seen, before])
    write_ids(run, seen)


def write_ids(run: Run, seen: np.ndarray) -> None:
    """Keep ids, in any order, as those of all galaxies that a run's network has seen."""
    # The differences of ids in a row are small and alike: they take almost no space.
    steps = np.diff(np.unique(seen), prepend=np.int64(0))
    write_npz(run.seen_path, steps=steps)


def read_seen(run: Run) -> np.ndarray | None:
    """Return the rising ids of all galaxies that a run's network has seen; None if not kept.

    A damaged file is a `DamagedError`.
    """
    path = run.seen_path
    if not is_there(path):
        return None
    with reading(path, COPY_AGAIN, "the ids of the galaxies that the run was trained with"):
        steps = read_npz(path)["steps"]
        if steps.dtype != np.int64 or steps.ndim != 1:
            raise ValueError(f"received steps of {steps.dtype}, shape {steps.shape}")
    return np.cumsum(steps)


def account_of(source_id: np.ndarray, left_out: Mapping[str, int], n_files: int = 0) -> Account:
    """Return the account of galaxies of data sets, of which some were left out, by the reason."""
    account = Account("galaxies", files=n_files, rows=len(source_id), left_out=+Counter(left_out))
    account.used = account.rows - account.left_out.total()
    if not are_row_numbers(source_id):
        account.count_ids(source_id)
    return account


def are_row_numbers(source_id: np.ndarray) -> bool:
    """Return whether these are no ids but the numbers of the rows."""
    return np.array_equal(source_id, np.arange(len(source_id)))
