"""Where the data sets of people lie, and how one in memory gets there."""

import hashlib
import os
import re
from pathlib import Path

import numpy as np

from core.data.dataset import Dataset, save_dataset


def datasets_folder() -> Path:
    """Return the folder of your data sets: `data/local`, or what `XPZ_DATA_DIR` names."""
    return Path(os.environ.get("XPZ_DATA_DIR") or Path("data", "local"))


def file_of(data: Dataset | str | Path) -> Path:
    """Return the file of a data set, which jobs in other processes read.

    One in memory is written once, to the folder of your data sets, named by all that it holds.
    """
    if not isinstance(data, Dataset):
        return Path(data)
    content = hashlib.sha256()
    for name, values in vars(data).items():
        if isinstance(values, np.ndarray):
            content.update(name.encode() + np.ascontiguousarray(values).tobytes())
    name = re.sub(r"[^a-z0-9]+", "-", data.card.name.lower()).strip("-")[:40]
    path = datasets_folder() / f"{name or 'dataset'}-{content.hexdigest()[:12]}.parquet"
    if not path.exists():
        save_dataset(data, path)
    return path
