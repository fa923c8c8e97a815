import hashlib
import json
import subprocess
import sys

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from pyarrow import parquet

from core.config import to_dict
from core.data.card import ContentHash, DatasetCard
from core.data.dataset import load_dataset, make_dataset, save_dataset
from core.data.dataset_files import read_card
from core.data.layout import CARD_KEY
from core.data.writer import DatasetWriter
from core.errors import ConfigError, DataError

UGC = ("redshift_ugc", "redshift_ugc_lower", "redshift_ugc_upper")
ARRAYS = ("flux", "z", "source_id", "flux_error", "g_mag", *UGC)


def assert_equal(left, right):
    for name in ARRAYS:
        a, b = getattr(left, name), getattr(right, name)
        np.testing.assert_array_equal(a, b, err_msg=name)
        assert a is None or a.dtype == b.dtype


def test_what_was_saved_is_loaded(dataset, tmp_path):
    path = tmp_path / "folder" / "set.parquet"
    save_dataset(dataset, path)

    loaded = load_dataset(path)

    assert_equal(loaded, dataset)
    assert loaded.card == dataset.card == read_card(path)
    beside = json.loads((tmp_path / "folder" / "set.card.json").read_text())
    assert beside == to_dict(dataset.card)
    assert sorted(p.name for p in path.parent.iterdir()) == ["set.card.json", "set.parquet"]


def test_without_optional_columns(columns, tmp_path):
    dataset = make_dataset(columns["flux"], columns["z"], name="bare")
    save_dataset(dataset, tmp_path / "bare.parquet")
    loaded = load_dataset(tmp_path / "bare.parquet")
    assert_equal(loaded, dataset)
    assert loaded.flux_error is None
    np.testing.assert_array_equal(loaded.source_id, np.arange(len(dataset)))


def test_types_and_layout_of_the_file(dataset, tmp_path):
    save_dataset(dataset, tmp_path / "set.parquet")
    schema = parquet.read_schema(tmp_path / "set.parquet")
    spectrum = pa.list_(pa.field("element", pa.float32(), nullable=False), 186)
    assert [(field.name, field.type) for field in schema] == [
        ("source_id", pa.int64()),
        ("z", pa.float64()),
        ("flux", spectrum),
        ("flux_error", spectrum),
        ("g_mag", pa.float32()),
        ("redshift_ugc", pa.float32()),
        ("redshift_ugc_lower", pa.float32()),
        ("redshift_ugc_upper", pa.float32()),
    ]


def test_arrays_are_cast_and_the_callers_left_alone(columns):
    flux = np.asfortranarray(columns["flux"].astype(">f8"))
    before = flux.copy()
    dataset = make_dataset(flux, columns["z"].astype("f4"), np.arange(60, dtype="u2"), name="cast")
    assert (dataset.flux.dtype, dataset.z.dtype) == (np.dtype("f4"), np.dtype("f8"))
    assert dataset.source_id.dtype == np.dtype("i8")
    assert dataset.flux.flags.c_contiguous
    np.testing.assert_array_equal(flux, before)


def test_hash_is_that_of_the_three_columns(columns):
    ids, z, flux = columns["source_id"], columns["z"], columns["flux"]
    stored = (ids.astype("<i8"), z.astype("<f8"), flux.astype("<f4"))
    parts = [hashlib.sha256(values.tobytes()) for values in stored]
    expected = hashlib.sha256(b"".join(part.digest() for part in parts)).hexdigest()
    assert make_dataset(flux, z, ids, name="x").card.hash == expected


@pytest.mark.parametrize("column", ["flux", "z", "source_id"])
def test_hash_tells_any_change(columns, column):
    changed = columns | {column: columns[column].copy()}
    changed[column].flat[-1] += 1e-3 if column != "source_id" else 1000
    one, two = (make_dataset(**c, name="x").card.hash for c in (columns, changed))
    assert one != two


