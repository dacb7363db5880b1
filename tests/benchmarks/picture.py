"""The picture in README: the top of a report, down to the end of its first chart, as a PNG of few colours.

salesgoals demo
python -m tests.benchmarks.picture demo/reports/2026Q1/_company/goal_setting.html docs/report.png
"""

from __future__ import annotations

import shutil
import sys
from io import BytesIO
from pathlib import Path

from PIL import Image
from playwright.sync_api import sync_playwright

WIDTH, BELOW, COLOURS = 1280, 20, 128
END = """() => { const chart = document.querySelector('figure');
    return window.scrollY + chart.getBoundingClientRect().bottom }"""


def take(page: Path, target: Path) -> int:
    """Write the picture of a page, and return its bytes."""
    with sync_playwright() as playwright:
        found = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
        browser = playwright.chromium.launch(executable_path=found, args=["--no-sandbox", "--disable-gpu"])
        opened = browser.new_page(viewport={"width": WIDTH, "height": 800}, color_scheme="light")
        opened.goto(page.resolve().as_uri())
        end = round(opened.evaluate(END)) + BELOW
        shot = opened.screenshot(full_page=True, clip={"x": 0, "y": 0, "width": WIDTH, "height": end})
        browser.close()
    with Image.open(BytesIO(shot)) as picture:
        few = picture.convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE)
    few.save(target, optimize=True)
    return target.stat().st_size


if __name__ == "__main__":
    print(take(Path(sys.argv[1]), Path(sys.argv[2])), "bytes")
