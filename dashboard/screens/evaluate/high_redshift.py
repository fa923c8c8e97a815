"""High redshifts are pulled down: how far, by which answer, and what each costs."""

import pandas as pd
import streamlit as st

from core.amounts import n_of
from core.comparison import NO_CAP
from core.data.published import in_print, published
from core.evaluation import (
    HEADLINE,
    HIGH_Z,
    HIGH_Z_ERROR,
    MIN_GALAXIES,
    PRED_BIAS,
    Definition,
    RedshiftBias,
    bins_with_galaxies,
    in_same_bins,
    mean_absolute_bin_error,
    ranges,
    with_standard_errors,
)
from core.prediction import DEFAULT_CAP
from core.runs import Run
from dashboard.figures import high_redshift
from dashboard.figures.errors import FEW, PUBLISHED
from dashboard.shared import mixtures, own_calibration, state
from dashboard.shared.downloads import download_table
from dashboard.shared.judged import Judged
from dashboard.shared.shown import NUMBER, TEXT, beside, show_figure, show_table

DEFAULT = "Default answer"
CAP_KEY = "cap"
HIGH_RANGE = f"z_spec {HIGH_Z[0]:.2f}–{HIGH_Z[1]:.2f}"


def show(run: Run, judged: Judged) -> None:
    """Draw mean errors by z_spec and z_pred for each answer, and the trade between them."""
    if not mixtures.is_ready(run, judged):
        return
    found = mixtures.of(run, judged) if judged.has_densities else None
    trade = None if found is None else found.prior_trade()
    answers = {DEFAULT: RedshiftBias.of(judged.z_spec, judged.z_pred)}
    cap = DEFAULT_CAP
    if trade is not None:
        # Of the same galaxies and the same arithmetic as the other caps.
        answers = {DEFAULT: trade.bias(NO_CAP)}
        # An answer that was kept may know fewer than are asked today.
        caps = [cap for cap in trade.answers if cap != NO_CAP]
        state.check_address(CAP_KEY, [f"{cap:g}" for cap in caps], "cap")
        cap = st.select_slider(
            "Cap of the flat prior",
            caps,
            value=DEFAULT_CAP,
            format_func=lambda cap: f"{cap:g}",
            key=CAP_KEY,
            bind="query-params",
            help="The flat prior is the training part's n(z) where that has many galaxies, and "
            "flat where it is below a tenth of its highest: rare redshifts are raised, by no more "
            "than this cap.",
        )
        answers[f"Flat prior, cap {cap:g}"] = trade.bias(cap)
    left, right = beside("bias")
    with left:
        tables = {name: with_standard_errors(bias.by_spec) for name, bias in answers.items()}
        tables[PUBLISHED] = published().table3.assign(n=float("nan"))
        chart = high_redshift.mean_errors(tables, "z_spec", min_galaxies=FEW)
        st.altair_chart(chart, key="bias_by_spec")
        download_table("Mean errors by z_spec", _joined(tables), f"{judged.stem}-bias-by-z-spec")
    with right:
        tables = {name: with_standard_errors(bias.by_pred) for name, bias in answers.items()}
        chart = high_redshift.mean_errors(tables, "z_pred", min_galaxies=MIN_GALAXIES)
        st.altair_chart(chart, key="bias_by_pred")
        download_table("Mean errors by z_pred", _joined(tables), f"{judged.stem}-bias-by-z-pred")
    st.caption(
        f"d = z_pred − z_spec. {PUBLISHED}: Table 3 of the dissertation, of its own galaxies. "
        f"Bars: one standard error. Faint: fewer than {FEW} galaxies in a bin of z_spec, "
        f"{MIN_GALAXIES} in one of z_pred."
    )
    left, right = beside("answers", [6, 5])
    with left:
        table = _summary(answers)
        show_table(
            table.assign(mae=_as_text(table)),
            _COLUMNS,
            "Overall MAE, mean bin error at high redshift and largest bias by z_pred",
            "Answers",
            table,
            f"{judged.stem}-high-redshift",
        )
        st.caption(_of_what(answers))
        _explain(answers)
    with right:
        if trade is None:
            _show_why_not(run)
        elif answers[DEFAULT].high_z_error is None:
            st.caption(
                f"The trade between the caps is not drawn: no galaxy lies at {HIGH_RANGE}, so "
                "nothing tells what a flat prior brings there."
            )
        else:
            costs = trade.table()
            figure, name = high_redshift.trade(costs, cap), f"{judged.stem}-caps"
            show_figure(figure, "prior_trade", "Caps", costs, name)
    if trade is not None and len(trade.z_spec) < len(judged.z_spec):
        st.caption(f"Of {len(trade.z_spec):,} of these galaxies, chosen evenly.")


def _summary(answers: dict[str, RedshiftBias]) -> pd.DataFrame:
    default = answers[DEFAULT].mae
    rows = [
        {
            "answer": name,
            "mae": bias.mae,
            "cost": 100 * (bias.mae / default - 1),
            "high_z_error": bias.high_z_error,
            "high_z_n": bias.high_z_n,
            "pred_bias": bias.pred_bias,
            "pred_range": _spans(bias.pred_bins),
        }
        for name, bias in answers.items()
    ]
    rows.append({"answer": PUBLISHED, "mae": published().test_mae})
    here = answers[DEFAULT].high_z_bins
    if not here.empty:
        rows[-1]["high_z_error"] = mean_absolute_bin_error(in_same_bins(published().table3, here))
    return pd.DataFrame(rows)


