"""Spectra joined with redshifts by source_id: a data set to train with."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from core.atomic import keep_inputs
from core.data.archive.state import SOURCES, SPECTRA, STATE
from core.data.card import DatasetCard
from core.data.provenance import Origin, provenance
from core.data.schema import ALIASES, PER_SOURCE
from core.data.source_tables import open_table
from core.data.spectra.files import find_files, open_spectra
from core.data.validation import Z_MAX, Z_MIN
from core.data.writer import ROWS_PER_GROUP, DatasetWriter
from core.errors import DataError
from core.spectra import Spectra

NO_REDSHIFT = "no redshift"
Z_OUT_OF_RANGE = f"redshift outside {Z_MIN:g} to {Z_MAX:g}"
NO_FLUX = "flux missing or not usable"
NO_ERROR = "flux error missing or not usable"
REPEATED = "source_id seen before"


@dataclass(frozen=True)
class Built:
    """What a data set was built of."""

    card: DatasetCard
    n_files: int
    n_read: int  # spectra
    left_out: dict[str, int]  # spectra that are not in the data set, by reason
    n_redshifts_unused: int  # rows of the redshift table whose source had no spectrum
    optional: dict[str, bool]  # whether it has each of the columns that it may have


def build_dataset(
    spectra: Sequence[str | Path],
    out: str | Path,
    redshifts: str | Path | None = None,
    *,
    name: str | None = None,
    origin: str | None = None,
    with_errors: bool = True,
    progress: Callable[[int, int | None], None] | None = None,
    **about: Any,
) -> Built:
    """Write spectra whose redshift is known to a data set file.

    Parameters
    ----------
    spectra : sequence of str or Path
        Files of spectra, folders of them, or folders of a fetch, whose table of
        sources then gives G and the redshift of the UGC.
    out : str or Path
        Parquet file to make.
    redshifts : str or Path, optional
        Table with source_id and z (or z_spec, ...), such as a cross-match; may hold
        g_mag, redshift_ugc and its bounds. Without it the spectra's own column of redshifts counts.
    name : str, optional
        For the card; the name of the file by default.
    origin : str, optional
        For the card; by default what the inputs tell, see `core.data.provenance`.
    with_errors : bool
        Keep the errors of the fluxes, where the spectra have them.
    progress : callable, optional
        Called with the number of spectra read and of all (None: not known yet).
    **about
        Further fields of `DatasetCard`.

    Raises
    ------
    DataError
        If a file is not readable or is `out`, no redshifts or ids are at hand, a source has
        several redshifts, no spectrum is usable, or `origin` contradicts a file's card.

    Examples
    --------
    >>> import core
    >>> sample = "data/samples/simulated-galaxies.csv"
    >>> built = core.build_dataset([sample], "sample.parquet", origin="simulated")
    >>> built.n_read, built.card.n_galaxies, built.left_out
    (66, 60, {'no redshift': 4, 'flux missing or not usable': 2})
    """
    out = Path(out)
    files, tables = _locate(spectra)
    keep_inputs(out, [*files, *tables, *([Path(redshifts)] if redshifts else [])])
    known = pd.DataFrame() if redshifts is None else _known(redshifts)
    extras = _extras([*([redshifts] if redshifts else []), *tables])
    left_out: Counter[str] = Counter()
    seen: set[int] = set()
    n_read = 0
    columns: dict[str, bool] = {}
    origins = [] if redshifts is None else _carded(redshifts)
    about = {"origin": origin or "unknown", **about}
    with DatasetWriter(out, name=name or out.stem, **about) as writer:
        for path, part, total in _read(files, with_errors, origins):
            if redshifts is not None and not part.has_ids:
                raise DataError(
                    f"{path}: expected the column source_id, which joins spectra and redshifts; "
                    "found none."
                )
            ids = part.source_id if part.has_ids else np.arange(n_read, n_read + len(part))
            n_read += len(part)
            z = part.z if redshifts is None else known["z"].reindex(ids).to_numpy()
            if z is None:
                raise DataError(
                    f"{path}: the spectra have no redshifts (a column {', '.join(ALIASES['z'])}); "
                    "give a table with source_id and z by --redshifts, for example from "
                    "xpz crossmatch."
                )
            values = {
                "flux_error": part.flux_error,
                **{
                    column: _extra(extras, column, ids, getattr(part, column))
                    for column in PER_SOURCE
                },
            }
            if not columns:
                columns = {column: given is not None for column, given in values.items()}
            values = _agreeing(values, columns, len(part), path)
            keep = _usable(part, z, values["flux_error"], ids, seen, left_out)
            if keep.any():
                kept = {k: None if v is None else v[keep] for k, v in values.items()}
                writer.write(ids[keep], z[keep], part.flux[keep], **kept)
            if progress:
                progress(n_read, total)
        if not writer.card.n_galaxies:
            reasons = "; ".join(f"{n:,} {reason}" for reason, n in left_out.items())
            raise DataError(
                f"{out.name}: expected spectra with redshifts, found none among {n_read:,} spectra "
                f"({reasons or 'no rows'})."
            )
        is_whole = redshifts is None and not any(left_out.values())
        came = provenance(origins, origin, is_whole=is_whole)
        writer.card = replace(writer.card, **came)
    unused = int((~known.index.isin(list(seen))).sum()) if len(known) else 0
    reasons_met = {reason: n for reason, n in left_out.items() if n}
    return Built(writer.card, len(files), n_read, reasons_met, unused, columns)


def _locate(spectra: Sequence[str | Path]) -> tuple[list[Path], list[Path]]:
    """Return files of spectra, and the tables of sources of folders that were fetched."""
    places, tables = [], []
    for path in map(Path, spectra):
        if (path / STATE).is_file():
            places.append(path / SPECTRA)
            tables.append(path / SOURCES)
        else:
            places.append(path)
    return find_files(places), tables


def _read(
    files: list[Path], with_errors: bool, origins: list[Origin]
) -> Iterator[tuple[Path, Spectra, int | None]]:
    """Yield spectra in parts, their file, and how many there are if a single file tells.

    Adds to `origins` what each file tells of its own. One file is open at a time: a
    VOTable lies in memory as a whole.
    """
    for path in files:
        file = open_spectra(path, with_errors=with_errors)
        folder = path.absolute().parent
        is_fetched = folder.name == SPECTRA and (folder.parent / STATE).is_file()
        origins += [Origin(str(path), table.table.stream.card, is_fetched) for table in file.tables]
        total = file.n_rows if len(files) == 1 else None
        for part in file.chunks(ROWS_PER_GROUP):
            yield path, part, total


def _carded(redshifts: str | Path) -> list[Origin]:
    """Return the origin of a table of redshifts that is a data set of ours."""
    card = open_table(redshifts).opened.stream.card
    return [] if card is None else [Origin(str(redshifts), card)]


def _known(path: str | Path) -> pd.DataFrame:
    """Return the redshifts of a table by source_id."""
    table = open_table(path)
    z = table.require(ALIASES["z"], "redshifts")
    known = pd.DataFrame(table.read({"source_id": table.id_column(), "z": z}))
    known = known.set_index("source_id")
    repeated = known.index[known.index.duplicated()]
    if len(repeated):
        raise DataError(
            f"{path}: expected every source_id once, found {repeated[0]} several times "
            f"({len(repeated):,} rows too many). Keep one redshift of each source, for example by "
            "xpz crossmatch."
        )
    return known


def _extras(tables: Sequence[str | Path]) -> pd.DataFrame:
    """Return the columns of `PER_SOURCE` by source_id, each from the first table that knows it."""
    parts = []
    for path in tables:
        table = open_table(path)
        if own := table.per_source():
            cells = pd.DataFrame(table.read({"source_id": table.id_column(), **own}))
            parts.append(cells.set_index("source_id").dropna(axis=1, how="all"))
    if not parts:
        return pd.DataFrame()
    return pd.concat(parts).groupby(level=0).first()


def _extra(
    extras: pd.DataFrame, column: str, ids: np.ndarray, own: np.ndarray | None
) -> np.ndarray | None:
    """Return a column from the tables, and from the spectra's own where those know nothing."""
    if column not in extras:
        return own
    values = extras[column].reindex(ids).to_numpy()
    return values if own is None else np.where(np.isnan(values), own, values)


