"""How many sources a question finds, before anything is fetched."""

import re
from contextlib import closing
from dataclasses import replace

from core.data.archive.config import ArchiveConfig
from core.data.archive.question import Question

TRIES, FIRST_WAIT_S, TIMEOUT_S = 2, 1.0, 60.0
"""People wait for it: what takes longer is said at once."""


def count_sources(question: Question, config: ArchiveConfig | None = None) -> int:
    """Return the number of sources that a question finds; a list of ids is not asked for.

    Raises a `DataError` if the archive refuses the query, with its words, or cannot be reached.
    """
    if question.ids is not None:
        return len(question.ids)
    # Its libraries take most of a second to import, which a screen has no need of before.
    from core.data.archive.link import Link

    quick = replace(
        config or ArchiveConfig(), tries=TRIES, first_wait_s=FIRST_WAIT_S, timeout_s=TIMEOUT_S
    )
    with closing(Link(quick, lambda _: None)) as link:
        adql = question.adql
        if question.kind != "adql":  # which the visitor wrote in the archive's own names
            adql = question.in_names(link.names(question.release))
        # In a query within a query no order is allowed, and the number does not depend on it.
        asked = re.sub(r"\sORDER\s+BY\s[^()]*$", "", adql, flags=re.IGNORECASE)
        # The number comes in the one column that every answer is expected to have.
        query = f"SELECT COUNT(*) AS source_id FROM ({asked}) AS asked"
        found = link.query(Question("adql", query, question.release))
    return int(found["source_id"].iloc[0])
