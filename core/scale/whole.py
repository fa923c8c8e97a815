"""What is done once all files are: repeated sources marked, one schema, metadata, the account."""

import json
import shutil
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from core.atomic import replacing, write_json, write_text
from core.data.account import Account
from core.prediction.calibration.training_spectra import TrainingSpectra
from core.prediction.catalogue.catalogue import accounted
from core.prediction.shift import Shift, compare_spectra
from core.scale.folder import METADATA, CatalogueFolder
from core.scale.part import marks_of
from core.scale.record import FileRecord, add_accounts
from core.scale.repeated import mark_repeated, read_marks
from core.scale.schema import bring_to, common_schema, differing_units, fits
from core.spreadsheet import to_csv

if TYPE_CHECKING:
    import pyarrow as pa
    from pyarrow import parquet

# Does `do(*words)` for all of these words, here or elsewhere, in any order.
Runner = Callable[[Callable[..., None], Sequence[tuple[Any, ...]]], None]


def finish(
    folder: CatalogueFolder,
    records: Mapping[str, FileRecord],
    notes: Sequence[str],
    provenance: Mapping[str, Any],
    learnt: TrainingSpectra | None,
    run: Runner,
) -> tuple[Account, Shift | None]:
    """Make of the parts of all finished files one catalogue; return its account.

    And how its spectra differ from those `learnt` from, where those are known.

    Whenever this ends early, it is done again at the next start, from what is there.
    """
    done = {key: record for key, record in records.items() if record.outcome.state == "done"}
    parts = [part for record in done.values() for part in record.outcome.parts]
    account = add_accounts(record.outcome.account for record in done.values())
    account.ids = sum(part.n_ids for part in parts)
    marks = folder.inside / "repeated"
    account.unique_ids = mark_repeated(folder.path, parts, marks, folder.inside / "ids")
    account.noted = +account.noted
    _tell_others(records, notes, account)
    shift = None
    if learnt is not None and account.used:
        shift = compare_spectra(learnt, folder.sample_of(done))
    if parts:
        footers = [_footer(folder.path / part.name) for part in parts]
        if differing := differing_units(footers):
            account.notes = [*account.notes, differing]
        provenance = accounted(dict(provenance), account, shift)
        schema = common_schema(footers)
        changed = {
            part.name: found
            for part, footer in zip(parts, footers, strict=True)
            if (found := marks_of(read_marks(marks, part.name))) != part.marks
            or not fits(footer.schema.to_arrow_schema(), schema)
        }
        if changed:
            run(bring_to, [(folder.path / name, schema, marks) for name in changed])
            _keep_marks(folder, done, changed)
            footers = [_footer(folder.path / part.name) for part in parts]
        _write_metadata(folder.path, schema, footers, provenance)
        if folder.densities is not None:
            with_densities = [part.name for part in parts if part.has_densities]
            footers = [_footer(folder.densities / name) for name in with_densities]
            if footers:
                schema = footers[0].schema.to_arrow_schema()
                _write_metadata(folder.densities, schema, footers, provenance)
    shutil.rmtree(marks)
    _write_failed(folder.failed_path, records.values())
    write_json(folder.account_path, account.to_json())
    return account, shift


def _tell_others(records: Mapping[str, FileRecord], notes: Sequence[str], account: Account) -> None:
    """Enter in the account what was left aside or refused."""
    account.left_aside = [*notes, *account.left_aside]
    account.refused = []
    for record in records.values():
        if record.outcome.state == "aside":
            account.left_aside.append(record.outcome.aside)
        account.refused += record.outcome.failures


def _keep_marks(
    folder: CatalogueFolder, done: Mapping[str, FileRecord], changed: Mapping[str, str]
) -> None:
    """Note which rows of the parts are marked by now."""
    for key, record in done.items():
        parts = tuple(
            replace(part, marks=changed.get(part.name, part.marks)) for part in record.outcome.parts
        )
        if parts != record.outcome.parts:
            folder.write_record(key, replace(record, outcome=replace(record.outcome, parts=parts)))


def _footer(path: Path) -> "parquet.FileMetaData":
    from pyarrow import parquet

    footer = parquet.read_metadata(path)
    footer.set_file_path(path.name)
    return footer


def _write_metadata(
    root: Path,
    schema: "pa.Schema",
    footers: Sequence["parquet.FileMetaData"],
    provenance: Mapping[str, Any],
) -> None:
    """Write the schema, with provenance and account, and beside it the statistics of all parts."""
    from pyarrow import parquet

    of_parts = json.loads(schema.metadata[b"xpz"])  # a grid of redshifts, for p(z)
    text = json.dumps({**of_parts, **provenance}).encode()
    schema = schema.with_metadata({**schema.metadata, b"xpz": text})
    for name, collected in zip(METADATA, (footers, None), strict=True):
        with replacing(root / name) as temporary:
            parquet.write_metadata(schema, temporary, metadata_collector=collected)


def _write_failed(path: Path, records: Iterable[FileRecord]) -> None:
    """Write a row for each file that could not be read, or remove the table of them.

    Of an archive some may be: each has a row then, by the archive's path.
    """
    rows = [
        {"file": record.path, "reason": reason}
        for record in records
        for reason in record.outcome.failures
    ]
    if rows:
        write_text(path, to_csv(pd.DataFrame(rows)))
    else:
        path.unlink(missing_ok=True)