def _agreeing(
    values: dict[str, np.ndarray | None], columns: dict[str, bool], n: int, path: Path
) -> dict[str, np.ndarray | None]:
    """Return the columns of the first part: unknown G and UGC are NaN, errors must be there."""
    if columns["flux_error"] and values["flux_error"] is None:
        raise DataError(
            f"{path}: has no flux errors, but the files before it have. Build the data set without "
            "errors (--without-errors), or leave this file out."
        )
    agreeing: dict[str, np.ndarray | None] = {}
    for column, wanted in columns.items():
        given = values[column]
        agreeing[column] = (np.full(n, np.nan) if given is None else given) if wanted else None
    return agreeing


def _usable(
    part: Spectra,
    z: np.ndarray,
    flux_error: np.ndarray | None,
    ids: np.ndarray,
    seen: set[int],
    left_out: Counter[str],
) -> np.ndarray:
    """Return which rows are kept, shape (N,), and count the others by reason."""
    damaged = np.zeros(len(part), bool)
    damaged[list(part.problems)] = True
    damaged |= ~np.isfinite(part.flux).all(axis=1)
    reasons = {
        NO_REDSHIFT: ~np.isfinite(z),
        Z_OUT_OF_RANGE: ~((z >= Z_MIN) & (z <= Z_MAX)),
        NO_FLUX: damaged,
    }
    if flux_error is not None:
        reasons[NO_ERROR] = ~(np.isfinite(flux_error) & (flux_error >= 0)).all(axis=1)
    keep = np.ones(len(part), bool)
    for reason, wrong in reasons.items():
        left_out[reason] += int(np.count_nonzero(keep & wrong))
        keep &= ~wrong
    for row in np.flatnonzero(keep):
        source = int(ids[row])
        if source in seen:
            keep[row] = False
            left_out[REPEATED] += 1
        seen.add(source)
    return keep
