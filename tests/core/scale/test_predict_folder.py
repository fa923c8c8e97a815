"""A catalogue in parts: the single process's rows, and every start goes on where one ended."""

import json
import os
import shutil

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from pyarrow import dataset, parquet

from core.errors import DataError, RunError
from core.prediction import Estimator, predict_files, writing_pz
from core.scale import predict_folder
from core.scale.folder import CatalogueFolder
from tests.core.scale.conftest import assert_is_single, read_parts, save_spectra

NOWHERE = "tcp://127.0.0.1:9"
"""No scheduler is there: whoever needs one fails."""


@pytest.fixture(scope="module")
def made(mixture_run, bulk, cluster, tmp_path_factory):
    """A catalogue with p(z), made once."""
    folder = tmp_path_factory.mktemp("made")
    told = []
    done = predict_folder(
        mixture_run,
        bulk,
        folder / "z",
        densities=folder / "pz",
        scheduler=cluster.address,
        progress=lambda progress: told.append(progress.words()),
    )
    assert told[-1].startswith("7 of 7 files, 1 failed, 200 spectra")
    return folder, done


@pytest.fixture
def copied(made, tmp_path):
    """A copy of the catalogue, to do something to."""
    for name in ("z", "pz"):
        shutil.copytree(made[0] / name, tmp_path / name)
    return tmp_path


def test_the_parts_hold_what_a_single_process_finds(made, single):
    folder, done = made
    assert_is_single(folder / "z", single)
    assert (done.rows, done.redshifts) == (200, 200)
    n_flags = sum(int(flags).bit_count() for flags in single.table["flags"])
    assert sum(done.flags.values()) == n_flags


def test_z_spec_is_the_known_redshift_whatever_files_call_it(made, galaxies):
    found = read_parts(made[0] / "z").set_index("source_id")
    known = found.loc[galaxies.source_id[:200], "z_spec"]
    np.testing.assert_allclose(known, galaxies.z[:200])
    assert set(found["z_input"]) == {0.77}


def test_the_account_is_that_of_a_single_process(made, single):
    account = json.loads((made[0] / "z" / "_xpz" / "account.json").read_text())
    expected = json.loads(json.dumps(single.account.to_json()))
    for each in (account, expected):
        each["left_aside"].sort()
    assert account == expected
    assert made[1].account.adds_up


def test_the_shift_of_the_training_set_is_that_of_a_single_process(made, single):
    schema = parquet.read_schema(made[0] / "z" / "_common_metadata")
    about = json.loads(schema.metadata[b"xpz"])
    assert about["training_shift"] == single.shift.to_json() == made[1].shift.to_json()
    assert json.loads(about["training_shift"])["n"] == 200
    # The description of a part's flags points to what its own metadata say of them.
    parts = list((made[0] / "z").glob("[0-9a-z]*.parquet"))
    assert parts
    for path in parts:
        part = parquet.read_schema(path)
        assert b"see flag_bits" in part.field("flags").metadata[b"description"]
        assert json.loads(part.metadata[b"xpz"])["flag_bits"] == about["flag_bits"]
    samples = [path.stem for path in (made[0] / "z" / "_xpz" / "samples").iterdir()]
    assert len(samples) == 5  # of the file that failed is none


def test_densities_are_those_of_a_single_process(made, mixture_run, bulk, tmp_path):
    estimator = Estimator(mixture_run)
    with writing_pz(tmp_path / "pz.parquet", estimator.density_z, estimator.provenance) as store:
        predict_files(estimator, bulk, densities=store)
    expected = parquet.read_table(tmp_path / "pz.parquet").drop(["row"])
    paths = sorted((made[0] / "pz").glob("*.parquet"))
    assert [path.name for path in paths] == [
        path.name for path in sorted((made[0] / "z").glob("*.parquet"))
    ]
    found = pa.concat_tables([parquet.read_table(path).drop(["row"]) for path in paths])
    assert found.replace_schema_metadata().equals(expected.replace_schema_metadata())
    for path in paths:  # rows are those of the part of the same name
        rows = parquet.read_table(path)["row"].to_numpy()
        ids = pd.read_parquet(made[0] / "z" / path.name)["source_id"].to_numpy()
        np.testing.assert_array_equal(ids[rows], parquet.read_table(path)["source_id"])


def test_whoever_reads_parquet_reads_the_folder(made):
    folder = made[0] / "z"
    rows = read_parts(folder)
    assert len(pd.read_parquet(folder)) == len(rows)
    assert dataset.parquet_dataset(folder / "_metadata").count_rows() == len(rows)
    schema = parquet.read_schema(folder / "_common_metadata")
    assert schema.names == list(rows.columns)
    assert schema.field("z").metadata[b"ucd"] == b"src.redshift"
    said = json.loads(schema.metadata[b"xpz"])
    assert json.loads(said["account"])["rows"] == len(rows)
    assert said["run_id"] == "mixture-run"
    of_part = json.loads(parquet.read_schema(next(folder.glob("*.parquet"))).metadata[b"xpz"])
    assert of_part.items() <= said.items()
    import dask.dataframe

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DASK_DATAFRAME__CONVERT_STRING", "False")
        assert len(dask.dataframe.read_parquet(folder)) == len(rows)


