"""What a worker does with a file, in this process."""

import json
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from unittest.mock import MagicMock

import numpy as np
import pandas as pd
import pytest

from core.data.dataset import save_dataset
from core.data.instrument import Instrument
from core.errors import RunError
from core.prediction import Estimator, predict_files
from core.scale import cluster, predict_folder
from core.scale import piece as pieces
from core.scale.folder import CatalogueFolder, key_of
from core.scale.piece import Piece, work_on
from core.scale.question import Question, differences
from core.scale.schema import bring_to, common_schema, differing_units
from tests.core.scale.conftest import read_parts, save_spectra


@pytest.fixture
def folder(tmp_path):
    return CatalogueFolder(tmp_path / "z", tmp_path / "pz")


@pytest.fixture
def question(mixture_run, folder):
    asked = Question.of(
        Estimator(mixture_run), {}, with_densities=True, ids=None, ids_path=folder.ids_path
    )
    folder.begin(asked.settings(), asked.provenance)
    return asked


def piece_of(path, folder):
    key, status = key_of(path), path.stat()
    return Piece(
        str(path), key, path.name, key, status.st_size, status.st_mtime_ns,
        str(folder.path), str(folder.densities),
    )  # fmt: skip


def test_a_large_file_becomes_several_parts(
    mixture_run, galaxies, folder, question, tmp_path, monkeypatch
):
    monkeypatch.setattr(pieces, "BLOCK_SPECTRA", 8)
    monkeypatch.setattr(pieces, "PART_ROWS", 16)
    monkeypatch.setattr("core.prediction.catalogue.catalogue.BLOCK_SPECTRA", 8)
    save_spectra(galaxies.take(np.arange(50)), tmp_path / "a.csv", n=np.arange(50))
    piece = piece_of(tmp_path / "a.csv", folder)
    outcome = work_on(piece, question)
    assert [part.rows for part in outcome.parts] == [16, 16, 16, 2]
    place = folder.staged_piece(piece.name)
    names = [f"{piece.key}-0000{i}.parquet" for i in range(4)]
    assert sorted(path.name for path in place.glob("*.parquet")) == names
    found = pd.concat([pd.read_parquet(place / name) for name in names], ignore_index=True)
    expected = predict_files(mixture_run, tmp_path / "a.csv").table
    found = found.drop(columns=["file", "repeated"])
    pd.testing.assert_frame_equal(found, expected, check_exact=True)
    # It waits, to be taken in by whoever planned it, unless the file has changed since.
    assert folder.read_staged(piece.name, piece.of) == outcome
    assert folder.read_staged(piece.name, piece.of | {"size": 1}) is None
    gone = place / names[1]
    content = gone.read_bytes()
    gone.unlink()
    assert folder.read_staged(piece.name, piece.of) is None
    gone.write_bytes(content)
    # The same again: the same bytes.
    before = {path: path.read_bytes() for path in folder.path.rglob("*.parquet")}
    assert work_on(piece, question) == outcome
    assert before == {path: path.read_bytes() for path in folder.path.rglob("*.parquet")}


def test_spectra_that_a_prior_by_magnitude_cannot_serve_are_counted(
    galaxies, folder, question, tmp_path, monkeypatch
):
    monkeypatch.setattr(Estimator, "without_g", lambda self, spectra, table: len(table) - 1)
    save_spectra(galaxies.take(np.arange(3)), tmp_path / "a.csv")
    noted = work_on(piece_of(tmp_path / "a.csv", folder), question).account["noted"]
    assert noted["without a G magnitude, so not under the prior by G"] == 2


@pytest.fixture
def here(monkeypatch):
    """Let this process do what workers do, in blocks of 8 rows and parts of 16; count pieces."""
    monkeypatch.setattr(pieces, "BLOCK_SPECTRA", 8)
    monkeypatch.setattr(pieces, "PART_ROWS", 16)
    monkeypatch.setattr("core.prediction.catalogue.catalogue.BLOCK_SPECTRA", 8)
    monkeypatch.setattr("core.scale.work.PART_ROWS", 16)
    done = []

    def in_turn(_, do, items, words, meanwhile):
        items = iter(items)
        while (item := next(items, None)) is not None:
            meanwhile()
            done.append(item)
            yield item, do(*words(item))

    monkeypatch.setattr(cluster, "run_bounded", in_turn)
    monkeypatch.setattr(cluster, "opened", lambda *_: nullcontext(MagicMock()))
    return done


def save_in_groups(dataset, path, rows, **columns):
    """Write spectra as Parquet, in row groups of so many rows."""
    table = pd.DataFrame({"flux": list(dataset.flux), **columns})
    table.to_parquet(path, row_group_size=rows)


