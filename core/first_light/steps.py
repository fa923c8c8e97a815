"""First light, step by step: each says what it does and what came of it, and is done once.

Stopped at any moment, the same call goes on where it was and ends with the same files.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from core.amounts import n_of
from core.atomic import check_writable, write_json, write_text
from core.data.archive.download import fetch
from core.data.archive.fetch_job import SPECTRA_PER_MINUTE
from core.data.archive.state import alone
from core.data.build import build_dataset
from core.data.dataset_files import read_without_spectra
from core.errors import DataError
from core.first_light.config import FirstLightConfig, Folder
from core.first_light.figures import collect
from core.first_light.judging import judge
from core.first_light.page import page
from core.first_light.redshifts import find_redshifts
from core.first_light.runs import RECALIBRATED, TUNED, fine_tune, recalibrate, result_of
from core.prediction.calibration.recalibrated_run import require_calibrated
from core.report.document import to_html
from core.runs import SHIPPED_RUNS, Run, Status, list_runs
from core.runs.finding import open_run
from core.stored import is_there, read_json

Progress = Callable[[int, int | None, str], None]


@dataclass(frozen=True)
class At:
    """Where a step works, on what, and whom it tells."""

    folder: Folder
    config: FirstLightConfig
    start: Run
    shipped: tuple[Run, ...]
    say: Callable[[str], None]
    progress: Progress

    def showing(self, unit: str) -> Callable[[int, int | None], None]:
        """Return what takes how much is done of how much, of spectra for example."""
        return lambda done, total: self.progress(done, total, unit)


@dataclass(frozen=True)
class Step:
    """A step: `work` does it and returns what came of it, in a sentence.

    It is done once its record is there and what it `made`.
    """

    name: str
    does: Callable[[FirstLightConfig], str]
    takes: Callable[[FirstLightConfig], str]
    work: Callable[[At], str]
    made: Callable[[Folder], Path]


def first_light(
    folder: str | Path,
    config: FirstLightConfig | None = None,
    *,
    say: Callable[[str], None] | None = None,
    progress: Progress | None = None,
) -> Path:
    """Fetch real galaxies with redshifts, judge every shipped run on them, fine-tune one; report.

    Parameters
    ----------
    folder : str or Path
        A new or empty one, or that of an earlier call with the same settings, which is continued;
        `core.first_light.Folder` says what comes to lie in it.
    config : FirstLightConfig, optional
    say : callable, optional
        Takes a sentence for people: what is done, how long that may take, what came of it.
    progress : callable, optional
        Called with how much of a step is done, of how much, and of what.

    Returns
    -------
    Path
        The report, report.html; figures.json beside it holds every number.

    Raises
    ------
    DataError
        If the folder holds something else, the archive cannot be reached or has no redshifts, or
        too few galaxies are found.
    RunError
        If there is no such run to start from, it cannot be recalibrated or trained further, or the
        training failed.
    """
    place, config = Folder(Path(folder).absolute()), config or FirstLightConfig()
    check_writable(place.path)
    if config.redshifts is not None and not Path(config.redshifts).exists():
        raise DataError(f"{config.redshifts}: there is no such table of redshifts.")
    start = open_run(config.start)
    require_calibrated(start)  # half an hour before it is recalibrated
    start.network_hash()  # and trained: this needs its network for Keras
    place.open(config)
    tell = say or (lambda _: None)
    at = At(
        place,
        config,
        start,
        tuple(sorted(list_runs(SHIPPED_RUNS), key=lambda run: run.run_id)),
        tell,
        progress or (lambda *_: None),
    )
    with alone(place.path, "first light"):
        for number, step in enumerate(STEPS, 1):
            _take(step, number, at)
    return place.report


def _take(step: Step, number: int, at: At) -> None:
    record, title = at.folder.step(number), f"{number}/{len(STEPS)} {step.name}"
    if is_there(record) and is_there(step.made(at.folder)):
        at.say(f"{title}: done before. {read_json(record)['came']}.")
        return
    at.say(f"{title}: {step.does(at.config)}; expected: {step.takes(at.config)}.")
    began = time.monotonic()
    came = step.work(at)
    record.parent.mkdir(exist_ok=True)
    took = {"seconds": round(time.monotonic() - began, 1)}
    write_json(record, {"step": step.name, "came": came, **took})
    at.say(f"    {came}.")


def _fetch(at: At) -> str:
    ids = pd.read_parquet(at.folder.labels, columns=["source_id"])["source_id"].to_numpy(np.int64)
    came = fetch(
        at.folder.fetched,
        at.config.archive,
        ids=np.unique(ids),
        release=at.config.release,
        progress=at.showing("spectra"),
        say=at.say,
    )
    return f"{n_of(came.n_spectra, 'spectrum')} of {n_of(came.n_asked, 'galaxy')}"


def _build(at: At) -> str:
    built = build_dataset(
        [at.folder.fetched],
        at.folder.dataset,
        at.folder.labels,
        name=f"First light, {at.config.release}",
        description="Galaxies with spectroscopic redshifts, by xpz first-light.",
        progress=at.showing("spectra"),
    )
    left_out = "; ".join(f"{n:,} {reason}" for reason, n in built.left_out.items())
    return n_of(built.card.n_galaxies, "galaxy") + f" (left out: {left_out})" * bool(left_out)


def _judge(at: At) -> str:
    judge(at.folder, list(at.shipped), at.say, at.showing("spectra"))
    n = len(read_without_spectra(at.folder.dataset)["z"])
    return f"redshifts of {n_of(n, 'galaxy')} by {', '.join(run.title for run in at.shipped)}"


def _recalibrate(at: At) -> str:
    run, changes = recalibrate(at.folder, at.start)
    for sentence in changes:
        at.say(sentence)
    coverage = result_of(run)["coverage"]["68"]
    return (
        f"{run.path}; its 68 % intervals hold {100 * coverage:.1f} % of the galaxies, each judged "
        "by a calibration without it"
    )


def _fine_tune(at: At) -> str:
    def show(status: Status) -> None:
        at.progress(status.epoch, status.epochs, "epochs")

    run = fine_tune(at.folder, at.start, show)
    return f"{run.path}; MAE {result_of(run)['evaluation']['mae']:.4f} on the test part"


def _report(at: At) -> str:
    figures = collect(at.folder, at.config, list(at.shipped), at.start)
    write_json(at.folder.figures, figures)
    write_text(at.folder.report, to_html(page(figures)))
    return f"{at.folder.report}, every number in {at.folder.figures.name}"


def _of_spectra(config: FirstLightConfig) -> str:
    slow, fast = (max(1, round(config.galaxies / rate)) for rate in SPECTRA_PER_MINUTE)
    return f"{fast} to {n_of(slow, 'minute')}, as the archive serves"


STEPS = (
    Step(
        "Redshifts",
        lambda config: (
            f"{config.release} at {config.archive.service.name} is asked for galaxies with XP "
            "spectra and "
            + (
                f"matched with {Path(config.redshifts).name}"
                if config.redshifts
                else "a spectroscopic redshift"
            )
        ),
        lambda _: "a few minutes",
        lambda at: find_redshifts(at.folder, at.config, at.say),
        lambda folder: folder.labels,
    ),
    Step(
        "Spectra",
        lambda _: "the galaxies' sources and XP spectra are fetched",
        _of_spectra,
        _fetch,
        lambda folder: folder.fetched,
    ),
    Step(
        "Data set",
        lambda _: "spectra and redshifts are joined",
        lambda _: "seconds",
        _build,
        lambda folder: folder.dataset,
    ),
    Step(
        "Shipped runs",
        lambda _: "every run that comes with xpz predicts them",
        lambda _: "seconds",
        _judge,
        lambda folder: folder.judged,
    ),
    Step(
        "Recalibration",
        lambda config: f"{config.start}, its network as it is, is calibrated with these galaxies",
        lambda _: "a minute",
        _recalibrate,
        lambda folder: folder.runs / RECALIBRATED / "summary.json",
    ),
    Step(
        "Fine-tuning",
        lambda config: f"{config.start} is trained further, in a process of its own",
        lambda _: "one to five minutes on two cores",
        _fine_tune,
        lambda folder: folder.runs / TUNED / "summary.json",
    ),
    Step(
        "Report",
        lambda _: "the numbers, their intervals, figures",
        lambda _: "half a minute",
        _report,
        lambda folder: folder.report,
    ),
)
"""In their order."""
