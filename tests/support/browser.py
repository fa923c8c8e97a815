"""What every test in a browser waits for."""

from playwright.sync_api import Page, expect


def settle(page: Page) -> None:
    """Wait until the script has run and nothing on the page is out of date."""
    expect(page.get_by_test_id("stApp")).to_have_attribute("data-test-script-state", "notRunning")
    expect(page.locator("[data-stale=true]")).to_have_count(0)
