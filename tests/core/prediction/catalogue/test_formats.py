import datetime
import functools
import gzip
import io
import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from astropy.io import fits, votable
from astropy.io.votable.ucd import check_ucd
from astropy.table import Table
from hypothesis import given, settings
from hypothesis import strategies as st

from core.data.source_tables import read_sources
from core.errors import DataError
from core.prediction.catalogue.columns import flag_bits
from core.prediction.catalogue.formats import ENDINGS, UNREAD, check_ending, to_bytes, write_table
from core.prediction.catalogue.own_columns import plain, plain_text
from core.prediction.flags import SENTENCES

BIG = 2**62

PROVENANCE = {
    "run_id": "compact-20k",
    "run_name": "kompakt für alle",
    "network_sha256": "a" * 64,
    "data_name": "Simulated XP galaxies (20,000, seed 0) and what else there is to say about them",
    "data_origin": "simulated",
    "data_hash": "b" * 64,
    "interval_level": 0.9,
    "xpz_version": "0.1.0",
    "created": "2026-11-22T10:39:35.621+00:00",
}


def catalogue(**own):
    """Return three redshifts, one of them missing, with columns of the input's own."""
    return pd.DataFrame(
        {
            "source_id": BIG + np.arange(3),
            "z": [0.1, np.nan, 1 / 3],
            "z_lower": [0.05, np.nan, 0.3],
            "z_upper": [0.15, np.nan, 0.4],
            "sigma_z": [0.05, np.nan, 0.05],
            "flags": np.array([0, 129, 8], np.int32),
            **own,
        }
    )


def read_csv(content, sep=","):
    return pd.read_csv(io.BytesIO(content), sep=sep, float_precision="round_trip")


def read_parquet(content):
    return pd.read_parquet(io.BytesIO(content))


def read_astropy(format):
    def read(content):
        table = Table.read(
            content.decode() if "ecsv" in format else io.BytesIO(content), format=format
        )
        table.convert_bytestring_to_unicode()
        return table.to_pandas()

    return read


def read_gzip(read):
    return lambda content: read(gzip.decompress(content))


READERS = {
    ".csv": read_csv,
    ".csv.gz": read_gzip(read_csv),
    ".tsv": functools.partial(read_csv, sep="\t"),
    ".parquet": read_parquet,
    ".ecsv": read_astropy("ascii.ecsv"),
    ".ecsv.gz": read_gzip(read_astropy("ascii.ecsv")),
    ".fits": read_astropy("fits"),
    ".vot": read_astropy("votable"),
    ".xml": read_astropy("votable"),
}

every_format = pytest.mark.parametrize("ending", ENDINGS)


def test_every_format_is_tested():
    assert list(READERS) == list(ENDINGS)


@every_format
def test_numbers_come_back_to_the_bit(ending):
    table = catalogue(g_mag=np.float32([19.1, np.nan, 18.5]), specobjid=[BIG + 1, BIG + 3, -1])
    back = READERS[ending](to_bytes(table, ending, PROVENANCE))
    assert list(back.columns) == list(table.columns)
    assert back["source_id"].dtype == np.int64
    for name in table.columns:
        values = back[name].astype(table[name].dtype)  # CSV knows no types
        np.testing.assert_array_equal(values, table[name], err_msg=name)


@every_format
def test_whole_numbers_beside_empty_cells_keep_their_digits(ending):
    table = catalogue(objid=pd.array([BIG + 1, None, np.iinfo(np.int64).min], "Int64"))
    back = READERS[ending](to_bytes(table, ending, PROVENANCE))
    if ending in (".csv.gz", ".tsv"):  # as the cells of .csv
        return
    if ending == ".csv":  # pandas would make decimals of it
        text = to_bytes(table, ending, PROVENANCE).decode().splitlines()
        assert [line.split(",")[-1] for line in text[1:]] == [str(BIG + 1), "", str(-(2**63))]
    else:
        assert back["objid"].isna().tolist() == [False, True, False]
        assert back["objid"].dropna().astype("int64").tolist() == [BIG + 1, -(2**63)]


