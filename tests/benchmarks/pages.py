"""All pages of a folder of reports in a real browser: bytes, seconds to render, and what is wrong with each.

    salesgoals demo
    python -m tests.benchmarks.pages demo/reports

Every page is looked at on screens of 390, 768, 1280 and 1600 pixels with all of it closed and open, by axe-core in
light and dark, and as it is printed on A4; each is rendered once more from its notebook and its content.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median

import nbformat

from salesgoals_kit.report.content import content_from_json
from salesgoals_kit.report.page import page_html
from tests.browser import Browser, Faults, faults, open_browser

LIMIT = 600_000  # bytes of a page
STAMP = {"made": "2026-01-01T00:00:00+00:00", "kit": "benchmark"}


@dataclass(frozen=True)
class Seen:
    """A page: its size, how long it took to render, and what is wrong with it."""

    page: str
    template: str
    size: int
    seconds: float
    faults: Faults


def seen(browser: Browser, file: Path, folder: Path) -> Seen:
    """Return what there is to say of a page."""
    return Seen(
        page=str(file.relative_to(folder)),
        template=file.stem,
        size=file.stat().st_size,
        seconds=rendered(file),
        faults=browser.look(file, faults),
    )


def rendered(file: Path) -> float:
    """Return how many seconds it takes to make the page once more."""
    content = content_from_json(file.with_suffix(".json").read_text("utf-8"))
    notebook = nbformat.read(file.with_suffix(".ipynb"), as_version=4)  # type: ignore[no-untyped-call]
    begun = time.perf_counter()
    page_html(notebook, content, STAMP)
    return time.perf_counter() - begun


def table(found: list[Seen]) -> Iterator[str]:
    """Yield the lines of the table: a line a template."""
    heads = ("template", "pages", "kB, median", "kB, most", "s, median", "s, most", "screens", "axe", "paper")
    yield " | ".join(heads)
    yield " | ".join("-" * len(head) for head in heads)
    for template in sorted({one.template for one in found}):
        own = [one for one in found if one.template == template]
        times = [one.seconds for one in own]
        cells = [
            template,
            str(len(own)),
            f"{median(one.size for one in own) / 1000:.0f}",
            f"{max(one.size for one in own) / 1000:.0f}",
            f"{median(times):.2f}",
            f"{max(times):.2f}",
            *(str(sum(len(getattr(one.faults, kind)) for one in own)) for kind in ("screens", "rules", "paper")),
        ]
        yield " | ".join(cells)


def main() -> int:
    """Look at all pages; 1 where anything is wrong with one."""
    asked = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    asked.add_argument("reports", type=Path)
    asked.add_argument("--only", default="*/*/*.html", help="which pages, as */*/tracking.html")
    asked.add_argument("--json", type=Path, help="where to write all that was found")
    given = asked.parse_args()
    browser, found = open_browser(), []
    for file in sorted(given.reports.glob(given.only)):
        found.append(seen(browser, file, given.reports))
        wrong = found[-1].faults.all
        print(f"{found[-1].page}: {found[-1].size} bytes", *wrong[:5], sep="\n  ", file=sys.stderr, flush=True)
    browser.close()
    print("\n".join(table(found)))
    if browser.ran:
        print("what pages did:", *browser.ran[:20], sep="\n  ")
    if given.json:
        given.json.write_text(json.dumps([asdict(one) for one in found], indent=1), "utf-8")
    large = [one.page for one in found if one.size >= LIMIT]
    return int(bool(browser.ran or large or any(one.faults.all for one in found)))


if __name__ == "__main__":
    sys.exit(main())
