"""The reports that are to be mailed: the latest of each template, whole, and what each says, without its stamps."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import quote

from salesgoals_kit.company import Company
from salesgoals_kit.errors import Fault, ParamError
from salesgoals_kit.files import plain_names
from salesgoals_kit.owners import Owner
from salesgoals_kit.periods import parse_period
from salesgoals_kit.report.content import Content, content_from_json
from salesgoals_kit.report.index import read_reports
from salesgoals_kit.report.index_page import Entry
from salesgoals_kit.report.mail import Letter, letter_of, rep_letter
from salesgoals_kit.report.rep import REPS
from salesgoals_kit.report.title import TEMPLATES
from salesgoals_kit.run.folders import COMPANY_SLUG, ReportPlace
from salesgoals_kit.run.outbox_text import printable
from salesgoals_kit.run.seal import Seal, read_seal

NEWS_FOR = 7 * 24 * 3600.0  # seconds after which a report that was never sent is no news any more
STAMPS = ("provenance", "snapshot", "format")  # of a content: how it was made, not what it says
PICTURE = ("png", "width", "height")
DIGITS = 12  # of a number that count: machines differ in the last ones


@dataclass(frozen=True)
class Asked:
    """What is to be sent: of these periods and templates (empty: the latest of all) and this team's (None: all).

    The company as a whole is ``_company``.
    """

    periods: tuple[str, ...] = ()
    templates: tuple[str, ...] = ()
    team: str | None = None

    def of(self, owner: Owner | None) -> bool:
        """Return whether a report of this owner is asked for; one whose owner cannot be read is."""
        return self.team is None or owner is None or self.team == (owner.team or COMPANY_SLUG)


@dataclass(frozen=True)
class Outgoing:
    """A report, or the page of a rep in it, as it was sealed. ``record`` is its content as it stands in JSON."""

    place: ReportPlace
    period: str
    owner: Owner
    record: Mapping[str, Any]
    written: str
    page: bytes
    rep: int | None = None  # which of the content's reps

    @property
    def title(self) -> str:
        """How it is called in lines."""
        return printable(f"{self.place.template} {self.period} {self.owner.name or 'the company'}")

    @cached_property
    def digest(self) -> str:
        """A hash of what it says: wordings, stamps and how it was made left out."""
        said = {name: part for name, part in self.record.items() if name not in STAMPS}
        if self.rep is not None:
            plain = {name: part for name, part in said.items() if not isinstance(part, (list, dict))}
            said = {**plain, "rep": said["reps"][self.rep]}
        return hashlib.sha256(json.dumps(_unworded(said), sort_keys=True).encode()).hexdigest()

    @cached_property
    def file_name(self) -> str:
        """The name of the page where it is attached: nothing but letters, digits and a few signs."""
        whose = self.place.folder.name if self.rep is None else Path(self._path).stem
        return f"{self.place.template}-{self.period}-{whose}.html"

    @property
    def _path(self) -> str:
        """Where the page lies in the folder of the report."""
        if self.rep is None:
            return f"{self.place.template}.html"
        files = plain_names([str(rep["owner"]["rep"]) for rep in self.record["reps"]], "rep")
        return f"{REPS}/{files[str(self.owner.rep)]}.html"

    def letter(self, url: str | None) -> Letter:
        """Return it as a letter, with a link below ``url``, or with the whole page attached where there is none."""
        content: Content = content_from_json(self.written)
        steps = (self.period, self.place.folder.name, self._path)
        link = None if url is None else "/".join([url.rstrip("/"), *map(quote, steps)])
        page = (self.file_name, self.page) if url is None else None
        if self.rep is None:
            return letter_of(content, link=link, page=page)
        return rep_letter(content, content.reps[self.rep], link=link, page=page)


def outgoing(company: Company, asked: Asked, tell: Callable[[str], None]) -> Iterator[Outgoing]:
    """Give the reports that are to be mailed, and the pages of reps in them; say of each that is left out why.

    Raises ParamError where a period or a template is none, and where there is no such report.
    """
    templates, periods = _checked(company, asked)
    entries = [
        entry
        for entry in read_reports(company.reports_folder)
        if entry.template in templates and (not periods or entry.period in periods)
    ]
    chosen = entries if periods else list(_latest(entries, company))
    for entry in sorted((entry for entry in chosen if asked.of(entry.owner)), key=_in_order):
        place = ReportPlace(company.reports_folder / entry.period / entry.slug, entry.template)
        why = _left_out(entry, place, chosen, asked_for=bool(periods))
        if why:
            tell(f"not sent: {entry.template} {entry.period} {entry.slug}: {why}")
            continue
        yield from _whole(entry, place, tell)


def _in_order(entry: Entry) -> tuple[int, str, str]:
    return TEMPLATES.index(entry.template), entry.period, entry.slug


def _checked(company: Company, asked: Asked) -> tuple[tuple[str, ...], set[str]]:
    there = ", ".join(TEMPLATES)
    faults = [Fault("template", repr(name), f"one of {there}") for name in asked.templates if name not in TEMPLATES]
    periods: set[str] = set()
    for name in asked.periods:
        try:
            periods.add(parse_period(name, company.fiscal_year_starts).name)
        except ParamError as error:
            faults += error.faults
    if faults:
        raise ParamError("This cannot be sent.", faults)
    return asked.templates or TEMPLATES, periods


def _latest(entries: Sequence[Entry], company: Company) -> Iterator[Entry]:
    """Give the entries of each template's latest period; months, quarters and years apart."""
    starts: dict[tuple[str, str], date] = {}
    known: list[tuple[tuple[str, str], date, Entry]] = []
    for entry in entries:
        try:
            period = parse_period(entry.period, company.fiscal_year_starts)
        except ParamError:  # a folder that no run has made
            continue
        kind = (entry.template, period.grain)
        starts[kind] = max(starts.get(kind, period.start), period.start)
        known.append((kind, period.start, entry))
    yield from (entry for kind, start, entry in known if start == starts[kind])


