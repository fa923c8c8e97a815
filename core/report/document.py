"""A text with tables and figures, as Markdown and as HTML; names in it are shown as they are.

Escaped letter by letter: a name from a file can neither format the text, nor be a link, nor make
whoever reads it load something from elsewhere.
"""

import html
import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import TypeAlias

from core.printable import pieces, printable

SHORT = 12
"""Letters of a cell that stay on one line."""
WORD = 64
"""Letters of a word that is not broken, since people copy it: a name, a hash."""
CUT = "<!-- -->"
"""Keeps words of Markdown apart, and is nothing that a page would show."""

# Colours of the dashboard, light and dark.
_STYLE = """
:root { color-scheme: light dark; --page: light-dark(#fff, #12171e);
  --line: light-dark(#dce1e7, #2e3845); --soft: light-dark(#f3f5f7, #1c232d); --warn: #d55e00;
  --shade: light-dark(#0003, #fff4); }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 52rem; margin: 2rem auto; padding: 0 1rem;
  color: light-dark(#1c2530, #e3e8ee); background: var(--page); }
h1 { font-size: 1.75rem; margin-bottom: .25rem; } h2 { font-size: 1.2rem; margin-top: 2rem; }
table { border-collapse: collapse; margin: .75rem 0; font-variant-numeric: tabular-nums;
  display: block; overflow-x: auto;
  /* Shadows at the ends beyond which a table goes on: covers of the page's colour move with it. */
  background: linear-gradient(to right, var(--page) 2rem, transparent 4rem) left local,
    linear-gradient(to left, var(--page) 2rem, transparent 4rem) right local,
    linear-gradient(to right, var(--shade), transparent 1rem) left,
    linear-gradient(to left, var(--shade), transparent 1rem) right; }
th, td { text-align: left; padding: .25rem .9rem .25rem 0; border-bottom: 1px solid var(--line);
  vertical-align: top; overflow-wrap: break-word; } th { font-weight: 600; }
[colspan] { border-bottom: none; padding-bottom: 0; }
.short { white-space: nowrap; } td.long:not(:first-child) { overflow-wrap: anywhere; }
pre { background: var(--soft); padding: .75rem 1rem; border-radius: 6px; overflow-x: auto;
  white-space: pre-wrap; overflow-wrap: anywhere; }
figure { margin: 1.25rem 0; } figure svg { width: 100%; height: auto; }
figcaption { font-size: .9rem; opacity: .8; }
p { white-space: pre-line; }
p.warning { border-left: 4px solid var(--warn); padding: .25rem 0 .25rem .75rem; }
@media print {
  @page { margin: 1.5cm; }
  :root { color-scheme: light; }
  body { font-size: 10pt; max-width: none; margin: 0; padding: 0; }
  /* Nothing scrolls on paper: browsers make a page smaller for a table that is wider. */
  table { display: table; overflow: visible; background: none; }
  thead { display: table-header-group; }
  tr, figure, p { break-inside: avoid; }
  /* What leads to something else does not stand alone at the end of a page. */
  h1, h2, thead, tbody tr:first-child, p:has(+ pre, + table, + figure) { break-after: avoid; }
  figure svg { max-height: 12cm; }
}
""".strip()


@dataclass(frozen=True)
class Text:
    """A paragraph, which may begin with a title; a warning stands out."""

    words: str
    warning: bool = False
    title: str = ""


@dataclass(frozen=True)
class Table:
    """Rows of as many cells as the header has.

    `groups` name what each column belongs to, '' for none; its header begins with the name and a
    colon then. HTML has the name once, above its columns.
    """

    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    groups: tuple[str, ...] = ()


@dataclass(frozen=True)
class Code:
    """Lines to type."""

    lines: str


@dataclass(frozen=True)
class Figure:
    """A picture with what it shows in words; Markdown has the words alone.

    `svg` is an element that `core.report.figures` drew, and stands in the page as it is.
    """

    svg: str
    caption: str


Block: TypeAlias = Text | Table | Code | Figure


@dataclass(frozen=True)
class Section:
    """A heading and what stands below it."""

    heading: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True)
class Document:
    """A title, what stands below it, and sections."""

    title: str
    blocks: tuple[Block, ...]
    sections: tuple[Section, ...]


