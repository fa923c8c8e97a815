"""The model card of a run: what the network is, how good, on what, where not to trust it.

After Mitchell et al. (2019), "Model Cards for Model Reporting", FAT* '19, 220.
"""

from collections.abc import Sequence
from typing import Any

import pandas as pd

from core.amounts import duration, n_of
from core.config import to_dict
from core.errors import RunError
from core.evaluation.calibration import SCORES
from core.evaluation.metrics import HEADLINE, Metric
from core.evaluation.report import completed
from core.evaluation.shares import OF_SHARES
from core.model.setting_words import LABELS, in_words
from core.prediction.calibration.before_after import stored_before_and_after
from core.prediction.calibration.calibration import Calibration, hash_network
from core.prediction.calibration.changes import changes
from core.prediction.calibration.run_coverage import run_coverage
from core.prediction.flags import SENTENCES, shares
from core.prediction.notices import of_recalibration, shortage_of
from core.report.document import Code, Document, Section, Table, Text
from core.report.estimates import number
from core.runs.config import DataReference, RunConfig
from core.runs.run import Run
from core.runs.training_time import TRAINING_TIME, training_time

FEW_GALAXIES = 100
"""Of a redshift bin; its numbers are called uncertain below."""


def model_card(run: Run) -> Document:
    """Return the model card of a complete run; raise a `RunError` if it is not, or is damaged."""
    summary = run.result()
    if summary is None:
        raise RunError(
            f"Run '{run.title}' is not complete, its state is '{run.status().state}': a card "
            "needs its errors."
        )
    predictions, calibration = run.predictions(), Calibration.load(run)
    report = completed(summary["evaluation"], predictions)
    sections = [
        Section("Data", (_data(run, summary),)),
        Section("Network and training", (_training(run, summary),)),
        *_calibration(calibration, summary),
        Section(f"Errors on {judged_part(run)}", _errors(run, report)),
    ]
    if "density" in report:
        sections.append(Section(f"p(z) on {judged_part(run)}", _densities(report["density"])))
    sections += [
        Section("Errors by redshift", _bins(report["bins"])),
        Section("Intervals and flags", _flags(run, calibration, predictions)),
        Section("Limits", _limits(report, calibration)),
        Section("How to use it", _use(run)),
        Section("Where it comes from", (_origin(run, summary),)),
    ]
    return Document(run.title, _lead(run), tuple(sections))


def judged_part(run: Run) -> str:
    """Return what a run's own predictions are of, for people."""
    return "the test part" if run.config.recalibrated is None else "its own galaxies"


def _lead(run: Run) -> tuple[Text, ...]:
    written = run.annotations()
    what = "the redshift of a galaxy"
    if run.config.recipe.network.head == "mixture":
        what = "p(z), the probability density of a galaxy's redshift,"
    lead = [
        Text(f"Run {run.run_id}."),
        Text(
            f"A neural network that measures {what} from the 186 samples (80 BP, 106 RP) of its "
            "Gaia BP/RP spectrum."
        ),
    ]
    if run.config.data.origin != "observed":
        lead.append(Text(_warning(run.config), warning=True))
    # Of a network that was trained on simulated spectra, whatever it was calibrated with.
    is_observed = run.config.learnt_from.origin == "observed"
    lead += [Text(each.sentence, warning=not is_observed) for each in of_recalibration(run)]
    if written.tags:
        lead.append(Text("Tags: " + ", ".join(written.tags)))
    if written.notes:
        lead.append(Text(written.notes))
    return tuple(lead)


def _warning(config: RunConfig) -> str:
    """Say of a run's data that they are simulated, or may be."""
    done, spectra, ways = "Trained", "its training spectra", "Retrain, fine-tune or recalibrate it"
    if config.recalibrated is not None:
        done, spectra = "Calibrated", "the spectra that it was calibrated with"
        ways = "Calibrate the run that it came from"
    if config.data.origin == "simulated":
        return (
            f"{done} and evaluated on simulated spectra whose difficulty was tuned to published "
            f"errors: the numbers below do not predict its errors on real ones. {ways} on real "
            "spectra before you publish a redshift."
        )
    return f"It is not known whether {spectra} are real or simulated."


def _data(run: Run, summary: dict[str, Any]) -> Table:
    data, split = run.config.data, run.config.split
    if run.config.recalibrated is not None:
        learnt = {f"{name}, trained on": text for name, text in _about(run.config.learnt_from)}
        own = {f"{name}, calibrated with": text for name, text in _about(data)}
        return _facts(learnt | own | {"Galaxies that were used": f"{summary['n_test']:,}"})
    return _facts(
        {
            **dict(_about(data)),
            "To train, validate, test": ", ".join(
                f"{summary[name]:,}" for name in ("n_train", "n_validation", "n_test")
            ),
            "Split": f"by source_id, seed {split.seed}: {_percent(split.test_fraction)} to test, "
            f"{_percent(split.validation_fraction)} of the others to validate",
        }
    )


