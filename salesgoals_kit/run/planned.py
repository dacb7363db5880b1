"""What goes out to a spreadsheet or a CRM: for each owner the months of a period, proposed or agreed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date

import numpy as np

from salesgoals_kit.company import Company
from salesgoals_kit.data.asof import Tables
from salesgoals_kit.data.snapshot import make_snapshot, open_snapshot
from salesgoals_kit.data.teams import rep_emails, team_names
from salesgoals_kit.errors import ForecastError
from salesgoals_kit.forecast.book import Book
from salesgoals_kit.forecast.moving import working_days
from salesgoals_kit.forecast.outlook import SLACK, Outlook
from salesgoals_kit.goals.agreement import tree_of
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
from salesgoals_kit.run.params import Params
from salesgoals_kit.run.sheet import MonthGoal, Record, SheetRow
from salesgoals_kit.run.work import check_teams, corrected_book, last_goals, open_company, resolve_as_of, today
from salesgoals_kit.store.engine import open_store
from salesgoals_kit.store.ledger import Ledger
from salesgoals_kit.store.rows import AGREED_BY_HUMANS, FinalRow, GoalRow

KPI = "revenue"
Agreed = dict[tuple[str, str | None, str], float]  # the kind and the name of an owner, the period: the value


def plan_record(
    company_file: str, period: str, teams: Sequence[str] = (), as_of: str | None = None
) -> tuple[Record, dict[str, str]]:
    """Return what a workbook is made from, and the e-mail addresses of the reps; all teams unless some are named.

    Raises ParamError where the period, a team or the day cannot be.
    """
    company = open_company(company_file)
    ref = make_snapshot(company)
    params = Params(company=company_file, period=period, as_of=as_of)
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
    last: tuple[Sequence[GoalRow], Sequence[FinalRow]] = ((), ()),
) -> list[SheetRow]:
    """Return the months of every owner in the order of the tree: company, teams, and below each team its reps.

    Proposals are those of the goal tree, so that they add up, shared out over the months as `goals.phase` does. What
    was agreed stands in for them: a month's goal for the month, else the period's goal. With teams named, only they and
    their reps; no owner twice: who works for two teams stands in the first with both his shares. Without an outlook of
    revenue there is nothing to propose.
    """
    values: Agreed = {(row.owner.kind, row.owner.name, row.period): row.value for row in agreed}
    rows: dict[tuple[str, str | None], SheetRow] = {}
    for top in _tops(tables.company, teams):
        for share in _shares(tables, top, period, book, values, last):
            owner = share.owner
            outlook = _outlook(tables, owner, period, book)
            fitted = None if outlook is None else pro_rata(outlook, share.factor)
            row = SheetRow(owner, KPI, _months(tables, share, fitted, period, values), share.parent)
            before = rows.setdefault((owner.kind, owner.name), row)
            if before.owner != owner:
                rows[owner.kind, owner.name] = _together(before, row)
    shown = {row.owner for row in rows.values()}
    return [row if row.above in shown else replace(row, above=None) for row in rows.values()]


def _tops(company: Company, teams: Sequence[str]) -> list[Owner]:
    """Return the owners at the top: each named team once, none that is a part of another one; else the company."""
    below = {name for team in teams for name in teams_of(company, team) if name != team}
    return [Owner(name) for name in dict.fromkeys(teams) if name not in below] or [COMPANY]


def _shares(
    tables: Tables,
    top: Owner,
    period: Period,
    book: Book,
    agreed: Agreed,
    last: tuple[Sequence[GoalRow], Sequence[FinalRow]],
) -> tuple[Share, ...]:
    outlook = _outlook(tables, top, period, book)
    value = agreed.get((top.kind, top.name, period.name))
    if value is None and outlook is not None:
        value = outlook.goal(tables.company.chances.target)
    return () if value is None else tree_of(tables, top, period, book, value, last).shares


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
