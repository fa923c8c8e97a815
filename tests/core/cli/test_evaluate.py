import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from core.data.dataset import load_dataset, save_dataset
from core.evaluation.calibration import pit_ks
from core.runs import open_run

ROOT = Path(__file__).parents[3]
SHIPPED_RUN = ROOT / "assets" / "runs" / "dissertation-20k"
DATA = ROOT / "data" / "simulated-20k.parquet"


@pytest.fixture
def with_densities(tmp_path):
    """A run whose predictions have scores of Gaussian densities."""
    run = open_run(tmp_path, shutil.copytree(SHIPPED_RUN, tmp_path / "gaussian").name)
    table = run.predictions()
    x = (table["z_spec"] - table["z_pred"]) / 0.03
    scores = {"sigma_z": 0.03, "pit": stats.norm.cdf(x), "crps": 0.01 * x**2, "cde_loss": -x}
    table.assign(**scores).to_parquet(run.predictions_path)
    return run


def test_scores_of_densities_are_judged(xpz, with_densities):
    density = json.loads(xpz("evaluate", "--run", with_densities.path, "--json").stdout)["density"]
    table = with_densities.predictions()
    assert density["crps"] == pytest.approx(table["crps"].mean())
    assert density["cde_loss"] == pytest.approx(table["cde_loss"].mean())
    assert density["sharpness"] == pytest.approx(0.03)
    assert density["pit_ks"] == pytest.approx(pit_ks(table["pit"]))
    inside = np.abs(2 * table["pit"] - 1) <= 0.9
    assert density["coverage"][2]["coverage"] == pytest.approx(inside.mean())


def test_scores_of_densities_are_printed_for_people(xpz, with_densities):
    lines = xpz("evaluate", "--run", with_densities.path).stdout.splitlines()
    scores = lines[lines.index("p(z)") + 1 :][:8]
    table = with_densities.predictions()
    assert scores[0].split()[:2] == ["CRPS", f"{table['crps'].mean():.4f}"]
    assert scores[3].split()[:4] == ["PIT,", "KS", "distance", f"{pit_ks(table['pit']):.4f}"]
    assert scores[5].startswith("Coverage of 68 % intervals")


@pytest.mark.parametrize("words", [(), ("--data", DATA)])
def test_the_share_inside_the_intervals_of_a_run_of_points_is_told(xpz, words):
    words = ("evaluate", "--run", SHIPPED_RUN, *words)
    own = json.loads(xpz(*words, "--json").stdout)["own_interval"]
    assert own["low"] < own["value"] < own["high"]
    if len(words) == 3:
        inside = open_run(SHIPPED_RUN.parent, SHIPPED_RUN.name).predictions()
        assert own["value"] == inside.eval("z_lower <= z_spec <= z_upper").mean()
    value, low, high = (f"{100 * own[name]:.2f}" for name in ("value", "low", "high"))
    (line,) = [row for row in xpz(*words).stdout.splitlines() if "68 %" in row]
    assert line.startswith("Inside their 68 % interval")
    assert line.endswith(f"{value} %   [{low}, {high} %]")


def test_the_account_of_the_galaxies_adds_up(xpz, tmp_path):
    alone = json.loads(xpz("evaluate", "--run", SHIPPED_RUN, "--json").stdout)["account"]
    assert alone["rows"] == alone["used"] == alone["unique_ids"] == 2029
    path = tmp_path / "some.parquet"
    save_dataset(load_dataset(DATA).take(np.arange(200)), path)
    words = ("evaluate", "--run", SHIPPED_RUN, "--data", path)
    account = json.loads(xpz(*words, "--json").stdout)["account"]
    (left_out,) = account["left_out"].values()
    assert 100 < left_out < 200
    assert account["used"] == 200 - left_out
    lines = xpz(*words).stderr.splitlines()
    assert f"{'left out: a run was trained with it':<52} {left_out:>12,}" in lines
    assert lines[-1] == f"{'used':<52} {200 - left_out:>12,}"


def test_a_run_of_points_has_no_scores_of_densities(xpz):
    assert "density" not in json.loads(xpz("evaluate", "--run", SHIPPED_RUN, "--json").stdout)
    assert "p(z)" not in xpz("evaluate", "--run", SHIPPED_RUN).stdout


def test_of_a_run_with_densities_their_coverage_is_told_once(xpz, with_densities):
    words = ("evaluate", "--run", with_densities.path)
    assert "own_interval" not in json.loads(xpz(*words, "--json").stdout)
    assert xpz(*words).stdout.count("68 %") == 1
