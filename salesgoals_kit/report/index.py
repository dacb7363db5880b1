"""The index of a folder of reports: owners by periods by templates, each done, failed with its reason, or not run."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import suppress
from itertools import groupby
from pathlib import Path
from typing import Any
from urllib.parse import quote

from salesgoals_kit.errors import Fault, SalesGoalsError
from salesgoals_kit.files import whole
from salesgoals_kit.owners import Owner
from salesgoals_kit.report.index_page import Entry, index_html
from salesgoals_kit.report.listed import Listed, listed_from_json

FAILED, INDEX = ".failed.json", "index.html"


def check_folder(reports_folder: Path, company: str) -> None:
    """Raise SalesGoalsError where a folder already holds the reports of another company: one of each period tells."""
    others = {content.company for content in _contents(reports_folder)} - {company}
    if others:
        todo = "set `reports` and `store` in company.yaml to other folders"
        fault = Fault(reports_folder.name, f"holds reports of {', '.join(sorted(others))}", todo=todo)
        raise SalesGoalsError("A folder holds the reports of one company.", [fault])


def write_index(reports_folder: Path, runs: Mapping[str, Mapping[str, Any]] | None = None) -> Path:
    """Write ``index.html`` over a folder of reports, whole or not at all, and return its path.

    ``runs``: what each period's run.json says, by template, which tells why a report was made or was not. A record that
    cannot be read is an entry that failed. Raises SalesGoalsError where the folder holds the reports of two companies.
    """
    entries = read_reports(reports_folder)
    companies = sorted({entry.content.company for entry in entries if entry.content})
    if len(companies) > 1:
        faults = [Fault(str(reports_folder.name), f"reports of {name!r}") for name in companies]
        raise SalesGoalsError("A folder holds the reports of one company.", faults)
    target = reports_folder / INDEX
    reports_folder.mkdir(parents=True, exist_ok=True)
    with whole(target) as unfinished:
        unfinished.write_text(index_html(entries, runs or {}), "utf-8", newline="\n")
    return target


def read_reports(folder: Path) -> list[Entry]:
    """Return an entry for every ``<period>/<slug>/<template>.json`` and ``.failed.json``; a failure goes first."""
    found: dict[tuple[str, str, str], Entry] = {}
    for file in sorted(_files(folder), key=lambda file: file.name.endswith(FAILED)):
        with suppress(FileNotFoundError):  # another run has just withdrawn it
            found[_key(file)] = _failed(file) if file.name.endswith(FAILED) else _done(file)
    return list(found.values())


def _contents(folder: Path) -> Iterator[Listed]:
    """Give what one report of each period says."""
    made = [file for file in _files(folder) if not file.name.endswith(FAILED)]
    for _, files in groupby(made, key=lambda file: file.parent.parent):
        for file in files:
            with suppress(FileNotFoundError):  # another run has just withdrawn it
                content = _done(file).content
                if content is not None:
                    yield content
                    break


def _files(folder: Path) -> list[Path]:
    return sorted(file for file in folder.glob("*/*/*.json") if not file.name.startswith("."))


def _key(file: Path) -> tuple[str, str, str]:
    template = file.name.removesuffix(FAILED).removesuffix(".json")
    return file.parent.parent.name, file.parent.name, template


def _done(file: Path) -> Entry:
    period, slug, template = _key(file)
    try:
        content = listed_from_json(file.read_text("utf-8"))
    except (SalesGoalsError, UnicodeDecodeError) as error:
        return Entry(period, slug, template, None, reason=str(error))
    page = file.with_suffix(".html")
    if not page.is_file():
        return Entry(period, slug, template, content.owner, content, reason=f"{page.name} is missing")
    return Entry(period, slug, template, content.owner, content, _address(page))


def _address(file: Path) -> str:
    return "/".join(quote(part) for part in file.parts[-3:])


def _failed(file: Path) -> Entry:
    period, slug, template = _key(file)
    try:
        record: dict[str, Any] = json.loads(file.read_text("utf-8"))
        owner = Owner(**record["owner"])
        half = file.with_name(f"{template}.ipynb")
        page = _address(half) if half.is_file() else ""
        return Entry(period, slug, template, owner, page=page, reason=str(record["error"]) or "no reason was recorded")
    except (ValueError, KeyError, TypeError) as error:
        return Entry(period, slug, template, None, reason=f"{file.name} cannot be read: {error!r}")
