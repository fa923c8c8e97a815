"""The steps about a network, Figures 14 to 18, Tables 2 and 3 and p(z), drawn of a run."""

from collections.abc import Callable

import pandas as pd
import streamlit as st

from core.amounts import n_of
from core.data.published import published
from core.evaluation import histogram2d, paired_histogram, pit_histogram
from core.model import suited_preset
from core.report import kept_epoch
from core.reproduction import OURS, Step, beside_runs, default_runs, seen
from core.runs import Run
from dashboard.figures import calibration, coverage, density, errors, training
from dashboard.screens.reproduce.path import show_beside
from dashboard.shared import own_calibration, state
from dashboard.shared.chooser import badges, choose_run, run_names
from dashboard.shared.error_bars import about_bars
from dashboard.shared.judged import Judged, judge_test_part
from dashboard.shared.messages import origin_badge, plain
from dashboard.shared.shown import beside, show_figure
from dashboard.shared.ways import A_SAMPLE, TRY_KEY, link, to_training, train_with, tune_in
from dashboard.shared.whole_range import whole_range

WIDTHS = (5, 4)
BIN_WIDTH = 0.01
PUBLISHED_PRESET, PUBLISHED_SPACE = "dissertation", "dissertation"


def show(step: Step, runs: dict[str, Run]) -> None:
    """Draw the choice of a complete run, at first one of the published network, and the step."""
    complete = {name: run for name, run in runs.items() if run.is_complete}
    drawable = _drawable(step, complete)
    if not drawable:
        state.say_damaged(st.query_params.get_all(state.RUN_KEY), "run")
        to_training("There is no complete run for this step yet. Train a network first.")
        return
    names = run_names(complete)
    left, right = st.columns([5, 6], gap="medium", vertical_alignment="bottom")
    with left:
        run = choose_run(complete, default=default_runs(complete.values())[0].run_id)
    if run.run_id not in drawable:
        # The choice, which holds for every step, stays what it is.
        asked, run = run, default_runs(drawable.values())[0]
        st.info(
            f"{plain(names[asked.run_id])} gives one redshift per galaxy and no p(z). This step "
            f"shows {plain(names[run.run_id])}, the best run that gives one.",
            icon=":material/swap_horiz:",
        )
        st.markdown(f"{plain(names[run.run_id])}: {badges(run, run.status())}")
    else:
        right.markdown(badges(run, run.status()))
    DRAWN[step.key](run)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(":small[Do it yourself:]", width="content")
        _WAYS[step.key](run)


def _drawable(step: Step, complete: dict[str, Run]) -> dict[str, Run]:
    """Return the runs that a step can be drawn of."""
    if step.key != "density":
        return complete
    return {name: run for name, run in complete.items() if run.densities_path.is_file()}


def _show_judged(judged: Judged) -> None:
    """Say whose redshifts the figure and the table are of: each run has a test part of its own."""
    st.markdown(
        f"Ours: **{n_of(judged.report['n'], 'galaxy')}** of {plain(judged.title)} "
        f"{origin_badge(judged.origin)}"
    )


def _show_learnt_from(run: Run) -> None:
    """Say of which galaxies the curves are."""
    summary, data = run.result() or {}, run.config.learnt_from
    if {"n_train", "n_validation"} <= summary.keys() and run.config.recalibrated is None:
        st.caption(
            f"Training: {n_of(summary['n_train'], 'galaxy')}, validation: "
            f"{summary['n_validation']:,}, both of {plain(state.name_of_data(data))}."
        )


def _network(run: Run) -> None:
    with st.expander("Layers of the published network", icon=":material/layers:", expanded=True):
        show_beside(beside_runs.layers(), "Layers of the published network", "table-2-layers")
    table = beside_runs.settings({OURS: run.config.recipe})
    alt = "Hyperparameters, published and of this run, and what each does"
    show_beside(table, alt, f"{run.run_id}-table-2")


def _training(run: Run) -> None:
    metrics = run.metrics()
    if metrics.empty:
        st.info("This run has no training curves.", icon=":material/show_chart:")
    else:
        kept, whole = kept_epoch(run), whole_range()
        for column, quantity in zip(beside("curves"), ("loss", "mae"), strict=True):
            with column:
                figure = training.curves(metrics, quantity, best_epoch=kept, whole=whole)
                show_figure(figure, f"figure_14_{quantity}")
        st.markdown(plain(seen.of_curves(OURS, metrics)))
        _show_learnt_from(run)
    table = beside_runs.training({OURS: run})
    alt = "What the training came to, published and of this run"
    show_beside(table, alt, f"{run.run_id}-figures-14-15")


