"""A run as one file: a zip archive of its folder with the hash of every file.

Nothing in it is trusted. Only files that a run has are taken, by their names and each in its
own format, under caps on what they unpack to, and a piece at a time; nothing is unpickled, and the
network is opened by ONNX Runtime alone, in a process of its own. Keras' file is carried along as
bytes. The run that comes of it is marked: `imported.json` is no file of a bundle.
"""

import hashlib
import importlib.metadata
import json
import os
import shutil
import stat
import tempfile
import time
import zipfile
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO, Any

from core.amounts import n_of
from core.atomic import replacing, write_json
from core.clock import utc_now
from core.config import from_dict, to_dict
from core.errors import RunError
from core.file_errors import writing
from core.jobs.roots import JOB_ID, check_id, new_id
from core.runs.run import SHIPPED_RUNS, Run
from core.runs.trash import is_same
from core.sharing.acceptance import check_foreign
from core.sharing.archive import check_end, member_of, pack, pieces
from core.sharing.foreign_network import check_foreign_network
from core.sharing.sizes import MAX_BYTES, MOST_BYTES
from core.stored import parse_table, reading

MANIFEST = "bundle.json"
FORMAT = 1

REQUIRED = (
    *("config.json", "status.json", "summary.json", "metrics.jsonl"),
    *("model.onnx", "scaler.npz", "predictions.parquet"),
)
FILES = (
    *REQUIRED,
    *("annotations.json", "calibration.npz", "densities.npz", "seen.npz"),
    *("wavelength_map.npz", "model.keras", "worker.log"),
)
"""What a bundle may hold besides its manifest."""

_PASSING = ".import-"
_STALE_SECONDS = 24 * 3600


@dataclass(frozen=True)
class Manifest:
    """What a bundle holds: a SHA-256, hexadecimal, by name of the file."""

    format: int
    run_id: str
    xpz_version: str
    files: dict[str, Any]


def export_bundle(run: Run, out: Path | IO[bytes]) -> None:
    """Write a complete run into one zip file; the same run gives the same bytes.

    Parameters
    ----------
    run : Run
        A complete run.
    out : Path or binary file
        Where to; a file of that name is replaced.

    Raises
    ------
    RunError
        If the run is not complete, one of its files is missing or larger than a bundle may hold,
        or its network is none that an import would take.
    """
    if not run.is_complete:
        raise RunError(
            f"Run '{run.title}' is not complete, its state is '{run.status().state}': there is "
            "nothing to export yet."
        )
    missing = [name for name in REQUIRED if not (run.path / name).is_file()]
    if missing:
        raise RunError(f"Run '{run.title}' has no {missing[0]}; copy its folder again.")
    _check_exported(run)
    with ExitStack() as stack:
        file = stack.enter_context(replacing(out)) if isinstance(out, Path) else out
        archive = stack.enter_context(zipfile.ZipFile(file, "w"))
        hashes = {
            name: pack(archive, f"{run.run_id}/{name}", run.path / name)
            for name in FILES
            if (run.path / name).is_file()
        }
        manifest = Manifest(FORMAT, run.run_id, importlib.metadata.version("xpz"), hashes)
        content = (json.dumps(to_dict(manifest), indent=1) + "\n").encode()
        archive.writestr(member_of(f"{run.run_id}/{MANIFEST}"), content, zipfile.ZIP_DEFLATED)


def _check_exported(run: Run) -> None:
    """Raise a `RunError` if an import would refuse one of the files."""
    sizes = {
        name: (run.path / name).stat().st_size for name in FILES if (run.path / name).is_file()
    }
    for name, size in sizes.items():
        if size > MOST_BYTES[name]:
            raise RunError(
                f"Run '{run.title}': {name} has {n_of(size, 'byte')}; a bundle may hold at most "
                f"{MOST_BYTES[name]:,} of it. Copy the run's folder instead."
            )
    if sum(sizes.values()) > MAX_BYTES:
        raise RunError(
            f"Run '{run.title}' has {n_of(sum(sizes.values()), 'byte')}; a bundle may hold at "
            f"most {MAX_BYTES:,}. Copy the run's folder instead."
        )
    try:
        check_foreign_network(run.onnx_path)
    except RunError as error:
        raise RunError(
            f"{run.onnx_path}: the run cannot be exported, nobody could import it. {error} "
            "Copy its folder again from its source, or train it again."
        ) from error


