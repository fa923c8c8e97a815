"""The names of `core`: brought in when asked for, typed, and their examples run."""

import ast
import doctest
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from astropy.table import Table

import core
from core.errors import ConfigError, DataError, RunError

ROOT = Path(__file__).parents[2]
SHIPPED = ROOT / "assets" / "runs"
SAMPLE = ROOT / "data" / "samples" / "simulated-galaxies.csv"


@pytest.fixture
def at_home(tmp_path, monkeypatch):
    """A folder with the shipped data where examples may write."""
    (tmp_path / "data").symlink_to(ROOT / "data")
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("XPZ_RUNS_DIR", raising=False)
    return tmp_path


def test_importing_core_brings_in_nothing_else():
    code = "import sys; import core; print(*sys.modules); assert 'train' in dir(core)"
    result = subprocess.run(
        [sys.executable, "-X", "importtime", "-c", code],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert not {"numpy", "pandas", "tensorflow", "keras", "click"} & set(result.stdout.split())
    (line,) = [line for line in result.stderr.splitlines() if line.endswith("| core")]
    assert int(line.split("|")[1]) < 100_000  # microseconds


def test_type_checkers_see_every_name_where_it_comes_from():
    tree = ast.parse(Path(core.__file__).with_suffix(".pyi").read_text())
    typed = {alias.asname: node.module for node in tree.body for alias in node.names}
    assert set(core.__all__) == set(typed)


def test_every_name_is_there_and_documented():
    for name in core.__all__:
        assert getattr(core, name).__doc__, name


def test_a_name_that_is_not_there_is_no_attribute():
    with pytest.raises(AttributeError, match="No core attribute tarin"):
        _ = core.tarin


def test_the_examples_give_what_they_show(at_home):
    finder, runner = doctest.DocTestFinder(recurse=False), doctest.DocTestRunner()
    with_examples = set()
    for name, thing in [("core", core), *((name, getattr(core, name)) for name in core.__all__)]:
        if name == "PRESETS":
            continue
        for example in finder.find(thing, name, globs={}):
            with_examples |= {name} if example.examples else set()
            runner.run(example)
    assert runner.failures == 0
    assert with_examples == {"core", *core.__all__} - {"PRESETS"}


def test_a_run_is_found_by_its_id_its_folder_or_itself(at_home):
    by_id = core.open_run("compact-20k")
    assert by_id.path == SHIPPED / "compact-20k"
    assert core.open_run(str(by_id.path)) == core.open_run(by_id.path) == by_id
    assert core.open_run(by_id) is by_id


def test_your_own_run_comes_before_a_shipped_one_of_the_same_id(at_home, monkeypatch):
    folder = at_home / "mine" / "compact-20k"
    folder.mkdir(parents=True)
    (folder / "config.json").write_text((SHIPPED / "compact-20k" / "config.json").read_text())
    assert core.open_run("compact-20k", at_home / "mine").path == folder
    monkeypatch.setenv("XPZ_RUNS_DIR", "mine")
    assert core.open_run("compact-20k").path == folder
    assert {run.path for run in core.list_runs()} > {folder, SHIPPED / "compact-520k"}


@pytest.mark.parametrize(
    ("wanted", "message"),
    [
        ("compact-20", "no run 'compact-20'. Did you mean compact-20k or compact-520k"),
        ("assets/compact-520k", "no run 'compact-520k' in .*assets. Did you mean compact-520k"),
        ("zzz", "no run 'zzz'. `xpz runs` lists"),
        ("../..", "no run '.*' in .*. `xpz runs` lists"),
    ],
)
def test_a_run_that_is_not_there_is_told_with_those_alike(at_home, wanted, message):
    with pytest.raises(RunError, match=message):
        core.open_run(wanted)


def test_redshifts_of_a_file_are_judged_by_a_column_of_it(at_home):
    table = core.predict_files("compact-20k", SAMPLE).table
    table = table[table["what"] == "galaxy"]
    found = core.evaluate(table, n_resamples=50)
    assert found["mae"] == pytest.approx((table["z"] - table["z_spec"]).abs().mean())
    again = core.evaluate(table.drop(columns="z_spec"), z_spec=table["z_spec"], n_resamples=50)
    assert again == found
    share = table.eval("z_lower <= z_spec <= z_upper").mean()
    assert found["own_interval"]["value"] == pytest.approx(share)
    texts = table.astype({"z_lower": str, "z_upper": str})
    assert core.evaluate(texts, n_resamples=50)["own_interval"] == found["own_interval"]
    some = table.assign(z_upper=table["z_upper"].where(table["z"] > 0.1))
    assert "own_interval" not in core.evaluate(some, n_resamples=50)


def test_an_interval_whose_ends_are_crossed_is_told_by_its_row(at_home):
    table = core.predict_files("compact-20k", SAMPLE).table
    table = table[table["what"] == "galaxy"].reset_index(drop=True)
    low, high = table.loc[7, ["z_lower", "z_upper"]]
    table.loc[7, ["z_lower", "z_upper"]] = high, low
    table.loc[2, "z_spec"] = np.nan  # a row that is left out counts, too
    told = (
        rf"^Columns z_lower and z_upper, row 8 of the table: .* received {high:g} and {low:g} \("
        r"1 such row\)\. Correct them, or .*drop\(columns=\['z_lower', 'z_upper'\]\)"
    )
    with pytest.warns(UserWarning, match="Left out: 1 of"), pytest.raises(DataError, match=told):
        core.evaluate(table, n_resamples=50)
    with pytest.warns(UserWarning, match="Left out: 1 of"):
        found = core.evaluate(table.drop(columns=["z_lower", "z_upper"]), n_resamples=50)
    assert "own_interval" not in found


def test_rows_without_a_redshift_are_left_out_and_counted(at_home):
    table = core.predict_files("compact-20k", SAMPLE).table
    with pytest.warns(UserWarning, match=r"Left out: 6 of 66 rows: \d+ no redshift; \d+ no pred"):
        found = core.evaluate(table, n_resamples=50)
    assert found["n"] == table[["z", "z_spec"]].notna().all(axis=1).sum()


def test_a_galaxy_in_several_rows_counts_once(at_home):
    table = core.predict_files("compact-20k", SAMPLE).table.query("what == 'galaxy'")
    once = core.evaluate(table, n_resamples=50)
    five_times = pd.concat([table] * 5)
    with pytest.warns(UserWarning, match=r"^\d+ galaxies in \d+ rows: one that comes in several"):
        assert core.evaluate(five_times, n_resamples=50) == once


def test_redshifts_that_a_data_set_would_not_take_are_not_judged_by(at_home):
    table = core.predict_files("compact-20k", SAMPLE).table.query("what == 'galaxy'")
    few = core.evaluate(table.iloc[20:], n_resamples=50)
    z_spec, zwarn = table["z_spec"].to_numpy(copy=True), np.zeros(len(table), int)
    z_spec[:10], z_spec[10:15], z_spec[15:20] = 1.1, -9999, 0
    zwarn[:10] = 4
    table = table.assign(z_spec=z_spec, ZWARN=zwarn)
    with pytest.warns(
        UserWarning, match=r"Left out: 20 of .*: 5 no redshift; .*10 warning flag \("
    ):
        assert core.evaluate(table, n_resamples=50) == few
    with pytest.raises(DataError, match=r"left out are 10 of 10 rows: 10 warning flag \(ZWARN\)"):
        core.evaluate(table.iloc[:10])


def test_a_table_without_true_redshifts_says_what_it_wants(at_home):
    table = core.predict_files("compact-20k", SAMPLE).table.drop(columns="z_spec")
    with pytest.raises(DataError, match=r"true ones in a column z_spec.*evaluate\(table, z_spec"):
        core.evaluate(table)
    with pytest.raises(DataError, match=r"one true redshift per row of the table \(66\)"):
        core.evaluate(table, z_spec=[0.1])
    table = table.assign(note=["0.1"] * 4 + ["?"] * (len(table) - 4))
    with pytest.raises(DataError, match=r"Column note, row 5 of the table: .* received '\?'"):
        core.evaluate(table, z_spec="note")


def test_what_is_neither_a_run_nor_a_data_frame_is_told(at_home):
    with pytest.raises(DataError, match=r"received an object of type Table\. .* to_pandas"):
        core.evaluate(Table({"z": [0.1], "z_spec": [0.1]}))


def test_a_run_is_judged_on_galaxies_that_it_has_not_seen(at_home):
    galaxies = core.load_dataset("data/simulated-20k.parquet").take(np.arange(300))
    with pytest.warns(UserWarning, match="Left out: .* of 300 galaxies, which compact-20k"):
        found = core.evaluate("compact-20k", galaxies, n_resamples=50)
    assert 0 < found["n"] < 100


def test_comparing_takes_two_runs(at_home):
    with pytest.raises(ConfigError, match="two runs or more to compare, received 1"):
        core.compare(["compact-20k"])


def test_training_waits_and_gives_a_run_to_go_on_with(at_home):
    from dataclasses import replace

    galaxies = core.load_dataset("data/simulated-20k.parquet").take(np.arange(300))
    few = core.PRESETS["compact"]
    few = replace(few, training=replace(few.training, epochs=1, batch_size=64))
    (at_home / "data").unlink()
    run = core.train(galaxies, few, name="Few", device="cpu")
    assert run.is_complete
    assert run.data_path.parent == at_home / "data" / "local"
    assert core.open_run(run.run_id) == run
    assert core.evaluate(run.run_id, n_resamples=20)["n"] == len(run.predictions())
    assert json.loads((run.path / "status.json").read_text())["state"] == "done"
    assert "Traceback" not in run.log()
    with pytest.raises(RunError, match="Did you mean"):
        core.train(galaxies, start=run.run_id[:-2])
    with pytest.raises(ConfigError, match="Unknown preset 'compct'"):
        core.train(galaxies, "compct")