def _errors(run: Run) -> None:
    judged = judge_test_part(run)
    _show_judged(judged)
    bars = errors.STANDARD_DEVIATION
    show_figure(errors.binned(judged.bins, published(), judged.whose, bars), "figure_16")
    st.caption(about_bars(bars) + f" Faint: fewer than {errors.FEW} galaxies in the bin.")
    # Its seven columns need the whole width of a narrow window.
    table = beside_runs.bins({OURS: judged.report})
    alt = "Share of data, mean and standard deviation of d per bin, published and of this run"
    show_beside(table, alt, f"{judged.stem}-table-3")


def _histograms(run: Run) -> None:
    judged = judge_test_part(run)
    _show_judged(judged)
    st.markdown(plain(seen.of_distributions(OURS, judged.predictions)))
    left, right = beside("histograms", WIDTHS)
    with left:
        table = paired_histogram(judged.z_spec, judged.z_pred, BIN_WIDTH)
        figure, file = errors.true_and_predicted(table), f"{judged.stem}-figure-17"
        show_figure(figure, "figure_17", "Histograms", table, file)
    with right:
        rows = beside_runs.distributions({OURS: judged.predictions})
        alt = "Median and width of both distributions, published and of this run"
        show_beside(rows, alt, f"{judged.stem}-figure-17-widths")


def _plane(run: Run) -> None:
    judged = judge_test_part(run)
    _show_judged(judged)
    left, right = beside("plane", WIDTHS)
    with left:
        figure = density.predicted_vs_true(histogram2d(judged.z_spec, judged.z_pred))
        show_figure(figure, "figure_18")
    with right:
        rows = beside_runs.errors({OURS: judged.report})
        show_beside(rows, "Errors, published and of this run", f"{judged.stem}-figure-18")


def _density(run: Run) -> None:
    judged = judge_test_part(run)
    if not judged.has_densities:
        own_calibration.offer(run, "This run's densities are not calibrated.")
        return
    _show_judged(judged)
    _show_calibration(judged)
    rows = beside_runs.densities({OURS: judged.report})
    show_beside(rows, "Scores of p(z), published and of this run", f"{judged.stem}-pz")


def _show_calibration(judged: Judged) -> None:
    left, right = beside("calibration")
    with left:
        levels = pd.DataFrame(judged.report["density"]["coverage"])
        show_figure(coverage.by_level(levels), "pz_coverage")
    with right:
        counts = pit_histogram(judged.predictions["pit"])
        show_figure(calibration.pit_histogram(counts), "pz_pit")


DRAWN: dict[str, Callable[[Run], None]] = {
    "network": _network,
    "training": _training,
    "errors": _errors,
    "histograms": _histograms,
    "plane": _plane,
    "density": _density,
}


def _ours() -> str:
    """Return which of our presets was made for a data set as large as that in use."""
    entry = state.current_dataset()
    return "compact" if entry is None else suited_preset(entry.card.n_galaxies)


def _to_network(_: Run) -> None:
    train_with(
        PUBLISHED_PRESET,
        "Train the published network",
        "train_published",
        "The form holds Table 2. Change one setting at a time, start, and compare the runs.",
    )
    train_with(
        _ours(),
        "Train ours",
        "train_ours",
        "Ours in the same form: p(z) as its head, larger batches, far fewer steps. The list of "
        "layers is under Advanced.",
    )
    tune_in(
        PUBLISHED_SPACE,
        "Search for better settings",
        "search_settings",
        "The space is the dissertation's own. Watch which settings the best trials share: the "
        "validation MAE decides, never the test part.",
    )


def _to_training(run: Run) -> None:
    train_with(
        PUBLISHED_PRESET,
        "Train the published network",
        "train_published",
        "Start, then watch the curves under Runs: are both still falling at the last epoch?",
    )
    nothing = {"noise_augmentation": 0.0, "weight_decay": 0.0}
    train_with(
        _ours(),
        "See overfitting: ours without noise and decay",
        "overfit",
        "Start, then watch the curves under Runs: the validation loss turns and rises while the "
        "training loss goes on falling. The mark stands where it was lowest.",
        **nothing,
    )
    link("train", "Curves of this run", run, view="Runs")


def _to_density(run: Run) -> None:
    train_with(
        _ours(),
        "Train one with p(z)",
        "train_ours",
        "Its head is p(z), a mixture, and its loss the likelihood. When it has ended, its "
        "intervals are calibrated: Evaluate, Intervals shows how well they hold.",
    )
    link("evaluate", "Evaluate, p(z)", run, show="p(z)")
    link("predict", "Predict a sample", run, **{TRY_KEY: A_SAMPLE})


_WAYS: dict[str, Callable[[Run], None]] = {
    "network": _to_network,
    "training": _to_training,
    "errors": lambda run: _to_evaluation(run, "Errors by redshift", "Residuals"),
    "histograms": lambda run: _to_evaluation(run, "Predicted and true"),
    "plane": lambda run: _to_evaluation(run, "Predicted and true", "Residuals"),
    "density": _to_density,
}


def _to_evaluation(run: Run, *tabs: str) -> None:
    for tab in tabs:
        link("evaluate", f"Evaluate, {tab}", run, show=tab)
