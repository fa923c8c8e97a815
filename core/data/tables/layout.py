"""How the lines of a text table are to be read: its delimiter, quotes and names."""

import csv
import itertools
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd

from core.data.schema import ALIASES
from core.data.tables.lines import lines
from core.errors import DataError

MAX_NAMES_BYTES = 2**20
DELIMITERS = ",;\t|"
BLANKS = r"\s+"
"""The delimiter of tables whose values stand in columns, as pandas has it."""

CURLY = "\u201c\u201d"
"""Quotation marks of word processors."""

KNOWN = {alias for aliases in ALIASES.values() for alias in aliases} | {"flux", "ra", "dec"}
"""Names that tell a line of names where no other sign does."""

NUMBERED = re.compile(r"(?:|unnamed: \d+|index|\d{1,4})", re.IGNORECASE)
"""Names that pandas and others give to what has none."""

GAIA_ID = re.compile(r"[=\"' ]*\d{10,19}[\"' ]*")
"""A number of the size of a source_id, which counts places on the sky in steps of 2^35."""

SEPARATOR = re.compile(r'"?sep=(.)"?', re.IGNORECASE)
"""The first line in which Excel is told the delimiter."""

FRAME = r"[-=+|:\s]*(?:--|==)[-=+|:\s]*"
"""A line that databases, VizieR and astropy draw below the names and around a table."""

FOOTER = r"\(\d+ rows?\)|\[\d+ rows x \d+ columns\]|\\\."
"""What databases and pandas write below a table."""

DECIMAL_COMMA = re.compile(r"[+-]?\d*,\d+(?:[eE][+-]?\d+)?")
DECIMAL_POINT = re.compile(r"[+-]?\d*\.\d+(?:[eE][+-]?\d+)?")


@dataclass(frozen=True)
class Layout:
    """How the lines are to be read.

    `names` are '' where a column has none, `skipped` counts the lines before the first row, and
    `header` is the last of them if it has the names. `texts` are the columns that hold text,
    whatever it looks like. `framed` tables have pipes and blanks around their values.
    """

    names: tuple[str, ...]
    skipped: int
    delimiter: str = ","
    texts: frozenset[int] = frozenset()
    units: tuple[str, ...] = ()
    header: str = ""
    types: frozenset[str] = frozenset()
    quote: str = '"'
    blanks_after: bool = False
    framed: bool = False

    @property
    def quote_mark(self) -> str:
        """What is around values once typographic quotation marks were replaced."""
        return '"' if self.quote == CURLY[0] else self.quote

    def rows(self, lines: Iterable[str]) -> Iterator[list[str]]:
        """Yield the values of each row; one may go over several lines."""
        if self.quote == CURLY[0]:
            lines = (re.sub(f"[{CURLY}]", '"', line) for line in lines)
        if self.framed:
            lines = (line.strip().removeprefix("|").removesuffix("|") for line in lines)
        if self.delimiter == BLANKS:
            lines = (line.replace("\t", " ").strip() + "\n" for line in lines)
        rows = csv.reader(
            lines,
            delimiter=" " if self.delimiter == BLANKS else self.delimiter,
            quotechar=self.quote_mark,
            skipinitialspace=self.blanks_after or self.delimiter == BLANKS,
        )
        return ([cell.strip() for cell in row] for row in rows if row)

    def split(self, line: str) -> list[str]:
        """Return the values of one line."""
        return next(self.rows([line]), [])


