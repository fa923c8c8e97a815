"""The pages that are files of their own, as a browser lays them out."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Browser

from core.report import Document, Section, to_html
from core.report.document import Figure, Table, Text
from core.reproduction import beside_runs
from core.runs import Run, open_run
from core.sharing.model_card import model_card
from core.sharing.run_report import run_report
from tests.e2e.conftest import PROJECT

BROKEN = r"""() => [...document.querySelectorAll("td, th")].flatMap(cell =>
  [...cell.textContent.matchAll(/\S+/g)].map(word => {
    const range = document.createRange()
    range.setStart(cell.firstChild, word.index)
    range.setEnd(cell.firstChild, word.index + word[0].length)
    const lines = new Set([...range.getClientRects()].map(one => one.top))
    return lines.size > 1 ? word[0] : ""
  }).filter(Boolean))"""
"""Words of tables that stand on two lines."""

A4_WIDTH = 680
"""Pixels between the margins of a page of A4."""


@pytest.mark.parametrize("make", [model_card, run_report])
def test_no_word_of_a_table_is_broken(browser: Browser, make: Callable[[Run], Document]) -> None:
    page = browser.new_page()
    page.set_content(to_html(make(open_run(PROJECT / "assets" / "runs", "compact-520k"))))
    for width in (1000, 1400):
        page.set_viewport_size({"width": width, "height": 800})
        assert page.evaluate(BROKEN) == []
    page.close()


def test_table_3_of_two_runs_fits_the_text_and_the_paper(browser: Browser) -> None:
    runs = (open_run(PROJECT / "assets" / "runs", name)
            for name in ("dissertation-100k", "compact-520k"))  # fmt: skip
    table = beside_runs.bins({run.run_id: (run.result() or {})["evaluation"] for run in runs})
    page = browser.new_page()
    page.set_content(to_html(Document("Table 3", (table,), ())))
    for media, width in (("screen", 1280), ("print", A4_WIDTH)):
        page.set_viewport_size({"width": width, "height": 800})
        page.emulate_media(media=media)
        found = page.locator("table")
        assert found.evaluate("each => each.scrollWidth <= each.clientWidth")
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.close()


def test_on_paper_nothing_scrolls_and_what_belongs_together_stays_so(browser: Browser) -> None:
    wide = Table(tuple(f"column_number_{i}" for i in range(12)), (("0.0208",) * 12,))
    section = Section("Heading", (Text("It begins with:"), wide, Figure("<svg/>", "Drawn")))
    page = browser.new_page(color_scheme="dark")
    page.set_content(to_html(Document("Page", (), (section,))))
    style = "(each, name) => getComputedStyle(each)[name]"

    def styled(which: str, name: str) -> str:
        return str(page.locator(which).first.evaluate(style, name))

    assert styled("table", "overflowX") == "auto"
    page.emulate_media(media="print", color_scheme="dark")
    # A browser makes its pages smaller for what is wider than they are, not for what scrolls.
    assert styled("table", "overflowX") == "visible"
    assert styled("thead", "display") == "table-header-group"
    for which in ("h2", "p", "thead", "tbody tr"):
        assert styled(which, "breakAfter") == "avoid", which
    for which in ("tbody tr", "figure"):
        assert styled(which, "breakInside") == "avoid", which
    assert styled("body", "color") == "rgb(28, 37, 48)"
    page.close()
