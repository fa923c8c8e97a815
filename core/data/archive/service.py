"""Servers that hold Gaia's tables: ESA's archive, its mirrors, or any address."""

from dataclasses import dataclass
from urllib.parse import urlsplit

from core.config import require

SERVICES = {
    "esa": "https://gea.esac.esa.int",
    "ari": "https://gaia.ari.uni-heidelberg.de/tap",
    "aip": "https://gaia.aip.de/tap",
    "gavo": "https://dc.g-vo.org/tap",
}
"""Addresses by short name; those that end in /tap speak TAP alone."""


@dataclass(frozen=True)
class Service:
    """One server: where its tables are, and its spectra by DataLink if it has those.

    Attributes
    ----------
    name : str
        Its short name in `SERVICES`, else its address.
    tap, data : str
        Addresses of TAP and of DataLink's data; `data` is empty where there is none.
    """

    name: str
    tap: str
    data: str

    @property
    def address(self) -> str:
        """Its address, as people give it."""
        return self.tap.removesuffix("/tap-server/tap")

    @property
    def parts(self) -> tuple[str, str | None, int | None]:
        """Scheme, host and port: the only ones that are asked."""
        parts = urlsplit(self.tap)
        return parts.scheme, parts.hostname, parts.port


def service_of(asked: str) -> Service:
    """Return the service of a short name or an address.

    An address with 'tap' as a part of its path is that of a TAP service; any other is that of a
    server laid out as ESA's, with tap-server/tap and data-server/data below it. Raises a
    `ConfigError` if it is neither.
    """
    address = SERVICES.get(asked.strip().lower(), asked).rstrip("/")
    short = next((name for name, known in SERVICES.items() if known == address), address)
    parts = urlsplit(address)
    require(
        parts.scheme in ("http", "https") and bool(parts.hostname),
        f"Archive: expected an address such as {SERVICES['esa']}, or one of "
        f"{', '.join(SERVICES)}, received '{asked}'.",
    )
    steps = parts.path.split("/")
    if "tap" in steps and "tap-server" not in steps:
        return Service(short, address, "")
    address = address.removesuffix("/tap-server/tap")
    return Service(short, f"{address}/tap-server/tap", f"{address}/data-server")