def _as_text(table: pd.DataFrame) -> list[str]:
    """Return the MAE of each answer; what is published with the digits that were printed."""
    return [
        in_print(mae) if answer == PUBLISHED else f"{mae:.4f}"
        for answer, mae in zip(table["answer"], table["mae"], strict=True)
    ]


def _joined(tables: dict[str, pd.DataFrame]) -> pd.DataFrame:
    return pd.concat([table.assign(answer=name) for name, table in tables.items()])


def _show_why_not(run: Run) -> None:
    weighting = run.config.recipe.training.weighting
    if run.config.recipe.network.head == "mixture":
        own_calibration.offer(
            run,
            "Another prior takes calibrated densities, which are not in this run.",
        )
        return
    used = {
        "none": "This run took galaxies as they came.",
        "inverse_density": "This run gave galaxies at rare redshifts a larger weight.",
        "balanced": "This run drew galaxies at rare redshifts more often.",
    }[weighting]
    st.info(
        "This network gives one redshift per galaxy and not p(z), so its prior cannot be changed "
        "afterwards. It can only be trained differently: on the Train screen, **Rare redshifts** "
        f"gives rare ones a larger weight, or draws them more often. {used} Or train a network "
        "with p(z), and choose the prior when you predict.",
        icon=":material/model_training:",
    )


def _of_what(answers: dict[str, RedshiftBias]) -> str:
    """Say which bins, and how many galaxies, the numbers of the table are of."""
    bias = answers[DEFAULT]
    here, n_bins = bias.high_z_bins, len(bins_with_galaxies(published().table3, *HIGH_Z))
    high = f"no galaxy at {HIGH_RANGE}"
    if not here.empty:
        high = f"{n_of(bias.high_z_n, 'galaxy')} at {HIGH_RANGE}"
        if len(here) < n_bins:
            high += f", in {len(here)} of {n_of(n_bins, 'bin')}; {PUBLISHED}: over the same"
    return f"High-z error: {high}. Bias by z_pred: {_pred_bins(answers)}."


def _spans(bins: pd.DataFrame) -> str:
    """Return the redshifts that bins cover, as text; empty where there is no bin."""
    return ", ".join(f"{low:.2f}–{high:.2f}" for low, high in ranges(bins))


def _pred_bins(answers: dict[str, RedshiftBias]) -> str:
    """Say which bins the bias by z_pred is of: of each answer, where they differ."""
    spans = {name: _spans(bias.pred_bins) for name, bias in answers.items()}
    where = f"z_pred {spans[DEFAULT]}; no others" if spans[DEFAULT] else "of which there is none"
    if len(set(spans.values())) > 1:
        each = (f"{span or 'nowhere'} ({name})" for name, span in spans.items())
        where = f"z_pred {'; '.join(each)}; no others"
    return f"of the bins with {MIN_GALAXIES} galaxies or more, {where}"


def _said(answers: dict[str, RedshiftBias]) -> str:
    """Return what the flat prior does to these galaxies, as the table has it."""
    default, flat = answers.values()

    def moves(what: str, before: float | None, after: float | None) -> str:
        if before is None or after is None:
            return ""
        if f"{after:.4f}" == f"{before:.4f}":
            return f"{what} stays at {before:.4f}"
        verb = "grows" if after > before else "falls"
        return f"{what} {verb} from {before:.4f} to {after:.4f}"

    told = (
        moves(
            f"the mean |bin error| of {n_of(default.high_z_n, 'galaxy')} at high redshift",
            default.high_z_error,
            flat.high_z_error,
        ),
        moves("the MAE of all", default.mae, flat.mae),
        moves(
            f"the largest bias by z_pred ({_pred_bins(answers)})",
            default.pred_bias,
            flat.pred_bias,
        ),
    )
    return f"Here {', '.join(filter(None, told))}. "


def _explain(answers: dict[str, RedshiftBias]) -> None:
    st.markdown(
        "**Why high redshifts come out too low.** A spectrum of low resolution leaves several "
        "redshifts possible. The best estimate leans towards common redshifts, and high ones are "
        "rare: regression to the mean, by z_spec, in every estimate that minimises the error. By "
        "z_pred, which is all that a survey has, a good estimate is unbiased for galaxies like "
        "the training part's; the chart of mean errors by z_pred shows whether this one is."
    )
    if len(answers) > 1:
        st.markdown(
            "**What a flat prior does.** p(z) contains how common each redshift was in the "
            "training part, n(z). The flat prior keeps the common redshifts and raises the rare "
            "ones, up to the cap: an ambiguous galaxy is more often placed at high redshift. What "
            "that does to high redshifts, and what it costs, the table says. "
            f"{_said(answers)}Use it to search for distant galaxies: p(z) and its "
            "intervals are not calibrated under it. If you know the n(z) of your sample, give it "
            "as a table on the Predict screen; otherwise keep the default."
        )


def _help(definition: Definition) -> str:
    return f"{definition.sentence} {definition.source}"


_COLUMNS = {
    "answer": TEXT("Answer"),
    "mae": TEXT("MAE", alignment="right", help=_help(HEADLINE["mae"])),
    "cost": NUMBER("Cost [%]", format="%+.1f", help="Of the MAE, against the default answer."),
    "high_z_error": NUMBER("High-z error", format="%.4f", help=_help(HIGH_Z_ERROR)),
    "pred_bias": NUMBER("Bias by z_pred", format="%.4f", help=_help(PRED_BIAS)),
}
