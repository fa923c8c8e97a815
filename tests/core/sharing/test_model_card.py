import re
import shutil
from html.parser import HTMLParser

import pytest

from core.errors import RunError
from core.evaluation.metrics import HEADLINE
from core.report.document import CUT, Code, Document, Section, Table, Text, to_html, to_markdown
from core.runs import SHIPPED_RUNS, Run, list_runs, open_run, training_time
from core.sharing.model_card import model_card
from tests.support.estimates import headline


def tables(document):
    return {
        section.heading: [block for block in section.blocks if isinstance(block, Table)]
        for section in document.sections
    }


class Cells(HTMLParser):
    """The texts of a page as a browser shows them, and its elements."""

    def __init__(self, page):
        super().__init__()
        self.texts, self.tags, self.attributes = [], [], []
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += attrs

    def handle_data(self, data):
        self.texts.append(data)


def test_the_training_took_what_it_took_everywhere_else(finished):
    (facts,) = tables(model_card(finished))["Network and training"]
    told = dict(facts.rows)
    assert told["Training time"] == f"{training_time(finished)} on A processor"
    assert told["Training time"].startswith("1 min 15 s")


def test_the_numbers_are_those_of_the_predictions(finished):
    table = finished.predictions()
    numbers = headline(table["z_spec"], table["z_pred"])
    card = model_card(finished)
    errors = {row[0]: row for row in tables(card)["Errors on the test part"][0].rows}
    intervals = finished.summary()["evaluation"]["intervals"]
    for name, value in numbers.items():
        _, shown, ends, _ = errors[HEADLINE[name].title]
        told = [value, *intervals[name]]
        is_share = name.startswith("outlier_fraction")
        told = [f"{100 * one:.2f} %" if is_share else f"{one:z.4f}" for one in told]
        assert (shown, ends) == (told[0], f"{told[1]} to {told[2]}")
    bins = tables(card)["Errors by redshift"][0].rows
    assert sum(int(row[1].replace(",", "")) for row in bins) == len(table)
    scores = {row[0]: row[1] for row in tables(card)["p(z) on the test part"][0].rows}
    assert scores["CRPS"] == f"{table['crps'].mean():.4f}"


@pytest.mark.parametrize("run_id", [run.run_id for run in list_runs(SHIPPED_RUNS)])
def test_every_shipped_run_has_a_card_that_warns_of_simulated_spectra(run_id):
    run = Run(SHIPPED_RUNS / run_id)
    card = model_card(run)
    warnings = [block for block in card.blocks if isinstance(block, Text) and block.warning]
    assert [text.words[:36] for text in warnings] == ["Trained and evaluated on simulated s"]
    has_densities = run.config.recipe.network.head == "mixture"
    assert ("p(z) on the test part" in tables(card)) == has_densities
    (settings,) = tables(card)["Network and training"]
    assert ("Parameters", f"{run.summary()['parameters']:,}") in settings.rows
    assert f"xpz predict --run assets/runs/{run_id}" in to_markdown(card)


def test_settings_are_in_peoples_words_and_those_without_effect_left_out(finished):
    card = model_card(finished)  # p(z) without hidden layers
    settings = dict(tables(card)["Network and training"][0].rows)
    assert settings["Dense layers"] == "none"
    assert settings["Weights to keep"] == "Best epoch"
    assert settings["Gaussians"] == str(finished.config.recipe.network.components)
    assert not {"Padding", "Huber delta [redshift]", "Largest weight"} & set(settings)
    assert not [name for name in settings if "_" in name]
    published = model_card(open_run(SHIPPED_RUNS, "dissertation-20k"))
    settings = dict(tables(published)["Network and training"][0].rows)
    assert {"Padding", "Huber delta [redshift]"} <= set(settings)
    assert "Gaussians" not in settings


def test_a_run_without_calibration_says_that_it_gives_no_intervals(finished, tmp_path):
    run = Run(shutil.copytree(finished.path, tmp_path / "bare"))
    run.calibration_path.unlink()
    (text,) = next(s for s in model_card(run).sections if s.heading.startswith("Intervals")).blocks
    assert text.words.startswith("Not calibrated")


def test_only_a_complete_run_has_a_card(make_run):
    with pytest.raises(RunError, match="'toy' is not complete"):
        model_card(make_run())


HOSTILE = "<script>alert(1)</script> ![x](http://a.b/c.png) | :red[no] $x$ # h"


def test_what_people_wrote_is_shown_letter_by_letter(finished, tmp_path):
    run = Run(shutil.copytree(finished.path, tmp_path / "hostile"))
    run.annotate(name=HOSTILE, tags=("<b>", "`"), notes=f"{HOSTILE}\n- second\n1. third\n===")
    card = model_card(run)
    page = Cells(to_html(card))
    assert page.texts.count(HOSTILE) == 2  # the page's title and its heading
    assert f"{HOSTILE}\n- second\n1. third\n===" in page.texts
    assert not {"script", "b", "img", "a"} & set(page.tags)
    assert not {"src", "href"} & {name for name, _ in page.attributes}
    assert CUT in to_markdown(card)  # its address is no link
    lines = to_markdown(card).replace(CUT, "").splitlines()
    assert re.sub(r"\\(.)", r"\1", lines[0]) == f"# {HOSTILE}"
    shown = [line.removeprefix("# ") for line in lines if "alert" in line]
    assert len(shown) == 2
    for line in shown:
        assert not set("<>[]|$#") & set(re.sub(r"\\.", "", line))
    for begin in ("- second", "1. third", "==="):
        assert not [line for line in lines if line.startswith(begin)]


def test_a_document_has_all_its_parts_in_both_formats():
    document = Document(
        "Title",
        (Text("first"), Text("careful", warning=True)),
        (Section("Part", (Table(("a", "b"), (("1", "x|y"),)), Code("xpz runs"))),),
    )
    assert to_markdown(document) == (
        "# Title\n\nfirst\n\n> careful\n\n## Part\n\n"
        "| a | b |\n| --- | --- |\n| 1 | x\\|y |\n\n```\nxpz runs\n```\n"
    )
    page = Cells(to_html(document))
    for words in ("Title", "first", "careful", "Part", "a", "b", "1", "x|y", "xpz runs"):
        assert words in page.texts
    assert ("class", "warning") in page.attributes
