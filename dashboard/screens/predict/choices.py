"""What a run with p(z) is asked for: which redshift of the density, and under which prior."""

from dataclasses import dataclass

import streamlit as st

from core.data import ENDINGS
from core.errors import ConfigError, DataError
from core.prediction import ANSWERS, DEFAULT_ANSWER, DEFAULT_CAP, DENSITY_NAMES, Prior, read_prior
from core.runs import Run
from dashboard.shared import store
from dashboard.shared.chooser import choose_one
from dashboard.shared.messages import with_code
from dashboard.shared.number_field import number_field, row_of_fields

ANSWER_KEY, PRIOR_KEY, CAP_KEY = "answer", "prior", "prior_cap"
PRIORS = ("training", "flat", "table")
OF_GALAXIES = ("galaxies", "magnitude")
"""Of a run that was calibrated anew, with galaxies whose n(z) it knows."""
MAX_CAP = 1000.0
MAX_TABLE_MB = 5


@dataclass(frozen=True, eq=False)
class Choices:
    """A question to a run: one of `ANSWERS`, under a prior; and whether its visitor insists."""

    answer: str = DEFAULT_ANSWER
    prior: Prior = Prior.training
    other_instrument: bool = False

    @property
    def key(self) -> tuple:
        """What tells one question from another."""
        table = [None if each is None else each.tobytes() for each in (self.prior.z, self.prior.n)]
        return self.answer, self.other_instrument, self.prior.kind, self.prior.cap, *table


def choose(run: Run) -> Choices | None:
    """Draw the choices of a run that has p(z); None where a prior is still to be given."""
    if run.config.recipe.network.head != "mixture" or not run.calibration_path.is_file():
        return Choices()
    table = None
    with row_of_fields() as wrong:
        answer = choose_one(
            "Redshift from p(z)",
            ANSWERS,
            ANSWER_KEY,
            "way to sum up p(z)",
            default=DEFAULT_ANSWER,
            help="The mean is right on average at every z, for galaxies like the training part's; "
            "the median has the smallest mean |error|; the mode is the highest peak. The interval "
            "is the same for all.",
        )
        kind = choose_one(
            "Prior",
            PRIORS if run.config.recalibrated is None else PRIORS + OF_GALAXIES,
            PRIOR_KEY,
            "prior",
            help=(
                "The distribution of redshifts that p(z) assumes before it sees the spectrum. "
                "**training**: that it is drawn from galaxies like those the run was trained on. "
                "**flat**: the same, but rare redshifts are raised: high ones are less biased, "
                "errors over all galaxies are larger, and a high z is too high on average. "
                "**table**: your own n(z), for example of a survey or of a cluster field. Of a run "
                "that was calibrated anew, **galaxies**: the n(z) of the galaxies that it was "
                "calibrated with; **magnitude**: the same at the G magnitude of each source, where "
                "that is known (`phot_g_mean_mag`); sources without G stay under the prior that "
                "p(z) has anyway. Intervals and p(z) are calibrated for **training**, and for "
                "another one only where it leaves p(z) as it is."
            ),
        )
        cap = DEFAULT_CAP
        if kind != "training":
            cap = number_field(
                "Cap",
                CAP_KEY,
                DEFAULT_CAP,
                1,
                MAX_CAP,
                bind="query-params",
                width=130,
                help=(
                    "Redshifts that are rare in the training part are raised by at most this "
                    "factor; 1: not at all."
                ),
            )
        if kind == "table":
            table = st.file_uploader(
                "Table of z and n",
                type=list(ENDINGS),
                key="prior_file",
                max_upload_size=MAX_TABLE_MB,
                help="Increasing redshifts `z` and the density there in any unit, in a column "
                + ", ".join(f"`{name}`" for name in DENSITY_NAMES)
                + ".",
            )
    if wrong:
        return None
    if kind != "table":
        prior = Prior.named(kind, cap)
        calibration = store.calibration(run)
        try:
            if calibration is not None and calibration.densities is not None:
                calibration.densities.check(prior)
        except ConfigError as error:
            st.error(with_code(str(error)), icon=":material/block:")
            return None
        return Choices(answer, prior)
    if table is None:
        st.info("Give a table of z and n, or choose another prior.", icon=":material/upload_file:")
        return None
    try:
        return Choices(answer, read_prior(table.getvalue(), cap, table.name))
    except DataError as error:
        st.error(with_code(str(error)), icon=":material/block:")
        return None
