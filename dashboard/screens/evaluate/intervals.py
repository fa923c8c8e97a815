"""Do the run's intervals hold what they promise, and how many galaxies are flagged."""

import pandas as pd
import streamlit as st

from core.amounts import n_of
from core.evaluation import COVERAGE, coverage_by_bin, coverage_by_pit_and_bin
from core.prediction import LEVEL, SENTENCES, Calibration, run_coverage, shares
from core.runs import Run
from dashboard.figures import coverage
from dashboard.figures.errors import FEW
from dashboard.figures.labels import FLAG_COLOURS, SEVERITY_WORDS
from dashboard.shared import own_calibration, state, store
from dashboard.shared.chooser import choose_one
from dashboard.shared.downloads import download_table
from dashboard.shared.judged import Judged
from dashboard.shared.messages import plain
from dashboard.shared.shown import NUMBER, PERCENT, beside, flag_badge, show_table


def show(run: Run, judged: Judged) -> None:
    """Draw coverage by level and by redshift, and the share of each flag."""
    calibration = store.calibration(run)
    # A calibration that was broken off has not made the predictions anew.
    if calibration is None or not {"z_lower", "flags"} <= set(judged.predictions):
        own_calibration.offer(
            run,
            "This run has no intervals and no flags: it has no calibration.",
        )
        return
    table = run_coverage(run, calibration, judged.predictions)
    left, right = beside("coverage")
    with left:
        st.altair_chart(coverage.by_level(table), key="coverage_by_level")
        show_table(
            table.assign(**100 * table[list(_LEVEL_COLUMNS)[:4]]),
            {name: column for name, column in _LEVEL_COLUMNS.items() if name in table},
            "Nominal and measured coverage with its error, and the intervals' half width",
            "Coverage",
            table,
            f"{judged.stem}-coverage",
        )
    with right:
        bins = _by_redshift(calibration, judged, table["level"].tolist())
        download_table("Coverage by z_pred", bins, f"{judged.stem}-coverage-by-z-pred")
        st.caption(f"{_source(run, calibration)} {_BARS}")
    if "flags" in judged.predictions:
        _show_flags(judged)


def _source(run: Run, calibration: Calibration) -> str:
    """Say what an interval promises, and on which galaxies it rests."""
    whose = (
        "of the validation part"
        if run.config.recalibrated is None
        else f"of {plain(state.name_of_data(run.config.data))} that the run was calibrated with"
    )
    n = f"{n_of(calibration.n_galaxies, 'galaxy')} {whose}"
    if calibration.intervals is None:
        source = f"are the central intervals of p(z), whose PIT was made flat on the {n}"
    else:
        source = f"come from the errors of the {n}, by bins of z_pred (split conformal)"
    return f"{COVERAGE.sentence} The intervals {source}."


def _by_redshift(calibration: Calibration, judged: Judged, levels: list[float]) -> pd.DataFrame:
    picture = st.container()
    level = choose_one(
        "Intervals of",
        levels,
        "coverage_level",
        default=LEVEL,
        format_func=lambda level: f"{100 * level:.0f} %",
        persist_state="session",
    )
    if calibration.intervals is None:
        bins = coverage_by_pit_and_bin(judged.z_pred, judged.predictions["pit"], level)
    else:
        ends = calibration.intervals.around(judged.z_pred, level)
        if level == LEVEL:  # as predicted: each may be by a calibration without the galaxy
            given = judged.predictions
            ends = given["z_lower"].to_numpy(), given["z_upper"].to_numpy()
        bins = coverage_by_bin(judged.z_spec, judged.z_pred, *ends)
    picture.altair_chart(coverage.by_redshift(bins, level), key="coverage_by_redshift")
    return bins


def _show_flags(judged: Judged) -> None:
    found = shares(judged.predictions["flags"])
    table = pd.DataFrame(
        {
            "flag": [flag.name for flag in found],
            "severity": [SEVERITY_WORDS[FLAG_COLOURS[flag]] for flag in found],
            "bit": [flag.value for flag in found],
            "percent": [100 * share for share in found.values()],
            "meaning": [SENTENCES[flag] for flag in found],
        }
    )
    flagged = 100 * (judged.predictions["flags"] != 0).mean()
    st.markdown(
        f"**Flags**: {flagged:.1f} % of these galaxies carry one or more. :small[{_SEVERITIES}]"
    )
    # A plain table, which wraps the sentences.
    shown = table.assign(
        percent=table["percent"].map("{:.2f}".format), flag=[flag_badge(flag) for flag in found]
    )
    st.table(
        shown[list(_FLAG_TITLES)].rename(columns=_FLAG_TITLES),
        hide_index=True,
        border="horizontal",
        alt="Share of the galaxies that carry each flag, and what it means",
    )
    download_table("Flags", table, f"{judged.stem}-flags")


_LEVEL_COLUMNS = {
    "level": NUMBER("Nominal", format="%g %%"),
    "coverage": NUMBER("Measured", format=PERCENT),
    "coverage_low": NUMBER("from", format=PERCENT),
    "coverage_high": NUMBER("to", format=PERCENT),
    "half_width": NUMBER("Half width, median", format="%.4f"),
}
_BARS = f"Error bars: 95 % (binomial, Wilson); faint: fewer than {FEW} galaxies in the bin."
_SEVERITIES = ", ".join(
    f":{colour}-badge[{colour}] {words}" for colour, words in SEVERITY_WORDS.items()
)
_FLAG_TITLES = {"flag": "Flag", "bit": "Bit", "percent": "%", "meaning": "Meaning"}
