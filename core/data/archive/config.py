"""Where the archive is and how patiently it is asked."""

from dataclasses import dataclass

from core.config import require
from core.data.archive.service import Service, service_of

MAX_CHUNK = 5000
"""Ids that the archive's DataLink service accepts per request ('Maximum number of Source Ids')."""

FORMATS = ("fits", "csv", "ecsv", "votable")

# A row of coefficients, errors and correlations takes 13 kB in FITS and about 45 kB in CSV.
MAX_BYTES_PER_SOURCE = 2**20


@dataclass(frozen=True)
class ArchiveConfig:
    """Addresses of the archive, size of the chunks, and when to try again.

    Attributes
    ----------
    server : str
        ESA's archive, another one by a short name of `core.data.archive.service.SERVICES`, or an
        address: of a TAP service (https://.../tap), or of a server laid out as ESA's, with
        tap-server/tap and data-server/data below it.
    chunk : int
        Sources whose spectra are asked for at a time, at most 5000.
    format : str
        Of the files of spectra: one of `FORMATS`.
    tries : int
        How often a request is made before the archive counts as out of reach; less often where it
        has never answered and takes no connection, see `core.data.archive.patience`.
    first_wait_s : float
        Time before the second try [s]; it doubles with each further one.
    timeout_s : float
        Silence of the archive after which an answer counts as lost [s]. The
        archive collects thousands of spectra before it sends the first byte.
    """

    server: str = "https://gea.esac.esa.int"
    chunk: int = MAX_CHUNK
    format: str = "fits"
    tries: int = 6
    first_wait_s: float = 2.0
    timeout_s: float = 600.0

    def __post_init__(self) -> None:
        service_of(self.server)
        require(
            1 <= self.chunk <= MAX_CHUNK,
            f"Chunk: expected 1 to {MAX_CHUNK} sources, the most that the archive "
            f"accepts per request, received {self.chunk}.",
        )
        require(
            self.format in FORMATS,
            f"Format of spectra: expected one of {', '.join(FORMATS)}, received '{self.format}'.",
        )
        require(self.tries >= 1, f"Tries: expected at least 1, received {self.tries}.")
        require(
            self.first_wait_s >= 0 and self.timeout_s > 0,
            "Waiting: expected times of 0 s or more.",
        )

    @property
    def service(self) -> Service:
        """The service that is asked."""
        return service_of(self.server)
