"""All mails of a folder of reports: bytes, seconds to write, and what is wrong with each, by contract and in a browser.

    salesgoals demo
    python -m tests.benchmarks.mails demo/reports

Every report's mail is written with its whole page attached, as it is where no address of the pages is known, and every
rep's with his own; the HTML is looked at on screens of 390 and 600 pixels, in light and dark.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from email.policy import SMTP
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from salesgoals_kit.files import plain_names
from salesgoals_kit.report.content import Content, content_from_json
from salesgoals_kit.report.contract import check_contract
from salesgoals_kit.report.mail import Letter, letter_of, rep_letter
from salesgoals_kit.report.rep import REPS
from tests.browser import Browser, open_browser, sideways
from tests.mailing import received, resolved, sent


@dataclass(frozen=True)
class Written:
    """A mail: whose, the bytes of its HTML, its text and all of it (without and with the page), seconds, faults."""

    name: str
    template: str
    html: int
    text: int
    bare: int
    whole: int
    seconds: float
    faults: tuple[str, ...]


def written(browser: Browser, folder: Path, name: str, template: str, begun: float, letter: Letter) -> Written:
    """Return what there is to say of a mail that was begun at a time."""
    message = sent(letter)
    seconds = time.perf_counter() - begun
    whole = len(message.as_bytes(policy=SMTP))
    attached = 0 if letter.attachment is None else len(letter.attachment[1])
    seen = folder / "mail.html"
    seen.write_text(resolved(received(message)), "utf-8")
    wide = [
        f"{width} {scheme}: {over} pixels too wide"
        for width in (390, 600)
        for scheme in ("light", "dark")
        if (over := browser.look(seen, sideways, width=width, scheme=scheme)) > 0
    ]
    return Written(
        name=name,
        template=template,
        html=len(letter.html.encode()),
        text=len(letter.text.encode()),
        bare=whole - attached * 4 // 3,
        whole=whole,
        seconds=seconds,
        faults=(*map(str, check_contract(message)), *wide),
    )


def mails(browser: Browser, folder: Path, file: Path) -> Iterator[Written]:
    """Give the mail of a report, and those of its reps."""
    content: Content = content_from_json(file.read_text("utf-8"))
    page = file.with_suffix(".html")
    name = f"{content.period} {content.owner.name or content.company}"
    begun = time.perf_counter()
    letter = letter_of(content, page=(page.name, page.read_bytes()))
    yield written(browser, folder, name, content.template, begun, letter)
    files = plain_names([str(rep.owner.rep) for rep in content.reps], "rep")
    for rep in content.reps:
        own = file.parent / REPS / f"{files[str(rep.owner.rep)]}.html"
        begun = time.perf_counter()
        letter = rep_letter(content, rep, page=(own.name, own.read_bytes()))
        yield written(browser, folder, f"{name}, {rep.name}", "a rep's", begun, letter)


def table(found: list[Written]) -> Iterator[str]:
    """Yield the lines of the table: a line a template; sizes in kB, the median and the most."""
    yield "template | mails | HTML | text | without the page | with it | s, median | s, most | faults"
    yield "--- | --- | --- | --- | --- | --- | --- | --- | ---"
    for template in sorted({one.template for one in found}):
        own = [one for one in found if one.template == template]
        sizes = (
            f"{median(values) / 1000:.0f} / {max(values) / 1000:.0f}"
            for values in ([getattr(one, name) for one in own] for name in ("html", "text", "bare", "whole"))
        )
        times = [one.seconds for one in own]
        faults = sum(len(one.faults) for one in own)
        cells = [template, str(len(own)), *sizes, f"{median(times):.2f}", f"{max(times):.2f}", str(faults)]
        yield " | ".join(cells)


def main() -> int:
    """Write all mails; 1 where anything is wrong with one."""
    asked = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    asked.add_argument("reports", type=Path)
    given = asked.parse_args()
    browser = open_browser()
    with TemporaryDirectory() as folder:
        files = sorted(file for file in given.reports.glob("*/*/*.json") if not file.name.startswith("."))
        found = [mail for file in files if "failed" not in file.name for mail in mails(browser, Path(folder), file)]
    browser.close()
    for one in found:
        if one.faults:
            print(one.name, one.template, *one.faults[:5], sep="\n  ", file=sys.stderr)
    print("\n".join(table(found)))
    return int(bool(browser.ran or any(one.faults for one in found)))


if __name__ == "__main__":
    sys.exit(main())