@pytest.mark.parametrize(
    ("rows", "firsts", "n"),
    [
        (7, [0, 56], 7),
        (16, [0, 16, 32, 48, 64, 80, 96], 7),
        (24, [0, 24, 48, 72, 96], 9),
        (120, [0], 7),
    ],
)
def test_a_large_parquet_file_is_done_in_pieces(
    mixture_run, galaxies, here, rows, firsts, n, tmp_path
):
    some = galaxies.take(np.arange(100))
    path = tmp_path / "large.parquet"
    save_in_groups(some, path, rows, source_id=some.source_id, text=[f"t{i}" for i in range(100)])
    folder = tmp_path / "z"
    done = predict_folder(mixture_run, path, folder, densities=tmp_path / "pz")
    assert [piece.first for piece in here] == firsts
    assert "".join(part.stem[-1] for part in sorted(folder.glob("*.parquet"))) == "012345678"[:n]
    single = predict_files(mixture_run, path)
    expected = single.table.assign(file="large.parquet")
    found = read_parts(folder).drop(columns="repeated")
    pd.testing.assert_frame_equal(
        found, expected[list(found.columns)], check_exact=True, check_dtype=False
    )
    assert done.account == single.account
    assert not list((folder / "_xpz" / "staged").iterdir())
    predict_folder(mixture_run, path, folder, densities=tmp_path / "pz")
    assert len(here) == len(firsts)


def test_without_ids_rows_have_the_numbers_of_their_file(mixture_run, galaxies, here, tmp_path):
    some = galaxies.take(np.arange(50))
    some.flux[30] = np.nan
    save_in_groups(some, tmp_path / "large.parquet", 24)
    done = predict_folder(mixture_run, tmp_path / "large.parquet", tmp_path / "z")
    assert len(here) == 3
    assert read_parts(tmp_path / "z")["source_id"].tolist() == list(range(50))
    assert (done.account.ids, done.account.rows) == (0, 50)


def test_finished_pieces_of_a_file_wait_for_the_next_start(mixture_run, galaxies, here, tmp_path):
    some = galaxies.take(np.arange(50))
    save_in_groups(some, tmp_path / "large.parquet", 16, source_id=some.source_id)

    def stop(_):
        if len(here) == 2:
            raise KeyboardInterrupt

    folder = tmp_path / "z"
    with pytest.raises(KeyboardInterrupt):
        predict_folder(mixture_run, tmp_path / "large.parquet", folder, progress=stop)
    assert not list(folder.glob("*.parquet"))
    assert len(list((folder / "_xpz" / "staged").iterdir())) == 2
    here.clear()
    predict_folder(mixture_run, tmp_path / "large.parquet", folder)
    assert [piece.first for piece in here] == [32, 48]
    assert len(read_parts(folder)) == 50


def test_a_file_that_breaks_leaves_nothing(galaxies, folder, question, tmp_path, monkeypatch):
    monkeypatch.setattr(pieces, "BLOCK_SPECTRA", 8)
    monkeypatch.setattr(pieces, "PART_ROWS", 16)
    save_spectra(galaxies.take(np.arange(50)), tmp_path / "a.csv")
    text = (tmp_path / "a.csv").read_text()
    (tmp_path / "a.csv").write_text(text + "no" + text.splitlines()[-1] + "\n")
    outcome = work_on(piece_of(tmp_path / "a.csv", folder), question)
    assert outcome.state == "failed"
    assert "received 'no" in outcome.reason
    for root in folder.roots:
        assert not list(folder.staged(root).iterdir())


def test_a_file_that_is_replaced_while_it_is_read_fails(galaxies, folder, question, tmp_path):
    save_spectra(galaxies.take(np.arange(5)), tmp_path / "a.csv")
    piece = piece_of(tmp_path / "a.csv", folder)
    save_spectra(galaxies.take(np.arange(6)), tmp_path / "a.csv")
    outcome = work_on(piece, question)
    assert outcome.state == "failed"
    assert outcome.reason.startswith(f"{tmp_path}/a.csv: was changed while it was read.")
    assert not list(folder.staged(folder.path).iterdir())


def test_what_nobody_expected_names_the_file(folder, question, tmp_path, monkeypatch):
    save = tmp_path / "a.csv"
    save.write_text("x")

    def fail(*_, **__):
        raise KeyError("flux")

    monkeypatch.setattr(pieces, "open_spectra", fail)
    outcome = work_on(piece_of(save, folder), question)
    assert (outcome.state, outcome.reason) == ("failed", f"{save}: an unexpected KeyError: 'flux'")


def test_another_run_at_the_same_place_is_no_answer(mixture_run, folder, question, tmp_path):
    changed = Question(**{**vars(question), "hashes": {**question.hashes, "model.onnx": "0"}})
    (tmp_path / "a.csv").write_text("x")
    outcome = work_on(piece_of(tmp_path / "a.csv", folder), changed)
    assert outcome.state == "stop"
    assert "model.onnx: expected the file that the catalogue was started with" in outcome.reason
    older = Question(**{**vars(question), "provenance": {"xpz_version": "0.0.1"}})
    with pytest.raises(RunError, match=r"the catalogue is made with 0\.0\.1\. Install the same"):
        older.estimator()


