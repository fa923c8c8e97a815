"""Mean error and spread per bin of z_spec: Figure 16 and Table 3 of the dissertation."""

import pandas as pd
import streamlit as st

from core.data.published import published
from core.evaluation import (
    LOW_Z,
    bins_with_galaxies,
    in_same_bins,
    mean_absolute_bin_error,
    with_standard_errors,
)
from dashboard.figures import errors
from dashboard.shared.error_bars import about_bars, choose_bars
from dashboard.shared.judged import Judged
from dashboard.shared.shown import NUMBER, beside, show_table


def show(judged: Judged) -> None:
    """Draw the figure and the table side by side, published values in both."""
    table = with_published(with_standard_errors(judged.bins))
    left, right = beside("bins", [5, 6])
    with left:
        with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
            bars = choose_bars()
            overlay = st.toggle("Published", value=True, key="published_bins", bind="query-params")
        st.altair_chart(
            errors.binned(judged.bins, published() if overlay else None, judged.whose, bars),
            key="binned_errors",
        )
    with right:
        show_table(
            table[list(_COLUMNS)],
            _COLUMNS,
            "Share of data, mean error and standard deviation per redshift bin",
            "Bins",
            table,
            f"{judged.stem}-bins",
        )
    st.caption(
        f"{words(judged.bins)}Bins of 0.05 in z_spec; error d = z_pred − z_spec; publ.: published, "
        f"Table 3. "
        f"{about_bars(bars)} Faint: fewer than {errors.FEW} galaxies in the bin."
    )


def words(bins: pd.DataFrame) -> str:
    """Say what the dissertation called MAE, here and there; nothing where no galaxy counts."""
    here = bins_with_galaxies(bins, *LOW_Z)
    if here.empty:
        return ""
    theirs = bins_with_galaxies(published().table3, *LOW_Z)
    in_print = f"{mean_absolute_bin_error(theirs):.3f}"
    which, beside = f"bins below z_spec = {LOW_Z[1]}", f"{in_print} published (there called MAE)"
    if len(here) < len(theirs):
        # Table 3's errors grow towards either end: of fewer bins, its mean is another.
        which = f"{len(here)} of {len(theirs)} {which} that hold galaxies"
        beside = (
            f"{mean_absolute_bin_error(in_same_bins(theirs, here)):.4f} published of the same bins "
            f"({in_print} of all {len(theirs)}, there called MAE)"
        )
    return (
        f"Mean of |mean error| over the {which}: **{mean_absolute_bin_error(here):.4f}** here, "
        f"{beside}. Within a bin errors cancel, so it is smaller than the MAE. "
    )


def with_published(bins: pd.DataFrame) -> pd.DataFrame:
    """Return the bins with the published columns beside ours (NaN where there are none)."""
    theirs = published().table3.drop(columns="z_high").add_suffix("_published")
    key = "z_low_published"
    merged = bins.assign(**{key: bins["z_low"].round(6)}).merge(
        theirs.assign(**{key: theirs[key].round(6)}), on=key, how="left"
    )
    return merged.drop(columns=key)


_COLUMNS = {
    "z_low": NUMBER("z_spec ≥", format="%.2f"),
    "n": NUMBER("n", format="localized"),
    "percent": NUMBER("%", format="%.2f"),
    "percent_published": NUMBER("publ.", format="%.2f"),
    "mean_error": NUMBER("Mean d", format="%.4f"),
    "mean_error_published": NUMBER("publ.", format="%.4f"),
    "std": NUMBER("Std", format="%.4f"),
    "std_published": NUMBER("publ.", format="%.4f"),
}
