"""The page of the index: what failed first, then a section a period, a table of owners and templates in each."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from markupsafe import Markup

from salesgoals_kit.errors import ParamError
from salesgoals_kit.files import plain_names
from salesgoals_kit.owners import Owner
from salesgoals_kit.periods import parse_period
from salesgoals_kit.report.blocks import anchor_of
from salesgoals_kit.report.canvas import shortened
from salesgoals_kit.report.lastrun import last_run
from salesgoals_kit.report.listed import Listed, ListedRep
from salesgoals_kit.report.paper import environment, index_style
from salesgoals_kit.report.rep import REPS
from salesgoals_kit.report.text import Texts, tidy
from salesgoals_kit.report.title import TEMPLATES, marks, owner_name, template_name
from salesgoals_kit.words import Count, Name, say

LETTERS_IN_A_CELL, LETTERS_OF_A_REASON = 90, 240
MANY = 12  # owners of a period, above which it opens with links to them


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


def index_html(entries: Sequence[Entry], runs: Mapping[str, Mapping[str, Any]]) -> str:
    """Return the index as one HTML document; ``runs`` as in `report.index.write_index`."""
    known = next((entry.content for entry in entries if entry.content), None)
    texts = known.texts if known else Texts()
    company = known.company if known else ""
    templates = _templates(entries)
    names = sorted({entry.period for entry in entries}, key=_latest_last, reverse=True)
    told = [
        last_run(name, template, runs[name][template], company) for name in names for template in runs.get(name, ())
    ]
    return (
        environment()
        .get_template("reports.html.j2")
        .render(
            t=texts,
            style=Markup(index_style()),
            title=say("report.index_title", company=Name(company)) if known else say("report.index_title_unknown"),
            lead=_counted(entries),
            failures=_failures(texts, entries, company, names),
            heads=[texts.text(template_name(template)) for template in templates],
            periods=[
                _period(texts, name, [e for e in entries if e.period == name], templates, company) for name in names
            ],
            runs=[run for run in told if run is not None],
        )
    )


def _counted(entries: Sequence[Entry]) -> Any:
    failed = sum(bool(entry.reason) for entry in entries)
    return say("report.index_lead", count=Count(len(entries) - failed), failed=Count(failed))


def _failures(texts: Texts, entries: Sequence[Entry], company: str, names: Sequence[str]) -> list[dict[str, Any]]:
    """Return what failed, the latest period first, with all whom the same reason kept from their report."""
    grouped: dict[tuple[str, str, str], list[Entry]] = {}
    for entry in sorted(entries, key=lambda entry: names.index(entry.period)):
        if entry.reason:
            grouped.setdefault((entry.period, entry.template, entry.reason), []).append(entry)
    return [
        {
            "period": period,
            "template": template_name(template),
            "reason": Name(shortened(tidy(reason), LETTERS_OF_A_REASON)),
            "whose": [(_whose(texts, entry.slug, [entry], company), entry.page) for entry in those],
        }
        for (period, template, reason), those in grouped.items()
    ]


def _templates(entries: Iterable[Entry]) -> list[str]:
    """Return the templates there are reports of, the kit's own in the order in which they are read."""
    found = {entry.template for entry in entries}
    return [*(name for name in TEMPLATES if name in found), *sorted(found - set(TEMPLATES))]


def _period(
    texts: Texts, name: str, entries: Sequence[Entry], templates: Sequence[str], company: str
) -> dict[str, Any]:
    cells = {(entry.slug, entry.template): _cell(texts, entry, company) for entry in entries}
    missing = Markup('<span class="sg-none">{}</span>').format(texts.html(say("report.index_not_run")))
    rows = [
        {
            "id": f"{anchor_of(name)}--{re.sub('[^A-Za-z0-9_-]', '-', slug)}",
            "whose": _whose(texts, slug, entries, company),
            "cells": [cells.get((slug, template), missing) for template in templates],
        }
        for slug in _slugs(entries)
    ]
    return {"name": name, "anchor": anchor_of(name), "rows": rows, "many": len(rows) > MANY, "said": _counted(entries)}


def _cell(texts: Texts, entry: Entry, company: str) -> Markup:
    if entry.reason or entry.content is None:
        reason = Name(shortened(tidy(entry.reason), LETTERS_IN_A_CELL))
        said = texts.html(say("report.index_failed", reason=reason))
        half = texts.html(say("report.index_half_run"))
        link = Markup(' <a href="{}">{}</a>').format(entry.page, half) if entry.page else ""
        return Markup('<span class="sg-failed">{}{}</span>').format(said, link)
    headline = entry.content.texts.html(entry.content.headline)
    link = Markup('<a href="{}">{}</a>').format(entry.page, headline)
    below = [*map(texts.html, marks(entry.content)), *_reps(texts, entry.page, entry.content.reps)]
    told = [Markup('<div class="sg-mark">{}</div>').format(line) for line in below]
    return Markup('<div class="sg-done">{}</div>').format(Markup(" ").join([link, *told]))


def _reps(texts: Texts, page: str, reps: Sequence[ListedRep]) -> list[Markup]:
    """Return links to the pages of the reps, where there are some, in one line."""
    files = plain_names([str(rep.owner.rep) for rep in reps], "rep")
    folder = page.rpartition("/")[0]
    link = Markup('<a href="{}/{}/{}.html">{}</a>')
    links = [link.format(folder, REPS, files[str(rep.owner.rep)], texts.html(Name(rep.name))) for rep in reps]
    fold = Markup("<details><summary>{}</summary>{}</details>")
    return [fold.format(texts.html(say("report.index_reps")), Markup(", ").join(links))] if links else []


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
