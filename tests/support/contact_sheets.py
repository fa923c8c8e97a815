"""Pictures of every screen on one sheet, by width and theme: what is cut, what overlaps?

`python -m tests.support.contact_sheets FOLDER [WIDTH ...]` starts a dashboard of its own on the
shipped data set and runs, needs Chromium, and takes about a minute a sheet.
"""

import re
import sys
import tempfile
from pathlib import Path

from PIL import Image, ImageDraw
from playwright.sync_api import Page, sync_playwright

from tests.e2e.conftest import chromium, serve
from tests.support.screens import SCREENS

WIDTHS = (1280, 1920, 768)
THEMES = ("light", "dark")
COLUMNS, THUMBNAIL, CAPTION, MOST = 6, 640, 24, 3000  # pixels
PREDICTED = "predict, with the sample"


def picture(page: Page, path: Path) -> None:
    """Take the whole screen, which scrolls within the page, once it stands still."""
    page.locator("[data-testid=stApp][data-test-script-state=notRunning]").wait_for(timeout=60_000)
    page.wait_for_timeout(1500)  # charts draw themselves
    width = page.viewport_size["width"] if page.viewport_size else WIDTHS[0]
    height = page.evaluate("document.querySelector('[data-testid=stMain]').scrollHeight")
    page.set_viewport_size({"width": width, "height": min(max(int(height), 700), MOST)})
    page.wait_for_timeout(700)
    page.screenshot(path=path)
    page.set_viewport_size({"width": width, "height": 800})


def sheet(pictures: dict[str, Path], path: Path) -> None:
    """Put pictures under their names, side by side, on one."""
    images = []
    for name, file in pictures.items():
        with Image.open(file) as one:
            size = THUMBNAIL, round(one.height * THUMBNAIL / one.width)
            images.append((name, one.convert("RGB").resize(size)))
    rows = [images[i : i + COLUMNS] for i in range(0, len(images), COLUMNS)]
    heights = [CAPTION + max(image.height for _, image in row) for row in rows]
    whole = Image.new("RGB", (COLUMNS * (THUMBNAIL + 8), sum(heights)), "#808080")
    draw, top = ImageDraw.Draw(whole), 0
    for row, height in zip(rows, heights, strict=True):
        for i, (name, image) in enumerate(row):
            draw.text((i * (THUMBNAIL + 8) + 4, top + 5), name or "home", fill="white")
            whole.paste(image, (i * (THUMBNAIL + 8), top + CAPTION))
        top += height
    whole.save(path)


def main(folder: Path, widths: tuple[int, ...]) -> None:
    """Write a sheet for each width and theme, and the pictures that they are made of."""
    folder.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as own,
        serve(Path(own)) as server,
        sync_playwright() as play,
    ):
        browser = play.chromium.launch(executable_path=chromium())
        for width in widths:
            for theme in THEMES:
                page = browser.new_context(
                    viewport={"width": width, "height": 800},
                    reduced_motion="reduce",
                    color_scheme=theme,
                ).new_page()
                pictures: dict[str, Path] = {}
                for screen in SCREENS:
                    name = re.sub(r"\W+", "-", screen).strip("-") or "home"
                    pictures[screen] = folder / f"{name}-{width}-{theme}.png"
                    page.goto(f"{server.url}/{screen}")
                    picture(page, pictures[screen])
                page.get_by_role("button", name="Try a sample").click()
                page.get_by_role("button", name=re.compile("Predict .* redshifts")).click()
                page.get_by_text("66 of 66 spectra").wait_for()
                pictures[PREDICTED] = folder / f"predicted-{width}-{theme}.png"
                picture(page, pictures[PREDICTED])
                page.context.close()
                sheet(pictures, folder / f"sheet-{width}-{theme}.png")
        browser.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]), tuple(map(int, sys.argv[2:])) or WIDTHS)
