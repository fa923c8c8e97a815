"""The table of a search's trials: every hyperparameter, export, and promotion to a run."""

import functools
import json
from collections.abc import Sequence
from typing import Any

import pandas as pd
import streamlit as st

from core.amounts import n_of
from core.model import SETTINGS
from core.runs import of_taken_name
from core.tuning import (
    HYPERPARAMETERS,
    Search,
    best_first,
    label_of,
    name_of_promoted,
    name_of_space,
    promote,
    promoted,
    split_name,
    telling,
    value_in_words,
    why_not_promoted,
)
from dashboard.figures.parallel import OWN_SIGN
from dashboard.shared import state
from dashboard.shared.choose_several import choose_several
from dashboard.shared.chooser import run_name
from dashboard.shared.clickable import choose_row
from dashboard.shared.columns import table_height, width_for
from dashboard.shared.downloads import download_quietly, download_table
from dashboard.shared.job_form import forget_name, name_field
from dashboard.shared.messages import errors_shown, plain
from dashboard.shared.number_field import number_field, wrong_fields
from dashboard.shared.shown import NUMBER, TEXT
from dashboard.shared.ways import link

STATE_SIGNS = {
    "done": "✓",
    "failed": "✕ failed",
    "running": "… running",
    "unfinished": "… unfinished",
}
# Of absolute errors, and of the differences of two trials' ones, over the MAE; see `_chance`.
SCATTER, SCATTER_OF_DIFFERENCE = 1.0, 0.65
MOST_SHOWN = 4  # hyperparameters of the table at first: as many as stand there whole at 1280 pixels
FEW = 12  # trials that stand there in full; more scroll


def show(search: Search, trials: pd.DataFrame) -> None:
    """Draw all trials (as of `with_own`), the best first; promote the chosen one; downloads."""
    # By number, which a further trial does not change.
    ordered = best_first(trials).set_index("trial", drop=False)
    ordered.index.name = None
    names = _shown(search, ordered)
    trial = choose_row(
        _for_people(search, ordered),
        _columns(names),
        f"trials-{search.search_id}",
        "Trials with their errors, costs and hyperparameters, the best first",
        height=table_height(len(ordered), FEW),
    )
    st.caption(_in_words(search, ordered.loc[trial]))
    _failures(ordered)
    st.caption(_chance(search))
    with st.container(horizontal=True):
        table = ordered.drop(columns="own")  # as `xpz tune trials` has it
        download_table("Trials", table, f"{search.search_id}-trials")
        name, mime = f"{search.search_id}-trials.json", "application/json"
        content = functools.partial(as_json, search, table)
        download_quietly("Trials (JSON)", content, name, mime, "download_trials_json")
    _promotion(search, ordered.loc[trial])


def _for_people(search: Search, trials: pd.DataFrame) -> pd.DataFrame:
    front = ["trial", "state", "mae", "best_epoch", "epochs", "cpu_seconds", "parameters"]
    names = [dimension.name for dimension in search.config.space.dimensions]
    table = trials[[*front, *names]].copy()
    for name in names:
        if HYPERPARAMETERS[split_name(name)[0]].kind == "choice":
            table[name] = table[name].map(
                functools.partial(value_in_words, name), na_action="ignore"
            )
    table["state"] = [
        f"{STATE_SIGNS.get(one, one)}{f' {OWN_SIGN}' if own else ''}"
        for one, own in zip(trials["state"], trials["own"], strict=True)
    ]
    return table


def _shown(search: Search, trials: pd.DataFrame) -> list[str]:
    """Draw the choice of the hyperparameters in the table; at first those that tell most."""
    names = [one.name for one in search.config.space.dimensions]
    return choose_several(
        "Hyperparameters in the table",
        names,
        default=telling(trials, names)[:MOST_SHOWN],
        format_func=label_of,
        key=f"shown.{search.search_id}",
        help="At first those that the MAE of the trials follows most. The downloads have all.",
    )


def _columns(names: Sequence[str]) -> dict[str, Any]:
    return {
        "trial": NUMBER("Trial", pinned=True, format="%d"),
        "state": TEXT(
            "State",
            help=f"{OWN_SIGN}: the dissertation's network.",
            width=width_for(f"{sign} {OWN_SIGN}" for sign in STATE_SIGNS.values()),
        ),
        "mae": NUMBER(
            "Validation MAE",
            format="%.5f",
            help="Mean |z_pred - z_spec|, best epoch; with p(z), before it is calibrated.",
        ),
        "cpu_seconds": NUMBER("CPU time [s]", format="%.0f"),
        "parameters": NUMBER("Parameters", format="localized"),
        **{name: label_of(name) for name in names},
    }


