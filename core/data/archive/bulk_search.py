"""In which folder of which server a release has its bulk files, and which they are.

Neither the folder nor the names are taken for granted: they are read from the list of the folder,
or from its file of checksums.
"""

import re
import tempfile
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path, PurePosixPath
from urllib.parse import quote, urljoin, urlsplit

from core.amounts import n_of
from core.data.archive.bulk import Bulk, BulkFile
from core.data.archive.bulk_listing import (
    CHECKSUMS,
    OF_CHECKSUMS,
    Entry,
    read_checksums,
    read_index,
)
from core.data.archive.config import ArchiveConfig
from core.data.archive.connections import PASSWORD_FIELD, Connections
from core.data.archive.patience import LoginError, RefusedError, ask_patiently
from core.data.healpix import ranges_of
from core.data.tables.folders import ENDINGS
from core.errors import ConfigError, DataError

FOLDERS = {
    "Gaia DR3": "https://cdn.gea.esac.esa.int/Gaia/gdr3/Spectroscopy/xp_continuous_mean_spectrum/"
}
"""Where releases are known to have their XP continuous spectra."""

RELEASE_FOLDER = "https://cdn.gea.esac.esa.int/Gaia/gdr{}/"
"""Where that of any other release is looked for."""

ON_THE_WAY = re.compile(r"spectr|xp|continuous|coefficient", re.IGNORECASE)
"""Names of folders that lead to spectra."""

OTHER_SPECTRA = re.compile(r"rvs|sampled|epoch|lens", re.IGNORECASE)
"""Names of folders with spectra of another kind."""

MOST_FOLDERS = 12

TIMEOUT_S = 60.0
"""Silence after which a server of files counts as gone; it has nothing to collect."""

ABSENT = (403, 404, 405, 410)
"""Statuses of a page that lists a folder where a server shows none."""

LISTED_BYTES = 2**26


def open_bulk(
    asked: str, config: ArchiveConfig | None = None, say: Callable[[str], None] | None = None
) -> Bulk:
    """Return what a folder of bulk files holds.

    Parameters
    ----------
    asked : str
        A release, such as 'Gaia DR3', or the address of a folder. Where that holds no files of
        spectra, they are looked for in the folders below whose names tell of them.
    config : ArchiveConfig, optional
        How patiently; its server is not used.
    say : callable, optional
        Takes a sentence for people, such as that something is tried again.

    Raises
    ------
    ConfigError
        If `asked` is neither.
    DataError
        If the server cannot be reached, wants a login, or has no such files.
    """
    address = _address_of(asked)
    config = replace(config or ArchiveConfig(timeout_s=TIMEOUT_S), server=address)
    with closing(Connections(config, config.service)) as connections:
        found = _Search(connections, config, say or (lambda _: None)).find(address)
        connections.forget()
    return found


def _address_of(asked: str) -> str:
    asked = asked.strip()
    if re.match(r"https?://[^/]", asked):
        if "@" in urlsplit(asked).netloc:  # it would stand in every account
            raise ConfigError("Bulk files: expected an address without user and password.")
        return asked.split("?")[0].split("#")[0].rstrip("/") + "/"
    release = re.fullmatch(r"(?:gaia[ _-]*)?g?dr([3-9])", asked, re.IGNORECASE)
    if release is None:
        raise ConfigError(
            "Bulk files: expected a release such as 'Gaia DR3', or the address of their folder "
            f"(https://...), received '{asked}'."
        )
    return FOLDERS.get(f"Gaia DR{release[1]}") or RELEASE_FOLDER.format(release[1])


