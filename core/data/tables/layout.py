"""How the lines of a text table are to be read: its delimiter, quotes and names."""

import csv
import itertools
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

import pandas as pd

from core.amounts import n_of
from core.data.schema import ALIASES
from core.data.tables.lines import Source, lines
from core.errors import DataError

MAX_NAMES_BYTES = 2**20
MAX_SKIPPED = 1_000_000
"""Lines that are no rows, of which a table has a few."""
MOST_COMMENTS = 1_000
"""Above the first row, in which names are looked for."""

DELIMITERS = ",;\t|"
BLANKS = r"\s+"
"""The delimiter of tables whose values stand in columns, as pandas has it."""

CURLY = "\u201c\u201d"
"""Quotation marks of word processors."""

BARE_ARRAY = r"[\[{][^\[\]{}\",]*,[^\[\]{}\"]*[\]}]"

IPAC_KEYWORD = re.compile(r"\\(?: |\w+ *=)")
IPAC_TYPES = re.compile(r"\|(?:\s*(?:char|int|long|double|float|real|date|[cildfr])\s*\|)+\s*")
"""A line above an IPAC table, and the one below its names, whose pipes tell where values stand."""

KNOWN = {alias for aliases in ALIASES.values() for alias in aliases} | {"flux", "ra", "dec"}
"""Names that tell a line of names where no other sign does."""

SEPARATOR = re.compile(r'"?sep=(.)"?', re.IGNORECASE)
"""The first line in which Excel is told the delimiter."""

EXCEL_TEXT = r'^="([^"]*)"$'
"""How spreadsheets are made to keep every digit of a cell."""

FRAME = r"(?=[-=+|:\s]*?(?:--|==))[-=+|:\s]+"
"""A line that databases, VizieR and astropy draw below the names and around a table."""

RDB_TYPES = r"(?:\d*[NS]\t)+\d*[NS]\s*"
"""The line below the names of an RDB table, which tells types: numbers and strings."""

FOOTER = r"\(\d+ rows?\)|\[\d+ rows x \d+ columns\]|\\\."
"""What databases and pandas write below a table."""

DECIMAL_COMMA = re.compile(r"[+-]?\d*,\d+(?:[eE][+-]?\d+)?")
DECIMAL_POINT = re.compile(r"[+-]?\d*\.\d+(?:[eE][+-]?\d+)?")