def test_hash_and_rows_do_not_depend_on_chunks(dataset, columns, tmp_path):
    path = tmp_path / "chunks.parquet"
    with DatasetWriter(path, name="A set", origin="simulated") as writer:
        for start, stop in ((0, 1), (1, 40), (40, 60)):
            writer.write(**{name: values[start:stop] for name, values in columns.items()})
    assert writer.card.hash == dataset.card.hash
    assert_equal(load_dataset(path), dataset)
    assert parquet.read_metadata(path).num_row_groups == 3


def test_hash_of_no_rows_differs_from_that_of_some(columns):
    some = ContentHash()
    some.update(columns["source_id"], columns["z"], columns["flux"])
    assert some.hexdigest() != ContentHash().hexdigest()


@pytest.mark.parametrize("rows", [np.array([5, 3, 3 + 7]), np.arange(60) % 2 == 0])
def test_take(dataset, rows):
    part = dataset.take(rows)
    for name in ARRAYS:
        np.testing.assert_array_equal(getattr(part, name), getattr(dataset, name)[rows])
    again = make_dataset(part.flux, part.z, part.source_id, name="x")
    assert (part.card.n_galaxies, part.card.hash) == (len(part), again.card.hash)
    assert part.card.origin == "simulated"


class TestAllOrNothing:
    """A writer that fails leaves the folder as it was."""

    @pytest.fixture(autouse=True)
    def unchanged(self, tmp_path, dataset):
        self.path = tmp_path / "set.parquet"
        save_dataset(dataset, self.path)
        before = self.files()
        yield
        assert self.files() == before

    def files(self):
        return {path.name: path.read_bytes() for path in self.path.parent.iterdir()}

    def write(self, *chunks, error=None, **about):
        with DatasetWriter(self.path, name="x", **about) as writer:
            for chunk in chunks:
                writer.write(**chunk)
            if error:
                raise error

    @pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt, SystemExit])
    def test_error_of_the_caller(self, columns, error):
        with pytest.raises(error):
            self.write(columns, error=error)

    def test_no_rows(self):
        with pytest.raises(DataError, match="no rows"):
            self.write()

    def test_an_id_that_comes_again_in_another_chunk(self, columns):
        with pytest.raises(DataError, match=f"repeated id {columns['source_id'][0]} at row 61"):
            self.write(columns, columns)

    def test_bad_row_in_the_second_chunk(self, columns):
        columns["z"][2] = 7
        low, high = (
            {k: v[part] for k, v in columns.items()} for part in (slice(10), slice(10, 20))
        )
        with pytest.raises(DataError, match=r"received 7\.0 at row 13, column 'z'"):
            self.write(high, low)

    def test_columns_that_change(self, columns):
        bare = {name: columns[name] for name in ("source_id", "z", "flux")}
        with pytest.raises(DataError, match="columns source_id, z, flux in every chunk"):
            self.write(bare, columns)

    def test_card_that_json_cannot_hold(self, columns):
        with pytest.raises(TypeError, match="not JSON serializable"):
            self.write(columns, config={"a": object()})

    def test_disk_that_fails(self, columns, monkeypatch):
        def full(*_):
            raise OSError(28, "No space left on device")

        monkeypatch.setattr("os.replace", full)
        with pytest.raises(OSError, match="no space is left"):
            self.write(columns)


def test_a_name_that_is_not_parquet(dataset, tmp_path):
    with pytest.raises(DataError, match=r"must end in '\.parquet'"):
        save_dataset(dataset, tmp_path / "set.csv")


