"""Methods that are no networks: trees, support vectors, templates; for `benchmarks.accuracy`."""

import time

import numpy as np
import pandas as pd
from sklearn.ensemble import HistGradientBoostingRegressor
from sklearn.svm import SVR

from benchmarks.judging import SEED, Task, judged, scored
from benchmarks.template_fit import TemplateFit, TemplateFitConfig
from core.model.scaling import Scaler
from core.prediction.prior import training_density
from core.simulation import load_tables


def boosting(task: Task) -> list[dict]:
    training, validation = task.parts
    started = time.process_time()
    scaler = Scaler.fit("shape", training.flux)
    model = HistGradientBoostingRegressor(
        learning_rate=0.05,
        max_iter=2000,
        max_leaf_nodes=31,
        min_samples_leaf=40,
        early_stopping=True,
        n_iter_no_change=20,
        random_state=SEED,
    )
    model.fit(
        scaler.transform(training.flux),
        training.z,
        X_val=scaler.transform(validation.flux),
        y_val=validation.z,
    )
    cpu_seconds = time.process_time() - started
    clock = time.perf_counter()
    z_pred = model.predict(scaler.transform(task.test.flux))
    rate = len(task.test) / (time.perf_counter() - clock)
    return [
        judged(
            "Histogram gradient boosting",
            pd.DataFrame({"z_spec": task.test.z, "z_pred": z_pred}),
            n_train=len(training),
            cpu_seconds=cpu_seconds,
            spectra_per_second=rate,
            how=f"scikit-learn, {model.n_iter_} trees, stopped by the validation part",
        )
    ]


def support_vectors(task: Task) -> list[dict]:
    """Support-vector regression with a Gaussian kernel, as Gaia's UGC uses (DR3, 11.3.13)."""
    training, validation = task.parts
    started = time.process_time()
    scaler = Scaler.fit("shape", training.flux)

    def fitted(rows: int, **settings: float) -> SVR:
        model = SVR(kernel="rbf", epsilon=0.01, cache_size=4000, **settings)
        return model.fit(scaler.transform(training.flux[:rows]), training.z[:rows])

    few = validation.take(np.arange(min(3000, len(validation))))
    trials = {}
    for cost in (0.1, 0.3, 1.0):
        for gamma in (0.0005, 0.001, 0.002):
            z_pred = fitted(3000, C=cost, gamma=gamma).predict(scaler.transform(few.flux))
            trials[cost, gamma] = np.abs(z_pred - few.z).mean()
    cost, gamma = min(trials, key=trials.get)
    model = fitted(task.svr_rows, C=cost, gamma=gamma)
    cpu_seconds = time.process_time() - started
    test = task.small_test
    clock = time.perf_counter()
    z_pred = model.predict(scaler.transform(test.flux))
    rate = len(test) / (time.perf_counter() - clock)
    n_train = min(task.svr_rows, len(training))
    return [
        judged(
            "Support vectors, Gaussian kernel",
            pd.DataFrame({"z_spec": test.z, "z_pred": z_pred}),
            n_train=n_train,
            cpu_seconds=cpu_seconds,
            spectra_per_second=rate,
            how=f"scikit-learn, C {cost:g}, gamma {gamma:g} chosen among {len(trials)} with 3,000 "
            f"spectra, {len(model.support_):,} support vectors",
        )
    ]


def template_fit(task: Task) -> list[dict]:
    training, _ = task.parts
    fit = TemplateFit(load_tables(), TemplateFitConfig())
    test = task.small_test
    clock = time.perf_counter()
    flat = fit.densities(test.flux, test.flux_error)
    rate = len(test) / (time.perf_counter() - clock)
    known = flat.reweighted(training_density(training.z, fit.z))
    n_z, n_re = fit.templates.shape[:2]
    return [
        judged(
            f"Template fit, {prior}",
            scored(density, test.z),
            n_train=0,
            cpu_seconds=0.0,
            spectra_per_second=rate,
            how=f"chi2 of 5 templates at {n_z} redshifts and {n_re} sizes, median of p(z)",
        )
        for prior, density in (("flat prior", flat), ("prior n(z)", known))
    ]
