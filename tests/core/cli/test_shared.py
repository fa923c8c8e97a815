"""What commands share: where they write, and that no name steers the terminal."""

import errno
import json
import os
import re
import shutil

import numpy as np
import pandas as pd
import pytest

from core.runs import SHIPPED_RUNS

SHIPPED = SHIPPED_RUNS / "compact-20k"
SAMPLE = SHIPPED_RUNS.parents[1] / "data" / "samples" / "simulated-galaxies.csv"


@pytest.fixture
def small(tmp_path):
    """A table of two galaxies and a table of their redshifts."""
    flux = pd.DataFrame(np.ones((2, 186)), columns=[f"flux_{i}" for i in range(186)])
    galaxies = pd.DataFrame({"source_id": [1, 2], "ra": [10.0, 11], "dec": 0.0, "z": 0.1})
    galaxies.join(flux).to_csv(tmp_path / "spectra.csv", index=False)
    galaxies.to_csv(tmp_path / "redshifts.csv", index=False)
    return tmp_path


def commands(folder):
    """Every command that writes to --out, without it, and the name of what it writes."""
    spectra, redshifts = folder / "spectra.csv", folder / "redshifts.csv"
    return {
        "predict": (("predict", "--run", SHIPPED, "--in", SAMPLE), "z.csv"),
        "dataset": (("dataset", "build", "--spectra", spectra), "set.parquet"),
        "crossmatch": (
            *[("crossmatch", "--sources", spectra, "--redshifts", redshifts, "--radius", 1)],
            "matched.csv",
        ),
        "simulate": (("simulate", "--n", 2), "sim.parquet"),
        "bundle": (("bundle", "export", "--run", SHIPPED), "run.zip"),
        "card": (("card", "--run", SHIPPED), "card.md"),
        "fetch": (("fetch", "--galaxies", 1), "fetched/here"),
    }


COMMANDS = ("predict", "dataset", "crossmatch", "simulate", "bundle", "card", "fetch")


@pytest.mark.parametrize("command", COMMANDS)
def test_a_file_is_no_folder_to_write_to(xpz, small, command):
    words, name = commands(small)[command]
    (small / "file").write_text("mine")
    result = xpz(*words, "--out", small / "file" / name)
    assert result.exit_code == 1
    assert f"{small / 'file'}: expected a folder to write to, this is a file" in result.stderr
    assert (small / "file").read_text() == "mine"


@pytest.mark.parametrize("command", COMMANDS)
def test_a_folder_far_from_any_other_is_a_mistake_in_typing(xpz, small, command):
    words, name = commands(small)[command]
    result = xpz(*words, "--out", small / "no" / "such" / name)
    assert result.exit_code == 1
    assert "there is no such folder, nor the one above it" in result.stderr
    assert f"mkdir -p {small / 'no' / 'such'}" in result.stderr
    assert not (small / "no").exists()


@pytest.mark.parametrize("command", ["predict", "dataset", "crossmatch", "bundle", "card"])
def test_a_folder_in_one_that_is_there_is_made_and_said(xpz, small, command):
    words, name = commands(small)[command]
    out = small / "new" / name
    result = xpz(*words, "--out", out)
    assert result.exit_code == 0, result.output
    assert f"Made the folder {out.parent}\n" in result.stderr
    assert out.is_file()
    assert str(out) in result.output
    assert "Made the folder" not in xpz(*words, "--out", out, "--overwrite").output


@pytest.mark.parametrize("command", ["predict", "dataset", "crossmatch", "bundle", "card"])
def test_nothing_is_replaced_unasked(xpz, small, command):
    words, name = commands(small)[command]
    (small / name).write_text("mine")
    refused = xpz(*words, "--out", small / name)
    assert refused.exit_code == 1
    assert f"{small / name}: already exists; choose another name, or add --overwrite" in (
        refused.stderr
    )
    assert (small / name).read_text() == "mine"
    assert xpz(*words, "--out", small / name, "--overwrite").exit_code == 0
    assert (small / name).read_bytes() != b"mine"


