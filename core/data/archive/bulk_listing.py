"""What a folder on a web server holds: the page that lists it, and its file of checksums."""

import re
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import PurePosixPath
from urllib.parse import unquote, urljoin, urlsplit

ALGORITHMS = {32: "md5", 40: "sha1", 64: "sha256", 128: "sha512"}
"""By the number of digits of a checksum in hexadecimal."""

CHECKSUMS = "_MD5SUM.txt"
"""What the Gaia Archive calls the file, where no page tells."""

OF_CHECKSUMS = re.compile(r"(md5|sha\d{0,3})_?-?sums?\b", re.IGNORECASE)

CHECKSUM = re.compile(
    r"^\s*(?:\\?(?P<digits>[0-9a-f]{32,128})\s+\*?(?P<name>\S.*?)"
    r"|(?:MD5|SHA\d+)\s*\((?P<named>.+)\)\s*=\s*(?P<after>[0-9a-f]{32,128}))\s*$",
    re.IGNORECASE,
)
"""A line as md5sum writes it, or as BSD's md5 does."""

TIMES = re.compile(r"\d{1,4}[-/][A-Za-z0-9]{2,3}[-/]\d{1,4}|\d{1,2}:\d{2}(:\d{2})?")
SIZE = re.compile(r"(?:^|\s)(\d+(?:\.\d+)?)\s?([KMGT]?)i?B?\s*$", re.IGNORECASE)
UNITS = {"": 1, "K": 2**10, "M": 2**20, "G": 2**30, "T": 2**40}


@dataclass(frozen=True)
class Entry:
    """A link of a page that lists a folder.

    Attributes
    ----------
    name : str
        Of a file or a folder in it.
    is_folder : bool
    words : str
        What stands behind the link: a date, a size.
    size : int or None
        By these words [bytes], None where they tell none.
    is_exact : bool
        Whether that is all of its digits: '1.0G' is not.
    """

    name: str
    is_folder: bool
    words: str = ""
    size: int | None = None
    is_exact: bool = False


def read_index(page: str, url: str) -> list[Entry]:
    """Return the links of a page at `url`, with a slash at its end, that lead into its folder."""
    parser = _Links()
    parser.feed(page)
    place, found = urlsplit(url), dict[str, Entry]()
    for link, text in parser.links:
        parts = urlsplit(urljoin(url, link))
        here = (parts.scheme, parts.netloc) == (place.scheme, place.netloc)
        if not here or parts.query or not parts.path.startswith(place.path):
            continue
        name = unquote(parts.path[len(place.path) :])
        if not name.strip("/") or "/" in name.rstrip("/"):
            continue
        words = " ".join(text.split())
        size, is_exact = _size_of(words)
        is_folder = name.endswith("/")
        name = name.rstrip("/")
        found.setdefault(name, Entry(name, is_folder, words, size, is_exact))
    return list(found.values())


def read_checksums(text: str) -> dict[str, str]:
    """Return the checksums of files by their names, in lower case; other lines are passed over."""
    found = {}
    for line in text.splitlines():
        if match := CHECKSUM.match(line):
            digits = (match["digits"] or match["after"]).lower()
            if len(digits) in ALGORITHMS:
                found[PurePosixPath(match["name"] or match["named"]).name] = digits
    return found


def _size_of(words: str) -> tuple[int | None, bool]:
    match = SIZE.search(TIMES.sub(" ", words))
    if match is None:
        return None, False
    unit = match[2].upper()
    return round(float(match[1]) * UNITS[unit]), not unit and "." not in match[1]


class _Links(HTMLParser):
    """Links with the text between the end of each and the next one."""

    def __init__(self) -> None:
        super().__init__()
        self.links: list[tuple[str, str]] = []
        self._within = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        link = dict(attrs).get("href") if tag == "a" else None
        if link is not None:
            self.links.append((link, ""))
            self._within = True

    def handle_endtag(self, tag: str) -> None:
        self._within = self._within and tag != "a"

    def handle_data(self, data: str) -> None:
        if self.links and not self._within:
            link, text = self.links[-1]
            self.links[-1] = link, f"{text} {data}"
