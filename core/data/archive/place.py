"""Where on the sky something is: a position as people write it, or a name that Sesame knows."""

import re
from http.client import HTTPException

from core.errors import DataError

POSITION = re.compile(r"[+-]?\d[\d\s.,:+\-hmsd°′″'\"]*", re.IGNORECASE)


SESAME = "Sesame, the service of names at the CDS"
SECONDS = 5.0
"""That each of Sesame's two servers gets to answer."""


def is_position(text: str) -> bool:
    """Return whether a text is a position, so that nobody need be asked for it."""
    return bool(POSITION.fullmatch(text.strip()))


def read_position(text: str) -> tuple[float, float]:
    """Return the right ascension and declination [deg, ICRS] that a text gives.

    Numbers are degrees; hours where the right ascension has minutes: '187.706 12.391' and
    '12h30m49s +12d23m28s' and '12:30:49 +12:23:28' are the same. Raises a `DataError` if it is
    no position.
    """
    from astropy import units
    from astropy.coordinates import Angle, SkyCoord

    words = text.replace(",", " ").split()
    first = units.deg if len(words) == 2 and not re.search(r"[:hms]", words[0]) else units.hourangle
    try:
        place = SkyCoord(" ".join(words), unit=(first, units.deg))
        # SkyCoord takes 400 degrees for 40: another part of the sky.
        turns = Angle(" ".join(words[: len(words) // 2]), unit=first).to_value(units.deg) / 360
        if not 0 <= turns <= 1:
            raise ValueError("beyond a full turn")
    except (ValueError, TypeError) as error:  # astropy's errors of angles are such
        raise DataError(
            "Position: expected a right ascension from 0 to 360 degrees and a declination, such as "
            f"187.706 12.391 or 12:30:49 +12:23:28, received '{text.strip()[:60]}'."
        ) from error
    return float(place.ra.deg), float(place.dec.deg)


def find_place(name: str) -> tuple[float, float]:
    """Return the right ascension and declination [deg, ICRS] of a name; asks Sesame at the CDS.

    Raises a `DataError` if Sesame does not know it, cannot be reached or does not answer in time.
    """
    from astropy.coordinates import SkyCoord
    from astropy.coordinates.name_resolve import NameResolveError
    from astropy.utils import data

    called, instead = f"'{name.strip()[:60]}'", "or give a position such as 187.706 12.391."
    try:
        with data.conf.set_temp("remote_timeout", SECONDS):
            place = SkyCoord.from_name(name.strip())
    except NameResolveError as error:
        if str(error).startswith("Unable to find"):
            raise DataError(
                f"{called}: {SESAME}, knows no place of this name. Check the spelling, {instead}"
            ) from error
        raise DataError(_no_answer(called, _reason(str(error)), instead)) from error
    except (OSError, HTTPException, ValueError) as error:  # half an answer, or none
        raise DataError(_no_answer(called, str(error) or type(error).__name__, instead)) from error
    return float(place.ra.deg), float(place.dec.deg)


def _no_answer(called: str, reason: str, instead: str) -> str:
    return (
        f"{called}: {SESAME}, gave no answer: {reason}. Check the network and try again, {instead}"
    )


def _reason(told: str) -> str:
    """Return why the last of Sesame's servers gave none, of what Astropy tells of each."""
    return told.strip().splitlines()[-1].rpartition(": ")[2].rstrip(".")
