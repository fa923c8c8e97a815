import io

import numpy as np
import pandas as pd
import pytest
from astropy.table import Table

from core.errors import DataError
from tests.support.spectra_files import read_spectra
from tests.support.text_tables import (
    CSV,
    IDS,
    NAMES,
    REDSHIFTS,
    assert_is_the_table,
    open_table,
    read_columns,
)

HEADER, *ROWS = CSV.splitlines()
FRAME = pd.DataFrame({"source_id": IDS, "z": REDSHIFTS, "name": NAMES})
PSQL = """      source_id      |  z   | name
---------------------+------+-------
 2915477294342471680 |  0.1 | NGC 1
 4611686018427387905 | 0.25 | x
 4111834567779557376 |  1.5 | y z
(3 rows)

"""
MYSQL = """+---------------------+------+-------+
| source_id           | z    | name  |
+---------------------+------+-------+
| 2915477294342471680 |  0.1 | NGC 1 |
| 4611686018427387905 | 0.25 | x     |
| 4111834567779557376 |  1.5 | y z   |
+---------------------+------+-------+
"""
MARKDOWN = """| source_id | z | name |
|---|:--|---|
| 2915477294342471680 | 0.1 | NGC 1 |
| 4611686018427387905 | 0.25 | x |
| 4111834567779557376 | 1.5 | y z |
"""
IPAC = r"""\fixlen = T
\ a comment
|          source_id|   z| name|
|               long|real| char|
|                   |    |     |
|               null|null| null|
 2915477294342471680  0.1 NGC 1
 4611686018427387905 0.25     x
 4111834567779557376  1.5   y z
"""


def astropy_text(format):
    stream = io.StringIO()
    Table(FRAME.to_dict("list")).write(stream, format=f"ascii.{format}")
    return stream.getvalue()


def quoted(mark, end):
    return "\n".join(
        ",".join(f"{mark}{cell}{end}" for cell in line.split(",")) for line in [HEADER, *ROWS]
    )


