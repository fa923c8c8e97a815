"""What FITS cannot hold is counted, cell by cell, as a reader of the file finds it."""

import io

import pandas as pd
import pytest
from astropy.table import Table

from core.prediction.catalogue.fits_text import ascii_text, rewritten
from core.prediction.catalogue.formats import ENDINGS, to_bytes

TABLE = pd.DataFrame(
    {
        "source_id": [2**62, 2**62 + 1, 2**62 + 2],
        "z": 0.1,
        "observer": ["Zoé", None, "Ann"],
        "note": ["a\tb", "ü", "plain"],
        "größe": [1.0, 2.0, 3.0],
    }
)


def test_cells_and_names_that_fits_changes_are_told():
    said = rewritten(TABLE, "z.fits")
    assert said == (
        "FITS holds ASCII text alone: written are 1 cell of 'observer', 2 cells of 'note' with "
        "escapes (é as \\xe9) and 1 name of columns with underscores. VOTable and Parquet keep all "
        "text."
    )
    written = Table.read(io.BytesIO(to_bytes(TABLE, ".fits", {})), format="fits")
    for name, n in (("observer", 1), ("note", 2)):
        pairs = zip(written[name].tolist(), TABLE[name].fillna(""), strict=True)
        assert sum(here != there for here, there in pairs) == n
    assert written["observer"][0] == ascii_text("Zoé") == r"Zo\xe9"
    assert "gr__e" in written.colnames
    assert rewritten(TABLE[["note"]].iloc[:1], "z.fits").count(r"(such as \t)") == 1


@pytest.mark.parametrize("ending", [each for each in ENDINGS if each != ".fits"])
def test_other_formats_are_not_spoken_of(ending):
    assert rewritten(TABLE, f"z{ending}") == ""


def test_nothing_is_told_where_nothing_changes():
    assert rewritten(TABLE[["source_id", "z"]], "z.FITS") == ""
    assert rewritten(TABLE.iloc[2:].drop(columns="größe"), "z.fits") == ""
