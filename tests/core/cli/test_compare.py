import json
import re
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from core.cli.compare import show_differences
from core.data.dataset import load_dataset, make_dataset, save_dataset
from core.runs import Run, open_run

ROOT = Path(__file__).parents[3]
RUNS = ROOT / "assets" / "runs"
OLD, NEW = RUNS / "dissertation-20k", RUNS / "compact-20k"


@pytest.fixture(scope="module")
def with_ugc(tmp_path_factory):
    """The first 300 shipped galaxies, with redshifts of UGC that are 0.1 too high."""
    path = tmp_path_factory.mktemp("data") / "ugc.parquet"
    part = load_dataset(ROOT / "data" / "simulated-20k.parquet").take(np.arange(300))
    save_dataset(
        make_dataset(
            part.flux,
            part.z,
            part.source_id,
            flux_error=part.flux_error,
            redshift_ugc=part.z + 0.1,
            name="With UGC",
            origin="observed",
        ),
        path,
    )
    return path


def test_galaxies_that_tell_no_release_are_warned_of_once(xpz, with_ugc):
    said = xpz("compare", OLD, NEW, "--data", with_ugc).stderr
    assert said.count("With UGC does not say of which release of Gaia") == 1


def test_two_runs_are_compared_for_people(xpz):
    lines = xpz("compare", OLD, NEW).stdout.splitlines()
    assert lines[0] == "the common test part: 2,029 galaxies"
    by_title = {line[:24].strip(): line for line in lines}
    assert by_title["Batch size"].split() == ["Batch", "size", "16", "128"]
    assert by_title["Scaling"].split(None, 2)[1:] == ["Min-max", "Shape + level + noise"]
    assert "Seed" not in by_title
    old, new = (open_run(RUNS, path.name).summary()["evaluation"]["mae"] for path in (OLD, NEW))
    assert re.fullmatch(
        rf"compact-20k is better than dissertation-20k by {old - new:.5f} ± 0\.00031 in MAE on "
        r"2,029 common galaxies\.",
        lines[-3],
    )
    assert lines[-2].startswith("± is one standard error of the difference")
    assert lines[-1] == "RAIL's outliers rank no run: each has a limit by its own scatter."
    rows = [line for line in lines if line.startswith("MAE ")]
    assert rows[0].split()[1] == f"{old:.4f}"
    inside = open_run(RUNS, NEW.name).predictions().eval("z_lower <= z_spec <= z_upper").mean()
    assert f" {100 * inside:.2f} % [" in next(
        line for line in lines if line.startswith("In its own 68 % interval")
    )
    assert rows[1].endswith("compact-20k is better")


def test_what_is_called_better_is_not_shown_as_0(capsys):
    numbers = {"difference": -3.8e-5, "standard_error": 1.5e-5, "low": -6.7e-5, "high": -9e-6}
    row = numbers | {"better": "b", "sentence": ""}
    names = {"a": "a", "b": "b"}
    show_differences({"names": names, "reference": "a", "differences": {"b": {"mae": row}}})
    printed = capsys.readouterr().out
    said = ["-0.000038", "±", "0.000015", "[-0.000067,", "-0.000009]", "b", "is", "better"]
    assert printed.splitlines()[2].split() == ["MAE", *said]
    assert "RAIL" not in printed


def test_the_account_counts_galaxies_that_are_not_in_every_test_part(xpz, tmp_path):
    run = open_run(tmp_path, shutil.copytree(OLD, tmp_path / "old").name)
    run.predictions()[:500].to_parquet(run.predictions_path)
    result = xpz("compare", run.path, NEW, "--json")
    account = json.loads(result.stdout)["account"]
    assert account["left_out"] == {"not in the test part of every run": 2029 - 500}
    assert (account["rows"], account["used"], account["unique_ids"]) == (2029, 500, 2029)
    lines = xpz("compare", run.path, NEW).stderr.splitlines()
    assert lines[-1] == f"{'used':<52} {500:>12,}"


def test_all_settings_on_request(xpz):
    assert "\nSeed " in xpz("compare", OLD, NEW, "--all-settings").stdout


