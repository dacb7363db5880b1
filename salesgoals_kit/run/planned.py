"""What goes out to a spreadsheet or a CRM: for each owner the months of a period, proposed or agreed."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import takewhile

import numpy as np

from salesgoals_kit.company import Company
from salesgoals_kit.data.asof import Tables
from salesgoals_kit.data.snapshot import make_snapshot, open_snapshot
from salesgoals_kit.data.teams import rep_emails, team_names
from salesgoals_kit.errors import Fault, ForecastError, ParamError
from salesgoals_kit.forecast.book import Book
from salesgoals_kit.forecast.moving import working_days
from salesgoals_kit.forecast.outlook import SLACK, Outlook
from salesgoals_kit.goals.above import Last, goal_to_carry, tree_of
from salesgoals_kit.goals.asked import Calendar
from salesgoals_kit.goals.board import outlook_of
from salesgoals_kit.goals.carriers import Share
from salesgoals_kit.goals.nodes import pro_rata
from salesgoals_kit.goals.phase import phase
from salesgoals_kit.goals.shares import share_out, steps_of
from salesgoals_kit.kpis.catalogue import CATALOGUE
from salesgoals_kit.kpis.needs import missing
from salesgoals_kit.kpis.scope import teams_of
from salesgoals_kit.owners import COMPANY, Owner
from salesgoals_kit.periods import Period, month_end, month_name, month_start, parse_period
from salesgoals_kit.run.params import check_params
from salesgoals_kit.run.sheet import MonthGoal, Record, SheetRow
from salesgoals_kit.run.work import check_teams, corrected_book, last_goals, open_company, resolve_as_of, today
from salesgoals_kit.store.engine import open_store
from salesgoals_kit.store.ledger import Ledger
from salesgoals_kit.store.rows import AGREED_BY_HUMANS, GoalRow

KPI = "revenue"
Agreed = dict[tuple[str, str | None, str], float]  # the kind and the name of an owner, the period: the value


@dataclass(frozen=True, eq=False)
class _Asked:
    """What rows are made from: the data, the period, and what was agreed for it and for the year before."""

    tables: Tables
    period: Period
    book: Book
    agreed: Agreed
    rows: Sequence[GoalRow]
    last: Last

    def tree(self, top: Owner, value: float | None = None) -> tuple[Share, ...]:
        """Return who carries an owner's goal: the one given, else as agreed, asked from above, or proposed.

        Nobody without one.
        """
        known = (self.tables, top, self.period, self.book)
        goal = goal_to_carry(*known, self.last, self.rows) if value is None else value
        return () if goal is None else tree_of(*known, goal, self.last, self.rows).shares


def plan_record(
    company_file: str, period: str, teams: Sequence[str] = (), as_of: str | None = None
) -> tuple[Record, dict[str, str]]:
    """Return what a workbook is made from, and the e-mail addresses of the reps; all teams unless some are named.

    Raises ParamError where the period, a team or the day cannot be, and where there is nothing to propose.
    """
    params = check_params("goal_setting", {"company": company_file, "period": period, "as_of": as_of})
    company = open_company(company_file)
    ref = make_snapshot(company)
    day = resolve_as_of("goal_setting", params, company, ref, today(company))
    named = parse_period(period, company.fiscal_year_starts)
    ledger = Ledger(open_store(company))
    book = corrected_book(company, ledger, named.name, AGREED_BY_HUMANS, day)
    with open_snapshot(ref, company) as snapshot:
        tables = snapshot.at(day)
        check_teams(list(teams), team_names(tables))
        agreed = ledger.goals(kpi=KPI, level="agreed", current=True)
        rows = plan_rows(tables, named, teams, book, agreed, last_goals(ledger, named, day))
        emails = rep_emails(tables)
    return _record(company, named, day, ref.hash, rows), emails


def plan_rows(
    tables: Tables,
    period: Period,
    teams: Sequence[str],
    book: Book,
    agreed: Iterable[GoalRow] = (),
    last: Last = ((), ()),
) -> list[SheetRow]:
    """Return the months of every owner in the order of the tree: company, teams, and below each team its reps.

    Proposals are those of the company's goal tree, so that they add up, shared out over the months as `goals.phase`
    does. What was agreed stands in for them: a month's goal for the month, else the period's goal; where that makes
    another goal of a team's, those below share that one out. With teams named, only they and their reps; no owner
    twice: who works for two teams stands in the first with both his shares. Raises ParamError with all at the top of
    whom no outlook of revenue can be made, and for whom nothing was agreed.
    """
    given = list(agreed)
    values: Agreed = {(row.owner.kind, row.owner.name, row.period): row.value for row in given}
    asked = _Asked(tables, period, book, values, [row for row in given if row.period == period.name], last)
    trees = {top: asked.tree(top) for top in _tops(tables.company, teams)}
    faults = [_nothing(asked, top) for top, shares in trees.items() if not shares]
    if faults:
        raise ParamError("There are no goals to write.", faults)
    rows: dict[tuple[str, str | None], SheetRow] = {}
    for shares in trees.values():
        for row in _rows(asked, shares):
            before = rows.setdefault((row.owner.kind, row.owner.name), row)
            if before.owner != row.owner:
                rows[row.owner.kind, row.owner.name] = _together(before, row)
    shown = {row.owner for row in rows.values()}
    return [row if row.above in shown else replace(row, above=None) for row in rows.values()]


def _nothing(asked: _Asked, top: Owner) -> Fault:
    """Return why there is nothing to propose for an owner."""
    where = "the company" if top.name is None else f"team {top.name!r}"
    lacking = missing(KPI, asked.tables, top)
    expected = "an outlook of revenue, or an agreed goal"
    if lacking:
        return Fault(where, f"{KPI} cannot be computed: the data lacks {', '.join(lacking)}", expected)
    try:
        outlook_of(asked.tables, top, CATALOGUE[KPI], asked.period, asked.book)
    except ForecastError as error:
        return Fault(where, "; ".join([error.title, *(fault.found for fault in error.faults)]), expected)
    return Fault(where, f"there is no goal of {KPI}", expected)


def _tops(company: Company, teams: Sequence[str]) -> list[Owner]:
    """Return the owners at the top: each named team once, none that is a part of another one; else the company."""
    below = {name for team in teams for name in teams_of(company, team) if name != team}
    return [Owner(name) for name in dict.fromkeys(teams) if name not in below] or [COMPANY]


def _rows(asked: _Asked, shares: Sequence[Share]) -> Iterator[SheetRow]:
    """Give the rows of a tree's shares; those below an owner whose goal is not the tree's share out what stands there.

    They keep the tree's shares where none of them has an outlook that another goal could be shared out by.
    """
    done: set[Owner | None] = set()
    for at, share in enumerate(shares):
        if share.parent in done:
            done.add(share.owner)
            continue
        row = _row(asked, share)
        yield row
        goal = _goal(row)
        if goal is not None and _is_another(asked, share, goal) and _is_known(shares[at:]):
            done.add(share.owner)
            yield from _rows(asked, asked.tree(share.owner, goal)[1:])


def _row(asked: _Asked, share: Share) -> SheetRow:
    outlook = _outlook(asked.tables, share.owner, asked.period, asked.book)
    fitted = None if outlook is None else pro_rata(outlook, share.factor)
    return SheetRow(share.owner, KPI, _months(asked.tables, share, fitted, asked.period, asked.agreed), share.parent)


def _goal(row: SheetRow) -> float | None:
    """Return the sum of an owner's months; None where not every one is known."""
    values = [month.proposal for month in row.months if month.proposal is not None]
    return math.fsum(values) if len(values) == len(row.months) else None