@pytest.mark.parametrize(
    "columns",
    [
        ([1, 2], [3, None]),
        ([1, 2], [0.5, 2.5]),
        ([1, 2**60 + 1], [0.5, 2.5]),
        ([None, None], ["a", None]),
        ([None, None], [None, None]),
        ([True, False], ["a", "b"]),
        (["2020-01-01T00:00:00Z"], ["2020-01-01"]),
    ],
)
def test_parts_of_different_types_are_brought_together(columns, tmp_path):
    """As a single table of both holds them."""
    from pyarrow import parquet

    from core.prediction import to_bytes, write_table
    from core.prediction.catalogue.joined import join_tables

    said = {"interval_level": 0.68}
    tables = []
    for i, values in enumerate(columns):
        own = pd.Series(values, dtype="Int64" if i and None in values and 3 in values else None)
        if "2020" in str(values):
            own = pd.to_datetime(own)
        tables.append(pd.DataFrame({"source_id": np.arange(len(values)), "own": own}))
        write_table(tables[-1].assign(repeated=False), tmp_path / f"{i}.parquet", said)
    paths = sorted(tmp_path.glob("*.parquet"))
    schema = common_schema([parquet.read_metadata(path) for path in paths])
    (tmp_path / "marks").mkdir()
    for path in paths:
        bring_to(path, schema, tmp_path / "marks")
    found = pd.concat([pd.read_parquet(path) for path in paths], ignore_index=True)
    whole = tmp_path / "whole.parquet"
    whole.write_bytes(to_bytes(join_tables(tables), ".parquet", said))
    expected = parquet.read_table(whole)
    if str(expected.schema.field("own").type) != "null":
        assert schema.field("own").type == expected.schema.field("own").type
    pd.testing.assert_frame_equal(
        found.drop(columns="repeated"), pd.read_parquet(whole), check_exact=True, check_dtype=False
    )
    assert json.loads(parquet.read_schema(paths[0]).metadata[b"xpz"]) == said
    assert not [path for path in Path(tmp_path).iterdir() if path.name.startswith(".")]


def test_spectra_of_another_instrument_fail_unless_one_insists(
    mixture_run, galaxies, folder, tmp_path
):
    rows = replace(galaxies.card, instrument=Instrument("Gaia DR4"))
    save_dataset(replace(galaxies.take(np.arange(5)), card=rows), tmp_path / "dr4.parquet")
    piece = piece_of(tmp_path / "dr4.parquet", folder)
    settings = []
    for insists in (False, True):
        estimator = Estimator(mixture_run, other_instrument=insists)
        asked = Question.of(estimator, {}, with_densities=False, ids=None, ids_path=folder.ids_path)
        settings.append(asked.settings())
        if not insists:
            folder.begin(asked.settings(), asked.provenance)
        outcome = work_on(replace(piece, densities=""), asked)
        if insists:
            (part,) = outcome.parts
            assert part.flags["OTHER_INSTRUMENT"] == 5
        else:
            assert outcome.state == "failed"
            assert outcome.reason.startswith(f"{piece.path}: expected spectra of Gaia DR3")
    said = ["--other-instrument: none there, yes asked for"]
    assert differences(*settings) == said


def test_the_schema_of_all_parts_says_of_columns_what_holds_in_all(tmp_path):
    from pyarrow import parquet

    from core.prediction import write_table

    for i, unit in enumerate(("mag", "mmag")):
        table = pd.DataFrame({"source_id": [i], "rmag": [19.5], "vel": [i if i else 0.5]})
        told = {"rmag": unit, "vel": "km/s"}
        table.attrs = {"units": told, "descriptions": {"rmag": "Petrosian r"}}
        write_table(table.assign(repeated=False), tmp_path / f"{i}.parquet", {"account": "{}"})
    paths = sorted(tmp_path.glob("*.parquet"))
    footers = [parquet.read_metadata(path) for path in paths]
    schema = common_schema(footers)
    assert schema.field("rmag").metadata == {b"description": b"Petrosian r"}
    assert schema.field("vel").metadata == {b"unit": b"km/s"}
    assert differing_units(footers).startswith("Units differ from file to file in 'rmag' (mag, mm")
    # A part that is rewritten, here for the type of vel, still says what holds in it.
    (tmp_path / "marks").mkdir()
    bring_to(paths[1], schema, tmp_path / "marks")
    own = parquet.read_schema(paths[1]).field("rmag").metadata
    assert own == {b"unit": b"mmag", b"description": b"Petrosian r"}
