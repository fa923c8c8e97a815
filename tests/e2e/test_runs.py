"""Runs in a real browser: a bundle in, notes on it, a click on a row, away and back, out again."""

import json
import shutil
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import FilePayload, Page, expect

from core.runs import SHIPPED_RUNS, Annotations, list_runs, open_run, validation_mae
from core.sharing.bundle import export_bundle
from tests.support.browser import settle
from tests.support.processes import wait_until

pytestmark = pytest.mark.e2e

SHIPPED = "dissertation-20k"
HEADER, ROW = 35, 30  # heights in a table, which is a canvas [pixels]


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The bundle of a shipped run that has a name of its own here."""
    folder = tmp_path_factory.mktemp("bundle")
    export_bundle(open_run(SHIPPED_RUNS, SHIPPED), folder / "shipped.zip")
    # Another id in the bundle and all hashes as they were: a run that nobody has.
    with (
        zipfile.ZipFile(folder / "shipped.zip") as source,
        zipfile.ZipFile(folder / "mine.zip", "w", zipfile.ZIP_DEFLATED) as target,
    ):
        for info in source.infolist():
            name = info.filename.partition("/")[2]
            content = source.read(info)
            if name == "bundle.json":
                content = content.replace(f'"run_id": "{SHIPPED}"'.encode(), b'"run_id": "mine"')
            target.writestr(f"mine/{name}", content)
    return folder / "mine.zip"


def upload(page: Page, name: str, content: bytes) -> None:
    file: FilePayload = {"name": name, "mimeType": "application/zip", "buffer": content}
    field = page.get_by_test_id("stPopoverBody").locator("input[type=file]")
    # The name is shown before the file has arrived; a click until then means the file before.
    with page.expect_response(lambda answer: "upload_file" in answer.url):
        field.set_input_files(file)
    expect(page.get_by_text(name)).to_be_visible()
    page.wait_for_timeout(500)  # the browser asks for the next run of the script once it has come
    settle(page)
    page.get_by_role("button", name="Check and import").click()
    settle(page)


def test_a_bundle_comes_in_is_written_on_deleted_brought_back_and_goes_out(
    page: Page, server, bundle: Path
) -> None:
    page.goto(f"{server.url}/runs")
    expect(page.get_by_role("heading", name="Runs", exact=True)).to_be_visible()
    settle(page)
    page.get_by_text("Import a bundle").click()
    content = bytearray(bundle.read_bytes())
    with zipfile.ZipFile(bundle) as archive:
        info = archive.getinfo("mine/predictions.parquet")
    content[info.header_offset + 30 + len(info.filename) + info.compress_size // 2] ^= 1
    upload(page, "rot.zip", bytes(content))
    expect(page.get_by_text("mine/predictions.parquet: is damaged in the bundle")).to_be_visible()
    assert list_runs(server.runs_dir) == []

    upload(page, "whole.zip", bundle.read_bytes())
    expect(page.get_by_label("Run", exact=True)).to_have_value("mine")
    run = open_run(server.runs_dir, "mine")
    assert run.is_complete

    page.keyboard.press("Escape")
    page.get_by_label("Name", exact=True).fill("Ours")
    page.get_by_label("Tags, separated by commas").fill("paper, seed 0")
    page.get_by_label("Notes", exact=True).fill("See section 4.")
    # Another section, straight out of the field.
    page.get_by_text("Model card").first.click()
    settle(page)
    expect(page.get_by_label("Run", exact=True)).to_have_value("Ours")
    # Of leaving the last field the page itself shows nothing that could be waited for.
    wait_until(lambda: run.annotations().notes, seconds=30)
    assert run.annotations() == Annotations("Ours", ("paper", "seed 0"), "See section 4.")
    page.get_by_role("tab", name="Notes and files").click()
    settle(page)
    expect(page.get_by_label("Notes", exact=True)).to_have_value("See section 4.")

    # The best comes first.
    best = min(list_runs(SHIPPED_RUNS, server.runs_dir), key=validation_mae).run_id
    page.get_by_test_id("stDataFrame").click(position={"x": 300, "y": HEADER + ROW / 2})
    settle(page)
    expect(page).to_have_url(f"{server.url}/runs?run={best}")
    page.goto(f"{server.url}/runs?run=mine")
    settle(page)

    page.get_by_role("button", name="Delete").click()
    expect(page.get_by_text("Deleted Ours.").first).to_be_visible()
    assert list_runs(server.runs_dir) == []
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_label("Run", exact=True).first).to_have_value("Ours")
    assert list_runs(server.runs_dir) == [run]
    settle(page)

    with page.expect_download() as promise:
        page.get_by_role("button", name="Bundle (zip)").click()
    assert promise.value.suggested_filename == "mine.zip"
    with zipfile.ZipFile(promise.value.path()) as archive:
        assert archive.read("mine/model.onnx") == run.onnx_path.read_bytes()


HOSTILE = (
    "https://evil.example/x www.evil.example me@evil.example :smile: a->b <- c [x](//evil.example)"
)


@pytest.fixture
def hostile_run(server) -> Iterator[None]:
    """A run whose names, tags and notes are what an attacker would write; removed in the end."""
    path = server.runs_dir / "hostile"
    shutil.copytree(SHIPPED_RUNS / SHIPPED, path)
    config = json.loads((path / "config.json").read_text(encoding="utf-8"))
    config |= {"run_id": "hostile", "name": HOSTILE}
    config["data"]["name"] = HOSTILE
    (path / "config.json").write_text(json.dumps(config), encoding="utf-8")
    open_run(server.runs_dir, "hostile").annotate(
        name=HOSTILE[:80], tags=("www.evil.example",), notes=HOSTILE
    )
    yield
    shutil.rmtree(path)


@pytest.mark.usefixtures("hostile_run")
def test_what_people_call_things_is_no_link_and_no_markup(page: Page, server) -> None:
    shown = 0
    for screen in ("runs?runs_show=Model+card", "train", "evaluate", "compare", ""):
        with_run = f"{screen}{'&' if '?' in screen else '?'}run=hostile&runs=hostile"
        page.goto(f"{server.url}/{with_run}")
        expect(page.get_by_role("heading", level=1).first).to_be_visible()
        settle(page)
        for tab in page.get_by_role("tab", name="card").all():
            tab.click()
            settle(page)
        shown += page.get_by_text("evil.example").count()
        # Headings are linked with themselves: #... .
        assert page.locator("a[href*='evil']:not([href^='#'])").count() == 0, screen
        assert page.get_by_text("\N{SMILING FACE WITH OPEN MOUTH AND SMILING EYES}").count() == 0
        assert page.get_by_text("a→b").count() == 0
        # What is copied holds no letters that nobody sees.
        assert not set("\u00ad\u200b\u2060") & set(page.locator("body").inner_text()), screen
    assert shown


def test_a_column_without_room_is_shown_by_the_menu_of_the_table(page: Page, server) -> None:
    page.goto(f"{server.url}/runs")
    expect(page.get_by_text("Hidden for lack of room: Outliers")).to_be_visible()
    settle(page)
    page.get_by_test_id("stDataFrame").hover()
    page.get_by_role("button", name="Show/hide columns").click()
    menu = page.get_by_test_id("stDataFrameColumnVisibilityMenu")
    outliers = menu.get_by_role("checkbox", name="Outliers")
    expect(outliers).not_to_be_checked()
    menu.get_by_text("Outliers").click()
    expect(outliers).to_be_checked()