TABLES = {
    "pipes": CSV.replace(",", "|"),
    "psql": PSQL,
    "mysql": MYSQL,
    "markdown": MARKDOWN,
    "ipac": IPAC,
    **{
        f"astropy {format}": astropy_text(format)
        for format in ("basic", "commented_header", "csv", "tab", "fixed_width",
                       "fixed_width_two_line", "rst", "ipac", "ecsv")
    },
    "blanks and tabs": FRAME.to_csv(sep="@", index=False, quoting=1).replace("@", " \t "),
    "columns of pandas": FRAME.assign(name=["'NGC 1'", "x", "'y z'"]).to_string(index=False),
    "quoted": FRAME.to_csv(index=False, quoting=1),
    "single quotes": quoted("'", "'"),
    "quotes of a word processor": quoted("“", "”"),
    "blanks before quotes": CSV.replace("NGC 1", ' "NGC 1"').replace("y z", '  "y z"'),
    "excel's separator": "sep=;\n" + CSV.replace(",", ";"),
    "excel's separator in quotes": '"sep=,"\r\n' + CSV.replace("\n", "\r\n"),
    "excel's text": "\n".join([HEADER, *('="' + row.replace(",", '",', 1) for row in ROWS)]),
    "excel's text in quotes": "\n".join(
        [HEADER, *('"=""' + row.replace(",", '""",', 1) for row in ROWS)]
    ),
    "a delimiter behind all": CSV.replace("\n", ",\n"),
    "a delimiter behind the rows": "\n".join([HEADER, *(f"{row}," for row in ROWS)]),
    "a delimiter behind the names": CSV.replace("\n", ",\n", 1),
    "names in a comment": "# made today\n#" + CSV,
    "vizier": "#Name: x\n\n" + CSV.replace(",", "\t").replace(
        "\n", "\n\t \t---\n-------------------\t----\t-----\n", 1
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", TABLES)
def test_layouts_that_people_have(what):
    assert_is_the_table(TABLES[what])


@pytest.mark.parametrize("what", ["pipes", "psql", "mysql", "astropy commented_header", "quoted"])
def test_layouts_that_are_joined_by_cat(what):
    assert_is_the_table(TABLES[what] * 2, 2)


def test_fills_between_columns_at_places():
    content = "source_id name  z\n--------- ---- ---\n1         a b  0.1\n2              0.2\n"
    assert read_columns(content) == {
        "source_id": ["1", "2"], "name": ["a b", None], "z": [0.1, 0.2],
    }  # fmt: skip


def test_dashes_that_do_not_tell_places():
    content = "source_id z\n-- --\n2915477294342471680 0.1\n"
    assert read_columns(content) == {"source_id": ["2915477294342471680"], "z": [0.1]}


def test_a_value_beside_its_place_is_refused():
    rows = "1         0.1\n" * 5
    with pytest.raises(DataError, match="values below the line of dashes, received some between"):
        read_columns(f"source_id z\n--------- ---\n{rows}123456789012 0.2\n")


def test_rows_in_columns_that_lack_a_value_are_refused():
    """Else the values behind it would shift."""
    with pytest.raises(DataError, match=r"row 2 has fewer values than the 3 names"):
        read_columns("source_id mag z\n1 15 0.1\n2 0.2\n3 17 0.3\n")


def test_cells_of_many_lines_in_columns():
    """They go on from one block of lines to the next."""
    text = "0.1 0.2\n" * 2000 + "end"
    content = "source_id z text\r\n" + f'1 0.5 "{text}"\r\n2 0.5 "{text}"\n' * 40
    columns = read_columns(content)
    assert columns["source_id"] == ["1", "2"] * 40
    assert columns["text"] == [text] * 80


def test_units_below_the_names():
    table = open_table("recno\tRA\tz\n \tdeg\t---\n-----\t--------\t----\n1\t10.5\t0.1\n")
    assert table.units == ("", "deg", "")
    assert read_columns(table) == {"recno": [1], "RA": [10.5], "z": [0.1]}


def test_topcat_ascii(spectra_columns):
    frame = pd.DataFrame(spectra_columns)
    content = "# " + frame.to_csv(sep=" ", index=False)
    found = read_spectra(content.encode())
    assert found.source_id.tolist() == IDS
    np.testing.assert_allclose(found.flux, frame.iloc[:, 1:], rtol=1e-6)


@pytest.fixture
def spectra_columns():
    flux = np.random.default_rng(1).uniform(1, 9, (3, 186)).round(3)
    return {"source_id": IDS} | {f"flux_{i}": flux[:, i] for i in range(186)}


@pytest.mark.parametrize(
    "write",
    [
        lambda frame: frame.set_index("source_id").rename_axis(None).to_csv(),
        lambda frame: frame.rename(columns={"source_id": "Unnamed: 0"}).to_csv(index=False),
        lambda frame: frame.to_csv(index=False, header=False),
        lambda frame: frame.set_axis(range(187), axis=1).to_csv(index=False),
        lambda frame: frame.set_index("source_id").rename_axis(None).to_string(),
    ],
    ids=["index", "unnamed", "no names", "numbers", "to_string"],
)
def test_ids_in_a_column_without_a_name(spectra_columns, write):
    content = write(pd.DataFrame(spectra_columns)).encode()
    found = read_spectra(content)
    assert found.source_id.tolist() == IDS
    assert found.flux[:, 0] == pytest.approx(spectra_columns["flux_0"])
    assert "taken for" in open_table(content).stream.notes[0]


def test_a_row_number_is_no_id(spectra_columns):
    table = open_table(pd.DataFrame(spectra_columns).to_csv())
    assert table.names[:2] == ("", "source_id")
    assert table.stream.notes == []


def test_ids_before_fluxes_and_a_redshift_without_names_are_refused(spectra_columns):
    """None could tell which of the 187 others is the redshift."""
    frame = pd.DataFrame(spectra_columns | {"z": REDSHIFTS})
    with pytest.raises(DataError, match="found 188 among the 188 columns"):
        read_spectra(frame.to_csv(index=False, header=False).encode())


@pytest.mark.parametrize("write", [str, lambda array: str(array.tolist())])
@pytest.mark.parametrize("between", [",", ";", "\t", "|", " ", ", "])
def test_arrays_in_text_in_any_layout(spectra_columns, write, between):
    flux = np.column_stack(list(spectra_columns.values())[1:])
    rows = [f'{i}{between}"{write(row)}"' for i, row in zip(IDS, flux, strict=True)]
    found = read_spectra("\n".join([f"source_id{between}flux", *rows]).encode())
    assert found.source_id.tolist() == IDS
    np.testing.assert_allclose(found.flux, flux, rtol=1e-6)


def test_arrays_of_numpy_are_no_own_column(spectra_columns):
    more = {"array": ["[1. 2.5\n -3e-5]"] * 3, "note": ["[a b]", "[1]", "(1 2)"]}
    own = read_spectra(pd.DataFrame(spectra_columns | more).to_csv(index=False).encode()).own
    assert own.to_dict("list") == {"note": more["note"]}


def test_arrays_without_quotation_marks(spectra_columns):
    flux = np.column_stack(list(spectra_columns.values())[1:])
    rows = [f"{i},{row.tolist()},0.1" for i, row in zip(IDS, flux, strict=True)]
    found = read_spectra("\n".join(["source_id,flux,z", *rows]).encode())
    assert found.z.tolist() == [0.1] * 3
    np.testing.assert_allclose(found.flux, flux, rtol=1e-6)


@pytest.mark.parametrize("name", ["9" * 5000, "flux_" + "9" * 5000, "col" + "9" * 5000])
def test_names_of_thousands_of_digits(spectra_columns, name):
    frame = pd.DataFrame({name: [1, 2, 3]} | spectra_columns)
    assert read_spectra(frame.to_csv(index=False).encode()).source_id.tolist() == IDS
    with pytest.raises(DataError, match="found none among the 1 column"):
        read_spectra(frame[[name]].to_csv(index=False).encode())


def test_values_of_thousands_of_digits():
    with pytest.raises(
        DataError, match="64-bit whole numbers in column 'source_id', received '999"
    ):
        read_spectra(
            ("source_id,z,flux\n" + "9" * 5000 + ",1," + '"[' + "1," * 185 + '1]"').encode()
        )


def test_a_value_behind_an_empty_last_column_is_refused():
    with pytest.raises(DataError, match="row 2 has more values than the 3 names"):
        read_columns(f"{HEADER}\n{ROWS[0]},\n{ROWS[1]},9\n{ROWS[2]},\n")
