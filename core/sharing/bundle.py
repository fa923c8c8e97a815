"""A run as one file: a zip archive of its folder with the hash of every file.

Nothing in it is trusted. Only files that a run has are taken, by their names and each in its
own format, under caps on what they unpack to; nothing is unpickled, and the network is opened
by ONNX Runtime alone. Keras' file is carried along as bytes.
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
import zlib
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO, Any

from core.atomic import replacing, write_json
from core.config import from_dict, to_dict
from core.errors import RunError
from core.file_errors import writing
from core.jobs.roots import JOB_ID, check_id, new_id
from core.runs.run import SHIPPED_RUNS, Run
from core.runs.trash import is_same
from core.sharing.acceptance import MAX_BYTES, check_foreign
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

MAX_TEXT_BYTES = 2**24
"""Of a file of text; a thousand epochs take 0.2 MB."""

_PASSING = ".import-"
_STALE_SECONDS = 24 * 3600
_DIRECTORY_END = 22
_MAX_DIRECTORY = 2**16


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
        If the run is not complete, or one of its files is missing.
    """
    if not run.is_complete:
        raise RunError(
            f"Run '{run.run_id}' is not complete, its state is '{run.status().state}': there is "
            "nothing to export yet."
        )
    missing = [name for name in REQUIRED if not (run.path / name).is_file()]
    if missing:
        raise RunError(f"Run '{run.run_id}' has no {missing[0]}; copy its folder again.")
    with ExitStack() as stack:
        file = stack.enter_context(replacing(out)) if isinstance(out, Path) else out
        archive = stack.enter_context(zipfile.ZipFile(file, "w"))
        hashes = {}
        for name in FILES:
            if (run.path / name).is_file():
                # What is hashed and what is written are the same bytes, whoever writes meanwhile.
                content = (run.path / name).read_bytes()
                hashes[name] = hashlib.sha256(content).hexdigest()
                _add(archive, f"{run.run_id}/{name}", content)
        manifest = Manifest(FORMAT, run.run_id, importlib.metadata.version("xpz"), hashes)
        content = (json.dumps(to_dict(manifest), indent=1) + "\n").encode()
        _add(archive, f"{run.run_id}/{MANIFEST}", content)


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
            _check_end(file)
            archive = stack.enter_context(zipfile.ZipFile(file))
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
                    f"Run '{manifest.run_id}' already exists, with the same network and settings."
                )
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


def _add(archive: zipfile.ZipFile, name: str, content: bytes) -> None:
    # Without a time: `ZipInfo` begins in 1980.
    info = zipfile.ZipInfo(name)
    info.external_attr = (stat.S_IFREG | 0o644) << 16
    archive.writestr(info, content, zipfile.ZIP_DEFLATED)


def _check_end(file: IO[bytes]) -> None:
    """Raise a `ValueError` unless the list of members is one that a bundle can have.

    `zipfile` reads all of it at once, and half a GB of it would fill the memory.
    """
    size = file.seek(0, os.SEEK_END)
    if size > MAX_BYTES:
        raise ValueError(f"it has more than {MAX_BYTES:,} bytes")
    file.seek(max(0, size - _DIRECTORY_END - 20))
    tail = file.read()
    end = tail[-_DIRECTORY_END:]
    if not end.startswith(b"PK\x05\x06") or tail.startswith(b"PK\x06\x07"):
        raise ValueError(
            "the end of a bundle is missing. It is not a bundle, or it was truncated when it was "
            "copied or downloaded; fetch it again"
        )
    if int.from_bytes(end[12:16], "little") > _MAX_DIRECTORY:
        raise ValueError("it lists far more files than a run has")
    file.seek(0)


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
        is_text = name.endswith((".json", ".jsonl", ".log"))
        if total > MAX_BYTES or (is_text and info.file_size > MAX_TEXT_BYTES):
            raise RunError(
                f"{info.filename}: unpacks to {info.file_size:,} bytes, which with the others is "
                f"more than a run may have ({MAX_BYTES:,}; {MAX_TEXT_BYTES:,} of text)."
            )
        members[name] = info
    return members


def _manifest(archive: zipfile.ZipFile, members: dict[str, zipfile.ZipInfo]) -> Manifest:
    if MANIFEST not in members:
        raise RunError(f"Expected a bundle as xpz exports it; {MANIFEST} is missing in it.")
    content = _read(archive, members[MANIFEST])
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


def _read(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> bytes:
    try:
        # No more than it said that it unpacks to.
        with archive.open(info) as member:
            return member.read(info.file_size)
    # What zipfile raises over wrong bytes, as in `core.npz`.
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
        raise RunError(
            f"{info.filename}: is damaged in the bundle ({error}). Copy or export it again."
        ) from error


def _unpack(archive: zipfile.ZipFile, info: zipfile.ZipInfo, path: Path, expected: Any) -> None:
    content = _read(archive, info)
    received = hashlib.sha256(content).hexdigest()
    if received != expected:
        raise RunError(
            f"{path.name}: has changed since it was exported: expected hash {str(expected)[:12]}, "
            f"received {received[:12]}. It was damaged or changed in transfer; ask for the bundle "
            "again."
        )
    path.write_bytes(content)
