"""Head to head with Gaia's own redshifts: the same galaxies, both errors, UGC's bad zones."""

import math
from typing import Any

import pandas as pd
import streamlit as st

from core.amounts import n_of
from core.comparison import LEVEL, NAME, by_zone, in_bad_zone
from core.data.published import published
from core.evaluation import (
    COVERAGE,
    METRICS,
    UNRANKED,
    Difference,
    Scores,
    binned_errors,
    coverage_row,
    differences,
    verdict,
    with_standard_errors,
)
from dashboard.figures import high_redshift
from dashboard.figures import ugc as figures
from dashboard.figures.errors import FEW, OURS, PUBLISHED
from dashboard.screens.evaluate.judged_ugc import HeadToHead
from dashboard.shared import store
from dashboard.shared.messages import plain
from dashboard.shared.numbers import interval, number
from dashboard.shared.shown import NUMBER, PERCENT, TEXT, beside, show_figure, show_table


def show(head: HeadToHead, run_name: str, stem: str) -> None:
    """Draw which of both is better, their errors along redshift, intervals and bad zones."""
    ours, theirs = head.of_run, head.of_ugc
    st.markdown(f"**{n_of(len(ours), 'galaxy')}** of which both give a redshift{left_out(head)}")
    bad = in_bad_zone(theirs["z_pred"])
    all_bad = bool(bad.all())
    outside = st.toggle(
        f"Without the {n_of(bad.sum(), 'galaxy')} in UGC's bad zones",
        key="outside_bad_zones",
        bind="query-params",
        disabled=all_bad,
    )
    if outside and not all_bad:
        ours, theirs = ours[~bad], theirs[~bad]
    pairs = [table[["z_spec", "z_pred"]].reset_index(drop=True) for table in (ours, theirs)]
    of_run, of_ugc = (store.scores(pair) for pair in pairs)
    found = differences(of_ugc, of_run)
    st.markdown(plain(verdict(NAME, f"Run {run_name}", found["mae"])))
    _show_numbers(of_run, of_ugc, found, stem)
    _show_errors({OURS: pairs[0], NAME: pairs[1]}, stem)
    left, right = beside("ugc_tables", [6, 7])
    with left:
        _show_intervals({OURS: ours, NAME: theirs}, stem)
    with right:
        _show_zones(head, stem)
    st.caption(
        "UGC, Gaia's Unresolved Galaxy Classifier, was itself trained on galaxies of SDSS: which "
        "of these are among them cannot be checked here, and on those its numbers are too good. "
        "Its interval is shifted by its known bias, so that it need not hold its own redshift. "
        "Gaia DR3 documentation 11.3.13; Delchambre et al. (2023), A&A 674, A31."
    )


def left_out(head: HeadToHead) -> str:
    """Say how many of the judged galaxies UGC does not know; nothing where it knows all."""
    if not head.n_unknown:
        return ""
    return f"; {head.n_unknown:,} without a redshift of {NAME} are left out"


def _show_numbers(of_run: Scores, of_ugc: Scores, found: dict[str, Difference], stem: str) -> None:
    table = pd.DataFrame(
        [
            {
                "metric": name,
                "title": METRICS[name].title,
                "run": each.b,
                "run_low": of_run.interval(name)[0],
                "run_high": of_run.interval(name)[1],
                "ugc": each.a,
                "ugc_low": of_ugc.interval(name)[0],
                "ugc_high": of_ugc.interval(name)[1],
                "difference": each.difference,
                "difference_low": each.low,
                "difference_high": each.high,
                "better": "not ranked"
                if not METRICS[name].ranks
                else {"b": OURS, "a": NAME, None: "neither"}[each.better],
            }
            for name, each in found.items()
        ]
    )
    show_table(
        pd.DataFrame([_in_words(row, found[row["metric"]]) for _, row in table.iterrows()]),
        _NUMBERS,
        "Headline numbers of the run and of Gaia's UGC on the same galaxies, and differences",
        "Head to head",
        table,
        f"{stem}-and-ugc",
    )


