"""A real training in a real browser: started, watched, left, found again, cancelled, judged."""

import re
from collections.abc import Iterator

import numpy as np
import pandas as pd
import pytest
from playwright.sync_api import Page, expect

from core.data.dataset import Dataset, make_dataset, save_dataset
from core.data.split import SplitConfig
from core.jobs import stop, wait
from core.model.presets import PRESETS
from core.runs import DataReference, Run, RunConfig, create_run, list_runs, open_run
from dashboard.shared.state import SHIPPED_RUNS
from tests.support.browser import settle

pytestmark = pytest.mark.e2e

STARTED = 90_000  # a training process imports Keras first [ms]
EPOCHS = 25
WATCHED_EPOCHS = 5000


@pytest.fixture(scope="module")
def dataset(server) -> Iterator[Dataset]:
    """800 galaxies with one bump that moves with z; trainings on it are stopped in the end."""
    random = np.random.default_rng(0)
    z = random.beta(2, 6, 800) * 0.6
    bump = np.exp(-(((np.arange(186) - 40 - 150 * z[:, None]) / 15) ** 2))
    flux = 5 * bump + random.normal(1, 0.3, bump.shape)
    made = make_dataset(flux, z, np.arange(800) + 1, name="Bumps", origin="simulated")
    save_dataset(made, server.data_dir / "bumps.parquet")
    yield made
    for run in list_runs(server.runs_dir):
        if run.is_active:
            stop(run)
            wait(run)


@pytest.fixture(scope="module")
def idle_run(server, dataset: Dataset) -> Run:
    """A run with a curve whose process has gone."""
    card = dataset.card
    data = DataReference("gone.parquet", card.name, card.hash, card.n_galaxies, card.origin)
    config = RunConfig("idle", "idle", None, PRESETS["compact"], data, SplitConfig())
    run = create_run(server.runs_dir, config)
    values = dict.fromkeys(["loss", "mae", "val_loss", "val_mae"], 0.02)
    rest = {"learning_rate": 0.001, "seconds": 1.0, "cpu_seconds": 1.0}
    run.write_metrics([{"epoch": epoch, **values, **rest} for epoch in (1, 2)])
    return run


def start_training(page: Page, epochs: int) -> None:
    """Fill the form with a short training of the compact network and start it."""
    page.get_by_text("compact", exact=True).first.click()
    expect(page.get_by_text("The preset compact, unchanged.")).to_be_visible()
    settle(page)
    field = page.get_by_label("Epochs", exact=True)
    field.fill(str(epochs))
    field.press("Enter")
    expect(page.get_by_text("Differs from compact in: Epochs.")).to_be_visible()
    # Twice, as impatient people do: it starts one training.
    page.get_by_role("button", name="Start training").dblclick()
    expect(page).to_have_url(re.compile(r"[?&]run=own-recipe-bumps-"), timeout=STARTED)
    expect(page.get_by_role("button", name="Cancel")).to_be_visible()


def shown_run(page: Page, runs_dir) -> Run:
    return open_run(runs_dir, re.search(r"[?&]run=([a-z0-9_-]+)", page.url)[1])


def test_whole_numbers_are_read_as_they_are_typed(page: Page, server, dataset: Dataset):
    page.goto(f"{server.url}/train")
    page.get_by_text("compact", exact=True).first.click()
    expect(page.get_by_text("The preset compact, unchanged.")).to_be_visible()
    field = page.get_by_label("Epochs", exact=True)
    start = page.get_by_role("button", name="Start training")
    for typed, told in (("2.7", "2.7"), ("1e6", "1e6"), ("3,5", "'3,5'")):
        settle(page)
        field.fill("")
        field.press_sequentially(typed)
        field.press("Tab")
        said = f"expected a whole number from 1 to 100,000; received {told}."
        expect(page.get_by_text(said)).to_have_count(2)  # at the field, and beside the button
        expect(field).to_have_value(typed)
        expect(start).to_be_disabled()
    field.fill("")
    field.press_sequentially("1e3")
    field.press("Tab")
    expect(page.get_by_text("Differs from compact in: Epochs.")).to_be_visible()
    expect(field).to_have_value("1e3")
    expect(start).to_be_enabled()


