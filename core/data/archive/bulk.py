"""The archive's bulk files: what they are called, how large they are, what each may hold."""

import re
from dataclasses import dataclass, replace

import numpy as np

from core.amounts import n_of
from core.data.archive.config import ArchiveConfig
from core.data.healpix import PixelRange
from core.errors import DataError


@dataclass(frozen=True)
class BulkFile:
    """A file on the server.

    Attributes
    ----------
    name, url : str
    size : int or None
        As the list says [bytes], which may be rounded.
    is_exact : bool
        Whether `size` is.
    digest : str
        Its checksum in hexadecimal, '' where the server tells none.
    said : str
        What the list says of it, which changes with the file.
    pixels : PixelRange or None
        Of the sources in it, by its name.
    """

    name: str
    url: str
    size: int | None = None
    is_exact: bool = False
    digest: str = ""
    said: str = ""
    pixels: PixelRange | None = None

    @property
    def version(self) -> str:
        """What tells this file from an earlier or a later one of its name."""
        return self.digest or self.said

    def may_hold(self, ids: np.ndarray) -> bool:
        """Return whether it may hold one of these source_ids (int64, rising), by its name."""
        return self.pixels is None or self.pixels.holds(ids)


@dataclass(frozen=True)
class Bulk:
    """The bulk files of a folder; `config` is how patiently they are asked for.

    `notes` are sentences on what was left aside.
    """

    address: str
    files: tuple[BulkFile, ...]
    config: ArchiveConfig
    notes: tuple[str, ...] = ()

    @property
    def release(self) -> str:
        """The release that the address tells, such as 'Gaia DR3'; '' for none."""
        told = re.search(r"/g?dr(\d+)/", self.address, re.IGNORECASE)
        return f"Gaia DR{told[1]}" if told else ""

    def holding(self, ids: np.ndarray | None) -> tuple[BulkFile, ...]:
        """Return the files that may hold one of these source_ids (int64, rising); None: all.

        Raises a `DataError` if there is none.
        """
        found = tuple(file for file in self.files if ids is None or file.may_hold(ids))
        if not found:
            raise DataError(
                f"{self.address}: by their names, none of the {n_of(len(self.files), 'file')} "
                "holds one of the ids. Are the ids of this release?"
            )
        return found

    def sized(self, size: int | None) -> "Bulk":
        """Return it with a size [bytes] for the files of which the list tells none."""
        files = (f if f.size is not None else replace(f, size=size) for f in self.files)
        return replace(self, files=tuple(files))