def _is_another(asked: _Asked, share: Share, goal: float) -> bool:
    steps = steps_of(CATALOGUE[KPI], asked.tables.company.minor_units)
    return share.owner.kind != "rep" and steps.count(goal) != steps.count(share.value)


def _is_known(shares: Sequence[Share]) -> bool:
    """Return whether the first owner, or anybody below him, has an outlook."""
    below = takewhile(lambda one: one.depth > shares[0].depth, shares[1:])
    return any(one.before is not None for one in (shares[0], *below))


def _together(one: SheetRow, other: SheetRow) -> SheetRow:
    """Return both shares of who works for two teams; an agreed goal is his whole one already."""
    months = tuple(
        a
        if a.agreed or a.proposal is None or b.proposal is None
        else replace(a, proposal=a.proposal + b.proposal, chance=None)
        for a, b in zip(one.months, other.months, strict=True)
    )
    return replace(one, months=months)


def _months(
    tables: Tables, share: Share, outlook: Outlook | None, period: Period, agreed: Agreed
) -> tuple[MonthGoal, ...]:
    owner = share.owner
    total = agreed.get((owner.kind, owner.name, period.name))
    parts = _parts(tables, share.value if total is None else total, outlook, period)
    goals = []
    for name, (part, chance) in zip(map(month_name, period.months), parts, strict=True):
        own = agreed.get((owner.kind, owner.name, name))
        if own is None:
            goals.append(MonthGoal(name, part, chance, agreed=total is not None))
        else:
            goals.append(MonthGoal(name, own, _chance(outlook, name, own), agreed=True))
    return tuple(goals)


def _parts(tables: Tables, value: float, outlook: Outlook | None, period: Period) -> list[tuple[float, float | None]]:
    """Return a value shared out over the months, and their chances; by working days where there is no outlook."""
    company = tables.company
    if outlook is None:
        days = [working_days(company.country, month_start(m), month_end(m)) for m in period.months]
        steps = steps_of(CATALOGUE[KPI], company.minor_units)
        return [(steps.value(part), None) for part in share_out(steps.count(value), days)]
    months = phase(value, outlook, CATALOGUE[KPI], Calendar(company.country)).of("month")
    return [(month.value, month.chance) for month in months] or [(value, outlook.chance(value))]


def _outlook(tables: Tables, owner: Owner, period: Period, book: Book) -> Outlook | None:
    if missing(KPI, tables, owner):
        return None
    try:
        return outlook_of(tables, owner, CATALOGUE[KPI], period, book)
    except ForecastError:
        return None


def _chance(outlook: Outlook | None, month: str, goal: float) -> float | None:
    """Return the share of paths in which a month reaches its goal."""
    if outlook is None:
        return None
    at = parse_period(month).first - outlook.period.first
    return float(np.mean(outlook.months[:, at] >= goal - SLACK * abs(goal)))


def _record(company: Company, period: Period, day: date, snapshot: str, rows: list[SheetRow]) -> Record:
    return Record(
        company=company.name,
        currency=company.currency,
        minor_units=company.minor_units,
        locale=company.locale,
        language=company.language,
        period=period.name,
        as_of=day.isoformat(),
        snapshot=snapshot,
        rows=tuple(rows),
    )
