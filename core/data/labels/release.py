"""Of which of Gaia's releases an id is: the same number is another source in another release."""

import re
from collections.abc import Iterable, Mapping

from core.errors import DataError

EXPECTED = "DR3"
"""Of the spectra, unless they tell otherwise: the first release with XP spectra."""

WITHOUT_SPECTRA = ("DR1", "DR2")

NAME = re.compile(r"(?:^|[^a-z]|gaia)e?(dr[1-9])(?![0-9])", re.IGNORECASE)
TEXT = re.compile(r"\s*gaia\s*e?(dr[1-9])\b", re.IGNORECASE)

DESCRIPTION = re.compile(r"gaia\W*(?:e?dr\W*|(?:early )?data release )([1-9])\b", re.IGNORECASE)
BESIDE = re.compile(r"(gaia_?)?(data_?)?(release|dr)", re.IGNORECASE)
SOLUTION_IDS = {"1635721458409799680": "DR2"}
"""Gaia's solution_id, where it has one for all sources of a release."""


def of_name(column: str) -> str | None:
    """Return the release in a column's name ('gaia_dr2_source_id'); EDR3's ids are DR3's."""
    found = NAME.search(column)
    return found[1].upper() if found else None


def release_of(column: str, texts: Iterable[object], name: str = "") -> str | None:
    """Return the release that ids tell, as 'DR3'; EDR3's ids are DR3's.

    By cells such as 'Gaia DR2 4111834567779557376', else by the column's name. Raises a `DataError`
    if they tell several.
    """
    cells = (cell.decode(errors="replace") if isinstance(cell, bytes) else cell for cell in texts)
    matches = (TEXT.match(cell) for cell in cells if isinstance(cell, str) and not cell.isdigit())
    told = {match[1].upper() for match in matches if match} or {of_name(column)}
    if len(told) > 1:
        raise DataError(
            f"{name}: expected identifiers of one release of Gaia in column '{column}', found "
            f"those of {' and '.join(sorted(filter(None, told)))}. Give them apart."
        )
    return told.pop()


def tells_beside(column: str) -> bool:
    """Return whether a column beside the ids tells of which release they are."""
    return column.strip().lower() == "solution_id" or bool(BESIDE.fullmatch(column.strip()))


def of_rest(description: str, beside: Mapping[str, Iterable[object]]) -> str | None:
    """Return the one release that the description of ids and cells `beside` them tell."""
    told = {f"DR{number}" for number in DESCRIPTION.findall(description)}
    for column, cells in beside.items():
        whose = "Gaia " * column.lower().startswith("gaia")
        for cell in cells:
            text = cell.decode(errors="replace") if isinstance(cell, bytes) else str(cell)
            match = TEXT.match(text) or TEXT.match(whose + text)
            told.add(match[1].upper() if match else SOLUTION_IDS.get(text.strip(), ""))
    told.discard("")
    return told.pop() if len(told) == 1 else None


def require_release(
    found: str | None, column: str, name: str, wanted: str = EXPECTED, *, is_told: bool = True
) -> None:
    """Raise a `DataError` where ids are of another release than that of the spectra, `wanted`.

    None passes: plain numbers tell nothing. Spectra whose release is not told may be of `found`,
    and only a person knows.
    """
    if found in (None, wanted):
        return
    facts = (
        f"{name}: expected identifiers of Gaia {wanted} in column '{column}', found those of Gaia "
        f"{found}, where the same number is another source"
    )
    has_spectra = found not in WITHOUT_SPECTRA
    say = choose = ""
    if has_spectra and not is_told:
        say = f'say --release "Gaia {found}" if the spectra are of it, else '
        choose = f"choose Gaia {found} as the `Gaia release` if the spectra are of it, else "
    elif has_spectra:
        say = f'fetch spectra of that release (xpz fetch --release "Gaia {found}"), or '
        choose = f"choose 'Gaia {found}' as the Release where spectra are fetched, or "
    error = DataError(f"{facts}; {say}{neighbours(str(found), wanted)}.")
    error.on_screens = (
        f"{facts}; {choose}give ids of Gaia {wanted}. No screen "
        f"translates them: the command `xpz neighbours` does, by the archive's "
        f"{_table(str(found), wanted)}."
    )
    raise error


def neighbours(found: str, wanted: str = EXPECTED) -> str:
    """Say how ids of one release become those of another."""
    return (
        f'translate them by xpz neighbours --from "Gaia {found}" --to "Gaia {wanted}", with the '
        f"archive's {_table(found, wanted)}"
    )


def _table(found: str, wanted: str) -> str:
    older, newer = sorted((found.lower(), wanted.lower()))
    return (
        f"table of neighbours, gaia{newer}.{older}_neighbourhood "
        f"({older}_source_id, {newer}_source_id)"
    )
