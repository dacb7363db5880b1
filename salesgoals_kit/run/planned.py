"""What goes out to a spreadsheet or a CRM: for each owner the months of a period, proposed or agreed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date

import numpy as np

from salesgoals_kit.company import Company
from salesgoals_kit.data.asof import Tables
from salesgoals_kit.data.snapshot import make_snapshot, open_snapshot
from salesgoals_kit.data.teams import rep_emails, team_names
from salesgoals_kit.errors import ForecastError
from salesgoals_kit.forecast.book import Book
from salesgoals_kit.forecast.outlook import SLACK, Outlook
from salesgoals_kit.goals.board import outlook_of
from salesgoals_kit.goals.propose import levels
from salesgoals_kit.kpis.makeup import make_up
from salesgoals_kit.kpis.needs import kpi_named, missing
from salesgoals_kit.owners import COMPANY, Owner
from salesgoals_kit.periods import Period, month_name, parse_period
from salesgoals_kit.run.params import Params
from salesgoals_kit.run.sheet import MonthGoal, Record, SheetRow, parts_of
from salesgoals_kit.run.work import check_teams, corrected_book, open_company, resolve_as_of, today
from salesgoals_kit.store.engine import open_store
from salesgoals_kit.store.ledger import Ledger
from salesgoals_kit.store.rows import AGREED_BY_HUMANS, GoalRow

KPI = "revenue"
_MAIN = ("target", "rep")  # the levels a report leads with
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
        rows = plan_rows(tables, named, teams, book, ledger.goals(kpi=KPI, level="agreed", current=True))
        emails = rep_emails(tables)
    return _record(company, named, day, ref.hash, rows), emails


def plan_rows(
    tables: Tables, period: Period, teams: Sequence[str], book: Book, agreed: Iterable[GoalRow] = ()
) -> list[SheetRow]:
    """Return the months of every owner in the order of the tree: company, teams, and below each team its reps.

    What was agreed stands in for what would be proposed: a month's goal for the month, else the period's goal shared
    out over its months as a proposal would be. With teams named, only they and their reps; no owner twice.
    """
    values: Agreed = {(row.owner.kind, row.owner.name, row.period): row.value for row in agreed}
    owners = owners_in_order(tables, teams)
    shown = {owner for owner, _ in owners}
    return [
        SheetRow(owner, KPI, _months(tables, owner, period, book, values), above if above in shown else None)
        for owner, above in owners
    ]


def owners_in_order(tables: Tables, teams: Sequence[str]) -> list[tuple[Owner, Owner | None]]:
    """Return the owners, each with whose part he is: depth first, teams in the company's order, reps by name."""
    names = team_names(tables)
    parents = {team.name: team.parent for team in tables.company.teams}
    people = make_up(tables).people
    found: list[tuple[Owner, Owner | None]] = []

    def add(owner: Owner, above: Owner | None) -> None:
        if any(owner == other for other, _ in found):
            return
        found.append((owner, above))
        mine = ~people["team"].isin(names) if owner.team is None else people["team"] == owner.team
        for rep, team in sorted(people.loc[mine, ["rep", "team"]].itertuples(index=False, name=None), key=str):
            found.append((Owner(team, str(rep)), owner))
        for name in names:
            if parents.get(name) == owner.team:
                add(Owner(name), owner)

    for start in [Owner(name) for name in teams] or [COMPANY]:
        parent = parents.get(str(start.team)) if start.team is not None else None
        add(start, None if start == COMPANY else Owner(parent))
    return found


def month_values(outlook: Outlook, value: float, months: int, parts: int) -> list[float]:
    """Return a value shared out over the months of a period as the mean months are, exactly: largest remainder.

    Where the months' mean is nothing, or not known, each has the same share.
    """
    means = np.nan_to_num(outlook.months).mean(axis=0) if outlook.months.size else np.zeros(months)
    means = np.maximum(means, 0.0)
    shares = means / means.sum() if means.sum() > 0 else np.full(months, 1 / months)
    total = round(value * parts)
    exact = shares * total
    whole = np.floor(exact).astype(int)
    order = sorted(range(months), key=lambda i: (-(exact[i] - whole[i]), i))
    for i in order[: total - int(whole.sum())]:
        whole[i] += 1
    return [int(units) / parts for units in whole]


def _months(tables: Tables, owner: Owner, period: Period, book: Book, agreed: Agreed) -> tuple[MonthGoal, ...]:
    outlook = _outlook(tables, owner, period, book)
    names = [month_name(number) for number in period.months]
    parts = parts_of(KPI, tables.company.minor_units)
    total = agreed.get((owner.kind, owner.name, period.name))
    value = total
    if value is None and outlook is not None:
        value = outlook.goal(next(chance for level, chance in levels(owner, tables.company) if level in _MAIN))
    shared = [None] * len(names) if value is None else _shared(outlook, value, len(names), parts)
    goals = []
    for i, (name, share) in enumerate(zip(names, shared, strict=True)):
        own = agreed.get((owner.kind, owner.name, name))
        goal = share if own is None else own
        chance = None if goal is None or outlook is None else _chance(outlook, i, goal)
        goals.append(MonthGoal(name, goal, chance, agreed=own is not None or total is not None))
    return tuple(goals)


def _shared(outlook: Outlook | None, value: float, months: int, parts: int) -> list[float | None]:
    if outlook is None:
        total = round(value * parts)
        return [(total * (i + 1) // months - total * i // months) / parts for i in range(months)]
    return [*month_values(outlook, value, months, parts)]


def _outlook(tables: Tables, owner: Owner, period: Period, book: Book) -> Outlook | None:
    if missing(KPI, tables, owner):
        return None
    try:
        return outlook_of(tables, owner, kpi_named(KPI), period, book)
    except ForecastError:
        return None


def _chance(outlook: Outlook, month: int, goal: float) -> float | None:
    """Return the share of paths in which a month reaches its goal; None where the paths have no months."""
    if month >= outlook.months.shape[1]:
        return None
    paths = outlook.months[:, month]
    known = paths[np.isfinite(paths)]
    return float(np.mean(known >= goal - SLACK * abs(goal))) if len(known) else None


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
