"""p(z) of one source: the density, its interval, what sums it up, and the numbers to take along."""

from typing import NamedTuple

import numpy as np
import pandas as pd
import streamlit as st

from core.prediction import ANSWERS, Estimator
from core.spectra import Spectra
from dashboard.figures.pz import redshift_density
from dashboard.shared.close_look import pz_facts, pz_table
from dashboard.shared.shown import show_figure

CAPTION = (
    "p(z) is calibrated on the run's validation part: of galaxies like those, 68 % have their "
    "true redshift inside the 68 % interval, and likewise for every level."
)


class Shown(NamedTuple):
    """What is known of a p(z) in numbers, and its table with the name of a file."""

    facts: dict[str, str]
    download: tuple[pd.DataFrame, str]


def show(
    estimator: Estimator,
    spectrum: Spectra,
    interval: tuple[float, float],
    z_spec: float | None,
) -> Shown:
    """Draw p(z) of one spectrum, which has a redshift; return what there is to say of it.

    `z_spec` is the redshift that the file gives, where it does.
    """
    asked, usual = estimator.densities(spectrum)
    as_trained = usual if estimator.interval_note else None
    points = {name: float(asked.point(name)[0]) for name in ANSWERS}
    known = None if z_spec is None or not np.isfinite(z_spec) else z_spec
    source_id = int(spectrum.source_id[0])
    figure = redshift_density(
        asked.z,
        asked.pdf[0],
        points,
        interval,
        estimator.level,
        z_spec=known,
        as_trained=None if as_trained is None else as_trained.pdf[0],
        title=f"of {source_words(source_id)}",
        is_low=True,
    )
    show_figure(figure, "predicted_pz")
    if as_trained is not None:
        st.caption(
            f"Prior: {estimator.prior}, for which p(z) is not calibrated; dashed, under "
            "'training', for which it is."
        )
    table = pz_table(asked, as_trained), f"{estimator.run.run_id}-pz-{source_id}"
    below = None if known is None else float(asked.pit([known])[0])
    return Shown(pz_facts(points, below), table)


def source_words(source_id: int) -> str:
    """Return what a source is called in a sentence: by its id, below 0 where that is missing."""
    return "a source without an id" if source_id < 0 else f"source {source_id}"
