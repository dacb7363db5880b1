"""Pages as PDF: printed by a Chromium that is installed, without a window and without a net."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory

from salesgoals_kit.errors import Fault, RunError
from salesgoals_kit.files import passing
from salesgoals_kit.run.folders import ReportPlace
from salesgoals_kit.run.job import WITH_REPS
from salesgoals_kit.store.secret import DATABASE, MAIL

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
SECONDS = 120  # for one page, which takes one or two
QUIET = (
    "--headless",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-extensions",
    "--disable-sync",
    "--no-first-run",
    "--no-pdf-header-footer",
    "--window-size=1280,1000",  # wide: the browser picks the pictures before it prints, by its window
    "--proxy-server=127.0.0.1:9",  # nobody listens there: a page loads nothing from elsewhere
)


def find_browser() -> str:
    """Return the browser that prints; raises RunError where none is installed."""
    found = next(filter(None, map(shutil.which, BROWSERS)), None)
    if found is None:
        todo = "install one (Debian: apt install chromium), or leave --pdf out"
        raise RunError("PDF needs Chromium.", [Fault("--pdf", f"none of {', '.join(BROWSERS)} is there", todo=todo)])
    return found


def write_pdfs(places: Iterable[ReportPlace], browser: str, jobs: int) -> int:
    """Print the pages of reports, and of their reps, that have no PDF as new as they are; return how many.

    Each is beside its page, whole or not there. Raises RunError with every page that could not be printed.
    """
    pages = [page for place in places for page in _pages(place) if _is_older(page.with_suffix(".pdf"), page)]
    with ThreadPoolExecutor(max(jobs, 1)) as pool:
        faults = [fault for fault in pool.map(lambda page: _printed(page, browser), pages) if fault is not None]
    if faults:
        raise RunError("The pages are there, but not all of them could be printed.", faults)
    return len(pages)


def _pages(place: ReportPlace) -> Iterator[Path]:
    yield place.file("html")
    if place.template == WITH_REPS:
        yield from sorted(place.reps.glob("*.html"))


def _is_older(file: Path, page: Path) -> bool:
    return not file.exists() or file.stat().st_mtime_ns < page.stat().st_mtime_ns


def _printed(page: Path, browser: str) -> Fault | None:
    """Print one page; each has a browser with a profile of its own, since two cannot share one."""
    kept = TemporaryDirectory(ignore_cleanup_errors=True)  # parts of a browser may write for longer than it lives
    with kept as profile, passing(page.with_suffix(".pdf")) as unfinished:
        wrong = _print(page, unfinished, [browser, *QUIET, *_as_root(), f"--user-data-dir={profile}"])
        if wrong:
            return Fault(str(page), wrong, "a PDF", "open the page in a browser and print it there")
        unfinished.replace(page.with_suffix(".pdf"))
        return None


def _print(page: Path, target: Path, browser: list[str]) -> str:
    """Print a page to a file, and return what went wrong, or nothing."""
    command = [*browser, f"--print-to-pdf={target.resolve()}", page.resolve().as_uri()]
    told = {name: value for name, value in os.environ.items() if name not in (DATABASE, MAIL)}
    try:
        done = subprocess.run(command, capture_output=True, timeout=SECONDS, check=False, env=told)
    except subprocess.TimeoutExpired:
        return f"it took longer than {SECONDS} seconds"
    if done.returncode or not _is_pdf(target):
        return done.stderr.decode("utf-8", "replace").strip()[-300:] or f"the browser ended with {done.returncode}"
    return ""


def _as_root() -> list[str]:
    """Chromium has no sandbox for root, and says so instead of starting."""
    return ["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []


def _is_pdf(file: Path) -> bool:
    return file.is_file() and file.read_bytes()[:5] == b"%PDF-"