@every_format
def test_truth_values_times_and_text_come_back(ending):
    table = catalogue(
        good=[True, False, True],
        maybe=pd.array([True, None, False], "boolean"),
        taken=pd.to_datetime(["2026-11-22T01:02:03.5", None, "2026-01-01T00:00:00.0"]),
        name=["M 31", None, 'a,"b" <c> & d\\'],
    )
    back = READERS[ending](to_bytes(table, ending, PROVENANCE))
    assert back["good"].tolist() == [True, False, True]
    maybe = ["" if pd.isna(cell) else str(cell) for cell in back["maybe"]]
    assert maybe == ["True", "", "False"]
    assert [pd.Timestamp(back["taken"][row]) for row in (0, 2)] == table["taken"][::2].tolist()
    assert pd.isna(back["taken"][1]) or back["taken"][1] == ""
    assert back["name"].fillna("").tolist() == ["M 31", "", 'a,"b" <c> & d\\']


@every_format
def test_times_keep_their_zone(ending):
    zoned = pd.to_datetime(["2026-07-22T12:00:00.5", None, "2026-01-22T12:00:00.0"])
    table = catalogue(taken=zoned.tz_localize("Europe/Rome"))
    back = READERS[ending](to_bytes(table, ending, PROVENANCE))["taken"]
    if ending == ".parquet":
        assert str(back.dtype.tz) == "Europe/Rome"
        assert back.tolist() == table["taken"].tolist()
    else:
        assert back[0] == "2026-07-22T12:00:00.500000+02:00"
        assert pd.isna(back[1]) or back[1] == ""
        assert back[2] == "2026-01-22T12:00:00.000000+01:00"


def test_equal_tables_are_equal_files():
    """Of a .gz as well, whenever it was written."""
    for ending in (".csv.gz", ".ecsv.gz"):
        content = to_bytes(catalogue(), ending, PROVENANCE)
        assert content == to_bytes(catalogue(), ending, PROVENANCE)
        assert content[3:8] == bytes(5)  # neither a name nor a time
        assert gzip.decompress(content) == to_bytes(catalogue(), ending[:-3], PROVENANCE)


def test_the_longest_ending_counts():
    assert check_ending(Path("z.CSV.GZ")) == ".csv.gz"
    assert check_ending(Path("z.csv")) == ".csv"
    for name in ("z.gz", "z.fits.gz", ".csv.gz", "zcsv"):
        with pytest.raises(DataError, match=r"expected a name that ends in \.csv, \.csv\.gz, "):
            check_ending(Path(name))


@every_format
def test_a_catalogue_without_rows_keeps_its_columns(ending):
    table = catalogue(name=["x", "y", "z"], n=[1, 2, 3])
    back = READERS[ending](to_bytes(table.iloc[:0], ending, PROVENANCE))
    assert list(back.columns) == list(table.columns)
    assert len(back) == 0


TEXT = st.text(max_size=6).map(str.strip)  # FITS does not keep blanks at the end
CELLS = st.one_of(
    st.lists(TEXT | st.none(), min_size=3, max_size=3),
    st.lists(st.integers(-(2**63), 2**63 - 1) | st.none(), min_size=3, max_size=3),
    st.lists(st.floats(width=32) | st.none(), min_size=3, max_size=3),
    st.lists(st.booleans() | st.none(), min_size=3, max_size=3),
    st.lists(st.integers(0, 2**66) | TEXT | st.booleans() | st.none(), min_size=3, max_size=3),
    st.lists(st.datetimes() | st.none(), min_size=3, max_size=3),
    st.lists(st.binary(max_size=4).map(bytes.strip), min_size=3, max_size=3),
)


def as_read(text, ending):
    """Return text as a format gives it back."""
    if ending == ".fits":
        return plain_text(text).encode("ascii", "backslashreplace").decode()
    if ".ecsv" in ending:  # astropy reads line by line
        return plain_text(text, UNREAD).replace("\r\n", "\n")
    return text


