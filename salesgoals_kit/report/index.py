"""The index of a folder of reports: owners by periods by templates, each done, failed with its reason, or not run."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from pathlib import Path
from typing import Any
from urllib.parse import quote

from markupsafe import Markup

from salesgoals_kit.errors import Fault, ParamError, SalesGoalsError
from salesgoals_kit.files import plain_names, whole
from salesgoals_kit.owners import Owner
from salesgoals_kit.periods import parse_period
from salesgoals_kit.report.blocks import anchor_of, part
from salesgoals_kit.report.canvas import shortened
from salesgoals_kit.report.lastrun import last_run
from salesgoals_kit.report.listed import Listed, ListedRep, listed_from_json
from salesgoals_kit.report.paper import environment, page_style
from salesgoals_kit.report.rep import REPS
from salesgoals_kit.report.text import Texts, tidy
from salesgoals_kit.report.title import TEMPLATES, marks, owner_name, template_name
from salesgoals_kit.words import Count, Name, say

FAILED, INDEX = ".failed.json", "index.html"
LETTERS_OF_A_REASON = 240


@dataclass(frozen=True)
class Entry:
    """A report that there is or should be: what is said of it and its page; or why it failed, and its notebook."""

    period: str
    slug: str
    template: str
    owner: Owner | None
    content: Listed | None = None
    page: str = ""
    reason: str = ""


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
        unfinished.write_text(_html(entries, runs or {}), "utf-8", newline="\n")
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


def _html(entries: Sequence[Entry], runs: Mapping[str, Mapping[str, Any]]) -> str:
    known = next((entry.content for entry in entries if entry.content), None)
    texts = known.texts if known else Texts()
    company = known.company if known else ""
    failed = sum(bool(entry.reason) for entry in entries)
    title = say("report.index_title", company=Name(company)) if known else say("report.index_title_unknown")
    lead = say("report.index_lead", count=Count(len(entries) - failed), failed=Count(failed))
    names = sorted({entry.period for entry in entries}, key=_latest_last, reverse=True)
    templates = _templates(entries)
    periods = [_period(texts, name, [e for e in entries if e.period == name], templates, company) for name in names]
    page = environment().get_template("reports.html.j2")
    told = [
        last_run(name, template, runs[name][template], company) for name in names for template in runs.get(name, ())
    ]
    last = [run for run in told if run is not None]
    return page.render(t=texts, style=Markup(page_style()), title=title, lead=lead, periods=periods, runs=last)


def _templates(entries: Iterable[Entry]) -> list[str]:
    """Return the templates there are reports of, the kit's own in the order in which they are read."""
    found = {entry.template for entry in entries}
    return [*(name for name in TEMPLATES if name in found), *sorted(found - set(TEMPLATES))]


def _period(
    texts: Texts, name: str, entries: Sequence[Entry], templates: Sequence[str], company: str
) -> dict[str, Any]:
    cells = {(entry.slug, entry.template): _cell(texts, entry, company) for entry in entries}
    missing = texts.html(say("report.index_not_run"))
    rows = [
        [_whose(texts, slug, entries, company), *(cells.get((slug, template), missing) for template in templates)]
        for slug in _slugs(entries)
    ]
    first = texts.text(say("report.index_owner"))
    heads = [first, *(texts.text(template_name(template)) for template in templates)]
    columns = [{"title": head, "left": True} for head in heads]
    table = part("table", f"period-{anchor_of(name)}", None, columns, rows, [])
    return {"name": name, "table": table, "failed": any(entry.reason for entry in entries)}


def _cell(texts: Texts, entry: Entry, company: str) -> Markup:
    if entry.reason or entry.content is None:
        reason = Name(shortened(tidy(entry.reason), LETTERS_OF_A_REASON))
        said = texts.html(say("report.index_failed", reason=reason))
        half = texts.html(say("report.index_half_run"))
        link = Markup(' <a href="{}">{}</a>').format(entry.page, half) if entry.page else ""
        return Markup('<span class="sg-failed">{}{}</span>').format(said, link)
    headline = entry.content.texts.html(entry.content.headline)
    link = Markup('<a href="{}">{}</a>').format(entry.page, headline)
    below = [*map(texts.html, marks(entry.content)), *_reps(texts, entry.page, entry.content.reps)]
    told = [Markup('<small class="sg-mark">{}</small>').format(line) for line in below]
    return Markup("<span>{}</span>").format(Markup(" ").join([link, *told]))


def _reps(texts: Texts, page: str, reps: Sequence[ListedRep]) -> list[Markup]:
    """Return links to the pages of the reps, where there are some, in one line."""
    files = plain_names([str(rep.owner.rep) for rep in reps], "rep")
    folder = page.rpartition("/")[0]
    link = Markup('<a href="{}/{}/{}.html">{}</a>')
    links = [link.format(folder, REPS, files[str(rep.owner.rep)], texts.html(Name(rep.name))) for rep in reps]
    return [Markup("{} {}").format(texts.html(say("report.index_reps")), Markup(", ").join(links))] if links else []


def _slugs(entries: Sequence[Entry]) -> list[str]:
    """Return the folders of a period: the company's, then the teams', then what nobody can be read from."""

    def order(entry: Entry) -> tuple[int, str, str]:
        if entry.owner is None:
            return 2, "", entry.slug
        return (1 if entry.owner.name else 0), entry.owner.name or "", entry.slug

    return list(dict.fromkeys(entry.slug for entry in sorted(entries, key=order)))


def _whose(texts: Texts, slug: str, entries: Sequence[Entry], company: str) -> Markup:
    owner = next((entry.owner for entry in entries if entry.slug == slug and entry.owner is not None), None)
    if owner is not None and owner.name is None and not company:
        return texts.html(say("report.index_company"))
    return texts.html(Name(slug) if owner is None else owner_name(owner, company))


def _latest_last(name: str) -> tuple[date, str]:
    try:
        return parse_period(name).start, name
    except ParamError:
        return date.min, name
