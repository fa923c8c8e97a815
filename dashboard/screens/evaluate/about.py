"""What the numbers are of: the run, the galaxies, and whose redshifts and spectra these are."""

import streamlit as st

from core.amounts import n_of
from core.data.published import in_print, published
from core.evaluation import OF_SHARES
from core.runs import Run
from dashboard.shared.chooser import recipe_name
from dashboard.shared.judged import Judged
from dashboard.shared.messages import origin_badge, plain

UGC_BADGE = (
    ":gray-badge[:material/satellite_alt: redshifts of Gaia DR3's UGC, the Unresolved Galaxy "
    "Classifier]"
)


def show(run: Run, judged: Judged, left_out: str, *, of_ugc: bool) -> None:
    """Draw the line that says which galaxies are judged, and by which run."""
    galaxies = (
        f"**{n_of(judged.report['n'], 'galaxy')}** of {plain(judged.title)} "
        f"{origin_badge(judged.origin)}{left_out}"
    )
    st.markdown(f"{galaxies} {UGC_BADGE if of_ugc else _by(run)}")


def _by(run: Run) -> str:
    """Return how the run came by its network, so that a mere try is seen as such."""
    learnt, summary = run.config.learnt_from, run.summary() or {}
    epochs = summary.get("epochs_run")
    after = f" :small[{n_of(epochs, 'epoch')}]" if epochs else ""
    return (
        f":gray-badge[{plain(recipe_name(run.config))}] :small[trained on] "
        f"{origin_badge(learnt.origin)}{after}"
    )


def show_sources(judged: Judged) -> None:
    """Say what stands in grey, and what is published."""
    # Runs of old do not say how often their galaxies were resampled.
    resampled = judged.report.get("n_resamples")
    theirs, edges = published(), published().table3_edges
    resamples = n_of(resampled, "resample") if resampled else "resampled galaxies"
    st.caption(
        f"Grey: 95 % intervals from {resamples}; {OF_SHARES}. "
        f"Published: MAE {in_print(theirs.test_mae)}, on 10 % of "
        f"{n_of(theirs.n_galaxies, 'real spectrum')} of z_spec {edges[0]:g} to {edges[-1]:g}."
    )


def show_origin(judged: Judged) -> None:
    """Say of simulated spectra that they are, and what that means."""
    if judged.origin == "simulated":
        st.caption(
            ":material/science: These spectra are **simulated**, tuned to the published errors: "
            "agreement does not predict how the network does on real ones."
        )
