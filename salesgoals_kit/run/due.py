"""`salesgoals due`: what is to be made today and is not made yet, made once, so that a line of cron's is enough."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from salesgoals_kit.company import Company
from salesgoals_kit.data.manifest import read_manifest
from salesgoals_kit.data.snapshot import make_snapshot, open_snapshot
from salesgoals_kit.data.teams import team_names
from salesgoals_kit.errors import DataError, Fault, ParamError
from salesgoals_kit.kpis.needs import available
from salesgoals_kit.owners import Owner
from salesgoals_kit.periods import Period, parse_period
from salesgoals_kit.report.index import check_folder, read_reports
from salesgoals_kit.report.index_page import Entry
from salesgoals_kit.report.title import TEMPLATES as DESIGNED
from salesgoals_kit.run import params
from salesgoals_kit.run.batch import Request, run_request
from salesgoals_kit.run.folders import place_of, shipped, slugs
from salesgoals_kit.run.lock import Busy
from salesgoals_kit.run.making import Result
from salesgoals_kit.run.occasions import Day, Occasion, occasions
from salesgoals_kit.run.options import Options
from salesgoals_kit.run.params import find_company
from salesgoals_kit.run.progress import Show
from salesgoals_kit.run.seal import is_whole, read_seal
from salesgoals_kit.run.work import open_company, today
from salesgoals_kit.store.engine import open_store
from salesgoals_kit.store.ledger import Ledger

Tell = Callable[[str], None]


@dataclass(frozen=True)
class Due:
    """An occasion and the owners who have no report of it that is good enough."""

    occasion: Occasion
    owners: tuple[Owner, ...]

    @property
    def title(self) -> str:
        """How it is called in lines."""
        return f"{self.occasion.template} {self.occasion.period} as of {self.occasion.as_of}"

    def request(self, file: str) -> Request:
        """Return what to run: for those who lack it and no one else, who may have it as of an earlier day."""
        what = self.occasion
        teams = tuple(owner.team for owner in self.owners)
        return Request(file, what.template, what.period.name, teams, what.as_of.isoformat())


@dataclass(frozen=True)
class Plan:
    """What is to be made, in order, what waits for data that ends on ``last_day``, and templates not installed."""

    due: tuple[Due, ...]
    waiting: tuple[Due, ...]
    absent: tuple[str, ...]
    last_day: date


def make_due(
    company_file: str, day: str | None, *, jobs: int, dry_run: bool, show: Show, tell: Tell, pdf: bool = False
) -> int:
    """Make what is due on a day (today unless given), say what became of each thing, and return how many failed.

    Raises ParamError for a day that cannot be asked about; one to come may be looked at with ``dry_run`` only. Where
    another run is at a period, that one makes it, or tomorrow's; at it for more than a day, it counts as failed.
    """
    file = str(find_company(company_file).resolve())
    company = open_company(file)
    plan = plan_due(company, _chosen(day, today(company), dry_run=dry_run))
    failed, index = 0, None
    for due in plan.due:
        if dry_run:
            tell(f"would make {due.title}: {_listed(due.owners)}")
            continue
        try:
            result = run_request(due.request(file), jobs, show, Options(pdf=pdf))
        except Busy as error:
            tell(f"busy {due.title}: {' '.join(map(str, error.faults))}")
            failed += len(due.owners) if _hangs(error) else 0
            continue
        failed += result.failed
        tell(_told(due, result))
        index = result.index
    for due in plan.waiting:
        what = f"{due.occasion.template} {due.occasion.period}"
        needed = f"for data up to {due.occasion.needs}; it ends on {plan.last_day}"
        tell(f"waiting since {due.occasion.since}: {what}, {needed}")
    if plan.absent:
        tell(f"not installed: {', '.join(plan.absent)}")
    if not plan.due:
        tell("nothing is due")
    if index is not None:
        tell(f"Open {index}")
    return failed


def plan_due(company: Company, on: date) -> Plan:
    """Return what is due on a day and not made, for the company and all its teams, and what waits for data."""
    check_folder(company.reports_folder, company.name)
    ref = make_snapshot(company)
    if on <= ref.first_day:
        raise ParamError("Nothing is known yet.", [Fault("today", str(on), f"a day after {ref.first_day}")])
    with open_snapshot(ref, company) as snapshot:
        tables = snapshot.at(ref.last_day)
        teams, kpis = team_names(tables), available(tables)
    promised = _promised(company)
    there = [name for name in DESIGNED if _installed(name)]
    made = _Made(company, slugs(teams), promised)
    found = [
        Due(occasion, owners)
        for occasion in occasions(company, Day(on, ref.first_day, ref.last_day), promised, kpis)
        if occasion.template in there and (owners := made.lacking(occasion))
    ]
    return Plan(
        due=tuple(due for due in found if due.occasion.needs <= ref.last_day),
        waiting=tuple(due for due in found if due.occasion.needs > ref.last_day),
        absent=tuple(name for name in DESIGNED if name not in there),
        last_day=ref.last_day,
    )


class _Made:
    """The reports that lie in the company's folder, and who had goals for which period."""

    def __init__(self, company: Company, names: Mapping[Owner, str], promised: Mapping[Period, set[Owner]]) -> None:
        self._company = company
        self._names = names
        self._promised = promised
        entries = read_reports(company.reports_folder)
        self._entries = {(entry.period, entry.slug, entry.template): entry for entry in entries}

    def lacking(self, occasion: Occasion) -> tuple[Owner, ...]:
        """Return the owners whom the occasion concerns and who have no report that is good enough."""
        return tuple(o for o in self._names if self._concerns(occasion, o) and not self._good(occasion, o))

    def _entry(self, occasion: Occasion, owner: Owner) -> Entry | None:
        return self._entries.get((occasion.period.name, self._names[owner], occasion.template))

    def _concerns(self, occasion: Occasion, owner: Owner) -> bool:
        had_goals = owner in self._promised.get(occasion.period, ())
        return occasion.everybody or had_goals or self._entry(occasion, owner) is not None

    def _good(self, occasion: Occasion, owner: Owner) -> bool:
        """Return whether a whole report of this owner stands there, and rests on what it has to rest on."""
        entry, name = self._entry(occasion, owner), occasion.period.name
        place = place_of(self._company.reports_folder, name, owner, occasion.template, self._names)
        seal = read_seal(place)
        content = None if entry is None or entry.reason else entry.content
        if content is None or seal is None or not is_whole(place, seal):
            return False
        if content.owner != owner or content.as_of < occasion.enough:
            return False
        if occasion.template != "review":
            return True
        return not content.preliminary and self._reached(content.snapshot, occasion.needs)

    def _reached(self, snapshot: str, needs: date) -> bool:
        """Return whether the data a report was made from reached a day; a snapshot that is gone is trusted."""
        with suppress(DataError):
            return read_manifest(self._company.store_folder / "snapshots" / snapshot).last_day >= needs
        return True