def _in_words(search: Search, trial: pd.Series) -> str:
    """Return all that a trial was made of."""
    names = [one.name for one in search.config.space.dimensions]
    given = {name: trial[name] for name in names if pd.notna(trial[name])}
    listed = ", ".join(
        f"{label_of(name)} "
        + (value_in_words(name, value) if isinstance(value, str) else f"{value:,.4g}")
        for name, value in given.items()
    )
    epochs = n_of(trial["epochs"], "epoch")
    best = f", best epoch {int(trial['best_epoch']):,}" if pd.notna(trial["best_epoch"]) else ""
    return f"**Trial {int(trial['trial'])}**, {epochs}{best}: {plain(listed)}."


def _failures(trials: pd.DataFrame) -> None:
    failed = trials[trials["state"] == "failed"].sort_values("trial")
    if len(failed):
        with st.expander(f"Why {len(failed)} failed", icon=":material/error:"):
            for row in failed.itertuples():
                st.caption(f"Trial {row.trial}: {plain(row.message)}")


def _chance(search: Search) -> str:
    """Say how far chance decides the MAE of a trial.

    The shipped runs' absolute errors scatter by 0.97 to 1.03 times their mean, and the
    differences of two runs' absolute errors by 0.54 to 0.70 times it, galaxy by galaxy.
    """
    _, galaxies, _ = search.config.split.sizes(search.config.data.n_galaxies)
    percent = 100 / galaxies**0.5
    return (
        f"Statistical error: with about {n_of(galaxies, 'validation galaxy')}, one standard "
        f"error of an MAE is about {SCATTER * percent:.1f} % of it, and that of the difference "
        f"of two trials, which share the galaxies, about {SCATTER_OF_DIFFERENCE * percent:.1f} "
        "%. Different initial weights add to this."
    )


def as_json(search: Search, trials: pd.DataFrame) -> bytes:
    """Return the trials with what they were trials of."""
    config = search.config
    content = {
        "search": search.search_id,
        "algorithm": config.algorithm,
        "space": name_of_space(config.space),
        "space_hash": config.space.hash,
        "data": config.data.name,
        "data_hash": config.data.hash,
        # NaN is no JSON: what is missing becomes null.
        "trials": json.loads(trials.to_json(orient="records", double_precision=15)),
    }
    return json.dumps(content, indent=1).encode()


def _promotion(search: Search, trial: pd.Series) -> None:
    """Offer to train the trial's recipe in full, and say where that is done."""
    number = int(trial["trial"])
    if why := why_not_promoted(number, trial["state"]):
        st.caption(f"{why}: choose another row to promote to a run.")
        return
    made = promoted(search, number, state.readable_runs().values())
    for run in made:
        name = plain(run_name(run.run_id))
        link("train", f"Trial {number} is now the run {name}: see its progress", run)
    config = search.config
    key = f"{search.search_id}.{number}"
    with st.container(horizontal=True, vertical_alignment="center"):
        asked = st.button(
            f"Promote trial {number}{' again' if made else ''}",
            type="secondary" if made else "primary",
            icon=":material/rocket_launch:",
            key=f"promote.{len(made)}",  # a double click is none on the button that comes next
            help="Trains its recipe in full, as a normal run, evaluated on the test part.",
        )
        with st.popover("Epochs, name, worker", icon=":material/edit:"):
            with wrong_fields() as wrong:
                epochs = number_field(
                    "Epochs",
                    f"promote_epochs.{key}",
                    config.space.base.training.epochs,
                    1,
                    SETTINGS["epochs"].most,
                    help="Of the full training. The space says how many, unless you change them.",
                )
                name = name_field(
                    f"promote_name.{key}",
                    name_of_promoted(search, number),
                    lambda name: of_taken_name(name, state.runs_folder()),
                )
            to_workers = st.toggle(
                "Leave it to a worker",
                value=search.read_status().for_workers,
                key=f"promote_to_workers.{key}",
                help="The training waits until an `xpz worker` takes it. Set as for the search.",
            )
    st.caption(
        f"Trial {number}: MAE {trial['mae']:.5f} on the validation part; click a row to choose "
        f"another. Its full training starts again, with {n_of(epochs, 'epoch')} over which the "
        f"schedule is stretched; a trial of this search has {config.epochs} at most. So it is "
        "not the trial's own training, and its error will differ."
    )
    if wrong:
        st.error(plain(wrong[0]), icon=":material/error:")
    elif asked:
        with errors_shown():
            promote(
                search,
                number,
                state.runs_folder(),
                name=name or None,
                epochs=int(epochs),
                to_workers=to_workers,
            )
            forget_name(f"promote_name.{key}")
            st.rerun()
