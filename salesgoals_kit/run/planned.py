"""What goes out to a spreadsheet or a CRM: for each owner the months of a period, proposed or agreed."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property

from salesgoals_kit.company import Company
from salesgoals_kit.data.asof import Tables
from salesgoals_kit.data.snapshot import make_snapshot, open_snapshot
from salesgoals_kit.data.teams import rep_emails, team_names
from salesgoals_kit.errors import Fault, ForecastError, ParamError
from salesgoals_kit.forecast.book import Book
from salesgoals_kit.forecast.moving import working_days
from salesgoals_kit.forecast.outlook import Outlook
from salesgoals_kit.goals.above import Last, goal_to_carry, tree_of
from salesgoals_kit.goals.asked import Calendar
from salesgoals_kit.goals.board import outlook_of
from salesgoals_kit.goals.carriers import Share
from salesgoals_kit.goals.nodes import pro_rata
from salesgoals_kit.goals.phase import phase
from salesgoals_kit.goals.settled import month_goals, whole_goals
from salesgoals_kit.goals.shares import share_beside, steps_of
from salesgoals_kit.goals.times import parts_of
from salesgoals_kit.kpis.catalogue import CATALOGUE
from salesgoals_kit.kpis.needs import missing
from salesgoals_kit.kpis.scope import teams_of
from salesgoals_kit.owners import COMPANY, Owner
from salesgoals_kit.periods import Period, month_end, month_name, month_start, parse_period
from salesgoals_kit.run.day import resolve_as_of
from salesgoals_kit.run.params import check_params
from salesgoals_kit.run.sheet import MonthGoal, Record, SheetRow
from salesgoals_kit.run.work import check_teams, corrected_book, last_goals, open_company, today
from salesgoals_kit.store.engine import open_store
from salesgoals_kit.store.ledger import Ledger
from salesgoals_kit.store.rows import AGREED_BY_HUMANS, GoalRow

KPI = "revenue"
Key = tuple[str, str | None]  # the kind and the name of an owner: a rep is himself in whatever team


@dataclass(frozen=True, eq=False)
class _Asked:
    """What rows are made from: the data, the period, what was agreed for it and its months, and a year before."""

    tables: Tables
    period: Period
    book: Book
    agreed: Sequence[GoalRow]
    last: Last

    @cached_property
    def whole(self) -> dict[Key, float]:
        """What was agreed for the whole period, by owner."""
        return {(row.owner.kind, row.owner.name): row.value for row in whole_goals(self.agreed, self.period)}

    @cached_property
    def everywhere(self) -> dict[Owner, float]:
        """What part of each rep who is in several teams is in each of them, in the workbook or not."""
        return parts_of(self.tables, COMPANY, self.period)

    def tree(self, top: Owner) -> tuple[Share, ...]:
        """Return who carries an owner's goal: as agreed, asked from above, or proposed; nobody without one."""
        known = (self.tables, top, self.period, self.book)
        goal = goal_to_carry(*known, self.last, self.agreed)
        return () if goal is None else tree_of(*known, goal, self.last, self.agreed).shares

    def parts(self, shares: Sequence[Share]) -> dict[Owner, float]:
        """Return what part of each rep is in each of his places, by his full times there; one where he has one."""
        times: dict[str | None, list[Share]] = {}
        for share in shares:
            times.setdefault(share.owner.rep, []).append(share)
        whole = {rep: math.fsum(share.carry for share in its) for rep, its in times.items()}
        return {
            share.owner: share.carry / whole[rep] if whole[rep] > 0 else 1 / len(its)
            for rep, its in times.items()
            for share in its
            if len(its) > 1 and rep is not None
        }


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
    does. What was agreed stands: goals of the period in the tree, goals of months among the months, so that each row
    is what that owner's report says. With teams named, only they and their reps; no owner twice: who works for two
    teams stands in the first with both his shares. Raises ParamError with all at the top of whom no outlook of revenue
    can be made, and for whom nothing was agreed.
    """
    asked = _Asked(tables, period, book, list(agreed), last)
    trees = {top: asked.tree(top) for top in _tops(tables.company, teams)}
    faults = [_nothing(asked, top) for top, shares in trees.items() if not shares]
    if faults:
        raise ParamError("There are no goals to write.", faults)
    rows: dict[Key, SheetRow] = {}
    for shares in trees.values():
        parts = asked.parts(shares)
        for share in shares:
            row = _row(asked, share, parts.get(share.owner, 1.0))
            before = rows.setdefault((row.owner.kind, row.owner.name), row)
            if before.owner != row.owner:
                rows[row.owner.kind, row.owner.name] = _together(asked, before, row)
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


def _row(asked: _Asked, share: Share, part: float) -> SheetRow:
    """Return an owner's months; ``part`` of the months that a rep agreed on is in this place."""
    outlook = _outlook(asked.tables, share.owner, asked.period, asked.book)
    fitted = None if outlook is None else pro_rata(outlook, share.factor)
    whole = asked.whole.get((share.owner.kind, share.owner.name))
    own = month_goals(asked.agreed, asked.period, share.owner)
    stands = own if whole is not None else {month: value * part for month, value in own.items()}
    value = share.value if whole is None else whole
    apart = whole is not None and share.owner in asked.everywhere  # an outlook of one team tells nothing of his whole
    months = tuple(
        MonthGoal(month_name(month), goal, None if apart else chance, agreed=whole is not None or month in own)
        for month, (goal, chance) in zip(
            asked.period.months, _parts(asked.tables, value, fitted, asked.period, stands), strict=True
        )
    )
    return SheetRow(share.owner, KPI, months, share.parent)


def _together(asked: _Asked, one: SheetRow, other: SheetRow) -> SheetRow:
    """Return both shares of who works for two teams; an agreed goal is his whole one already."""
    own = month_goals(asked.agreed, asked.period, one.owner)
    whole = (one.owner.kind, one.owner.name) in asked.whole
    months = []
    for month, a, b in zip(asked.period.months, one.months, other.months, strict=True):
        if whole or a.proposal is None or b.proposal is None:
            months.append(a)
        else:
            months.append(replace(a, proposal=own.get(month, a.proposal + b.proposal), chance=None))
    return replace(one, months=tuple(months))


def _parts(
    tables: Tables, value: float, outlook: Outlook | None, period: Period, agreed: Mapping[int, float]
) -> list[tuple[float, float | None]]:
    """Return a value shared out over the months, and their chances; by working days where there is no outlook."""
    company = tables.company
    if outlook is None:
        days = [working_days(company.country, month_start(m), month_end(m)) for m in period.months]
        steps = steps_of(CATALOGUE[KPI], company.minor_units)
        stands = {month - period.first: steps.count(goal) for month, goal in agreed.items()}
        return [(steps.value(part), None) for part in share_beside(steps.count(value), days, stands)]
    months = phase(value, outlook, CATALOGUE[KPI], Calendar(company.country), agreed=agreed).of("month")
    return [(month.value, month.chance) for month in months] or [(value, outlook.chance(value))]


def _outlook(tables: Tables, owner: Owner, period: Period, book: Book) -> Outlook | None:
    if missing(KPI, tables, owner):
        return None
    try:
        return outlook_of(tables, owner, CATALOGUE[KPI], period, book)
    except ForecastError:
        return None


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