def test_what_is_finished_is_not_done_again(made, mixture_run, bulk, copied):
    before = {path: path.stat().st_mtime_ns for path in copied.rglob("*.parquet")}
    words = {"densities": copied / "pz", "scheduler": NOWHERE}
    done = predict_folder(mixture_run, bulk, copied / "z", **words)
    assert (done.skipped, done.rows, done.failed) == (7, 200, made[1].failed)
    assert before == {path: path.stat().st_mtime_ns for path in copied.rglob("*.parquet")}


def test_a_part_that_is_missing_is_made_again(mixture_run, bulk, copied, cluster, single):
    (first, *_) = sorted((copied / "pz").glob("*.parquet"))
    content = first.read_bytes()
    first.unlink()
    staged = [copied / root / "_xpz" / "staged" for root in ("z", "pz")]
    for folder in staged:  # of tasks that ran once more, finished and not
        for name in ("done-before", ".done-before-01234567"):
            (folder / name).mkdir()
            (folder / name / "part").touch()
    done = predict_folder(
        mixture_run, bulk, copied / "z", densities=copied / "pz", scheduler=cluster.address
    )
    assert done.skipped == 6
    assert [list(folder.iterdir()) for folder in staged] == [[], []]
    assert first.read_bytes() == content
    assert_is_single(copied / "z", single)


def test_while_there_is_something_to_do_nothing_says_that_it_is_whole(
    mixture_run, bulk, copied, cluster, single
):
    words = {"densities": copied / "pz", "scheduler": cluster.address}
    (first, *_) = sorted((copied / "pz").glob("*.parquet"))
    first.unlink()

    def stop(_):
        raise KeyboardInterrupt

    assert (copied / "z" / "_metadata").is_file()
    with pytest.raises(KeyboardInterrupt):
        predict_folder(mixture_run, bulk, copied / "z", progress=stop, **words)
    for folder in ("z", "pz"):
        assert not list((copied / folder).glob("_*metadata"))
    predict_folder(mixture_run, bulk, copied / "z", **words)
    assert len(list(copied.rglob("_*metadata"))) == 4
    assert_is_single(copied / "z", single)


def test_a_failed_file_is_listed_and_read_again_when_asked(mixture_run, bulk, cluster, tmp_path):
    file = tmp_path / "in" / "a.csv"
    file.parent.mkdir()
    shutil.copy(bulk / "stars_0.csv", file.with_name("b.csv"))
    good, bad = (bulk / "stars_0.csv").read_text(), (bulk / "stars_5.csv").read_text()
    file.write_text(bad.ljust(len(good), "\n"))
    as_it_was = file.stat()
    words = {"scheduler": cluster.address}
    out = tmp_path / "out"
    done = predict_folder(mixture_run, file.parent, out, **words)
    (reason,) = done.failed.values()
    assert "a.csv: expected 64-bit whole numbers in column 'source_id', received 'no id'" in reason
    listed = pd.read_csv(out / "_xpz" / "failed.csv")
    assert listed.to_dict("records") == [{"file": str(file), "reason": reason}]
    file.write_text(good.ljust(as_it_was.st_size, "\n"))
    os.utime(file, ns=(as_it_was.st_atime_ns, as_it_was.st_mtime_ns))
    assert predict_folder(mixture_run, file.parent, out, **words).failed == done.failed
    done = predict_folder(mixture_run, file.parent, out, retry_failed=True, **words)
    assert not done.failed
    assert not (out / "_xpz" / "failed.csv").exists()
    # Both files hold the same sources.
    assert_is_single(out, predict_files(mixture_run, file.parent))
    assert read_parts(out)["repeated"].all()
    assert done.account.repeated_ids == 40


def test_a_file_that_changed_takes_the_place_of_what_it_was(
    mixture_run, galaxies, cluster, tmp_path
):
    files = tmp_path / "in"
    files.mkdir()
    for name, start in (("a", 0), ("b", 10)):
        save_spectra(galaxies.take(np.arange(start, start + 10)), files / f"{name}.csv", n=1)
    words = {"scheduler": cluster.address}
    predict_folder(mixture_run, files, tmp_path / "out", **words)
    # Text, and a column more: the part that stays gets both.
    save_spectra(galaxies.take(np.arange(30, 35)), files / "b.csv", n="x", more=2.5)
    done = predict_folder(mixture_run, files, tmp_path / "out", **words)
    assert done.skipped == 1
    single = predict_files(mixture_run, files)
    assert list(single.table["n"]) == ["1"] * 10 + ["x"] * 5
    assert_is_single(tmp_path / "out", single)
    assert len(pd.read_parquet(tmp_path / "out")) == 15