@dataclass(frozen=True)
class Layout:
    """How the lines are to be read.

    `names` are '' where a column has none, `skipped` counts the lines before the first row, and
    `header` is the last of them if it has the names. `texts` are the columns that hold text,
    whatever it looks like; `types` are the lines on the columns in an ECSV header.

    Lines are rewritten before they are split: those of `framed` tables have pipes and blanks around
    their values, the values of others stand at fixed places (`spans`), arrays may lack quotation
    marks (`bare_arrays`) or have those of a word processor (`curly`).
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
    curly: bool = False
    bare_arrays: bool = False
    spans: tuple[tuple[int, int], ...] = ()

    @property
    def is_rewritten(self) -> bool:
        """Whether lines are not split as they are."""
        return self.framed or self.curly or self.bare_arrays or bool(self.spans)

    @property
    def of_rewritten(self) -> "Layout":
        """That of lines which were rewritten."""
        return replace(self, framed=False, curly=False, bare_arrays=False, spans=())

    def rewritten(self, line: str) -> str:
        """Return a line whose values are separated by the delimiter and nothing else."""
        if self.curly:
            line = re.sub(f"[{CURLY}]", '"', line)
        if self.bare_arrays:
            line = re.sub(BARE_ARRAY, r'"\g<0>"', line)
        if self.framed:
            line = line.strip().removeprefix("|").removesuffix("|")
            line = "|".join(cell.strip() for cell in line.split("|"))
        if self.spans:
            ends = [*(start for start, _ in self.spans[1:]), None]
            cells = [line[start:end] for (start, _), end in zip(self.spans, ends, strict=True)]
            line = "\t".join(cell.strip() for cell in cells)
        return line

    def fits(self, line: str) -> bool:
        """Return whether no value goes over its place."""
        gaps = zip(self.spans[:-1], self.spans[1:], strict=True)
        return not any(line[end:start].strip() for (_, end), (start, _) in gaps)

    def rows(self, lines: Iterable[str]) -> Iterator[list[str]]:
        """Yield the values of each row; one may go over several lines."""
        if self.is_rewritten:
            lines = map(self.rewritten, lines)
        if self.delimiter == BLANKS:
            lines = (line.replace("\t", " ").strip() + "\n" for line in lines)
        rows = csv.reader(
            lines,
            delimiter=" " if self.delimiter == BLANKS else self.delimiter,
            quotechar=self.quote,
            skipinitialspace=self.blanks_after or self.delimiter == BLANKS,
        )
        return ([_bare(cell.strip()) for cell in row] for row in rows if row)

    def split(self, line: str) -> list[str]:
        """Return the values of one line."""
        return next(self.rows([line]), [])


def find_layout(path: Source, name: str) -> Layout:
    """Tell from the first lines of a file how it is to be read; a `DataError` if they are none."""
    all_lines = lines(path, name)
    comments: list[str] = []
    skipped, line, delimiter = 0, "", ""
    for line in all_lines:
        if told := SEPARATOR.fullmatch(line.strip()):
            delimiter = told[1]
        elif line.lstrip().startswith("#") or IPAC_KEYWORD.match(line):
            comments.append(line)
        elif line.strip() and not re.fullmatch(FRAME, line):
            break
        skipped += 1
        line = ""
        if skipped > MAX_SKIPPED:
            raise DataError(
                f"{name}: expected a table, found {n_of(skipped, 'line')} without a row."
            )
    if len(line) >= MAX_NAMES_BYTES:
        raise DataError(f"{name}: the first line is longer than 1 MB; this is not a CSV table.")
    if not line:
        found = "comments and no rows" if comments else "an empty file or first line"
        raise DataError(f"{name}: expected a CSV table, found {found}.")
    # Where the first line is no names, its commas may outnumber what separates the values.
    refuse_decimal_commas(re.split("[;\t]", line.strip()), name)
    following = list(itertools.islice(all_lines, 3))
    layout = _delimited(line, following, delimiter)
    first = layout.split(line)
    numbers = pd.to_numeric(
        pd.Series(first[: -1 if first[1:] and not first[-1] else None], dtype="str"), "coerce"
    )
    # Names such as 0, 1, 2, ... are no row of values, and ids are no names.
    counts_up = (numbers.diff()[1:] == 1).all() and all(cell.isdecimal() for cell in first)
    comments = comments[-MOST_COMMENTS:]
    of_comments = [comment for comment in comments if len(_names(layout, comment)) == len(first)]
    known = [comment for comment in of_comments if KNOWN & {*_lowered(layout, comment)}]
    has_ids = any(re.fullmatch(r"\d{16,19}", cell) for cell in first)
    has_text = numbers.isna().any() and (KNOWN & {*_lowered(layout, line)} or not known)
    if not has_ids and (counts_up or has_text):
        if not layout.curly and line.count(layout.quote) % 2:
            raise DataError(f"{name}: the line of names has an unclosed quotation mark.")
        return _with_names(layout, line, following, skipped + 1)
    # TOPCAT and NumPy's savetxt write the names into a comment; a word alone may be anything.
    header = [*(of_comments if first[1:] else ()), *known][-1:]
    names = _names(layout, header[0]) if header else [""] * len(first)
    return replace(layout, names=tuple(names), skipped=skipped, header="".join(header))


def _delimited(line: str, following: list[str], delimiter: str) -> Layout:
    """Tell delimiter and quotes."""
    sample = line + "".join(following)
    single = re.match(r"\s*'[^'\n]*'\s*[,;|\t ]", line) or re.search(r"[,;|\t ]'[\[({]", sample)
    quote = "'" if single and '"' not in sample else '"'
    layout = Layout((), 0, BLANKS, quote=quote, curly=CURLY[0] in line)
    bare, below = (
        re.sub(f"{quote}[^{quote}]*{quote}", "", layout.rewritten(text))
        for text in (line, "".join(following[:1]))
    )
    delimiter = delimiter or max(DELIMITERS, key=bare.count)
    # The last line of a file may be cut off.
    whole = [line, *(following[:1] if len(following) > 1 else [])]
    if delimiter not in bare and all(len(layout.split(text)) > 1 for text in whole):
        single = re.search(r"(?:^|\s)'[^'\n]*'(?:\s|$)", sample)
        return replace(layout, quote="'" if single and '"' not in sample else '"')
    return replace(
        layout,
        delimiter=delimiter,
        blanks_after=bool(re.search(rf"{re.escape(delimiter)} +{quote}", sample)),
        framed=delimiter == "|" and bool(re.search(r"^\s*\||\s\||\|\s", bare)),
        bare_arrays=delimiter == "," and bool(re.search(BARE_ARRAY, below)),
    )


def _names(layout: Layout, comment: str) -> list[str]:
    return layout.split(comment.strip().removeprefix("#").strip())


def _lowered(layout: Layout, line: str) -> list[str]:
    return [cell.lower() for cell in _names(layout, line)]


def _with_names(layout: Layout, line: str, following: list[str], skipped: int) -> Layout:
    """Return the layout below a line of names, of which other lines may tell units and places."""
    above: list[str] = []
    if IPAC_TYPES.fullmatch("".join(following[:1])):
        pipes = [place for place, letter in enumerate(line) if letter == "|"]
        above = [text for text in following if text.startswith("|")]
        spans = tuple((start + 1, end) for start, end in itertools.pairwise(pipes))
        layout = replace(layout, delimiter="\t", framed=False, spans=spans)
        line = line.replace("|", " ")
        units = above[1].replace("|", " ") if len(above) > 1 else ""
    else:
        lines_below = enumerate(following[:2])
        drawn = [n for n, text in lines_below if re.fullmatch(f"{FRAME}|{RDB_TYPES}", text)][-1:]
        above = following[: drawn[0] + 1] if drawn else []
        units = above[0] if len(above) > 1 else ""
        if drawn == [0] and layout.delimiter == BLANKS:
            spans = tuple(found.span() for found in re.finditer("[-=]+", above[0]))
            at_places = replace(layout, delimiter="\t", spans=spans)
            if all(map(at_places.fits, [line, *following])):
                layout = at_places
    names = tuple(layout.split(line))
    told = tuple(unit.strip("-") and unit for unit in layout.split(units))
    return replace(
        layout,
        names=names,
        skipped=skipped + len(above),
        units=told if len(told) == len(names) else (),
        header=line,
    )


def refuse_decimal_commas(cells: Sequence[str], name: str, names: Sequence[str] = ()) -> None:
    """Refuse a first row in which decimals have commas and none has a point.

    Columns of that row are called by their `names`, where these are known.
    """
    cells = [cell.strip(' "') for cell in cells]
    commas = [i for i, cell in enumerate(cells) if DECIMAL_COMMA.fullmatch(cell)]
    if len(cells) > 1 and commas and not any(DECIMAL_POINT.fullmatch(cell) for cell in cells):
        column = f"column '{names[commas[0]]}', " if len(names) == len(cells) else ""
        raise DataError(
            f"{name}: expected decimal points, received decimal commas ('{cells[commas[0]][:20]}' "
            f"in {column}the first row); export with decimal points."
        )


def _bare(cell: str) -> str:
    """Return a cell without what makes Excel keep every digit of it."""
    return re.sub(EXCEL_TEXT, r"\1", cell) if cell.startswith("=") else cell