@every_format
def test_text_of_several_lines_comes_back(ending):
    cells = ["M 31\nAndromeda", "a\tb\n# c\n\nd", "007"]
    back = READERS[ending](to_bytes(catalogue(name=cells), ending, PROVENANCE))
    assert back["name"].tolist() == [as_read(cell, ending) for cell in cells]


@every_format
def test_days_stay_days(ending):
    table = catalogue(day=[datetime.date(2026, 11, 22), None, datetime.date(2026, 1, 1)])
    back = READERS[ending](to_bytes(table, ending, PROVENANCE))["day"]
    assert [str(day) for day in back[::2]] == ["2026-11-22", "2026-01-01"]
    if ending == ".parquet":
        assert back[0] == datetime.date(2026, 11, 22)


@settings(max_examples=40)
@given(
    name=st.text(st.characters(exclude_categories=["Cc", "Cs", "Z"]), min_size=1, max_size=8),
    cells=CELLS,
)
def test_whatever_a_cell_holds_every_format_takes_it_and_gives_it_back(name, cells):
    table = catalogue()
    table[f"own_{name}"] = pd.Series(cells, dtype=object)
    expected = plain(table[f"own_{name}"])
    for ending in (".parquet", ".ecsv", ".fits", ".vot"):
        back = READERS[ending](to_bytes(table, ending, PROVENANCE))
        assert back["source_id"].tolist() == table["source_id"].tolist()
        for cell, known in zip(back.iloc[:, -1], expected, strict=True):
            if pd.isna(known) or known == "":
                assert pd.isna(cell) or cell == ""
            elif expected.dtype == object:
                assert cell == as_read(known, ending)
            elif expected.dtype.kind == "M":
                assert pd.Timestamp(cell) == known
            elif expected.dtype.kind == "b":
                assert str(cell) == str(known)
            else:
                assert cell == known


@settings(max_examples=30)
@given(st.lists(st.text(max_size=5), max_size=6, unique=True))
def test_whatever_columns_are_called_votable_and_fits_take_them(names):
    table = pd.concat([catalogue(), pd.DataFrame({name: [1, 2, 3] for name in names})], axis=1)
    for ending in (".fits", ".vot"):
        back = READERS[ending](to_bytes(table, ending, PROVENANCE))
        assert len({name.lower() for name in back.columns}) == 6 + len(names)
        assert (back.iloc[:, 6:].to_numpy() == np.array([[1], [2], [3]])).all()


@pytest.mark.parametrize("ending", [".vot", ".xml"])
def test_the_votable_is_valid(ending):
    table = catalogue(
        name=["é☃", None, "<&>"],
        n=pd.array([1, None, 3], "Int64"),
        maybe=pd.array([True, None, False], "boolean"),
        **{"predictions": 1, "1 odd-name": 2.0, "xpz_run_id": "x", "ü": 1, "Ü": 2},
    )
    report = io.StringIO()
    assert votable.validate(io.BytesIO(to_bytes(table, ending, PROVENANCE)), report) is True
    assert "found no violations" in report.getvalue()


def test_the_votable_says_what_its_columns_are_and_where_they_come_from():
    document = votable.parse(
        io.BytesIO(to_bytes(catalogue(mag=[1.0, 2.0, 3.0]), ".vot", PROVENANCE))
    )
    assert document.version == "1.4"
    fields = {field.name: field for field in document.get_first_table().fields}
    assert {name: field.datatype for name, field in fields.items()} == {
        "source_id": "long",
        **dict.fromkeys(("z", "z_lower", "z_upper", "sigma_z", "mag"), "double"),
        "flags": "int",
    }
    ucds = {name: field.ucd for name, field in fields.items() if field.ucd}
    assert ucds["source_id"] == "meta.id;meta.main"
    assert all(check_ucd(ucd, check_controlled_vocabulary=True) for ucd in ucds.values())
    assert len(ucds) == 6
    assert "90 % interval" in fields["z_lower"].description
    assert "68 %" in fields["sigma_z"].description
    infos = {info.name: info.value for info in document.resources[0].infos}
    assert infos == {key: str(value) for key, value in PROVENANCE.items()}