def test_a_decimal_comma_is_refused_and_nothing_can_be_started(page: Page, server, dataset):
    page.goto(f"{server.url}/train")
    settle(page)
    rate = page.get_by_role("textbox", name="Learning rate")
    rate.fill("")
    rate.press_sequentially("0,001")
    rate.press("Tab")
    said = "received '0,001'. Write decimals with a point, and nothing between thousands."
    expect(page.get_by_text(said)).to_have_count(2)  # at the field, and beside the button
    expect(page.get_by_role("button", name="Start training")).to_be_disabled()


def test_what_train_and_tune_share_is_carried_from_one_to_the_other(
    page: Page, server, dataset: Dataset
) -> None:
    """Straight, as the sidebar leads, and at first without a touch."""
    page.goto(f"{server.url}/train?data=bumps")
    part, worker = page.get_by_label("Test part [%]").last, page.get_by_text("Leave it to a worker")
    expect(part).to_have_value("10")
    settle(page)
    share = "10"
    for screen, start in (("Tune", "search"), ("Train", "training"), ("Tune", "search")):
        page.get_by_role("link", name=screen, exact=True).first.click()
        expect(page.get_by_role("heading", name=screen, exact=True)).to_be_visible()
        settle(page)
        expect(part).to_have_value(share)
        expect(page.get_by_label("Validation [%]").last).to_have_value("30")
        expect(page.get_by_label("Split seed").last).to_have_value("0")
        to_workers = page.get_by_role("switch", name="Leave it to a worker")
        expect(to_workers).to_be_checked(checked=share == "15")
        expect(page.get_by_role("button", name=f"Start {start}")).to_be_enabled()
        share = str(int(share) + 5)
        part.fill(share)
        part.press("Enter")
        expect(page.get_by_text(f"{share}\N{NO-BREAK SPACE}% to test")).to_be_visible()
        settle(page)
        worker.click()
        # Who leaves before the server has met the click takes nothing along.
        device = "What the worker has" if share != "20" else "A free GPU, else the CPU"
        expect(page.get_by_role("combobox", name="Device")).to_have_value(device)
        settle(page)