def test_another_question_is_refused_and_says_what_differs(mixture_run, bulk, copied):
    before = sorted(path.name for path in copied.rglob("*"))
    with pytest.raises(DataError, match=r"otherwise \(--level: 0\.68 there, 0\.9 asked for\)"):
        predict_folder(mixture_run, bulk, copied / "z", densities=copied / "pz", level=0.9)
    with pytest.raises(DataError, match=r"\(--pz: yes there, no asked for\)"):
        predict_folder(mixture_run, bulk, copied / "z")
    assert sorted(path.name for path in copied.rglob("*")) == before


def test_a_folder_of_others_is_left_alone(mixture_run, bulk, tmp_path):
    pd.DataFrame({"a": [1]}).to_parquet(tmp_path / "mine.parquet")
    for overwrite in (False, True):
        with pytest.raises(DataError, match=r"holds mine\.parquet, which is not of a catalogue"):
            predict_folder(mixture_run, bulk, tmp_path, overwrite=overwrite)
    with pytest.raises(DataError, match="files of spectra that are read lie in this folder"):
        predict_folder(mixture_run, bulk, bulk)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.parquet"]


def test_only_one_process_writes_a_catalogue(mixture_run, bulk, copied):
    folder = CatalogueFolder(copied / "z", copied / "pz")
    with folder.locked(), pytest.raises(RunError, match="another process writes this catalogue"):
        predict_folder(mixture_run, bulk, copied / "z", densities=copied / "pz")


def test_without_spectra_there_is_no_catalogue(mixture_run, cluster, tmp_path):
    (tmp_path / "list.csv").write_text("name,mag\na,1\n")
    with pytest.raises(DataError, match=r"None of these files can be used.*list\.csv"):
        predict_folder(
            mixture_run, tmp_path / "list.csv", tmp_path / "out", scheduler=cluster.address
        )
    assert not list((tmp_path / "out").glob("*metadata"))


def test_a_file_without_one_usable_row_fails(mixture_run, galaxies, cluster, tmp_path):
    files = tmp_path / "in"
    files.mkdir()
    save_spectra(galaxies.take(np.arange(5)), files / "a.csv")
    some = galaxies.take(np.arange(5, 8))
    some.flux[:, 9] = np.nan
    save_spectra(some, files / "b.csv")
    done = predict_folder(mixture_run, files, tmp_path / "z", scheduler=cluster.address)
    single = predict_files(mixture_run, files)
    assert [(files / name, reason) for name, reason in single.refused_files] == [
        (files / "b.csv", reason) for reason in done.failed.values()
    ]
    assert "b.csv: not one of its 3 spectra can be used: " in done.failed[str(files / "b.csv")]
    assert_is_single(tmp_path / "z", single)


def test_a_scheduler_that_does_not_answer_is_named(mixture_run, bulk, tmp_path, monkeypatch):
    monkeypatch.setattr("core.scale.cluster.CONNECT_SECONDS", 1)
    with pytest.raises(RunError, match="9: no Dask scheduler answers there"):
        predict_folder(mixture_run, bulk, tmp_path / "out", scheduler=NOWHERE)


def test_only_sources_that_are_asked_for_are_predicted(
    mixture_run, galaxies, cluster, tmp_path, monkeypatch
):
    files = tmp_path / "in"
    files.mkdir()
    some = galaxies.take(np.arange(60))
    save_spectra(some.take(np.arange(30)), files / "a.csv")
    save_spectra(some.take(np.arange(30, 60)), files / "b.csv")
    # By its name, it holds none; whoever opens it finds that it is no table.
    (files / "XpContinuousMeanSpectrum_000000-000001.csv").write_text("no table")
    ids = np.sort(some.source_id[[3, 7, 40]])
    words = {"scheduler": cluster.address, "densities": tmp_path / "pz", "ids": ids}
    done = predict_folder(mixture_run, files, tmp_path / "z", **words)
    assert done.files == 2
    assert_is_single(tmp_path / "z", predict_files(mixture_run, [files / "a.csv", files / "b.csv"],
                                                   only=ids))  # fmt: skip
    assert read_parts(tmp_path / "z")["source_id"].tolist() == some.source_id[[3, 7, 40]].tolist()
    account = done.account
    assert (account.rows, account.used, account.left_out["not asked for"]) == (60, 3, 57)
    assert account.adds_up
    assert account.left_aside == [
        "1 file is not opened: its name tells that it holds none of the ids."
    ]
    with pytest.raises(DataError, match=r"\(--ids: the same sources are not asked"):
        predict_folder(mixture_run, files, tmp_path / "z", **words | {"ids": ids[:2]})
    with pytest.raises(DataError, match="no spectra of the 1 source_id asked for; there is no cat"):
        predict_folder(mixture_run, files / "a.csv", tmp_path / "x", ids=ids[-1:] + 2**40,
                       scheduler=cluster.address)  # fmt: skip
    with pytest.raises(DataError, match="none of these files holds one of the ids"):
        predict_folder(
            mixture_run, files / "XpContinuousMeanSpectrum_000000-000001.csv", tmp_path / "y",
            ids=ids,
        )  # fmt: skip