def _show_errors(pairs: dict[str, pd.DataFrame], stem: str) -> None:
    for column, against in zip(beside("ugc_errors"), ("z_spec", "z_pred"), strict=True):
        tables = {
            name: with_standard_errors(
                binned_errors(pair["z_spec"], pair["z_pred"], against=against)
            )
            for name, pair in pairs.items()
        }
        with column:
            if against == "z_spec":
                tables[PUBLISHED] = published().table3.assign(n=float("nan"))
                chart = high_redshift.mean_errors(tables, against, min_galaxies=FEW)
            else:
                chart = figures.by_predicted(tables, min_galaxies=FEW)
            joined = pd.concat([table.assign(estimate=name) for name, table in tables.items()])
            label, name = f"Mean errors by {against}", f"{stem}-and-ugc-by-{against}"
            show_figure(chart, f"ugc_errors_{against}", label, joined, name)
    st.caption(
        f"d = z_pred − z_spec. {PUBLISHED}: Table 3 of the dissertation, of its own galaxies. "
        f"Bars: one standard error. Faint: fewer than {FEW} galaxies in a bin. By "
        "predicted redshift, each by its own."
    )


def _show_intervals(tables: dict[str, pd.DataFrame], stem: str) -> None:
    rows = [
        {"estimate": name, **coverage_row(table["z_spec"], table["z_lower"], table["z_upper"])}
        for name, table in tables.items()
        if "z_lower" in table
    ]
    st.markdown(f"**True redshifts inside their own {100 * LEVEL:.0f} % interval**")
    if rows:
        table = pd.DataFrame(rows)
        about = "Share of true redshifts inside the interval of each estimate"
        shown = table.assign(**100 * table[["coverage", "coverage_low", "coverage_high"]])
        show_table(shown, _COVERAGE, about, "Intervals", table, f"{stem}-and-ugc-intervals")
    missing = [name for name in tables if name not in [row["estimate"] for row in rows]]
    if missing:
        st.caption(f"{' and '.join(missing)}: no intervals are known for all of these galaxies.")


def _show_zones(head: HeadToHead, stem: str) -> None:
    table = by_zone(head.of_run["z_spec"], head.of_ugc["z_pred"], head.of_run["z_pred"])
    st.markdown("**UGC's bad zones, by its own redshift**")
    about = "Errors of both estimates in each of UGC's bad zones and elsewhere"
    name = f"{stem}-and-ugc-zones"
    show_table(table, _ZONES, about, "Bad zones", table, name)


def _in_words(row: pd.Series, found: Difference) -> dict[str, str]:
    """Return a row of the numbers as it is shown, shares of galaxies in per cent."""
    metric = METRICS[row["metric"]]
    shown = {"title": row["title"], "better": row["better"]}
    for name in ("run", "ugc"):
        shown[name] = number(row[name], percent=metric.percent)
        shown[f"{name}_interval"] = interval(_ends(row, name), percent=metric.percent)
    told = found.texts
    shown["difference"] = told.difference + metric.unit_of_difference
    shown["difference_interval"] = (
        "no interval" if math.isnan(found.low) else f"{told.low} to {told.high}"
    )
    return shown


def _ends(row: pd.Series, name: str) -> tuple[float, float]:
    return row[f"{name}_low"], row[f"{name}_high"]


_NUMBERS: dict[str, Any] = {
    "title": TEXT("Metric", help="Defined under Definitions, above."),
    "run": TEXT(OURS, alignment="right"),
    "run_interval": TEXT("95 % interval", alignment="right"),
    "ugc": TEXT(NAME, alignment="right"),
    "ugc_interval": TEXT("95 % interval", alignment="right"),
    "difference": TEXT(
        "Difference",
        alignment="right",
        help="Run less UGC: below 0 the run is better; of the bias, its size. Paired: on the same "
        "resamples.",
    ),
    "difference_interval": TEXT("95 % interval", alignment="right"),
    "better": TEXT("Better", help=UNRANKED),
}
_COVERAGE = {
    "estimate": TEXT("Redshifts of"),
    "coverage": NUMBER("Inside", format=PERCENT, help=COVERAGE.sentence),
    "coverage_low": NUMBER("from", format=PERCENT),
    "coverage_high": NUMBER("to", format=PERCENT),
    "half_width": NUMBER("Half width, median", format="%.4f"),
}
_ZONES = {
    "zone": TEXT("z of UGC"),
    "n": NUMBER("n", format="localized"),
    "mae_ugc": NUMBER("MAE, UGC", format="%.4f"),
    "mae": NUMBER("MAE, run", format="%.4f"),
    "bias_ugc": NUMBER("Bias, UGC", format="%+.4f"),
    "bias": NUMBER("Bias, run", format="%+.4f"),
}
