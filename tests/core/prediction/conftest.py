from tests.support.shipped import (
    black_bodies,
    estimator,
    galaxies,
    mixture_estimator,
    mixture_run,
    observe,
    parts,
    run,
    spectra,
)

__all__ = [
    "black_bodies",
    "estimator",
    "galaxies",
    "mixture_estimator",
    "mixture_run",
    "observe",
    "parts",
    "run",
    "spectra",
]
