"""Tune in a real browser: a search that is there already, its trials, what they teach, away."""

import re
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
from playwright.sync_api import Page, expect

from core.data.split import SplitConfig
from core.model.presets import DISSERTATION
from core.runs import DataReference, list_runs
from core.tuning.dimension import Dimension
from core.tuning.search import Budget, Search, SearchConfig, Trial, create_search
from core.tuning.space import Space

pytestmark = pytest.mark.e2e

SPACE = Space(
    "small",
    DISSERTATION,
    (
        Dimension("units_1", "choice", values=(64, 256)),
        Dimension("learning_rate", "float", 1e-4, 1e-2, log=True),
    ),
)
MAES = (0.031, 0.027, None, 0.024, 0.026)


def write_search(runs_dir: Path) -> Search:
    """A search whose processes have gone: four trials ended well, the third one failed."""
    data = DataReference("gone.parquet", "Bumps", "00", 800, "simulated")
    config = SearchConfig(
        "kept", "kept", SPACE, "random", Budget(trials=5), data, SplitConfig(), epochs=2
    )
    search = create_search(runs_dir, config)
    for number, mae in enumerate(MAES, start=1):
        trial = Trial(
            number, {"units_1": 256 if number % 2 else 64, "learning_rate": 0.001 * number},
            stop_epoch=2, state="failed" if mae is None else "done", mae=mae, val_loss=mae,
            best_epoch=None if mae is None else 2, epochs=2, seconds=2.0, cpu_seconds=3.0 * number,
            parameters=1000 * number, message="It came apart." if mae is None else "",
            started="2030-01-01T00:00:00+00:00", ended="2030-01-01T00:00:02+00:00",
        )  # fmt: skip
        search.write_begun(replace(trial, state="running"))
        values = dict.fromkeys(["loss", "mae", "val_loss", "val_mae"], mae or 0.1)
        rest = {"learning_rate": 0.001, "seconds": 1.0, "cpu_seconds": 1.5}
        search.write_curves(number, [{"epoch": epoch, **values, **rest} for epoch in (1, 2)])
        search.write_ended(trial)
    search.write_status(
        replace(
            search.status(), state="done", trials_done=4, trials_failed=1, best_mae=0.024,
            seconds=10.0, device="A processor",
        )
    )  # fmt: skip
    return search


@pytest.fixture(scope="module")
def search(server) -> Search:
    return write_search(server.runs_dir)


def test_a_search_is_found_its_trials_shown_exported_and_found_again_by_its_address(
    page: Page, server, search
) -> None:
    page.goto(f"{server.url}/evaluate?run=compact-20k")
    page.get_by_role("tab", name="Intervals").click()
    expect(page).to_have_url(re.compile("show=Intervals"))
    page.get_by_role("link", name="Tune").first.click()
    expect(page.get_by_role("button", name="Start search")).to_be_enabled()
    page.get_by_role("tab", name="Searches").click()
    best = page.get_by_test_id("stMetric").filter(has_text="Lowest validation MAE")
    expect(best).to_contain_text("0.0240")
    expect(page).not_to_have_url(
        re.compile("show=Intervals")
    )  # that was a choice on another screen
    expect(best).to_contain_text("trial 4")
    expect(page.get_by_test_id("stMetric").first).to_contain_text("5 / 5")
    expect(page.get_by_role("button", name="Promote trial 4")).to_be_visible()
    page.get_by_text("Why 1 failed").click()
    expect(page.get_by_text("Trial 3: It came apart.")).to_be_visible()

    with page.expect_download() as promise:
        page.get_by_role("button", name="Trials (CSV)").click()
    exported = pd.read_csv(promise.value.path())
    assert exported["trial"].tolist() == [4, 5, 2, 1, 3]
    assert exported["units_1"].tolist() == [64, 256, 64, 256, 256]
    assert exported["mae"].fillna(0).tolist() == [MAES[trial - 1] or 0 for trial in (4, 5, 2, 1, 3)]

    page.get_by_role("radio", name="Cost").click()
    expect(page.get_by_text("the Pareto front")).to_be_visible()
    page.get_by_role("radio", name="Parallel coordinates").click()
    lines = page.locator(".js-plotly-plot .parcoords-line-layers, .js-plotly-plot .parcoords")
    expect(lines.first).to_be_visible()
    expect(page).to_have_url(f"{server.url}/tune?search=kept&tune_show=Parallel+coordinates")
    page.reload()
    expect(lines.first).to_be_visible()
    assert search.status().state == "done"
    assert list_runs(server.runs_dir) == []


def test_what_ends_more_trials_is_whole(page: Page, server, search) -> None:
    page.goto(f"{server.url}/tune?search={search.search_id}")
    page.get_by_role("button", name="More trials").click()
    row = page.locator("[class*='_ends_row']:visible")
    column = row.get_by_test_id("stColumn").first
    last = column.get_by_role("radio", name="Both")
    expect(last).to_be_visible()
    # A popover moves and grows while it opens: both are measured at once, until it stands.
    page.wait_for_function(
        "([inner, outer]) => inner.getBoundingClientRect().right"
        " <= outer.getBoundingClientRect().right",
        arg=[last.element_handle(), column.element_handle()],
    )