def _about(data: DataReference) -> tuple[tuple[str, str], ...]:
    return (
        ("Data set", data.name),
        ("Origin", data.origin),
        ("Instrument", data.known_instrument.words),
        ("Galaxies", f"{data.n_galaxies:,}"),
    )


def _training(run: Run, summary: dict[str, Any]) -> Table:
    config, recipe = run.config, to_dict(run.config.recipe)
    network = recipe["network"]
    layers = [
        ", ".join(f"{LABELS[name].lower()} {value}" for name, value in layer.items())
        for layer in network.pop("conv_layers")
    ]
    idle = config.recipe.idle
    start = "random weights" if config.start is None else f"the network of {config.start.run_id}"
    start += ", which stays as it is" * (config.recalibrated is not None)
    cost = {TRAINING_TIME: f"{training_time(run)} on {summary['device']}"}
    if summary.get("cpu_seconds") is not None:
        cost["CPU time, all cores"] = duration(summary["cpu_seconds"], exact=True)
    return _facts(
        {
            "Recipe": config.preset or "own",
            "Parameters": f"{summary['parameters']:,}",
            LABELS["conv_layers"]: "; ".join(layers) or "none",
            **_settings(network, idle),
            LABELS["scaling"]: in_words("scaling", recipe["scaling"]),
            "Started from": start,
            **_settings(recipe["training"], idle),
            "Epochs run, best": f"{summary['epochs_run']}, {summary['best_epoch']}",
            **cost,
        }
    )


def _calibration(calibration: Calibration | None, summary: dict[str, Any]) -> tuple[Section, ...]:
    """Say what a calibration anew did; of any other there is no section."""
    said = () if calibration is None else changes(calibration)
    if not said:
        return ()
    rows = tuple((row.title, *row.texts) for row in stored_before_and_after(summary))
    shown: tuple[Text | Table, ...] = (Text(" ".join(said)),)
    if rows:
        n = n_of(summary["n_test"], "galaxy")
        shown += (
            Text(f"Of {n}, each by a calibration without it:"),
            Table(("Number", "Before", "After"), rows),
        )
    return (Section("Calibration", shown),)


def _errors(run: Run, report: dict[str, Any]) -> tuple[Text | Table, ...]:
    rows = tuple(
        (
            metric.title,
            metric.text(report[name]),
            _ends(report["intervals"][name], metric),
            metric.sentence,
        )
        for name, metric in HEADLINE.items()
    )
    return (
        Text(
            f"{n_of(report['n'], 'galaxy')} of '{run.config.data.name}' that were not used in "
            "training"
            + ", each by a calibration without it"
            * (run.config.recalibrated is not None)
            + ". d = z_pred - z_spec, e = d / (1 + z_spec); 95 % intervals from resampled "
            f"galaxies (bootstrap); {OF_SHARES}."
        ),
        Table(("Metric", "Value", "95 % interval", "Meaning"), rows),
    )


def _densities(density: dict[str, Any]) -> tuple[Table, ...]:
    rows = [
        (
            metric.title,
            metric.text(density[name]),
            _ends(density["intervals"][name], metric)
            if metric.limit is None
            else f"below {metric.text(density[f'{name}_limit'])} by chance",
        )
        for name, metric in SCORES.items()
    ]
    for row in density["coverage"]:
        ends = [row["coverage_low"], row["coverage_high"]]
        rows.append(
            (
                f"Inside {_percent(row['level'])} intervals",
                _percent(row["coverage"], 2),
                "-" if None in ends else f"{_percent(ends[0], 2)} to {_percent(ends[1], 2)}",
            )
        )
    return (Table(("Score", "Value", "95 % interval"), tuple(rows)),)


def _bins(bins: Sequence[dict[str, Any]]) -> tuple[Text | Table, ...]:
    rows = tuple(
        (
            f"{row['z_low']:.2f} to {row['z_high']:.2f}",
            f"{row['n']:,}",
            *(number(row[name]) for name in ("mean_error", "std", "mae")),
        )
        for row in bins
    )
    table = Table(("z_spec", "Galaxies", "Mean d", "Standard deviation of d", "Mean |d|"), rows)
    few = [row for row in bins if 0 < row["n"] < FEW_GALAXIES]
    if not few:
        return (table,)
    places = ", ".join(f"{row['z_low']:.2f} to {row['z_high']:.2f}" for row in few)
    return (table, Text(f"Fewer than {FEW_GALAXIES} galaxies, so uncertain: {places}."))


