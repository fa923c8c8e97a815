"""What a query of one's own asks for: of which release, and whether with ids.

Only what certainly cannot work is refused before the archive is asked; it judges all the rest.
"""

import re
from collections.abc import Iterator

from core.data.labels.release import WITHOUT_SPECTRA
from core.errors import ConfigError

# Strings are tokens of their own: what they say is no name.
_COMMENT = re.compile(r"--[^\n]*|/\*.*?\*/|('(?:[^']|'')*')", re.DOTALL)
_TOKEN = re.compile(r"""'(?:[^']|'')*'|"(?:[^"]|"")*"|\w+|[^\s\w]""")
_HOW_MANY = re.compile(r"^((DISTINCT|ALL) )?(TOP \d+ )?", re.IGNORECASE)
_NAME = re.compile(r'\w+|".*"', re.DOTALL)

_SCHEMA = re.compile(r"gaia_?e?dr_?([1-9]\d?)", re.IGNORECASE)
"""Of a release alone; EDR3's ids are DR3's."""

_ENDS_FROM = {"SELECT", "WHERE", "GROUP", "HAVING", "ORDER", "UNION", "EXCEPT", "INTERSECT"}


def check_own_query(adql: str, release: str) -> None:
    """Raise a `ConfigError` if a query cannot give ids of a release, such as 'Gaia DR4'."""
    tokens = _TOKEN.findall(_COMMENT.sub(r" \1", adql))
    columns = _selected(tokens)
    if columns and not any(map(_may_be_ids, columns)):
        raise ConfigError(
            "ADQL: expected a query that selects source_id, received one that selects "
            f"{', '.join(map(_text, columns[:5]))}{', ...' * (len(columns) > 5)}. Select it "
            "as well."
        )
    schemas = [table.rpartition(".")[0].strip('"') for table in _tables(tokens)]
    of = {f"Gaia DR{read[1]}" for schema in schemas if (read := _SCHEMA.fullmatch(schema))}
    # A table without a release, such as one's own, may hold ids of any.
    if not of or release in of or not all(map(_SCHEMA.fullmatch, schemas)):
        return
    others = sorted(each for each in of if each.split()[-1] not in WITHOUT_SPECTRA)
    raise ConfigError(
        f"ADQL: expected a query for sources of {release}, received one of "
        f"{', '.join(dict.fromkeys(schemas))} alone, where identifiers are those of "
        f"{' and '.join(sorted(of))}. Name tables of {release} (xpz archive check tells which "
        f"there are){', or choose the release ' + others[0] if others else ''}."
    )


def _selected(tokens: list[str]) -> list[list[str]]:
    """Return the columns that a query selects, the tokens of each; none where that is not clear."""
    columns: list[list[str]] = []
    depth = 0
    for token in tokens:
        depth += (token == "(") - (token == ")")
        word = token.upper()
        if depth == 0 and word == "FROM":
            return [column for column in columns if column]
        if depth == 0 and word == "SELECT":
            columns = [[]]
        elif columns and depth == 0 and token == ",":
            columns.append([])
        elif columns:
            columns[-1].append(token)
    return []


def _may_be_ids(column: list[str]) -> bool:
    """Return whether a column may be called source_id: of an expression the archive decides."""
    *_, last = names = [token.strip('"').lower() for token in column]
    return last in ("source_id", "*") or (not last.isidentifier() and "source_id" in names)


def _text(column: list[str]) -> str:
    words = _HOW_MANY.sub("", " ".join(column))
    return re.sub(r" ?([.()]) ?", r"\1", words)


def _tables(tokens: list[str]) -> Iterator[str]:
    """Yield the names of the tables behind FROM and JOIN, with their schemas, quotes kept."""
    is_from = [False]  # by level of brackets: whether it is a list of tables
    expected, name = False, ""
    for token in [*tokens, ";"]:
        word = token.upper()
        if name and (token == "." or name.endswith(".")):
            name += token
            continue
        if name:
            yield name
            name = ""
        if word in ("FROM", "JOIN"):
            is_from[-1] = expected = True
        elif word in _ENDS_FROM:
            is_from[-1] = expected = False
        elif token == "(":
            is_from.append(expected)
        elif token == ")" and len(is_from) > 1:
            is_from.pop()
            expected = False
        elif token == ",":
            expected = is_from[-1]
        elif expected and _NAME.fullmatch(token):
            name, expected = token, False
