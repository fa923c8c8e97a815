import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from core.data.dataset import load_dataset, save_dataset
from core.evaluation import HEADLINE
from core.model.config import NetworkConfig, Recipe
from core.prediction.calibration.calibration import Calibration
from core.prediction.calibration.changes import changes
from core.runs import Run
from core.sharing.model_card import model_card
from tests.support.commands import check_documented
from tests.support.finished_runs import save_point_run

ROOT = Path(__file__).parents[3]
SHIPPED_DATA = ROOT / "data" / "simulated-20k.parquet"


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A small run of the time before calibrations, and its data set."""
    folder = tmp_path_factory.mktemp("made")
    dataset, path = load_dataset(SHIPPED_DATA).take(np.arange(4000)), folder / "small.parquet"
    save_dataset(dataset, path)
    recipe = Recipe(NetworkConfig((), ()))
    return save_point_run(folder, dataset, "elsewhere.parquet", "older", recipe), path


@pytest.fixture
def older_run(made, tmp_path):
    return Run(shutil.copytree(made[0].path, tmp_path / "older"))


def test_an_older_run_is_calibrated_and_told_how_well(xpz, older_run, made):
    words = ("calibrate", "--run", older_run.path, "--data", made[1])
    result = xpz(*words)
    assert result.exit_code == 0, result.output
    assert "wrote calibration.npz, predictions.parquet, summary.json in" in result.output
    assert Calibration.load(older_run) is not None
    share = 100 * older_run.summary()["coverage"]["68"]
    assert f"  68 %    {share:.2f} %" in result.output
    outside = 100 * ((older_run.predictions()["flags"] & 8) > 0).mean()
    assert 0 < outside < 100
    assert f"OUTSIDE_DOMAIN   {outside:6.2f} %" in result.output
    told = json.loads(xpz(*words, "--json").stdout)
    check_documented("xpz calibrate", told)
    covered = {row["level"]: row["coverage"] for row in told["coverage"]}
    assert covered[0.68] == pytest.approx(share / 100)
    assert told["flags"]["OUTSIDE_DOMAIN"] == pytest.approx(outside / 100)


def test_what_is_wrong_is_one_sentence(xpz, older_run):
    result = xpz("calibrate", "--run", older_run.path)
    assert result.exit_code == 1
    assert "name its place: --data FILE" in result.output
    assert "Traceback" not in result.output
    assert not older_run.calibration_path.exists()


def test_galaxies_of_ones_own_make_a_run_by_their_side(xpz, tmp_path):
    mine, runs = tmp_path / "mine.parquet", tmp_path / "runs"
    save_dataset(load_dataset(SHIPPED_DATA).take(np.arange(300)), mine)
    command = ("calibrate", "--run", "dissertation-20k", "--data", mine, "--runs-dir", runs)
    refused = xpz(*command)
    assert refused.exit_code == 1
    assert "at least 60 galaxies that dissertation-20k was not trained with" in refused.output
    save_dataset(load_dataset(SHIPPED_DATA).take(np.arange(2500)), mine)
    result = xpz(*command, "--name", "Mine")
    assert result.exit_code == 0, result.output
    (made,) = runs.iterdir()
    assert f"{made.name}: made in {made}" in result.output
    assert "galaxies, which dissertation-20k was trained or calibrated with" in result.output
    assert "Inside their 68 % interval" in result.output
    # Numbers go by the names of their definitions.
    shown = {line[:46].rstrip(): line.split()[-1] for line in result.output.splitlines() if line}
    for name in ("mae", "bias", "sigma_nmad"):
        number = Run(made).result()["evaluation"][name]
        assert shown[HEADLINE[name].title] == f"{number:.4f}"
    # The card says afterwards what the command said, and so does the report, which holds it.
    section = next(each for each in model_card(Run(made)).sections if each.heading == "Calibration")
    said, _, table = section.blocks
    assert said.words == " ".join(changes(Calibration.load(Run(made))))
    assert all(sentence in result.output for sentence in changes(Calibration.load(Run(made))))
    lines = {" ".join(line.split()) for line in result.output.splitlines()}
    assert {" ".join(row) for row in table.rows} <= lines
    assert Run(made).config.name == "Mine"
    judged = xpz("evaluate", "--run", made, "--data", mine, "--json")
    assert json.loads(judged.stdout)["mae"] == Run(made).result()["evaluation"]["mae"]
    assert "Each of them is judged by a calibration without it." in judged.stderr
    again = xpz(*command, "--name", "Mine", "--json")
    assert "Another run is called 'Mine' already." in again.stderr
    told = json.loads(again.stdout)
    assert told["n"] == Run(made).result()["n_test"]
    assert [row["level"] for row in told["coverage"]][:2] == [0.5, 0.68]


def test_a_name_is_for_a_new_run_alone(xpz, older_run, made):
    result = xpz("calibrate", "--run", older_run.path, "--data", made[1], "--name", "Mine")
    assert result.exit_code == 2
    assert "--name is for a new run" in result.output
    gone = xpz("calibrate", "--run", older_run.path, "--data", "gone.parquet", "--name", "Mine")
    assert gone.exit_code == 1
    assert "gone.parquet: there is no such file." in gone.output