def _flags(
    run: Run, calibration: Calibration | None, table: pd.DataFrame
) -> tuple[Text | Table, ...]:
    if calibration is None or "flags" not in table:
        lines = ["Not calibrated: it gives no intervals, and only the flags that need none."]
        if short := shortage_of(run):
            lines.append(f"It cannot be calibrated: {short}")
        return tuple(map(Text, lines))
    inside = tuple(
        (f"{_percent(row['level'])}", _percent(row["coverage"], 1),
         f"{_percent(row['coverage_low'], 1)} to {_percent(row['coverage_high'], 1)}")
        for row in run_coverage(run, calibration, table).to_dict("records")
    )  # fmt: skip
    raised = tuple(
        (str(flag.value), str(flag.name), _percent(share, 2), SENTENCES[flag])
        for flag, share in shares(table["flags"]).items()
    )
    own, judged = " of the validation part", "the test part"
    if run.config.recalibrated is not None:
        own, judged = "", "the same galaxies, each by a calibration without it,"
    return (
        Text(
            f"Intervals are calibrated on {n_of(calibration.n_galaxies, 'galaxy')}{own}. True "
            f"redshifts of {judged} inside them:"
        ),
        Table(("Interval", "Inside", "95 % interval"), inside),
        Text(f"Flags, and the share of {judged} that carries them:"),
        Table(("Bit", "Flag", "Share", "Meaning"), raised),
    )


def _limits(report: dict[str, Any], calibration: Calibration | None) -> tuple[Text, ...]:
    lines = [
        "For galaxies only: a star or a quasar gets a redshift too, at best with the flag "
        "OUTSIDE_DOMAIN."
    ]
    filled = [row for row in report["bins"] if row["n"] >= FEW_GALAXIES]
    if filled:
        low, high = min(row["z_low"] for row in filled), max(row["z_high"] for row in filled)
        lines.append(f"Judged with at least {FEW_GALAXIES} galaxies per bin: z {low:.2f} to "
                     f"{high:.2f}.")  # fmt: skip
    if calibration is not None:
        limits = calibration.limits
        lines.append(
            f"All but 0.1 % of the training galaxies at either end lie at z {limits.z_low:.3f} to "
            f"{limits.z_high:.3f}; a network is not reliable beyond its training redshifts."
        )
        lines += [
            f"Predictions from {zone.low:.2f} to {zone.high:.2f} carry BAD_ZONE: {zone.reason}."
            for zone in limits.bad_zones
        ]
    return tuple(Text(line) for line in lines)


def _use(run: Run) -> tuple[Text | Code, ...]:
    folder = "assets/runs" if run.is_shipped else "runs"
    return (
        Text("Redshifts of a file of spectra, with intervals and flags, into a table:"),
        Code(f"xpz predict --run {folder}/{run.run_id} spectra.csv --out redshifts.csv"),
        Text("In Python, flux in e-/s per sample, shape (n, 186):"),
        Code(
            "from pathlib import Path\n\n"
            "from core.prediction.estimator import Estimator\n"
            "from core.runs import open_run\n"
            "from core.spectra import Spectra\n\n"
            f'run = open_run(Path("{folder}"), "{run.run_id}")\n'
            "table = Estimator(run).predict(Spectra(flux, source_id))"
        ),
    )


def _origin(run: Run, summary: dict[str, Any]) -> Table:
    return _facts(
        {
            "Made": run.config.created[:19].replace("T", " ") + " UTC",
            "Backend": summary["backend"],
            "SHA-256 of the network (ONNX)": hash_network(run),
            "SHA-256 of the data": summary["data_hash"],
            "SHA-256 of the split": summary["split_hash"],
        }
    )


def _facts(values: dict[str, str]) -> Table:
    return Table(("Setting", "Value"), tuple(values.items()))


def _settings(values: dict[str, Any], idle: set[str]) -> dict[str, str]:
    """Return the settings that have an effect, by what people call them."""
    return {
        LABELS[name]: in_words(name, value) for name, value in values.items() if name not in idle
    }


def _ends(ends: Sequence[float | None], metric: Metric) -> str:
    low, high = ends
    return "-" if low is None or high is None else f"{metric.text(low)} to {metric.text(high)}"


def _percent(share: float, digits: int = 0) -> str:
    return f"{100 * share:.{digits}f} %"