class _Search:
    """Looks into folders until one holds bulk files."""

    def __init__(
        self, connections: Connections, config: ArchiveConfig, say: Callable[[str], None]
    ) -> None:
        self._connections, self._config, self._say = connections, config, say

    def find(self, address: str) -> Bulk:
        waiting, seen = [address], list[str]()
        while waiting and len(seen) < MOST_FOLDERS:
            place = waiting.pop(0)
            seen.append(place)
            page = self._read(place)
            entries = [] if page is None else read_index(page, place)
            if page is not None and not entries and PASSWORD_FIELD.search(page):
                raise LoginError(
                    f"{place}: the server answered with a page to log in, not with a list of "
                    "files. Name a server that gives them to everyone, or download them yourself "
                    "and name their folder with --in."
                )
            folders = [each.name for each in entries if each.is_folder]
            known = [each.name for each in entries if not each.is_folder]
            if not entries or any(map(_may_be_table, known)):
                listed = next((name for name in known if OF_CHECKSUMS.search(name)), CHECKSUMS)
                digests = read_checksums(self._read(urljoin(place, quote(listed))) or "")
                if bulk := _bulk_of(place, entries, digests, self._config):
                    return bulk
            fitting = [name for name in folders if ON_THE_WAY.search(name)]
            fitting.sort(key=lambda name: bool(OTHER_SPECTRA.search(name)))
            waiting[:0] = [f"{urljoin(place, quote(name))}/" for name in fitting]
        below = f", also not in {n_of(len(seen) - 1, 'folder')} below" if len(seen) > 1 else ""
        raise DataError(
            f"{address}: expected a folder with files of spectra, and a page that lists them or a "
            f"file {CHECKSUMS}; found neither{below}. Open the address in a browser, and "
            "name the folder that holds the files."
        )

    def _read(self, url: str) -> str | None:
        """Return the text at an address; None where there is nothing to see."""

        def ask() -> str:
            answer = self._connections.request("GET", url, page=True, stream=True)
            with tempfile.TemporaryDirectory() as folder:
                path = Path(folder) / "list"
                self._connections.save(answer, path)
                with path.open("rb") as file:
                    return file.read(LISTED_BYTES).decode(errors="replace")

        try:
            return ask_patiently(ask, self._connections, self._config, self._say)
        except RefusedError:
            if self._connections.status not in ABSENT:
                raise
            return None


def _bulk_of(
    address: str, entries: list[Entry], digests: dict[str, str], config: ArchiveConfig
) -> Bulk | None:
    """Return the bulk files among what is listed; None where there are none."""
    told = {each.name: each for each in entries if not each.is_folder}
    names = [name for name in dict.fromkeys([*told, *digests]) if _may_be_table(name)]
    ranges, notes = ranges_of(names), list[str]()
    if ranges:
        # The same spectra may lie there in several formats: one of them, the most complete.
        groups: dict[tuple[str, str], list[str]] = {}
        for name in ranges:
            numbers = re.split(r"\d+-\d+", name, maxsplit=1)
            groups.setdefault((numbers[0], numbers[-1]), []).append(name)
        kept = max(groups.values(), key=len)
        others = [name for name in names if name not in set(kept)]
        names = sorted(kept, key=lambda name: (ranges[name].first, name))
        if others:
            notes.append(
                f"{address}: left aside, {n_of(len(others), 'file')} called otherwise "
                f"than {names[0]}: {', '.join(others[:3])}{', ...' * (len(others) > 3)}."
            )
    elif names:
        notes.append(
            f"{address}: the names of its {n_of(len(names), 'file')} do not tell which sources "
            "they hold; all of them are read."
        )
    if not names:
        return None
    if lacking := sum(name not in digests for name in names):
        notes.append(
            f"{address}: there is no checksum of {lacking:,} of {n_of(len(names), 'file')}; of "
            "these the size alone is verified."
        )
    files = []
    for name in names:
        entry = told.get(name, Entry(name, is_folder=False))
        files.append(
            BulkFile(
                name,
                urljoin(address, quote(name)),
                entry.size,
                entry.is_exact,
                digests.get(name, ""),
                entry.words,
                ranges.get(name),
            )
        )
    return Bulk(address, tuple(files), config, tuple(notes))


def _may_be_table(name: str) -> bool:
    return (
        not name.startswith(("_", "."))
        and PurePosixPath(name).suffix.lower() in ENDINGS
        and not OF_CHECKSUMS.search(name)
    )