def test_own_columns_say_what_they_are_in_any_case_if_they_are_numbers():
    own = {"RA": [10.0, 20.0, 30.0], "Gmag": [20.0, 20.5, 21.0], "Dec": ["1:0:0", "", "2:0:0"]}
    content = to_bytes(catalogue(**own), ".vot", PROVENANCE)
    fields = {
        each.name: each for each in votable.parse(io.BytesIO(content)).iter_fields_and_params()
    }
    assert (fields["RA"].unit, fields["RA"].ucd) == ("deg", "pos.eq.ra")
    assert (fields["Gmag"].unit, fields["Gmag"].ucd) == ("mag", "phot.mag;em.opt")
    assert (fields["Dec"].unit, fields["Dec"].ucd) == (None, None)
    said = "-1 where one is missing; the row, from 0, where the input has no ids"
    assert said in " ".join(fields["source_id"].description.split())


def test_ecsv_and_parquet_carry_the_same():
    table = Table.read(to_bytes(catalogue(), ".ecsv", PROVENANCE).decode(), format="ascii.ecsv")
    assert dict(table.meta) == PROVENANCE
    assert table["z"].unit == ""
    assert table["z"].info.meta["ucd"] == "src.redshift"
    from pyarrow import parquet

    schema = parquet.read_schema(io.BytesIO(to_bytes(catalogue(), ".parquet", PROVENANCE)))
    assert json.loads(schema.metadata[b"xpz"]) == PROVENANCE
    assert schema.field("z").metadata[b"ucd"] == b"src.redshift"
    for told in (table["flags"].description, schema.field("flags").metadata[b"description"]):
        assert len(told) < 60
    said = PROVENANCE | flag_bits()
    for read in (
        Table.read(to_bytes(catalogue(), ".ecsv", said).decode(), format="ascii.ecsv").meta,
        Table.read(io.BytesIO(to_bytes(catalogue(), ".fits", said)), hdu=1).meta,
    ):
        bits = read.get("flag_bits") or read["XPZFLAGS"]
        for flag, sentence in SENTENCES.items():
            assert f"{flag.value} {flag.name}: {sentence}" in bits


def test_a_recalibrated_run_is_told_in_fits():
    asked = {"recalibrated_with": "Mine", "recalibrated_hash": "c" * 64, "prior_before": "n(z)"}
    header = fits.getheader(io.BytesIO(to_bytes(catalogue(), ".fits", PROVENANCE | asked)), 1)
    assert (header["XPZRECAL"], header["XPZRHASH"]) == ("Mine", "c" * 64)


def test_a_redshift_read_from_p_of_z_says_what_it_is():
    asked = PROVENANCE | {"answer": "mode", "prior": "table, cap 10", "prior_sha256": "ab" * 32}
    table = Table.read(to_bytes(catalogue(), ".ecsv", asked).decode(), format="ascii.ecsv")
    assert table["z"].description == "Redshift, the mode of p(z)"
    assert table["sigma_z"].description == (
        "Half the width of the 68 % interval of z, before it is stretched to hold z"
    )
    header = fits.open(io.BytesIO(to_bytes(catalogue(), ".fits", asked)))[1].header
    assert (header["XPZANSWR"], header["XPZPRIOR"]) == ("mode", "table, cap 10")
    assert header["XPZPRSHA"] == "ab" * 32
    assert "calibrated" not in table["z_lower"].description


def test_intervals_that_are_calibrated_for_another_prior_are_called_so():
    asked = PROVENANCE | {"answer": "mean", "prior": "flat, cap 10", "interval_note": "Not so."}
    table = Table.read(to_bytes(catalogue(), ".ecsv", asked).decode(), format="ascii.ecsv")
    votes = Table.read(io.BytesIO(to_bytes(catalogue(), ".vot", asked)))
    header = fits.open(io.BytesIO(to_bytes(catalogue(), ".fits", asked)))[1].header
    assert header["XPZINOTE"] == "Not so."
    for name in ("z_lower", "z_upper", "sigma_z"):
        assert table[name].description.endswith(", not calibrated for this prior")
        comment = header[f"TCOMM{table.colnames.index(name) + 1}"]
        assert table[name].description == comment
        assert " ".join(votes[name].description.split()) == comment
    assert "calibrated" not in table["z"].description


