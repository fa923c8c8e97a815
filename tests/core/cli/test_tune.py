"""`xpz tune`, without processes: those are met in tests/core/tuning."""

import json
import shutil
import sys
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from core.cli.search import follow, in_words
from core.config import to_dict
from core.data.dataset import make_dataset, save_dataset
from core.model.presets import COMPACT
from core.tuning.config import NONE_LEFT
from core.tuning.dimension import Dimension
from core.tuning.search import Budget, Trial, list_searches
from core.tuning.space import Space
from core.tuning.spaces import SPACES


@pytest.fixture
def toy_space():
    return Space("toy", COMPACT, (Dimension("units_1", "int", 4, 64),))


@pytest.fixture
def toy_file(tmp_path):
    path = tmp_path / "toy.parquet"
    save_dataset(
        make_dataset(np.ones((5, 186), np.float32), np.linspace(0.1, 0.2, 5), name="toy"), path
    )
    return path


@pytest.fixture
def no_process(monkeypatch):
    """Let a program that fails at once stand for the process."""
    monkeypatch.setattr(sys, "executable", shutil.which("false"))


def test_a_search_is_made_listed_and_shown(
    xpz, tmp_path, toy_file, toy_space, no_process, monkeypatch
):
    space = tmp_path / "space.json"
    space.write_text(json.dumps(to_dict(toy_space)))
    words = ("--data", toy_file, "--space", space, "--runs-dir", tmp_path, "--minutes", 9)
    result = xpz(
        "tune", *words, "--patience", 3, "--seed", 5, "--algorithm", "random", "--name", "By name"
    )
    assert result.exit_code == 0, result.output
    (search,) = list_searches(tmp_path)
    assert result.stdout.strip() == search.search_id
    config = search.config
    assert config.space == toy_space
    assert (config.patience, config.seed, config.algorithm) == (3, 5, "random")
    assert config.budget == Budget(minutes=9)
    none = xpz("tune", "trials", "--search", search.path)
    assert none.stdout == ""
    assert none.stderr.endswith(": no trial has begun.\n")
    search.write_ended(
        Trial(1, {"units_1": 4}, 2, state="done", mae=0.02, best_epoch=1, started="x")
    )
    search.write_ended(Trial(2, {"units_1": 5}, 2, state="done", mae=0.01, best_epoch=1))
    words = ("tune", "trials", "--search", search.path)
    assert [row["trial"] for row in json.loads(xpz(*words, "--json").stdout)] == [2, 1]
    assert xpz(*words, "--csv").stdout.splitlines()[1].startswith("2,done,0.01")
    assert xpz(*words).stdout.split()[:3] == ["trial", "state", "mae"]
    search.write_begun(Trial(3, {}, 2))
    rows = json.loads(xpz(*words, "--json").stdout)
    assert repr([row["units_1"] for row in rows]) == "[5, 4, None]"
    assert repr([row["best_epoch"] for row in rows]) == "[1, 1, None]"
    last = xpz(*words).stdout.splitlines()[-1]
    assert last.split() == ["3", "unfinished", "-", "-", "0", "0", "0", "-"]
    told = in_words(pd.DataFrame({"scaling": ["shape_noise"], "units_1": [4]}))
    assert told.to_dict("list") == {"scaling": ["Shape + level + noise"], "units_1": [4]}
    # What --search takes: among other runs than yours, the folder.
    listed = xpz("tune", "list", "--runs-dir", tmp_path).stdout
    assert listed.split()[0] == str(search.path)
    assert listed.endswith("  By name\n")
    search.write_status(replace(search.status(), state="done", message=NONE_LEFT))
    assert xpz("tune", "list", "--runs-dir", tmp_path).stdout.endswith(f"  {NONE_LEFT}\n")
    more = xpz("tune", "resume", "--search", search.path, "--trials", 50)
    assert more.exit_code == 1
    assert "found no untried combination after 2 trials" in more.stderr
    search.write_status(replace(search.status(), message=""))
    elsewhere = ("tune", "promote", "--search", search.search_id, "--queue", "--runs-dir")
    named = xpz(*elsewhere, tmp_path)
    assert named.exit_code == 0, named.output
    assert (tmp_path / named.stdout.strip()).is_dir()
    assert xpz(*elsewhere, tmp_path / "others").exit_code == 1
    promoted = xpz("tune", "promote", "--search", search.path, "--name", "Best", "--queue")
    assert promoted.exit_code == 0, promoted.output
    assert promoted.stdout.startswith("best-")
    assert "Left to a worker." in promoted.stderr
    again = xpz("tune", "promote", "--search", search.path, "--name", "Best", "--queue")
    assert again.exit_code == 0
    assert "Another run is called 'Best' already." in again.stderr
    monkeypatch.setenv("XPZ_RUNS_DIR", str(tmp_path))  # among your runs, the id is enough
    assert xpz("tune", "list").stdout.split()[0] == search.search_id
    promoted = xpz(*elsewhere, tmp_path / "others")
    assert (tmp_path / "others" / promoted.stdout.strip()).is_dir()
    resumed = xpz("tune", "resume", "--search", search.search_id, "--trials", 9)
    assert resumed.exit_code == 0, resumed.output
    assert search.budget == Budget(trials=9)
    deleted = xpz("tune", "delete", "--search", "By name")
    assert f"{search.search_id}: kept in the trash for 30 days" in deleted.stdout
    assert f"xpz tune undelete --search {search.search_id}\n" in deleted.stderr
    assert xpz("tune", "trash").stdout.startswith(search.search_id)
    gone = xpz("tune", "trials", "--search", "By name")
    assert gone.exit_code == 1
    assert "There is no search 'By name', by its id or by its name." in gone.stderr
    assert xpz("tune", "undelete", "--search", search.search_id).stdout == f"{search.search_id}\n"
    assert json.loads(xpz("tune", "list", "--json").stdout)[0]["given_name"] == "By name"
    again = xpz("tune", "undelete", "--search", search.path)
    assert f"There is no search '{search.search_id}' in the trash" in again.stderr


