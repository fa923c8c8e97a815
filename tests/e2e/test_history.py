"""The browser's way back: one step from a screen to the place that was left."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.support.browser import settle

pytestmark = pytest.mark.e2e


@pytest.mark.parametrize(
    ("place", "role", "section", "next_screen"),
    [
        ("evaluate?run=compact-20k&show=Residuals", "tab", "Residuals", "Reproduce"),
        ("compare?compare_show=Differences", "tab", "Differences", "Runs"),
        ("data?section=Split", "radio", "Split", "Home"),
    ],
)
def test_one_step_back_leads_to_the_place_that_was_left(
    page: Page, server, place, role, section, next_screen
) -> None:
    page.goto(f"{server.url}/{place}")
    chosen = page.get_by_role(role, name=section, exact=True)
    expect(chosen).to_be_visible()
    settle(page)
    left = page.url
    page.get_by_test_id("stSidebarNav").get_by_role("link", name=next_screen).click()
    expect(chosen).to_be_hidden()
    settle(page)
    page.go_back()
    expect(chosen).to_have_attribute("aria-selected" if role == "tab" else "aria-checked", "true")
    settle(page)
    assert page.url == left


def test_what_a_visitor_does_on_a_screen_is_undone_one_by_one(page: Page, server) -> None:
    page.goto(f"{server.url}/evaluate?run=compact-20k&show=Inspect")
    field = page.get_by_label("source_id")
    settle(page)
    first, before = field.input_value(), page.url
    page.get_by_role("button", name="Next").first.click()
    expect(field).not_to_have_value(first)
    settle(page)
    second = field.input_value()
    page.get_by_test_id("stSidebarNav").get_by_role("link", name="Predict").click()
    expect(page).to_have_url(re.compile("/predict"))
    settle(page)
    page.go_back()
    expect(field).to_have_value(second)
    settle(page)
    page.go_back()
    expect(page).to_have_url(before)


def test_one_step_back_from_a_form_leads_to_its_step_of_reproduce(page: Page, server) -> None:
    page.goto(f"{server.url}/reproduce?step=p(z)")
    way = page.get_by_role("button", name="Train one with p(z)")
    expect(way).to_be_visible()
    settle(page)
    way.click()
    expect(page.get_by_role("link", name="Back to Reproduce")).to_be_visible()
    settle(page)
    page.go_back()
    expect(way).to_be_visible()
