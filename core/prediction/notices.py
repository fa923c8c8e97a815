"""What speaks against trusting redshifts, in sentences that screens and commands share."""

import math
from dataclasses import dataclass

import numpy as np

from core.amounts import part_of
from core.prediction.calibration.calibration import Calibration
from core.prediction.calibration.needed import shortage
from core.prediction.prior import Prior
from core.runs import Run
from core.shell import command


@dataclass(frozen=True)
class Notice:
    """A sentence for people.

    Attributes
    ----------
    level : str
        'warning', or 'info' where nothing is wrong.
    sentence : str
    stressed : str
        What of it stands out where that can be shown.
    of_seen : bool
        Whether it is of galaxies that the run has seen, which screens let people leave out.
    """

    level: str
    sentence: str
    stressed: str = ""
    of_seen: bool = False


def of_origin(run: Run, origin: str = "unknown") -> tuple[Notice, ...]:
    """Say so where a run's intervals are of simulated spectra and these come from elsewhere."""
    if run.config.data.origin != "simulated" or origin == "simulated":
        return ()
    if run.config.recalibrated is not None:
        trained = "trained and " * (run.config.recalibrated.origin == "simulated")
        sentence = (
            f"{run.title} was {trained}calibrated on simulated spectra. Calibrate the run that "
            "it came from on real spectra before you trust or publish its redshifts."
        )
        return (Notice("warning", sentence, "simulated"),)
    sentence = (
        f"{run.title} was trained on simulated spectra. Retrain or recalibrate it on real spectra "
        "before you trust or publish its redshifts."
    )
    return (Notice("warning", sentence, "simulated"),)


def interval_note(calibration: Calibration | None, prior: Prior) -> str:
    """Say that intervals and p(z) are calibrated for another prior than this; '' if not."""
    densities = None if calibration is None else calibration.densities
    if densities is None or densities.is_for(prior):
        return ""
    return (
        f"Intervals and p(z) are calibrated for the n(z) of {densities.assumed}, not for the prior "
        f"asked for ({prior}): intervals at some predicted z may hold far fewer or more true "
        "redshifts than their level says, even if the share of all is right. Count them on "
        "galaxies of known redshift, by predicted z, or take the prior 'training'. Flags are set "
        "as under 'training'."
    )


def of_intervals(
    run: Run, calibration: Calibration | None, prior: Prior = Prior.training
) -> tuple[Notice, ...]:
    """Say for which galaxies intervals and p(z) hold, and if not for the prior asked for."""
    note = interval_note(calibration, prior)
    if not note:
        return of_recalibration(run)
    warning = Notice("warning", note, "not for the prior asked for")
    return (*of_recalibration(run, "flags hold"), warning)


def of_recalibration(
    run: Run, what_holds: str = "intervals, p(z) and flags hold"
) -> tuple[Notice, ...]:
    """Say with which galaxies a run was calibrated anew, if it was, and what holds for such."""
    learnt, own = run.config.recalibrated, run.config.data
    if learnt is None:
        return ()
    sentence = (
        f"The network was trained on {learnt.name} ({learnt.origin_words}) and calibrated "
        f"anew with {own.name} ({own.origin_words}): {what_holds} for galaxies like these."
    )
    return (Notice("info", sentence),)


def of_calibration(run: Run) -> tuple[Notice, ...]:
    """Say so where a run has no calibration, and how to make one where that is possible."""
    if run.calibration_path.is_file():
        return ()
    short, lacks = shortage_of(run), lack_of_calibration(run)
    how = f"Calibrate it first: `{command('xpz', 'calibrate', '--run', run.path)}`"
    if short:
        how = f"It cannot be calibrated: {short}"
    return (Notice("info", f"{lacks} {how}"),)


def lack_of_calibration(run: Run) -> str:
    """Say what a run without a calibration does not give."""
    return (
        f"{run.title} is not calibrated: z_lower, z_upper and sigma_z stay empty, and most flags "
        "are not set."
    )


def shortage_of(run: Run) -> str:
    """Return which part of a complete run is too small for a calibration; '' where none is."""
    summary = run.summary()
    if summary is None:
        return ""
    n_train, n_validation = (summary.get(each, math.inf) for each in ("n_train", "n_validation"))
    return shortage(n_train, n_validation, run.config.split)


def of_shortage(short: str) -> tuple[Notice, ...]:
    """Say what a training will lack, where `shortage` found that it will."""
    if not short:
        return ()
    sentence = (
        "This training will end without a calibration, that is without intervals, p(z) and most "
        f"flags: {short}"
    )
    return (Notice("warning", sentence),)


def of_unchecked(name: str) -> Notice:
    """Say that nobody can tell which galaxies a run has seen."""
    sentence = (
        f"xpz cannot check what {name} was trained on: its data set is not available, or its "
        "galaxies have no ids. If some are among these, its numbers are too optimistic."
    )
    return Notice("warning", sentence, name)


def of_seen(name: str, used: np.ndarray | None, *, kept: bool) -> tuple[Notice, ...]:
    """Say which galaxies a run has seen, as `core.prediction.seen.used_in_training` tells."""
    if used is None:
        return (of_unchecked(name),)
    if not used.any():
        return ()
    whose = f"{name} was trained or calibrated with"
    galaxies = part_of(used.sum(), len(used), "galaxy")
    sentence = f"Left out: {galaxies}, which {whose}."
    if kept:
        sentence = f"{whose} {galaxies} here: the numbers are too optimistic."
    return (Notice("warning", sentence, of_seen=True),)


def of_predicted(name: str, n_seen: int, n: int) -> tuple[Notice, ...]:
    """Say so where some of n predicted spectra are of galaxies that a run has seen."""
    if not n_seen:
        return ()
    sentence = (
        f"{name} was trained or calibrated with {part_of(n_seen, n, 'spectrum')} here: such "
        "redshifts are better than those of other galaxies will be. Do not judge the run by them."
    )
    return (Notice("warning", sentence),)


def of_own(name: str, n: int) -> tuple[Notice, ...]:
    """Say how many galaxies are judged that a run was calibrated anew with, and how."""
    if not n:
        return ()
    sentence = (
        f"{name} was calibrated with {n:,} of these galaxies. Each of them is judged by a "
        "calibration without it."
    )
    return (Notice("info", sentence),)
