"""Our columns of a catalogue beside the input's own, each under one name."""

import numpy as np
import pandas as pd

from core.meanings import NOTHING, Meaning, meanings_of, tell
from core.prediction.catalogue.own_columns import unique_names
from core.spectra import Spectra

COLUMNS = ("source_id", "z", "z_lower", "z_upper", "sigma_z", "flags")
OF_SEVERAL = ("file", "repeated")
"""Our columns in catalogues of several files, and of sources that come in several rows."""

KNOWN = "z_spec"
"""Our column of the redshifts that the input gives, by which the predicted ones are judged."""


def with_own(table: pd.DataFrame, spectra: Spectra) -> pd.DataFrame:
    """Return redshifts with those of the input and its own columns; see `Estimator.predict`."""
    own, about = spectra.own, meanings_of(spectra.own)
    taken = (*COLUMNS, *OF_SEVERAL, KNOWN)
    replaced: list[str] = []
    told: dict[str, Meaning] = {}
    if spectra.z is not None:
        z = np.asarray(spectra.z, float)
        table = table.assign(**{KNOWN: z})
        of_z = np.full(len(z), "") if spectra.z_column is None else spectra.z_column
        given = {name: says(own[name], z) for name in dict.fromkeys(of_z.tolist()) if name in own}
        for name, said in given.items():
            # What is said of velocities holds for no redshift made of them.
            if len(given) == 1 and (said | np.isnan(z)).all():
                told = {KNOWN: about.get(name, NOTHING)}
        replaced = [name for name in given if name.lower() in taken]
        others = {name: own[name].mask(given[name] & (of_z == name)) for name in replaced}
        # Behind the rest, whose names must not hang on what is left of these.
        own = own.drop(columns=replaced).assign(**others)
    names = unique_names(own.columns, taken)
    renamed = list(zip(own.columns, names, strict=True))
    own = own.set_axis(names, axis=1)
    own = own.drop(
        columns=[new for old, new in renamed if old in replaced and own[new].isna().all()]
    )
    joined = pd.concat([table, own], axis=1) if len(own.columns) else table
    return tell(joined, told | {new: about.get(str(old), NOTHING) for old, new in renamed})


def says(cells: pd.Series, z: np.ndarray) -> np.ndarray:
    """Return whether a cell of an own column is the redshift as it stands, bool (n,).

    One that stands for none (-9999, a word), or for a velocity, is not.
    """
    return pd.to_numeric(cells, errors="coerce").to_numpy(float, na_value=np.nan) == z
