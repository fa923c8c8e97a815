"""Every screen by axe-core, on the light and on the dark page: no violation.

Two of them each time, all of them under `make soak`.
"""

import os

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.support.browser import settle
from tests.support.screens import SCREENS

pytestmark = pytest.mark.e2e

SEEN = SCREENS if os.environ.get("XPZ_SOAK") else ("", "predict")

# Of Streamlit's own elements, which no setting changes: the rule, and what stands in the HTML.
NOT_OURS = (
    # The place to drop files on is a section with a role of none and a name.
    ("presentation-role-conflict", 'data-testid="stFileUploaderDropzone"'),
    # The column of ticks of a table that can be edited or chosen from has a header without words.
    ("empty-table-header", 'role="columnheader" aria-selected="false" aria-colindex="1"'),
)


def violations(page: Page) -> list[str]:
    """Return what axe-core finds, a line per rule and element, but for what is not ours."""
    found = Axe().run(page).response["violations"]
    return [
        f"{rule['id']}: {node['html'][:200]} {node['failureSummary'][-200:]}"
        for rule in found
        for node in rule["nodes"]
        if not any(rule["id"] == each and part in node["html"] for each, part in NOT_OURS)
    ]


@pytest.mark.parametrize("screen", SEEN)
def test_no_screen_has_a_violation_light_or_dark(page: Page, server, screen: str) -> None:
    page.goto(f"{server.url}/{screen}")
    expect(page.get_by_role("heading", level=1).first).to_be_visible()
    app = page.get_by_test_id("stApp")
    expect(app).to_have_attribute("data-test-script-state", "notRunning", timeout=90_000)
    # Else colours would change over a moment, longer on a busy machine.
    page.add_style_tag(content="*, *::before, *::after { transition: none !important }")
    told: list[str] = []
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        page.wait_for_timeout(300)  # the page itself hears of it, and its script runs anew
        settle(page)
        told += [f"({scheme}) {each}" for each in violations(page)]
    page.goto("about:blank")
    assert not told, "\n".join(told)