def test_a_folder_that_nobody_may_write_to_is_named_before_the_work(xpz, small, monkeypatch):
    closed = small / "closed"
    closed.mkdir(mode=0o500)

    def refuse(dir):
        raise PermissionError(errno.EACCES, "Permission denied", str(dir))

    if os.geteuid() == 0:  # who may write everywhere is told what everyone else is
        monkeypatch.setattr("core.atomic.tempfile.TemporaryFile", refuse)
    result = xpz("simulate", "--n", 2, "--out", closed / "sim.parquet")
    assert result.exit_code == 1
    assert f"{closed}: cannot be written: you have no permission for it" in result.stderr


HOSTILE = "\x1b[31mred\x1b]0;owned\x07\x9b\u202e"


@pytest.fixture
def hostile_run(tmp_path):
    """A run whose names, tags and notes would steer a terminal."""
    run = tmp_path / "runs" / "own"
    shutil.copytree(SHIPPED, run)
    config = json.loads((run / "config.json").read_text(encoding="utf-8"))
    config |= {"run_id": "own", "name": HOSTILE, "data": config["data"] | {"name": HOSTILE}}
    (run / "config.json").write_text(json.dumps(config), encoding="utf-8")
    written = {"name": HOSTILE, "tags": [HOSTILE], "notes": f"first\n{HOSTILE}"}
    (run / "annotations.json").write_text(json.dumps(written), encoding="utf-8")
    return run


@pytest.mark.parametrize(
    "words",
    [
        ("runs", "--runs-dir", "{root}"),
        ("runs", "note", "--run", "{run}"),
        ("card", "--run", "{run}"),
        ("compare", "{run}", str(SHIPPED)),
        ("calibrate", "--run", "{run}"),
        ("predict", "--run", "{run}", "--out", "z.csv", "--in", f"{HOSTILE}.csv"),
        ("predict", "--run", f"not {HOSTILE}", "--out", "z.csv"),
        ("model", "show", "--preset", HOSTILE),
        ("train", "--data", f"{HOSTILE}.parquet"),
        (HOSTILE,),
        ("train", f"--{HOSTILE}"),
    ],
)
def test_no_name_steers_the_terminal(xpz, hostile_run, tmp_path, monkeypatch, words):
    monkeypatch.chdir(tmp_path)
    names = {"run": hostile_run, "root": hostile_run.parent}
    result = xpz(*(word.format(**names) for word in words))
    assert "Traceback" not in result.output
    assert r"\x1b" in result.output
    assert not {"\x1b", "\x07", "\x9b", "\u202e"} & set(result.output)


def test_a_hostile_name_of_a_file_is_written_and_shown_escaped(xpz, tmp_path):
    out = tmp_path / f"{HOSTILE}.csv"
    result = xpz("predict", "--run", SHIPPED, "--in", SAMPLE, "--out", out)
    assert result.exit_code == 0, result.output
    assert out.is_file()
    assert r"\x1b[31mred" in result.output
    assert "\x1b" not in result.output


def test_a_name_of_several_lines_forges_no_line(xpz, tmp_path):
    source = tmp_path / "a\nError: forged\tb.csv"
    source.write_bytes(SAMPLE.read_bytes())
    again = tmp_path / "c\nforged.csv"
    again.symlink_to(source)
    out = tmp_path / "z\nforged.csv"
    words = ("predict", "--run", SHIPPED, "--in", source, "--in", again, "--out", out)
    for result in (xpz(*words), xpz(*words), xpz("predict", "--run", SHIPPED, "--in", out / "x",
                                                 "--out", out)):  # fmt: skip
        assert r"\nforged" in result.output
        assert not re.search("^(Error: )?forged", result.output, re.MULTILINE)
