"""Where on the sky something is: a position as people write it, or a name that Sesame knows."""

import re

from core.errors import DataError

POSITION = re.compile(r"[+-]?\d[\d\s.,:+\-hmsd°′″'\"]*", re.IGNORECASE)


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
    from astropy.coordinates import SkyCoord

    words = text.replace(",", " ").split()
    first = units.deg if len(words) == 2 and not re.search(r"[:hms]", words[0]) else units.hourangle
    try:
        place = SkyCoord(" ".join(words), unit=(first, units.deg))
    except (ValueError, TypeError) as error:  # astropy's errors of angles are such
        raise DataError(
            "Position: expected a right ascension and a declination such as 187.706 12.391 or "
            f"12:30:49 +12:23:28, received '{text.strip()[:60]}'."
        ) from error
    return float(place.ra.deg), float(place.dec.deg)


def find_place(name: str) -> tuple[float, float]:
    """Return the right ascension and declination [deg, ICRS] of a name; asks Sesame at the CDS.

    Raises a `DataError` if Sesame does not know it, or cannot be reached.
    """
    from astropy.coordinates import SkyCoord
    from astropy.coordinates.name_resolve import NameResolveError

    try:
        place = SkyCoord.from_name(name.strip())
    except (NameResolveError, OSError) as error:
        raise DataError(
            f"'{name.strip()[:60]}': no position came from Sesame, the service of names at the "
            "CDS: it does not know the name or cannot be reached. Check the spelling, or give a "
            "position such as 187.706 12.391."
        ) from error
    return float(place.ra.deg), float(place.dec.deg)
