"""What every test in a browser waits for."""

from playwright.sync_api import Page

SETTLED = """() => document.querySelector('[data-testid=stApp][data-test-script-state=notRunning]')
  && !document.querySelector('[data-stale=true]')"""


def settle(page: Page) -> None:
    """Wait until the script has run and nothing on the page is out of date.

    The browser looks often: who looked once a second could meet each run of a page that asks once
    a second. Not at every frame, for which all of them would have to be drawn.
    """
    page.wait_for_function(SETTLED, polling=50)