class TestForeignFiles:
    def test_no_file(self, tmp_path):
        for opened in (load_dataset, read_card):
            with pytest.raises(DataError, match=r"none\.parquet: there is no such file"):
                opened(tmp_path / "none.parquet")

    @pytest.mark.parametrize("content", [b"", b"PAR1", b"x" * 1000])
    def test_no_parquet(self, tmp_path, content):
        path = tmp_path / "set.parquet"
        path.write_bytes(content)
        for opened in (load_dataset, read_card):
            with pytest.raises(DataError, match="expected a Parquet file that can be read"):
                opened(path)

    def test_damaged_pages(self, dataset, tmp_path):
        path = tmp_path / "set.parquet"
        save_dataset(dataset, path)
        content = bytearray(path.read_bytes())
        content[4:1000] = bytes(996)
        path.write_bytes(content)
        with pytest.raises(DataError, match=r"set\.parquet: "):
            load_dataset(path)

    def test_other_columns(self, tmp_path):
        path = tmp_path / "set.parquet"
        pd.DataFrame({"z": [0.1], "flux_0": [1.0]}).to_parquet(path)
        with pytest.raises(DataError, match="column 'source_id' is missing; import it as a table"):
            load_dataset(path)

    def test_other_types(self, dataset, tmp_path):
        path = tmp_path / "set.parquet"
        save_dataset(dataset, path)
        table = parquet.read_table(path)
        for column, values in (
            ("flux", table["flux"].cast(pa.list_(pa.float64(), 186))),
            ("flux", pa.array([[1.0]] * 60, pa.list_(pa.float32(), 1))),
            ("flux", pa.array(["a"] * 60)),
            ("source_id", table["source_id"].cast(pa.float64(), safe=False)),
        ):
            place = table.schema.get_field_index(column)
            parquet.write_table(table.set_column(place, column, values), path)
            with pytest.raises(DataError, match=f"column '{column}' holds .* import it as a table"):
                load_dataset(path)

    def rewrite(self, dataset, path, change=lambda table: table, **metadata):
        """Save the set as another program would, without our card."""
        save_dataset(dataset, path)
        parquet.write_table(
            change(parquet.read_table(path)).replace_schema_metadata(metadata), path
        )

    def test_file_without_a_card(self, dataset, tmp_path):
        path = tmp_path / "foreign.parquet"
        self.rewrite(dataset, path)
        loaded = load_dataset(path)
        assert_equal(loaded, dataset)
        assert (loaded.card.origin, loaded.card.name) == ("unknown", "foreign")
        assert loaded.card.hash == dataset.card.hash
        assert read_card(path) == DatasetCard("foreign", n_galaxies=60, created="")

    def test_empty_cells(self, dataset, tmp_path):
        def without_id(table):
            ids = pa.array([None, *table["source_id"].to_pylist()[1:]], pa.int64())
            return table.set_column(0, "source_id", ids)

        path = tmp_path / "foreign.parquet"
        self.rewrite(dataset, path, without_id)
        with pytest.raises(DataError, match="column 'source_id' has 1 empty cell"):
            load_dataset(path)

    def test_invalid_values(self, dataset, tmp_path):
        path = tmp_path / "foreign.parquet"
        self.rewrite(dataset, path, lambda t: t.set_column(1, "z", pa.array(dataset.z + 5)))
        with pytest.raises(DataError, match=r"foreign\.parquet: expected a redshift from 0"):
            load_dataset(path)

    @pytest.mark.parametrize(
        ("card", "message"),
        [
            ("{", "card in this file is damaged"),
            ('{"name": "x", "colour": "red"}', "unknown setting 'colour'"),
            ('{"name": "x", "origin": "invented"}', "expected one of simulated, observed, unknown"),
            ('{"name": "x", "n_galaxies": 7}', "says 7 galaxies, the file holds 60"),
        ],
    )
    def test_damaged_card(self, dataset, tmp_path, card, message):
        path = tmp_path / "foreign.parquet"
        self.rewrite(dataset, path, **{CARD_KEY.decode(): card})
        with pytest.raises(DataError, match=message):
            load_dataset(path)


def test_unknown_origin():
    with pytest.raises(ConfigError, match="expected one of simulated, observed, unknown"):
        DatasetCard("x", origin="invented")


def test_arrow_is_loaded_only_where_files_are_read():
    code = "import sys, core.data.imported_dataset; sys.exit('pyarrow.parquet' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
