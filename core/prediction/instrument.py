"""Whether spectra are of the instrument that a run knows: asked by whatever predicts."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from core.data.instrument import Instrument, instruments_of
from core.errors import DataError
from core.prediction.calibration.calibration import Calibration
from core.prediction.flags import Flag
from core.prediction.notices import Notice
from core.runs import Run
from core.shell import command
from core.spectra import Spectra

OPTION, BOX = "--other-instrument", "Another release's spectra, too"
"""How people insist: with commands, and on the screens."""

OF_SAVED = "xpz dataset release, or the field Gaia release on the screen Data"
"""How people state the release of a saved data set that does not tell it."""

SILENT = "of which release of Gaia"
"""What is stressed in the notices on whoever does not tell it."""


class OtherInstrumentError(DataError):
    """Spectra are of another instrument than the run's, and nobody insists.

    Attributes
    ----------
    facts : str
        What was expected and what came, without what to do.
    ways_on_screens : str
        What to do on the screens.
    """

    def __init__(self, sentence: str, facts: str, ways_on_screens: str) -> None:
        super().__init__(sentence)
        self.facts, self.ways_on_screens = facts, ways_on_screens
        self.on_screens = f"{facts} {ways_on_screens}"


@dataclass(frozen=True)
class Expected:
    """Of which instrument a run expects spectra.

    Attributes
    ----------
    run : Run
    instrument : Instrument
        That of its training galaxies, or that for which it was recalibrated.
    recalibrated : bool
    any_other : bool
        Whether spectra of others are let through, flagged.
    """

    run: Run
    instrument: Instrument
    recalibrated: bool = False
    any_other: bool = False

    @classmethod
    def of(
        cls, run: Run, calibration: Calibration | None, *, any_other: bool = False
    ) -> "Expected":
        """Return what a run expects, with the calibration that it has."""
        if calibration is not None and calibration.instrument is not None:
            return cls(run, calibration.instrument, True, any_other)
        return cls(run, run.config.data.known_instrument, False, any_other)

    def others(self, spectra: Spectra, name: str = "") -> np.ndarray:
        """Return which spectra, bool (N,), are of another instrument; not those that do not tell.

        Raises an `OtherInstrumentError`, which begins with the `name` of their file, if there are
        any and nobody insists.
        """
        other = np.zeros(len(spectra), bool)
        usable = np.ones(len(spectra), bool)
        usable[list(spectra.problems)] = False  # as their bases may be: they get no redshift
        for instrument, of_it in instruments_of(spectra):
            rows = of_it & usable
            if rows.any() and self.instrument.differences(instrument):
                self.check(instrument, name)
                other |= rows
        return other

    def flags(self, spectra: Spectra, name: str = "") -> np.ndarray:
        """Return the flag of `others`, int32 (N,); raises as that does."""
        return self.others(spectra, name) * np.int32(Flag.OTHER_INSTRUMENT.value)

    def check(self, found: Instrument, name: str = "") -> tuple[Notice, ...]:
        """Return what is to be known of spectra of an instrument; raises as `others` does."""
        differences = self.instrument.differences(found)
        where = f"{name}: " * bool(name)
        if differences and not self.any_other:
            facts = (
                f"{where}expected spectra of {self.instrument.words}, which {self._whose}; "
                f"received {found.words}. They differ in {' and '.join(differences)}, so its "
                "redshifts and intervals do not hold for them."
            )
            raise OtherInstrumentError(
                f"{facts} Recalibrate {self._to_calibrate} with galaxies of that instrument "
                f"({self._how_to_calibrate}), take another run, or insist ({OPTION}; on the "
                f"screens the box '{BOX}'): then each source is flagged.",
                facts,
                f"Take another run; or recalibrate {self._to_calibrate}: on Evaluate, judged on "
                "galaxies of that instrument (the data set in use), open 'Calibrate this run with "
                f"these galaxies'; or tick the box '{BOX}' below: then each source is flagged.",
            )
        if differences:
            sentence = (
                f"{where}these spectra are of {found.words}, and {self._whose} "
                f"{self.instrument.words}. Each is flagged OTHER_INSTRUMENT: do not trust their "
                f"redshifts and intervals before {self._to_calibrate} is recalibrated."
            )
            return (Notice("warning", sentence, "OTHER_INSTRUMENT"),)
        if self.instrument.can_be_compared(found):
            return ()
        return (self._not_told(name, ours=not self.instrument.is_told, theirs=not found.is_told),)

    @staticmethod
    def check_all(runs: Sequence["Expected"], found: Instrument, name: str) -> tuple[Notice, ...]:
        """Return what `check` says of each run; once what all say of spectra that tell nothing."""
        notices = [notice for run in runs for notice in run.check(found, name)]
        if found.is_told or len(runs) == 1 or not all(run.instrument.is_told for run in runs):
            return tuple(notices)
        others = [notice for notice in notices if notice.stressed != SILENT]
        if len(others) < len(notices):
            others.append(_theirs(name, "of the instruments that these runs know"))
        return tuple(others)

    @property
    def notices(self) -> tuple[Notice, ...]:
        """What is to be known before any spectrum is read: that the run's release is not told."""
        return () if self.instrument.is_told else (self._not_told(ours=True),)

    @property
    def _whose(self) -> str:
        done = "recalibrated for" if self.recalibrated else "trained on"
        return f"{self.run.title} was {done}"

    @property
    def _to_calibrate(self) -> str:
        """What can be recalibrated: one that was already cannot itself."""
        return "the run" + " that it came from" * self.recalibrated

    @property
    def _how_to_calibrate(self) -> str:
        start = self.run.config.start if self.recalibrated else None
        run_id = self.run.run_id if start is None else start.run_id
        return command("xpz", "calibrate", "--run", run_id, "--data", "FILE")

    def _not_told(self, name: str = "", *, ours: bool, theirs: bool = False) -> Notice:
        """Say who is silent on the release, and what to do about it."""
        if not ours:
            return _theirs(name, f"of {self.instrument.words}, which {self._whose}")
        theirs_too = f", nor does {name}" if name else ", nor do these"
        again = "train again"
        if self.recalibrated:
            again = f"calibrate {self._to_calibrate} with it ({self._how_to_calibrate})"
        said = (
            f"The spectra that {self._whose} do not say {SILENT} they are{theirs_too * theirs}, so "
            "xpz cannot check that it knows the instrument. State it of its data set "
            f"({OF_SAVED}) and {again}"
        )
        return Notice("warning", f"{said}.", SILENT)


def _theirs(name: str, expected: str) -> Notice:
    """Say that spectra, of a `name` if they have one, do not tell if they are as `expected`."""
    who, does, they = (name, "does", "the spectra") if name else ("These spectra", "do", "they")
    said = (
        f"{who} {does} not say {SILENT} {they} are, so xpz cannot check that they are {expected}. "
        "State it if you know it"
    )
    how = f"of files: --release of xpz predict; of a data set: {OF_SAVED}"
    return Notice("warning", f"{said} ({how}).", SILENT)