def to_markdown(document: Document) -> str:
    """Return the document as Markdown with tables as GitHub has them."""
    parts = [f"# {_escaped(document.title)}", *map(_markdown, document.blocks)]
    for section in document.sections:
        parts += [f"## {_escaped(section.heading)}", *map(_markdown, section.blocks)]
    return "\n\n".join(parts) + "\n"


def to_html(document: Document) -> str:
    """Return the document as one HTML page that needs nothing else, light or dark."""
    title = _html_text(document.title)
    body = [f"<h1>{title}</h1>", *map(_html, document.blocks)]
    for section in document.sections:
        body += [f"<h2>{_html_text(section.heading)}</h2>", *map(_html, section.blocks)]
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{title}</title>\n<style>\n{_STYLE}\n</style>\n</head>\n<body>\n"
        + "\n".join(body)
        + "\n</body>\n</html>\n"
    )


def _markdown(block: Block) -> str:
    match block:
        case Text(words, warning, title):
            lines = [_escaped(line) for line in words.splitlines()]
            # Two spaces keep the end of a line.
            text = "  \n".join(f"> {line}" if warning else line for line in lines)
            return f"**{_escaped(title)}.** {text}" if title else text
        case Code(lines):
            return f"```\n{lines}\n```"
        case Figure(_, caption):
            return f"*A picture, in the page as HTML: {_escaped(caption)}*"
        case Table(header, rows, _):
            table = [header, tuple("---" for _ in header), *rows]
            return "\n".join(
                "| " + " | ".join(cell if i == 1 else _escaped(cell) for cell in row) + " |"
                for i, row in enumerate(table)
            )


def _html(block: Block) -> str:
    match block:
        case Text(words, warning, title):
            kind = ' class="warning"' if warning else ""
            first = f"<strong>{_html_text(title)}.</strong> " if title else ""
            return f"<p{kind}>{first}{_html_text(words)}</p>"
        case Code(lines):
            return f"<pre><code>{_html_text(lines)}</code></pre>"
        case Figure(svg, caption):
            words = _html_text(caption)
            # Screen readers are given the words, not hundreds of paths.
            picture = f'<div role="img" aria-label="{words}">{svg}</div>'
            return f"<figure>\n{picture}\n<figcaption>{words}</figcaption>\n</figure>"
        case Table(header, rows, groups):
            body = "".join("<tr>" + "".join(map(_cell, row)) + "</tr>\n" for row in rows)
            head = _head(header, groups)
            return f"<table>\n<thead>\n{head}</thead>\n<tbody>\n{body}</tbody>\n</table>"


def _head(header: Sequence[str], groups: Sequence[str]) -> str:
    """Return the row of headers, below one of their groups if there are any."""
    named = [(name, len(list(columns))) for name, columns in groupby(groups)]
    above = "".join(f'<th colspan="{n}" scope="colgroup">{_html_text(name)}</th>' if name
                    else f'<td colspan="{n}"></td>' for name, n in named)  # fmt: skip
    names = (
        cell.removeprefix(f"{group}: ")
        for cell, group in zip(header, groups or [""] * len(header), strict=True)
    )
    row = "".join(_cell(cell, "th") for cell in names)
    return (f"<tr>{above}</tr>\n" if above else "") + f"<tr>{row}</tr>\n"


def _cell(cell: str, tag: str = "td") -> str:
    # A number or a name is not broken at the end of a line; a column is as wide as its words.
    words = cell.split()
    longest = max(map(len, words), default=0)
    kind = ""
    if longest > WORD:
        kind = ' class="long"'
    elif len(cell) <= SHORT or len(words) == 1:
        kind = ' class="short"'
    return f"<{tag}{kind}>{_html_text(cell)}</{tag}>"


def _html_text(text: str) -> str:
    """Return text so that a browser shows it as it is."""
    return html.escape(printable(text, lines=True))


def _escaped(text: str) -> str:
    """Return one line of text so that Markdown shows it as it is."""
    found = pieces(printable(" ".join(text.split())))
    line = CUT.join(re.sub(r"([\\`*_{}\[\]<>#|~$&]|:(?=\S))", r"\\\1", part) for part in found)
    # What would begin a list or underline a heading.
    return re.sub(r"^(\d*)([-+=.)])(?=[\s=-]|$)", r"\1\\\2", line)
