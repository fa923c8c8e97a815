"""What people must know about a run's redshifts: the run is called as they call it."""

import shutil
from dataclasses import replace

import numpy as np
import pytest

from core.data.dataset import load_dataset
from core.data.instrument import Instrument
from core.prediction import Expected, lack_of_calibration, of_calibration, of_origin
from core.prediction.dataset import predict_unseen
from core.runs import SHIPPED_RUNS, Run
from tests.support.job_kinds import SHIPPED_DATA


@pytest.fixture
def named(tmp_path) -> Run:
    run = Run(tmp_path / "erstes-netz-20261130-121245-c34f")
    shutil.copytree(SHIPPED_RUNS / "compact-20k", run.path)
    run.annotate(name="erstes Netz")
    return run


def test_every_warning_calls_a_run_by_the_name_that_it_was_given(named):
    few = load_dataset(SHIPPED_DATA).take(np.arange(50))
    expected = replace(Expected.of(named, None), instrument=Instrument())
    found = [
        *of_origin(named, "Gaia"),
        *expected.check(expected.instrument, "a.csv"),
        *expected.notices,
        *predict_unseen(named, few, with_seen=True).notices,
    ]
    named.calibration_path.unlink()
    sentences = [notice.sentence for notice in (*found, *of_calibration(named))]
    assert any("The spectra that erstes Netz was trained on" in each for each in sentences)
    assert lack_of_calibration(named).startswith("erstes Netz is not calibrated")
    in_words = [each.partition(": `")[0] for each in sentences]  # a command takes the folder
    assert len(in_words) >= 4
    assert not [each for each in in_words if named.run_id in each]


def test_a_run_whose_notes_are_damaged_goes_by_its_id(named):
    named.annotations_path.write_text("{half", encoding="utf-8")
    assert named.title == named.run_id
