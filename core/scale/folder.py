"""The folder of a catalogue in parts: what lies where, whose it is, what is finished in it.

catalogue/
  XpContinuousMeanSpectrum_000000-003111-4f1c2a9b-00000.parquet   parts, by their input files
  ...
  _common_metadata   the schema: columns, types, units, provenance and account
  _metadata          the schema and the statistics of all parts
  _xpz/
    settings.json    what is asked of which run: another question is refused
    account.json     what became of every file, row and id
    failed.csv       files that could not be read, and why
    finished.json    which records are joined: the state of the whole
    hats.json        which state the HATS catalogue beside the folder has
    records/         of each input file what it was, and what came of it: finished is skipped
    samples/         of each input file some spectra, for the report on the training set's shift
    staged/          pieces that wait for the rest of their file
    bulk/            files of a server while they are read
"""

import os
import re
import secrets
import shutil
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from hashlib import sha256
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from core.atomic import write_json
from core.config import from_dict, to_dict
from core.errors import DamagedError, DataError, RunError
from core.prediction.sample import Sample
from core.scale.question import differences
from core.scale.record import FileRecord, Outcome
from core.stored import read_json, reading

PARTS = "*-[0-9][0-9][0-9][0-9][0-9].parquet"
METADATA = ("_metadata", "_common_metadata")
OURS = "_xpz"
SAMPLE = "sample.npz"
"""Of a piece that waits: some of its spectra."""

# A name of a part begins with that of its input, without what file systems and readers mind.
_UNSAFE = re.compile(r"[^A-Za-z0-9.+=_-]+")
_ENDINGS = re.compile(
    r"(\.(csv|tsv|parquet|pq|ecsv|fits?|vot|xml|txt|dat|zip|gz|bz2|xz|zst))+$", re.IGNORECASE
)


def key_of(path: Path) -> str:
    """Return how the parts of an input file are called, before their numbers.

    By its name, so that parts stand in the order of their inputs, and its path, which is unique.
    """
    stem = _UNSAFE.sub("_", _ENDINGS.sub("", path.name)).lstrip("._")[:80]
    return f"{stem or 'file'}-{sha256(os.fsencode(path)).hexdigest()[:8]}"


def part_name(key: str, number: int) -> str:
    """Return the name of a part of an input file; numbers begin at 0."""
    return f"{key}-{number:05d}.parquet"


