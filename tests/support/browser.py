"""What every test in a browser waits for."""

from playwright.sync_api import Page, expect


def settle(page: Page) -> None:
    """Wait until the script has run and nothing on the page is out of date."""
    expect(page.get_by_test_id("stApp")).to_have_attribute("data-test-script-state", "notRunning")
    # At every frame: a page that asks each second is out of date whenever one looks each second.
    page.wait_for_function("() => !document.querySelector('[data-stale=true]')")