def test_the_fits_header_says_it_within_the_standard():
    own = {"a b": [1, 2, 3], "ü": [1, 2, 3], "ra": [10.0, 20.0, 30.0]}
    content = to_bytes(catalogue(**own), ".fits", PROVENANCE)
    with fits.open(io.BytesIO(content)) as file:
        file.verify("exception")
        header = file["PREDICTIONS"].header
        assert header["XPZRUN"] == "compact-20k"
        assert header["XPZNET"] == "a" * 64
        assert header["XPZDATA"] == PROVENANCE["data_name"]
        assert header["XPZNAME"] == r"kompakt f\xfcr alle"
        assert header["XPZLEVEL"] == 0.9
        assert header["TUCD2"] == "src.redshift"
        assert header["TTYPE7"] == "a_b"
        assert header["TCOMM7"] == "a b"
        assert header["TUNIT9"] == "deg"
        assert header["TUCD9"] == "pos.eq.ra"
        assert header["DATE"] == "2026-11-22T10:39:35.621"
        assert len(set(header)) > 30


def test_what_has_no_keyword_of_fits_is_a_comment_of_it():
    said = "of whom nobody has thought yet, " * 5
    content = to_bytes(catalogue(), ".fits", PROVENANCE | {"new_key": said})
    comments = fits.open(io.BytesIO(content))[1].header["COMMENT"]
    assert "".join(map(str, comments)).split()[:4] == ["xpz", "new_key:", "of", "whom"]


def test_more_columns_than_fits_takes_are_refused_with_a_way_out():
    wide = pd.concat([catalogue(), pd.DataFrame(np.zeros((3, 994)))], axis=1)
    with pytest.raises(DataError, match="at most 999 columns, these are 1000; choose another"):
        to_bytes(wide, ".fits", PROVENANCE)
    assert to_bytes(wide.iloc[:, :-1], ".fits", PROVENANCE)


@pytest.mark.parametrize("name", ["table", "table.txt", "table.vot.gz"])
def test_an_unknown_ending_is_refused(name, tmp_path):
    with pytest.raises(DataError, match=r"expected a name that ends in .csv, .*\.vot or .xml"):
        check_ending(tmp_path / name)


@every_format
def test_a_file_holds_the_same_as_the_download(ending, tmp_path):
    path = tmp_path / f"new/TABLE{ending.upper()}"
    write_table(catalogue(), path, PROVENANCE)
    assert path.read_bytes() == to_bytes(catalogue(), ending, PROVENANCE)
    assert [file.name for file in path.parent.iterdir()] == [path.name]


def test_a_table_that_cannot_be_written_leaves_the_old_one(tmp_path):
    path = tmp_path / "table.fits"
    write_table(catalogue(), path, PROVENANCE)
    before = path.read_bytes()
    wide = pd.concat([catalogue(), pd.DataFrame(np.zeros((3, 994)))], axis=1)
    with pytest.raises(DataError):
        write_table(wide, path, PROVENANCE)
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


@every_format
def test_a_cross_match_is_a_table_of_sources_again(ending, tmp_path):
    table = pd.DataFrame(
        {
            "source_id": np.array([2915477294342471680, 2**62 + 1], np.int64),
            "z_spec": [0.1, 0.2],
            "separation_arcsec": [0.3, 0.5],
            "redshift_row": np.array([7, 2], np.int64),
            "ra": [1.0, 359.0],
            "dec": [-1.0, 89.0],
            "g_mag": [17.0, np.nan],
        }
    )
    path = tmp_path / f"matches{ending}"
    write_table(table, path, {"created": "2026-12-02T00:00:00Z", "account": "{}"})
    columns = ["source_id", "ra", "dec", "g_mag"]
    pd.testing.assert_frame_equal(read_sources(path), table[columns])
    if ending in (".fits", ".vot"):
        content = path.read_bytes().lower()
        assert b"matches" in content
        assert b"predict" not in content