def test_a_search_without_early_stop_and_the_words_at_its_end(
    xpz, tmp_path, toy_file, toy_space, no_process, capsys
):
    space = tmp_path / "space.json"
    space.write_text(json.dumps(to_dict(toy_space)))
    words = ("--data", toy_file, "--space", space, "--runs-dir", tmp_path, "--minutes", 9)
    assert xpz("tune", *words, "--patience", 0).exit_code == 0
    (search,) = list_searches(tmp_path)
    assert search.config.patience is None
    ended = replace(search.status(), state="done", trials_done=4, best_mae=0.025, message="")
    search.write_status(ended)
    follow(search)
    shown = capsys.readouterr()
    assert (
        shown.err == "4 trials, 0 failed, lowest validation MAE 0.0250.\n"
    )  # a bar is for a terminal
    assert not shown.out  # which is for the id


def test_a_search_of_an_edited_space_of_ours_is_called_so(xpz, tmp_path, toy_file, no_process):
    space = tmp_path / "space.json"
    edited = replace(SPACES["compact"], dimensions=SPACES["compact"].dimensions[:1])
    space.write_text(json.dumps(to_dict(edited)))
    words = ("--data", toy_file, "--space", space, "--runs-dir", tmp_path, "--minutes", 9)
    assert "Started: a search of compact, edited on toy," in xpz("tune", *words).stderr
    (listed,) = json.loads(xpz("tune", "list", "--runs-dir", tmp_path, "--json").stdout)
    assert (listed["name"], listed["given_name"]) == ("compact, edited", "")
    assert listed["search_id"].startswith("compact-edited-")


def test_a_space_is_shown_as_a_file_would_hold_it(xpz):
    shown = json.loads(xpz("tune", "--show-space", "--space", "dissertation").stdout)
    assert shown["name"] == "dissertation"
    assert shown["dimensions"][0]["name"] == "conv_layers"


def test_the_space_of_a_search_can_be_searched_again(xpz, tmp_path, toy_file):
    space = tmp_path / "space.json"
    edited = replace(SPACES["compact"], name="mine", dimensions=SPACES["compact"].dimensions[:1])
    space.write_text(json.dumps(to_dict(edited)))
    words = ("--data", toy_file, "--runs-dir", tmp_path, "--minutes", 9, "--queue")
    assert xpz("tune", *words, "--space", space).exit_code == 0
    (search,) = list_searches(tmp_path)
    space.write_text(xpz("tune", "space", "--search", search.path).stdout)
    assert xpz("tune", *words, "--space", space, "--name", "again").exit_code == 0
    assert [each.config.space for each in list_searches(tmp_path)] == [edited, edited]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--space", "compact"), "Missing option '--data'"),
        (("--data", "x.parquet", "--space", "none"), "expected compact, dissertation or a JSON"),
        (("pause", "--search", "runs/searches/none"), "There is no search 'none'"),
        (("pause", "--search", "none"), "There is no search 'none'"),
        (("--data", "x.parquet", "--trials", "0"), "Error: --trials: expected at least 1"),
    ],
)
def test_mistakes_are_answered_with_a_sentence(xpz, words, message):
    result = xpz("tune", *words)
    assert result.exit_code != 0
    assert message in result.stderr
    assert "Traceback" not in result.output


def test_a_file_that_is_no_space(xpz, tmp_path):
    path = tmp_path / "space.json"
    for content, message in (("{", "expected JSON"), ("{}", "setting 'name' is missing")):
        path.write_text(content)
        result = xpz("tune", "--data", path, "--space", path)
        assert result.exit_code == 1
        assert message in result.stderr


def test_a_name_that_another_search_has_is_told(xpz, tmp_path, toy_file, no_process):
    words = ("--data", toy_file, "--runs-dir", tmp_path, "--trials", 2, "--name", "mini", "--queue")
    assert "Another search" not in xpz("tune", *words).stderr
    again = xpz("tune", *words)
    assert again.exit_code == 0, again.output
    assert "Another search is called 'mini' already." in again.stderr
    assert len(list_searches(tmp_path)) == 2
