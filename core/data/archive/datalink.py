"""Spectra by DataLink, as ESA's archive serves them: which types there are, and their files."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from urllib.parse import parse_qs, urlencode, urlsplit

from core.data.archive.answers import unpack
from core.data.archive.config import MAX_BYTES_PER_SOURCE, ArchiveConfig
from core.data.archive.connections import Connections
from core.data.archive.patience import ask_patiently
from core.data.archive.sought import RETRIEVAL, RETRIEVAL_GUESSES
from core.errors import DataError

SOURCES_TO_LOOK_AT = 3


class DataLink:
    """The spectra of one server; `say` takes a sentence when something is tried again."""

    def __init__(
        self, config: ArchiveConfig, connections: Connections, say: Callable[[str], None]
    ) -> None:
        self._config, self._connections, self._say = config, connections, say
        self._address = config.service.data

    def types(self, ids: Sequence[int], release: str) -> list[str]:
        """Return the retrieval types that the server tells for some sources, sorted.

        The first sources are looked at, until one has spectra as coefficients.
        """
        from pyvo.dal.adhoc import DatalinkResults

        def ask(source: int) -> set[str]:
            words = urlencode({"ID": f"{release} {source}"})
            address = f"{self._address}/datalink/links?{words}"
            links = DatalinkResults.from_result_url(address, session=self._connections)
            addresses = [str(link.access_url or "") for link in links]
            return {kind for address in addresses for kind in _retrieval_types(address)}

        once = replace(self._config, tries=1)  # it can be done without
        told: set[str] = set()
        for source in ids[:SOURCES_TO_LOOK_AT]:
            told |= ask_patiently(partial(ask, source), self._connections, once, self._say)
            if best_type(list(told)):
                break
        return sorted(told)

    def retrieval(self, ids: Sequence[int], release: str) -> tuple[str, bool]:
        """Return the type to ask for, and whether the archive told it."""
        try:
            told = self.types(ids, release)
        except DataError:
            told = []
        if best := best_type(told):
            return best, True
        return RETRIEVAL_GUESSES.get(release, RETRIEVAL.names[1]), False

    def download(
        self, ids: Sequence[int], release: str, retrieval: str, folder: Path, stem: str
    ) -> list[Path]:
        """Ask for spectra; keep the files as the archive made them, as folder/stem.ENDING."""
        answer = folder / f".{stem}.zip"
        words = {
            "ID": ",".join(str(int(source)) for source in ids),
            "RELEASE": release,
            "DATA_STRUCTURE": "RAW",
            "FORMAT": self._config.format,
            "RETRIEVAL_TYPE": retrieval,
            "VALID_DATA": "false",
            "USE_ZIP_ALWAYS": "true",
        }

        def ask() -> list[Path]:
            sent = self._connections.post(f"{self._address}/data", data=words, stream=True)
            self._connections.save(sent, answer)
            return unpack(answer, folder, stem, MAX_BYTES_PER_SOURCE * len(ids))

        try:
            return ask_patiently(ask, self._connections, self._config, self._say)
        finally:
            answer.unlink(missing_ok=True)


def best_type(types: Sequence[str]) -> str | None:
    """Return the type of spectra as coefficients among those that a server tells, if any."""
    ranks = ((RETRIEVAL.rank(kind, ""), kind) for kind in types)
    fitting = [(rank, kind) for rank, kind in ranks if rank is not None]
    return min(fitting, default=(0, None))[1]


def _retrieval_types(address: str) -> list[str]:
    words = {key.upper(): values for key, values in parse_qs(urlsplit(address).query).items()}
    return words.get("RETRIEVAL_TYPE", [])
