"""The pages that are files of their own, as a browser lays them out."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Browser

from core.report import Document, to_html
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


@pytest.mark.parametrize("make", [model_card, run_report])
def test_no_word_of_a_table_is_broken(browser: Browser, make: Callable[[Run], Document]) -> None:
    page = browser.new_page()
    page.set_content(to_html(make(open_run(PROJECT / "assets" / "runs", "compact-520k"))))
    for width in (1000, 1400):
        page.set_viewport_size({"width": width, "height": 800})
        assert page.evaluate(BROKEN) == []
    page.close()