def _promised(company: Company) -> dict[Period, set[Owner]]:
    """Return the periods that the ledger has goals for, and whose."""
    found: dict[Period, set[Owner]] = {}
    for goal in Ledger(open_store(company)).goals():
        found.setdefault(parse_period(goal.period, company.fiscal_year_starts), set()).add(goal.owner)
    return found


def _installed(template: str) -> bool:
    if template not in params.TEMPLATES:
        return False
    with suppress(ParamError):
        return shipped("notebooks", f"{template}.ipynb").is_file()
    return False


def _chosen(day: str | None, now: date, *, dry_run: bool) -> date:
    try:
        chosen = now if day is None else date.fromisoformat(day)
    except ValueError:
        raise ParamError("This is not a day.", [Fault("today", repr(day), "a day like 2026-01-31")]) from None
    if chosen > now and not dry_run:
        fault = Fault("today", str(chosen), f"a day up to {now}", "look ahead with --dry-run")
        raise ParamError("A day to come makes no reports.", [fault])
    return chosen


def _told(due: Due, result: Result) -> str:
    made = [one.job.owner for one in result.outcomes if one.state == "made"]
    failed = [one.job.owner for one in result.outcomes if one.error is not None]
    lines = [
        f"{word} {due.title}: {_listed(owners)}" for word, owners in (("made", made), ("failed", failed)) if owners
    ]
    return "\n".join(lines) or f"unchanged {due.title}"


def _hangs(busy: Busy) -> bool:
    return busy.since is not None and datetime.now(UTC) - busy.since > timedelta(days=1)


def _listed(owners: Iterable[Owner]) -> str:
    return ", ".join([owner.name or "the company" for owner in sorted(owners, key=lambda o: o.name or "")])
