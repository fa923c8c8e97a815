"""What a question costs, told before it is asked: what is small is answered at once."""

from collections.abc import Iterable

from core.evaluation.report import usual_resamples
from core.model.shapes import multiplications
from core.runs import Run

AT_ONCE_SECONDS = 2.5
"""Processor time of what is answered where it is asked: 20,000 galaxies by `compact`."""

# Measured on one core of an AMD EPYC with `benchmarks.questions`: reading a spectrum, p(z), its
# scores and flags; products of the network; a galaxy drawn, with all metrics.
SECONDS_PER_SPECTRUM = 50e-6
SECONDS_PER_PRODUCT = 1 / 9e10
SECONDS_PER_DRAW = 15e-9


def is_small(seconds: float) -> bool:
    """Whether something that takes so much processor time is done at once."""
    return seconds <= AT_ONCE_SECONDS


def to_predict(runs: Iterable[Run], n: int) -> float:
    """Return the processor time that runs take to predict `n` spectra [s]."""
    each = (SECONDS_PER_SPECTRUM + SECONDS_PER_PRODUCT * n_products(run) for run in runs)
    return n * sum(each)


def to_resample(n: int, n_tables: int = 1) -> float:
    """Return the processor time of the usual resamples of `n` galaxies of some tables [s]."""
    return n_tables * n * usual_resamples(n) * SECONDS_PER_DRAW


def n_products(run: Run) -> int:
    """Return how many numbers a run's network multiplies for one spectrum."""
    return multiplications(run.config.recipe.network, run.config.recipe.scaling)