def _left_out(entry: Entry, place: ReportPlace, others: Sequence[Entry], *, asked_for: bool) -> str:
    """Return why a report is not mailed; nothing where it is."""
    if entry.reason or entry.content is None:
        return f"it failed: {entry.reason.splitlines()[0] if entry.reason else 'no content'}"
    if asked_for:
        return ""
    reviewed = {(other.period, other.slug) for other in others if other.template == "review" and not other.reason}
    if entry.template == "tracking" and (entry.period, entry.slug) in reviewed:
        return "its period is reviewed"
    try:
        made = place.file("json").stat().st_mtime
    except OSError:
        return "it is being made"
    days = (time.time() - made) / (24 * 3600)
    return f"it was made {days:.0f} days ago; name its period to send it" if days * 24 * 3600 > NEWS_FOR else ""


def _whole(entry: Entry, place: ReportPlace, tell: Callable[[str], None]) -> Iterator[Outgoing]:
    """Give a report and the reps' pages in it, all of them bytes that its seal is of."""
    seal = read_seal(place)
    try:
        files = {} if seal is None else _sealed(place, seal)
    except OSError:
        files = {}
    if not files:
        tell(f"not sent: {entry.template} {entry.period} {entry.slug}: it is not whole; run it again")
        return
    written = files["json"].decode("utf-8")
    record: dict[str, Any] = json.loads(written)
    owner = Owner(**record["owner"])
    yield Outgoing(place, entry.period, owner, record, written, files["html"])
    for i, rep in enumerate(record.get("reps", ())):
        found = Outgoing(place, entry.period, Owner(**rep["owner"]), record, written, b"", i)
        if (page := files.get(found._path)) is not None:
            yield Outgoing(place, entry.period, found.owner, record, written, page, i)


def _sealed(place: ReportPlace, seal: Seal) -> dict[str, bytes]:
    """Return the bytes of a report's content and pages; none where one of them is not what was sealed."""
    wanted = [ending for ending in seal.files if ending in ("json", "html") or ending.startswith(f"{REPS}/")]
    found = {ending: place.file(ending).read_bytes() for ending in wanted}
    good = all(hashlib.sha256(data).hexdigest() == seal.files[ending] for ending, data in found.items())
    return found if good and {"json", "html"} <= set(found) else {}


def _unworded(value: Any) -> Any:
    """Return a record without what is drawn of it, and without the texts beside its messages: the words of the same."""
    if isinstance(value, dict):
        left = {name: _unworded(part) for name, part in value.items() if name not in PICTURE}
        if set(left) == {"id", "text", "values"}:
            left.pop("text")
        return left
    if isinstance(value, float):
        return float(f"{value:.{DIGITS}g}")
    return [_unworded(part) for part in value] if isinstance(value, list) else value
