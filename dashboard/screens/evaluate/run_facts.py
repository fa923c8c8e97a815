"""How the judged run was trained: curves with the epoch that was kept, and every setting."""

from typing import Any

import pandas as pd
import streamlit as st

from core.config import to_dict
from core.model import LABELS, in_words
from core.runs import ABOUT_TRAINING_TIME, TRAINING_TIME, Run, RunConfig, training_time
from dashboard.figures import training
from dashboard.screens.evaluate import recalibrate
from dashboard.shared import state
from dashboard.shared.chooser import run_name
from dashboard.shared.downloads import download_table
from dashboard.shared.layer_editor import CONV_COLUMNS
from dashboard.shared.log_toggle import log_toggle
from dashboard.shared.messages import plain
from dashboard.shared.shown import beside, show_table
from dashboard.shared.whole_range import whole_range


def show_training(run: Run, summary: dict[str, Any]) -> None:
    """Draw the training curves and what the training took."""
    metrics, best = run.metrics(), run.config.recipe.training.restore_best_weights
    if metrics.empty:
        st.info("This run has no training curves.", icon=":material/show_chart:")
        return
    kept = summary["best_epoch" if best else "epochs_run"]
    whole = whole_range()
    for column, quantity in zip(beside("curves"), ("loss", "mae"), strict=True):
        with column:
            log = log_toggle(training.values_of(metrics, quantity), f"curves_log_{quantity}")
            chart = training.curves(metrics, quantity, log=log, best_epoch=kept, whole=whole)
            st.altair_chart(chart, key=f"training_{quantity}")
    st.caption(
        f"The weights of epoch {kept} of {summary['epochs_run']} were kept. "
        f"{TRAINING_TIME}: {training_time(run)} on {plain(summary['device'])}.",
        help=ABOUT_TRAINING_TIME,
    )
    download_table("Curves", metrics, f"{run.run_id}-curves")


def show_settings(run: Run, summary: dict[str, Any]) -> None:
    """Draw every setting of the run that has an effect, and what a calibration anew changed."""
    config = run.config
    recipe, idle = to_dict(config.recipe), config.recipe.idle
    layers = pd.DataFrame(recipe["network"].pop("conv_layers"), columns=list(CONV_COLUMNS))
    left, middle, right = beside("settings", 3)
    with left:
        st.markdown("**Network**")
        if len(layers):
            show_table(layers, CONV_COLUMNS, "Convolution layers of the network")
        else:
            st.caption("Dense layers only, no convolutions.")
        network = {name: value for name, value in recipe["network"].items() if name not in idle}
        _facts({**network, "scaling": recipe["scaling"], "parameters": summary["parameters"]})
    with middle:
        st.markdown("**Training**")
        start = config.start
        begun = "random weights"
        if start is not None:
            begun = f"{run_name(start.run_id)}, network {start.hash[:12]}"
        how = {name: value for name, value in recipe["training"].items() if name not in idle}
        _facts({"started from": begun, **how})
    with right:
        st.markdown("**Data and split**" if config.recalibrated is None else "**Data**")
        _facts(
            _of_data(config, summary)
            | {
                "data hash": summary["data_hash"][:12],
                "backend": summary["backend"],
                "device": summary["device"],
                "created": config.created[:19].replace("T", " ") + " UTC",
            }
        )
    recalibrate.show_changes(run, summary)


def _of_data(config: RunConfig, summary: dict[str, Any]) -> dict[str, Any]:
    """Return what the run learnt from, and what became of its galaxies."""
    data, learnt = config.data, config.recalibrated
    if learnt is not None:
        return {
            "trained on": f"{learnt.name} ({learnt.origin_words})",
            "calibrated with": f"{state.name_of_data(data)} ({data.origin_words})",
            "galaxies": data.n_galaxies,
            "of these used": summary["n_validation"],
        }
    return {
        "data set": state.name_of_data(data),
        "origin": data.origin,
        "galaxies": data.n_galaxies,
        "training part": summary["n_train"],
        "validation part": summary["n_validation"],
        "test part": summary["n_test"],
        "split seed": config.split.seed,
        "split hash": summary["split_hash"][:12],
    }


def _facts(values: dict[str, Any]) -> None:
    st.table(
        {
            LABELS.get(name, name.capitalize()): plain(in_words(name, value))
            for name, value in values.items()
        },
        border="horizontal",
        alt="Settings of the run",
    )