class CatalogueFolder:
    """The folder of a catalogue, and that of its p(z), if there is one."""

    def __init__(self, path: Path, densities: Path | None = None) -> None:
        self.path = path
        self.densities = densities
        self.inside = path / OURS
        self.settings_path = self.inside / "settings.json"
        self.account_path = self.inside / "account.json"
        self.failed_path = self.inside / "failed.csv"
        self.finished_path = self.inside / "finished.json"
        self.hats = path.with_name(f"{path.name}-hats")
        self.hats_state_path = self.inside / "hats.json"
        self.ids_path = self.inside / "ids.npy"
        self.records = self.inside / "records"
        self.samples = self.inside / "samples"
        self.bulk = self.inside / "bulk"

    @property
    def roots(self) -> tuple[Path, ...]:
        """The folder, and that of p(z)."""
        return (self.path,) if self.densities is None else (self.path, self.densities)

    def staged(self, root: Path) -> Path:
        """Where pieces wait in one of the `roots`."""
        return root / OURS / "staged"

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Keep all others from writing to the catalogue for the time of the block.

        Raises a `RunError` if another process does.
        """
        self.inside.mkdir(parents=True, exist_ok=True)
        try:
            with FileLock(self.inside / "lock").acquire(timeout=1):
                yield
        except Timeout as error:
            raise RunError(
                f"{self.path}: another process writes this catalogue right now. Wait for it, or "
                "stop it; then start again."
            ) from error

    def check(self, settings: Mapping[str, Any] | None) -> None:
        """Refuse a folder that holds another catalogue, or none of ours; nothing is written.

        Without `settings` any of ours will do.

        Raises
        ------
        DataError
            With what differs.
        """
        for root in self.roots:
            self._check(root, settings)

    def _check(self, root: Path, asked: Mapping[str, Any] | None) -> None:
        path = root / OURS / "settings.json"
        if not path.is_file():
            if found := next(iter(sorted(root.glob("*.parquet"))), None):
                raise DataError(
                    f"{root}: holds {found.name}, which is not of a catalogue that xpz has begun "
                    "here. Choose an empty folder, or a new one."
                )
            return
        if asked is None:
            return
        todo = "Begin anew with --overwrite, or choose another folder."
        with reading(path, todo):
            different = differences(read_json(path, path, todo)["asked"], asked)
        if different:
            raise DataError(
                f"{root}: holds a catalogue that was asked for otherwise ({'; '.join(different)}). "
                "Ask in the same way, choose another folder, or begin anew with --overwrite."
            )

    def check_hats(self) -> None:
        """Refuse to write where a folder lies that is no HATS catalogue of this catalogue."""
        if self.hats.exists() and not self.hats_state_path.is_file():
            raise DataError(
                f"{self.hats}: expected nothing here, or the HATS catalogue of {self.path.name}; "
                "what is here was not made with it. Rename it, or choose another --out."
            )

    def begin(self, settings: Mapping[str, Any], provenance: Mapping[str, Any]) -> dict[str, Any]:
        """Make what is missing, remove what a killed process left; return the provenance to use.

        That is the one of the first start: then equal parts are equal files.
        """
        known: dict[str, Any] | None = None
        if self.settings_path.is_file():
            known = read_json(self.settings_path)["provenance"]
        for root in self.roots:
            self.staged(root).mkdir(parents=True, exist_ok=True)
            for temporary in root.glob(f".{PARTS}-????????"):
                temporary.unlink(missing_ok=True)
            if known is None or not (root / OURS / "settings.json").is_file():
                content = {"asked": dict(settings), "provenance": known or dict(provenance)}
                write_json(root / OURS / "settings.json", content)
        self.remove_staged(".*")
        self.records.mkdir(exist_ok=True)
        self.samples.mkdir(exist_ok=True)
        return known or dict(provenance)

    def remove_staged(self, pieces: str = "*") -> None:
        """Remove what waits of all `pieces`; of '.*' only what nobody finished.

        A task whose worker was killed before it was heard is done once more, even of a file that is
        taken in: at the end nobody wants what waits, nor what such a task still writes.
        """
        for root in self.roots:
            for piece in self.staged(root).glob(pieces):
                shutil.rmtree(piece, ignore_errors=True)

    def withdraw(self) -> None:
        """Remove what says that the catalogue is whole, before its parts change."""
        self.finished_path.unlink(missing_ok=True)
        for root in self.roots:
            for name in METADATA:
                (root / name).unlink(missing_ok=True)

    def clear(self) -> None:
        """Remove a catalogue of ours with its HATS catalogue, and nothing else."""
        if self.hats_state_path.is_file() and self.hats.exists():
            shutil.rmtree(self.hats)
        for root in self.roots:
            if (root / OURS / "settings.json").is_file():
                for path in (*root.glob(PARTS), *(root / name for name in METADATA)):
                    path.unlink(missing_ok=True)
                for path in (root / OURS).iterdir():
                    if path.is_dir():
                        shutil.rmtree(path)
                    elif path.name != "lock":
                        path.unlink()

    def read_records(self) -> dict[str, FileRecord]:
        """Return what is known of input files, by their keys; a damaged record is none."""
        found = {}
        for path in sorted(self.records.glob("[!.]*.json")):
            with suppress(DamagedError, DataError):
                found[path.stem] = from_dict(FileRecord, read_json(path), path.name)
        return found

    def write_record(self, key: str, record: FileRecord) -> None:
        """Keep what is known of an input file."""
        write_json(self.records / f"{key}.json", to_dict(record))

    def is_whole(self, outcome: Outcome, staged: str | None = None) -> bool:
        """Return whether all parts are there, or still in the `staged` piece of this name."""
        return all(
            (root / part.name).is_file()
            or (staged is not None and (self.staged(root) / staged / part.name).is_file())
            for part in outcome.parts
            for root in (self.roots if part.has_densities else self.roots[:1])
        )

    def staged_piece(self, name: str) -> Path:
        """Where the finished piece of this name waits."""
        return self.staged(self.path) / name

    def read_staged(self, name: str, of: Mapping[str, Any]) -> Outcome | None:
        """Return what came of a piece that waits, if it is `of` the input as it is now."""
        path = self.staged_piece(name) / "outcome.json"
        with suppress(DamagedError, DataError):
            content = read_json(path)
            if content["of"] == dict(of):
                outcome = from_dict(Outcome, content["outcome"], path.name)
                return outcome if self.is_whole(outcome, name) else None
        return None

    def drop_staged(self, name: str) -> None:
        """Remove a piece that waits."""
        for root in self.roots:
            discard(self.staged(root) / name)

    def take_in(self, key: str, record: FileRecord, pieces: list[str]) -> None:
        """Move the staged parts of a file to their place, and keep its record, which comes last.

        Whenever this ends early, the file is not finished, and is done again.
        """
        (self.records / f"{key}.json").unlink(missing_ok=True)
        self._take_in_sample(key, pieces)
        for root in self.roots:
            for piece in pieces:
                for part in sorted((self.staged(root) / piece).glob(PARTS)):
                    os.replace(part, root / part.name)
            kept = {part.name for part in record.outcome.parts}
            for path in root.glob(f"{_literal(key)}-[0-9][0-9][0-9][0-9][0-9].parquet"):
                if path.name not in kept:  # of the file as it was before
                    path.unlink()
        self.write_record(key, record)
        for piece in pieces:
            self.drop_staged(piece)

    def sample_of(self, keys: Iterable[str]) -> Sample:
        """Return the sample of all spectra of finished files; a damaged one of a file is none."""
        whole = Sample()
        for key in keys:
            with suppress(ValueError, OSError):
                whole.join(Sample.read(self.samples / f"{key}.npz"))
        return whole

    def _take_in_sample(self, key: str, pieces: list[str]) -> None:
        path = self.samples / f"{key}.npz"
        if not pieces:
            path.unlink(missing_ok=True)
        elif len(pieces) > 1:
            whole = Sample()
            for piece in pieces:
                with suppress(ValueError, OSError):  # cut off, or of an earlier version
                    whole.join(Sample.read(self.staged_piece(piece) / SAMPLE))
            whole.save(path)
        else:
            with suppress(FileNotFoundError):  # there already: this ended early before
                os.replace(self.staged_piece(pieces[0]) / SAMPLE, path)


def _literal(name: str) -> str:
    return re.sub(r"([*?[])", r"[\1]", name)


def discard(folder: Path) -> None:
    """Remove a folder, which is gone at once: half of it must not be taken for the whole."""
    hidden = folder.with_name(f".{folder.name}-{secrets.token_hex(4)}")
    with suppress(FileNotFoundError):
        folder.rename(hidden)
    shutil.rmtree(hidden, ignore_errors=True)
