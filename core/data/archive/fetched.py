"""Spectra of a fetch with what the archive told of their sources."""

from dataclasses import replace

import numpy as np
import pandas as pd

from core.meanings import meanings_of, tell
from core.spectra import Spectra


def with_sources(spectra: Spectra, sources: pd.DataFrame) -> Spectra:
    """Return spectra with the columns of a table of sources before their own.

    `sources` is the sources.parquet of a fetch: source_id, ra, dec [deg], g_mag [mag], the
    redshift of the UGC, and what else the query selected; NaN where it has no such source.
    """
    told = sources.drop_duplicates("source_id").set_index("source_id")
    told = told.reindex(spectra.source_id).reset_index(drop=True)
    told = told[[name for name in told if name not in spectra.own]]
    meanings = meanings_of(sources) | meanings_of(spectra.own)
    own = pd.concat([told, spectra.own], axis=1) if len(spectra.own.columns) else told
    g_mag = spectra.g_mag
    if g_mag is None and "g_mag" in told:
        g_mag = told["g_mag"].to_numpy(np.float64)
    return replace(spectra, own=tell(own, meanings), g_mag=g_mag)