def test_json_holds_what_is_printed(xpz):
    report = json.loads(xpz("compare", OLD, NEW, "--json").stdout)
    assert report["names"] == {name: name for name in ("dissertation-20k", "compact-20k")}
    assert report["differences"]["compact-20k"]["mae"]["n"] == 2029
    bias = report["differences"]["compact-20k"]["bias"]
    assert bias["metric"] == "abs_bias"
    assert bias["difference"] == bias["b"] - bias["a"]
    assert bias["a"] == abs(report["metrics"]["dissertation-20k"]["bias"]["value"])
    assert report["settings"]["training.batch_size"]["compact-20k"] == 128


def test_json_finds_runs_by_their_ids_whatever_people_call_them(xpz, tmp_path):
    old, new = (shutil.copytree(path, tmp_path / path.name) for path in (OLD, NEW))
    Run(old).annotate(name="Published")  # a name that stands for something else
    Run(new).annotate(name="My galaxies")
    report = json.loads(xpz("compare", old, new, "--json").stdout)
    assert report["names"] == {OLD.name: f"Published ({OLD.name})", NEW.name: "My galaxies"}
    assert report["reference"] == OLD.name
    assert list(report["metrics"]) == [OLD.name, NEW.name]
    for rows in (*report["settings"].values(), *report["facts"].values()):
        assert list(rows) == [OLD.name, NEW.name]
    (found,) = (report["differences"][NEW.name]["mae"],)
    assert found["better"] == NEW.name
    assert found["sentence"].startswith("My galaxies is better than Published")
    lines = xpz("compare", old, new).stdout.splitlines()
    assert f"My galaxies minus Published ({OLD.name}): below 0, My galaxies is better" in lines
    assert any(line.startswith("MAE ") and line.endswith("My galaxies is better") for line in lines)
    assert any(line.startswith("Settings") and line.endswith("My galaxies") for line in lines)


def test_a_run_is_compared_with_ugc_on_galaxies_that_it_has_not_seen(xpz, with_ugc):
    result = xpz("compare", NEW, "--data", with_ugc, "--ugc", "--json")
    report = json.loads(result.stdout)
    assert report["names"] == {"compact-20k": "compact-20k", "Gaia UGC": "Gaia UGC"}
    assert report["metrics"]["Gaia UGC"]["mae"]["value"] == pytest.approx(0.1, abs=1e-6)
    galaxies = report["galaxies"]
    assert galaxies["n"] + galaxies["n_seen"] == 300
    assert f"Left out: {galaxies['n_seen']} galaxies" in result.stderr
    assert "trained on simulated spectra" in result.stderr


def test_galaxies_that_ugc_does_not_know_are_counted(xpz, with_ugc, tmp_path):
    known = load_dataset(with_ugc)
    ugc = known.redshift_ugc.copy()
    ugc[:100] = np.nan
    path = tmp_path / "partly.parquet"
    save_dataset(replace(known, redshift_ugc=ugc), path)
    result = xpz("compare", NEW, "--data", path, "--ugc", "--json")
    galaxies = json.loads(result.stdout)["galaxies"]
    assert 0 < galaxies["n_without_ugc"] <= 100
    assert galaxies["n"] + galaxies["n_seen"] + galaxies["n_without_ugc"] == 300
    account = json.loads(result.stdout)["account"]
    assert account["left_out"] == {
        "a run was trained with it": galaxies["n_seen"],
        "no redshift of Gaia UGC": galaxies["n_without_ugc"],
    }
    assert (account["rows"], account["used"]) == (300, galaxies["n"])
    left_out = f"Left out: {galaxies['n_without_ugc']} galaxies without a redshift of Gaia UGC."
    assert left_out in result.stderr


def test_the_same_settings_are_no_table(xpz, with_ugc):
    assert "\nSettings: none differs\n" in xpz("compare", NEW, "--data", with_ugc, "--ugc").stdout


def test_what_cannot_be_compared_is_one_sentence(xpz, tmp_path):
    for words, message in (
        ([NEW], "Give 2 to 8 runs to compare"),
        ([NEW, OLD, "--ugc"], "--ugc needs --data"),
        ([NEW, NEW], "Expected different runs to compare"),
        ([NEW, tmp_path / "nowhere"], "There is no run 'nowhere'"),
    ):
        result = xpz("compare", *words)
        assert result.exit_code
        assert message in result.stderr
        assert "Traceback" not in result.output