def import_bundle(
    source: Path | IO[bytes], runs_dir: Path, *, others: Sequence[Path] = (SHIPPED_RUNS,)
) -> Run:
    """Check a bundle and make its run one of `runs_dir`.

    Where a different run has its id, it gets a new one.

    Parameters
    ----------
    source : Path or binary file
        What `export_bundle` wrote.
    runs_dir : Path
        Root that gets the run; made if it is missing.
    others : sequence of Path
        Roots whose runs' ids are taken as well.

    Returns
    -------
    Run

    Raises
    ------
    RunError
        If it is no bundle, one of its files is damaged, was changed or is none of
        a run's, it unpacks to too much, or the run is here already. Nothing is
        left behind then.
    """
    runs_dir = Path(runs_dir).resolve()
    with ExitStack() as stack:
        try:
            file = stack.enter_context(source.open("rb")) if isinstance(source, Path) else source
            check_end(file)
            archive = stack.enter_context(zipfile.ZipFile(file))
        except FileNotFoundError as error:
            raise RunError(f"There is no file {source}; expected a bundle.") from error
        except (OSError, zipfile.BadZipFile, ValueError) as error:
            raise RunError(
                "Expected a bundle as xpz exports it, received a damaged or different file: "
                f"{error}."
            ) from error
        members = _members(archive)
        manifest = _manifest(archive, members)
        present = [root for root in (runs_dir, *others) if (root / manifest.run_id).exists()]
        stack.enter_context(writing(runs_dir / manifest.run_id))
        runs_dir.mkdir(parents=True, exist_ok=True)
        _remove_stale(runs_dir)
        folder = Path(tempfile.mkdtemp(prefix=_PASSING, dir=runs_dir))
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        path = folder / manifest.run_id
        path.mkdir()
        for name, expected in manifest.files.items():
            _unpack(archive, members[name], path / name, expected)
        # Only now: a damaged copy of what is here is no copy of it.
        for root in present:
            if is_same(Run(root / manifest.run_id), Run(path)):
                raise RunError(
                    f"Run '{manifest.run_id}' already exists in {root}, with the same network and "
                    "settings: there is nothing to import. Use it by this id; to import the "
                    "bundle's copy nevertheless, delete yours first, or import into another folder."
                )
        # Before anything opens it: from here on its network runs in a process of its own.
        write_json(Run(path).imported_path, {"imported": utc_now()})
        check_foreign(Run(path))
        run_id = new_id(manifest.run_id) if present else manifest.run_id
        if run_id != manifest.run_id:
            config = replace(Run(path).config, run_id=run_id)
            write_json(path / "config.json", to_dict(config))
        os.rename(path, runs_dir / run_id)
    return Run(runs_dir / run_id)


def _remove_stale(runs_dir: Path) -> None:
    """Remove what imports left that were killed long ago; one at work takes minutes at most."""
    for folder in runs_dir.glob(f"{_PASSING}*"):
        with suppress(OSError):  # another import has removed it
            if time.time() - folder.stat().st_mtime > _STALE_SECONDS:
                shutil.rmtree(folder)


def _members(archive: zipfile.ZipFile) -> dict[str, zipfile.ZipInfo]:
    """Return the members by their names in the run's folder."""
    members: dict[str, zipfile.ZipInfo] = {}
    folders = {info.filename.partition("/")[0] for info in archive.infolist()}
    total = 0
    for info in archive.infolist():
        folder, _, name = info.filename.partition("/")
        if info.is_dir() and not name and JOB_ID.fullmatch(folder):
            continue
        if not JOB_ID.fullmatch(folder) or name not in (*FILES, MANIFEST):
            raise RunError(
                f"Expected a bundle with the files of one run, received {info.filename!r} in it."
            )
        if len(folders) > 1 or name in members:
            raise RunError(f"Expected a bundle of one run, received {info.filename!r} besides.")
        if stat.S_IFMT(info.external_attr >> 16) not in (0, stat.S_IFREG) or info.flag_bits & 1:
            raise RunError(f"{info.filename}: expected a plain file, received a link or a lock.")
        if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise RunError(f"{info.filename}: is packed in a way that bundles never are.")
        total += info.file_size
        for size, most, whose in (
            (info.file_size, MOST_BYTES[name], "it"),
            (total, MAX_BYTES, "a run"),
        ):
            if size > most:
                raise RunError(
                    f"{info.filename}: unpacks to {n_of(info.file_size, 'byte')}, with which "
                    f"{whose} has more than the {most:,} that it may have."
                )
        members[name] = info
    return members


def _manifest(archive: zipfile.ZipFile, members: dict[str, zipfile.ZipInfo]) -> Manifest:
    if MANIFEST not in members:
        raise RunError(f"Expected a bundle as xpz exports it; {MANIFEST} is missing in it.")
    content = b"".join(pieces(archive, members[MANIFEST]))
    with reading(MANIFEST, "Export the run again."):
        manifest = from_dict(Manifest, parse_table(content.decode()), MANIFEST)
    if manifest.format != FORMAT:
        raise RunError(
            f"Expected a bundle of format {FORMAT}, received {manifest.format}: it was exported by "
            f"xpz {manifest.xpz_version}. Use that version."
        )
    check_id(manifest.run_id)
    if not members[MANIFEST].filename.startswith(f"{manifest.run_id}/"):
        raise RunError(f"{MANIFEST}: belongs to run '{manifest.run_id}', the files to another one.")
    listed, found = set(manifest.files), set(members) - {MANIFEST}
    for name in sorted(listed ^ found):
        reason = "is missing" if name in listed else "was added"
        raise RunError(f"{name}: {reason}; the bundle has changed since it was exported.")
    for name in REQUIRED:
        if name not in found:
            raise RunError(f"{name}: is missing; the bundle does not hold a complete run.")
    return manifest


def _unpack(archive: zipfile.ZipFile, info: zipfile.ZipInfo, path: Path, expected: Any) -> None:
    hashed = hashlib.sha256()
    with path.open("wb") as file:
        for piece in pieces(archive, info):
            hashed.update(piece)
            file.write(piece)
    received = hashed.hexdigest()
    if received != expected:
        raise RunError(
            f"{path.name}: has changed since it was exported: expected hash {str(expected)[:12]}, "
            f"received {received[:12]}. It was damaged or changed in transfer; ask for the bundle "
            "again."
        )
