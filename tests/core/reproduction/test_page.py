"""The page of all figures and tables: whole, self-contained, and as the documents have it."""

import re
from pathlib import Path

import pytest

from core.data.dataset import open_dataset, save_dataset
from core.errors import RunError
from core.model.presets import DISSERTATION
from core.report.document import Document, Figure, Table, to_html, to_markdown
from core.reproduction import STEPS, default_runs, reproduction_page, shipped_dataset
from core.runs import SHIPPED_RUNS, Run, list_runs
from tests.support.finished_runs import make_run
from tests.support.galaxies import make_falling

DOCUMENT = Path(__file__).parents[3] / "docs" / "reproduce.md"


@pytest.fixture(scope="module")
def page():
    runs = {run.run_id: run for run in default_runs(list_runs(SHIPPED_RUNS))}
    predictions = {name: run.predictions() for name, run in runs.items()}
    return reproduction_page(open_dataset(shipped_dataset()), runs, predictions)


def test_every_figure_and_table_has_its_place(page):
    headings = " ".join(section.heading for section in page.sections)
    for title in (*range(9, 19), "Table 1", "Table 2", "Table 3", "p(z)"):
        assert re.search(rf"\b{re.escape(str(title))}", headings)
    *steps, made = page.sections
    assert [section.heading.partition(": ")[2] for section in steps] == [
        step.title for step in STEPS
    ]
    for section in steps:
        assert any(isinstance(block, Table) for block in section.blocks)
        drawn = any(isinstance(block, Figure) for block in section.blocks)
        assert drawn or section.heading.startswith("Table 2")
    assert "Version of numpy" in {row[0] for row in made.blocks[-1].rows}


def test_the_page_needs_nothing_else(page):
    html = to_html(page)
    assert not re.findall(r'(?:src|href)="(?!#|data:image/png)[^"]*"', html)
    assert "<script" not in html
    assert html.count("<svg") == sum(
        isinstance(block, Figure) for section in page.sections for block in section.blocks
    )


def test_simulated_spectra_are_called_simulated(page):
    assert [text.words for text in page.blocks if text.warning] == [
        "The spectra of 'Simulated XP galaxies (20,000, seed 0)' are simulated."
    ]


def test_of_spectra_of_unknown_origin_that_is_said(tmp_path):
    path = tmp_path / "mine.parquet"
    save_dataset(make_falling(name="Mine", origin="unknown"), path)
    run = Run(SHIPPED_RUNS / "compact-20k")
    page = reproduction_page(open_dataset(path), {"ours": run}, {"ours": run.predictions()})
    made = page.sections[-1].blocks[0]
    assert made.rows[0] == ("Data set", "Mine, origin unknown, 400 galaxies")


def test_the_documents_have_the_same_words_and_numbers(page):
    document = DOCUMENT.read_text()
    for section in page.sections[:-1]:
        text = to_markdown(Document("", (), (section,))).partition("## ")[2].strip()
        assert text in document, section.heading


def test_by_default_the_published_network_comes_first_then_the_best():
    runs = default_runs(list_runs(SHIPPED_RUNS))
    assert [run.run_id for run in runs] == ["dissertation-100k", "compact-520k"]
    assert default_runs([]) == []


def test_a_run_that_is_not_complete_is_refused(tmp_path):
    run = make_run(tmp_path, make_falling(20), "x.parquet", "mine", DISSERTATION)
    data = open_dataset(shipped_dataset())
    with pytest.raises(RunError, match="Run 'mine' is not complete, its state is 'lost'"):
        reproduction_page(data, {"mine": run}, {})
    assert default_runs([run]) == []
