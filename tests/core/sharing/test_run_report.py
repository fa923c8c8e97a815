"""A run's report: its card, with pictures, every setting and the versions."""

import json
import shutil

import pytest

from core.config import to_dict
from core.errors import RunError
from core.report.document import Code, Figure, Table, to_html
from core.runs import Run
from core.runs.finding import open_run
from core.sharing.model_card import model_card
from core.sharing.run_report import run_report


def blocks(document, heading):
    (found,) = [section.blocks for section in document.sections if section.heading == heading]
    return found


def figures(document, heading):
    return [block for block in blocks(document, heading) if isinstance(block, Figure)]


def test_it_is_the_card_with_pictures_settings_and_versions(finished):
    report, card = run_report(finished), model_card(finished)
    for section in card.sections:
        assert blocks(report, section.heading)[: len(section.blocks)] == section.blocks
    loss, mae = figures(report, "Network and training")
    assert "kept: epoch 8" in loss.svg
    assert (loss.caption[:4], mae.caption[:3]) == ("Loss", "MAE")
    assert len(figures(report, "Errors on the test part")) == 1  # no bin of 10 galaxies
    assert len(figures(report, "Intervals and flags")) == 2
    (settings,) = blocks(report, "Every setting, as config.json has it")
    assert isinstance(settings, Code)
    assert json.loads(settings.lines) == json.loads(json.dumps(to_dict(finished.config)))
    (versions,) = blocks(report, "This page")
    assert {"Version of xpz", "Version of onnxruntime"} <= {row[0] for row in versions.rows}


def test_it_is_one_file(finished):
    page = to_html(run_report(finished))
    assert page.count("<svg") == 6
    assert "<script" not in page
    assert "<link" not in page


def test_both_tables_of_intervals_without_densities_have_the_same_levels():
    card, _, told = (
        block
        for block in blocks(run_report(open_run("dissertation-20k")), "Intervals and flags")
        if isinstance(block, Table)
    )
    levels = [(f"{float(row[0].split()[0]):.0f}", row[1].split()[0]) for row in told.rows]
    assert levels == [(row[0].split()[0], row[1].split()[0]) for row in card.rows]
    assert len(levels) == 4


@pytest.fixture
def copy(finished, tmp_path):
    """The finished run, to be spoilt: other tests read the one that they share."""
    return Run(shutil.copytree(finished.path, tmp_path / finished.run_id))


def test_a_run_without_curves_says_so(copy):
    copy.metrics_path.write_text("")
    report = run_report(copy)
    assert not figures(report, "Network and training")
    assert "no training curves" in blocks(report, "Network and training")[-1].words


def test_a_run_that_is_not_complete_is_refused(copy):
    copy.summary_path.unlink()
    with pytest.raises(RunError, match="is not complete"):
        run_report(copy)
