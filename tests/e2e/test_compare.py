"""Compare in a real browser: the shipped runs, and the way back through choices."""

import re

import pytest
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.e2e


def test_choices_stand_in_the_address_and_the_way_back_undoes_them(page: Page, server) -> None:
    page.goto(server.url)
    # Of the sidebar: Home leads there as well, once it is drawn.
    page.get_by_role("link", name="Compare", exact=True).first.click()
    sentence = page.get_by_text("compact-20k is better than dissertation-20k by").first
    expect(sentence).to_contain_text("2,029 common galaxies")
    choice = page.get_by_test_id("stMultiSelect")
    choice.locator("input").click()
    page.get_by_role("option", name="dissertation-100k").click()
    third = page.get_by_text("dissertation-100k is better than dissertation-20k by").first
    expect(third).to_be_visible()
    chosen = ["dissertation-20k", "compact-20k", "dissertation-100k"]
    address = "&".join(f"runs={name}" for name in chosen)
    assert address in page.url
    page.go_back()
    expect(third).to_be_hidden()
    assert "dissertation-100k" not in page.url
    # Of a name that is typed in full Enter takes the one run, though another has its letters.
    page.goto(f"{server.url}/compare?runs=dissertation-20k")
    choice.locator("input").click()
    page.keyboard.type("compact-20k")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"runs=dissertation-20k&runs=compact-20k(&|$)"))
    assert "compact-520k" not in page.url
    page.goto(f"{server.url}/compare?{address}&compare_show=Differences")
    expect(third).to_be_visible()
    expect(page.get_by_test_id("stVegaLiteChart").locator("svg, canvas").first).to_be_visible()