def test_a_training_outlives_its_server_is_watched_left_found_again_and_judged(
    page: Page, server, dataset: Dataset, start_server
) -> None:
    with start_server(server.runs_dir.parent, "first.log") as first:
        page.goto(f"{first.url}/train?data=bumps")
        start_training(page, EPOCHS)
        run = shown_run(page, server.runs_dir)
        assert run.is_active
        page.goto("about:blank")  # else the page would complain that its server has gone
    assert run.is_active

    # Another server finds it.
    address = f"{server.url}/train?data=bumps&run={run.run_id}"
    page.goto(address)
    progress = page.get_by_test_id("stProgress")
    expect(progress).to_contain_text(re.compile(rf"Epoch \d+ of {EPOCHS}, step"), timeout=STARTED)

    # A second tab and a reload show the same run, from its folder.
    other = page.context.new_page()
    other.goto(address)
    page.reload()
    for each in (other, page):
        expect(each.get_by_role("tab", name="Runs", selected=True)).to_be_visible()
        expect(each.get_by_role("combobox", name="Run")).to_have_value(run.run_id)
        expect(each.get_by_test_id("stVegaLiteChart")).to_have_count(4)

    # Another training is started and cancelled from the second tab.
    other.get_by_role("tab", name="New training").click()
    settle(other)
    start_training(other, WATCHED_EPOCHS)
    second = shown_run(other, server.runs_dir)
    assert {each.run_id for each in list_runs(server.runs_dir)} == {run.run_id, second.run_id}

    # Its curve, of far more epochs than are waited for, grows in place: the chart's element stays.
    curve = other.get_by_test_id("stVegaLiteChart").first.locator("svg, canvas").first
    expect(curve).to_be_visible(timeout=STARTED)
    done = other.get_by_test_id("stMetricValue").first
    # A curve of few epochs is drawn with points, another figure.
    expect(done).to_have_text(re.compile(rf"^\d{{3,}} / {WATCHED_EPOCHS}$"), timeout=STARTED)
    for _ in range(10):  # where an axis ends elsewhere, it is another figure
        curve.evaluate("element => { window.curve = element }")
        expect(done).not_to_have_text(done.inner_text())
        expect(done).to_have_text(re.compile(rf"^\d+ / {WATCHED_EPOCHS}$"))
        if other.evaluate("window.curve.isConnected"):
            break
    else:
        pytest.fail("Each new epoch makes a new chart.")

    other.get_by_role("button", name="Cancel").click()
    expect(other.get_by_role("button", name="Resume")).to_be_visible(timeout=STARTED)
    assert second.status().state == "cancelled"
    other.close()

    # The first one ends, and the page asks for nothing more.
    link = page.get_by_test_id("stMain").get_by_role("link", name="Evaluate")
    expect(link).to_be_visible(timeout=STARTED)
    assert run.status().state == "done"
    expect(progress).to_have_count(0)

    link.click()
    expect(page).to_have_url(re.compile(rf"/evaluate\?.*run={run.run_id}"))
    mae = run.summary()["evaluation"]["mae"]
    expect(page.get_by_test_id("stMetricValue").first).to_have_text(f"{mae:.4f}")
    expect(page.get_by_text("These spectra are simulated")).to_be_visible()
    expect(page.get_by_test_id("stVegaLiteChart")).to_have_count(1)

    page.get_by_role("button", name="Download").first.click()
    with page.expect_download() as download:
        page.get_by_role("button", name="Predictions (CSV)").click()
    table = pd.read_csv(download.value.path())
    pd.testing.assert_frame_equal(table, run.predictions(), check_dtype=False)  # text has none


def test_nothing_is_asked_for_while_no_training_is_at_work(
    page: Page, server, idle_run: Run
) -> None:
    elsewhere = [run.run_id for run in list_runs(SHIPPED_RUNS) if run.is_active]
    assert not elsewhere, f"These keep the page asking: {elsewhere}"
    sent: list[str | bytes] = []
    page.on("websocket", lambda socket: socket.on("framesent", lambda data: sent.append(data)))
    page.goto(f"{server.url}/train?run={idle_run.run_id}")
    expect(page.get_by_test_id("stVegaLiteChart")).to_have_count(4)
    expect(page.get_by_text("ended unexpectedly")).to_be_visible()
    settle(page)
    assert sent, "The page asks for its first run over the socket."
    for _ in range(10):  # what a page asks for as it opens may come late
        asked = len(sent)
        page.wait_for_timeout(3000)
        if len(sent) == asked:
            return
    pytest.fail(f"The page goes on asking: {sent[asked:]!r}")


def test_a_second_tab_is_watched_too(page: Page, server, watched) -> None:
    page.goto(f"{server.url}/home")
    other = page.context.new_page()
    other.goto(f"{server.url}/home")
    settle(other)
    assert sum(url.startswith("ws://127.0.0.1") for url in watched.requests) == 2
    other.evaluate("fetch('http://elsewhere.invalid/').catch(() => null)")
    assert "http://elsewhere.invalid/" in watched.requests
    assert watched.console_errors
    # All this was asked for.
    watched.requests.clear()
    watched.console_errors.clear()


@pytest.mark.parametrize("path", ["train", "evaluate"])
def test_a_hostile_address_is_harmless(page: Page, server, idle_run: Run, path: str) -> None:
    page.goto(f"{server.url}/{path}?run=..%2F..%2Fetc%2Fpasswd")
    expect(page.get_by_text("The address names a run that does not exist")).to_be_visible()
    expect(page.get_by_role("combobox", name="Run")).to_be_visible()
    assert "passwd" not in page.get_by_test_id("stMain").inner_text()
