"""Pages as PDF: beside each page, as new as it, and gone with it; where nothing can print, nothing is made."""

from __future__ import annotations

import os
import shutil
import time
from base64 import b64encode
from pathlib import Path

import pypdfium2 as pdfium  # type: ignore[import-untyped,unused-ignore]
import pytest

from salesgoals_kit.errors import RunError
from salesgoals_kit.run.folders import ReportPlace
from salesgoals_kit.run.pdf import BROWSERS, find_browser, write_pdfs
from tests.run.tiny import PERIOD, SLUGS, Tiny

SQUARE = "<svg xmlns='http://www.w3.org/2000/svg' width='{0}' height='50'><rect width='{0}' height='50'/></svg>"
PAGE = "<!DOCTYPE html><html lang='en'><title>A page</title><h1>Bees</h1><p>1 000 z\u0142</p></html>"
LEFT = """#!/bin/sh
for word; do case $word in --user-data-dir=*) profile=${word#*=};; esac; done
i=0; while [ $i -lt 20000 ] && : > $profile/$i; do i=$((i+1)); done
"""


@pytest.fixture
def browser() -> str:
    if not any(map(shutil.which, BROWSERS)):
        if os.environ.get("CI") == "true":
            pytest.fail("Chromium is not installed, and under CI=true it must be.")
        pytest.skip("Chromium is not installed (Debian: apt install chromium).")
    return find_browser()


def _place(folder: Path, template: str = "goal_setting") -> ReportPlace:
    folder.mkdir(parents=True)
    (folder / f"{template}.html").write_text(PAGE, "utf-8")
    return ReportPlace(folder, template)


def _fake(folder: Path, script: str) -> str:
    """A browser that does something else than to print."""
    folder.mkdir()
    program = folder / "chromium"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    return str(program)


@pytest.mark.service
def test_a_run_prints_every_page_and_a_failure_leaves_no_pdf(tiny: Tiny, browser: str) -> None:
    done = tiny.run("--pdf", "--jobs", "2")
    assert done.code == 0, done.err
    files = {slug: tiny.folder / "reports" / PERIOD / slug / "baseline.pdf" for slug in SLUGS}
    assert all(file.read_bytes().startswith(b"%PDF-") for file in files.values())
    before = {slug: file.read_bytes() for slug, file in files.items()}
    tiny.tell("Bees", "raise ValueError('no')")
    again = tiny.run("--pdf", "--force")
    assert again.code == 1
    assert not files["bees"].exists()
    assert files["ants"].read_bytes() != before["ants"]  # it was made again, and so was printed again


@pytest.mark.service
def test_pages_of_reps_are_printed_too_and_none_twice(tmp_path: Path, browser: str) -> None:
    place = _place(tmp_path / "ants")
    place.reps.mkdir()
    (place.reps / "ann-łuk.html").write_text(PAGE, "utf-8")
    other = _place(tmp_path / "bees", "review")
    assert write_pdfs([place, other], browser, 2) == 3
    assert (place.reps / "ann-łuk.pdf").read_bytes().startswith(b"%PDF-")
    assert write_pdfs([place, other], browser, 2) == 0
    now = time.time() + 10
    os.utime(other.file("html"), (now, now))
    assert write_pdfs([place, other], browser, 2) == 1


@pytest.mark.service
def test_what_is_printed_are_the_pictures_for_desks(tmp_path: Path, browser: str) -> None:
    place = _place(tmp_path / "ants")
    narrow, wide = (
        "data:image/svg+xml;base64," + b64encode(SQUARE.format(width).encode()).decode() for width in (100, 300)
    )
    picture = f'<picture><source media="screen and (max-width: 820px)" srcset="{narrow}"><img src="{wide}"></picture>'
    place.file("html").write_text(PAGE + picture, "utf-8")
    assert write_pdfs([place], browser, 1) == 1
    with pdfium.PdfDocument(place.file("pdf")) as document:
        sheet = document[0].render(scale=1).to_numpy()
    assert ((sheet < 10).all(axis=2).sum(axis=1) > 150).any(), "the wide one is black and some 225 points wide"


def test_without_a_browser_nothing_is_made(tiny: Tiny, monkeypatch: pytest.MonkeyPatch) -> None:
    tiny.environment["PATH"] = str(tiny.folder)
    done = tiny.run("--pdf")
    assert done.code == 2
    assert "PDF needs Chromium." in done.err
    assert "leave --pdf out" in done.err
    assert "Traceback" not in done.err
    assert not (tiny.folder / "reports").exists()
    monkeypatch.setenv("PATH", str(tiny.folder))
    with pytest.raises(RunError):
        find_browser()


@pytest.mark.parametrize(
    ("script", "said"),
    [
        ("echo broken >&2; exit 3", "broken"),
        ("exit 0", "the browser ended with 0"),
        (r"printf 'broken \377' >&2; exit 3", "broken"),
        ("$(dirname $0)/../leave $@ >/dev/null 2>&1 & sleep 0.1; echo broken >&2; exit 3", "broken"),
    ],
)
def test_every_page_that_cannot_be_printed_is_told_and_nothing_half_stays(
    script: str, said: str, tmp_path: Path
) -> None:
    places = [_place(tmp_path / name, "review") for name in ("ants", "bees")]
    left = tmp_path / "leave"  # a part of the browser that outlives it, and goes on writing
    left.write_text(LEFT)
    left.chmod(0o755)
    with pytest.raises(RunError, match="not all of them could be printed") as caught:
        write_pdfs(places, _fake(tmp_path / "bin", script), 2)
    assert [said in fault.found for fault in caught.value.faults] == [True, True]
    assert [sorted(file.name for file in place.folder.iterdir()) for place in places] == [["review.html"]] * 2