def find_layout(path: Path, name: str) -> Layout:
    """Tell from the first lines of a file how it is to be read; a `DataError` if they are none."""
    all_lines = lines(path, name)
    comments: list[str] = []
    skipped, line, delimiter = 0, "", ""
    for line in all_lines:
        if told := SEPARATOR.fullmatch(line.strip()):
            delimiter = told[1]
        elif line.lstrip().startswith("#"):
            comments.append(line)
        elif line.strip() and not re.fullmatch(FRAME, line):
            break
        skipped += 1
        line = ""
    if len(line) >= MAX_NAMES_BYTES:
        raise DataError(f"{name}: the first line is longer than 1 MB; this is not a CSV table.")
    if not line:
        raise DataError(f"{name}: expected a CSV table, found an empty file or first line.")
    # Where the first line is no names, its commas may outnumber what separates the values.
    refuse_decimal_commas(re.split("[;\t]", line.strip()), name)
    following = list(itertools.islice(all_lines, 3))
    layout = _delimited(line, following, delimiter)
    first = layout.split(line)
    numbers = pd.to_numeric(pd.Series(first[: len(first) - (not first[-1])], dtype="str"), "coerce")
    # Names such as 0, 1, 2, ... are no row of values.
    counts_up = (numbers.diff()[1:] == 1).all() and all(cell.isdecimal() for cell in first)
    of_comments = [comment for comment in comments if len(_names(layout, comment)) == len(first)]
    known = [comment for comment in of_comments if KNOWN & {*_lowered(layout, comment)}]
    if counts_up or (numbers.isna().any() and (KNOWN & {*_lowered(layout, line)} or not known)):
        if layout.quote not in CURLY and line.count(layout.quote) % 2:
            raise DataError(f"{name}: the line of names has an unclosed quotation mark.")
        skipped, units = _below(layout, following, len(first), skipped + 1)
        return replace(layout, names=tuple(first), skipped=skipped, units=units, header=line)
    # TOPCAT and NumPy's savetxt write the names into a comment.
    header = [*of_comments, *known][-1:]
    names = _names(layout, header[0]) if header else [""] * len(first)
    return replace(layout, names=tuple(names), skipped=skipped, header="".join(header))


def _delimited(line: str, following: list[str], delimiter: str) -> Layout:
    """Tell delimiter and quotes."""
    sample = line + "".join(following)
    quote = '"'
    if '"' not in sample:
        single = re.search(r"(?:^|[,;|\s])'[^'\n]*'\s*(?:$|[,;|\s])", sample)
        quote = "'" if single else CURLY[0] if CURLY[0] in line else quote
    layout = Layout((), 0, BLANKS, quote=quote)
    close = CURLY[1] if quote == CURLY[0] else quote
    bare = re.sub(f"{quote}[^{close}]*{close}", "", line)
    delimiter = delimiter or max(DELIMITERS, key=bare.count)
    if delimiter not in bare and all(
        len(layout.split(text)) > 1 for text in [line, *following[:1]]
    ):
        return layout
    blanks = re.search(rf"{re.escape(delimiter)} +{quote}", sample)
    framed = delimiter == "|" and re.search(r"\s\||\|\s", bare)
    return replace(layout, delimiter=delimiter, blanks_after=bool(blanks), framed=bool(framed))


def _names(layout: Layout, comment: str) -> list[str]:
    return layout.split(comment.strip().removeprefix("#").strip())


def _lowered(layout: Layout, line: str) -> list[str]:
    return [cell.lower() for cell in _names(layout, line)]


def _below(
    layout: Layout, following: list[str], n_names: int, skipped: int
) -> tuple[int, tuple[str, ...]]:
    """Return how many lines end with the line drawn below the names, and the units above it."""
    for n, line in enumerate(following[:2]):
        if re.fullmatch(FRAME, line):
            units = layout.split(following[0]) if n else []
            return skipped + n + 1, tuple(units) if len(units) == n_names else ()
    return skipped, ()


def refuse_decimal_commas(cells: Sequence[str], name: str) -> None:
    """Refuse a first row in which decimals have commas and none has a point."""
    cells = [cell.strip(' "') for cell in cells]
    commas = [cell for cell in cells if DECIMAL_COMMA.fullmatch(cell)]
    if len(cells) > 1 and commas and not any(DECIMAL_POINT.fullmatch(cell) for cell in cells):
        raise DataError(
            f"{name}: expected decimal points, received decimal commas ('{commas[0][:20]}' in row "
            "0, the first); export with decimal points."
        )
