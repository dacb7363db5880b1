"""Everything that could be agreed for one owner and period: each KPI's baseline, outlook and proposals."""

from __future__ import annotations

from dataclasses import dataclass

from salesgoals_kit.data.asof import Tables
from salesgoals_kit.errors import ForecastError
from salesgoals_kit.forecast.book import Book
from salesgoals_kit.forecast.outlook import Outlook
from salesgoals_kit.forecast.series import Series, monthly_series
from salesgoals_kit.goals.limits import NO_GOAL
from salesgoals_kit.goals.plan import PlanCheck, check_plan, plan_for
from salesgoals_kit.goals.propose import Proposal, propose
from salesgoals_kit.kpis.baseline import Baseline, baseline
from salesgoals_kit.kpis.catalogue import CATALOGUE, Kpi
from salesgoals_kit.kpis.measure import history
from salesgoals_kit.kpis.needs import missing
from salesgoals_kit.owners import Owner
from salesgoals_kit.periods import LENGTH, Period
from salesgoals_kit.words import Message, Name, say


@dataclass(frozen=True)
class Line:
    """One KPI: what was, what can be expected, and what to propose."""

    kpi: Kpi
    baseline: Baseline
    outlook: Outlook
    proposals: tuple[Proposal, ...]
    plan: PlanCheck | None

    def proposal(self, level: str) -> Proposal:
        """Return the proposal of a level."""
        return next(proposal for proposal in self.proposals if proposal.level == level)

    @property
    def main(self) -> Proposal:
        """The proposal a report leads with: the target, or a rep's one."""
        return next(proposal for proposal in self.proposals if proposal.level in ("target", "rep"))


@dataclass(frozen=True)
class Board:
    """The lines of an owner and period in the catalogue's order, and why each other KPI has none."""

    owner: Owner
    period: Period
    lines: tuple[Line, ...]
    left_out: tuple[Message, ...]

    def line(self, kpi: str) -> Line | None:
        """Return a KPI's line, if it has one."""
        return next((line for line in self.lines if line.kpi.name == kpi), None)

    @property
    def leading(self) -> Line | None:
        """The line a report leads with: revenue where there is one, else the first."""
        return self.line("revenue") or next(iter(self.lines), None)


def goal_board(tables: Tables, owner: Owner, period: Period, book: Book) -> Board:
    """Return the board of an owner and a whole period that begins after the history ends.

    A KPI without its tables, or without a history to forecast from, is left out and says why.
    """
    lines: list[Line] = []
    left_out: list[Message] = []
    for kpi in CATALOGUE.values():
        lacking = missing(kpi.name, tables, owner)
        if lacking:
            left_out.append(say("goals.lacks", kpi=kpi.title, tables=", ".join(lacking)))
        elif kpi.name not in NO_GOAL:
            try:
                lines.append(_line(tables, owner, period, book, kpi))
            except ForecastError as error:
                reason = "; ".join(str(fault) for fault in error.faults) or error.title
                left_out.append(say("goals.no_outlook", kpi=kpi.title, reason=Name(reason)))
    return Board(owner, period, tuple(lines), tuple(left_out))


def series_of(tables: Tables, owner: Owner, kpi: Kpi, period: Period) -> Series:
    """Return the monthly series that the outlook of a period is made of.

    A KPI that is recomputed on a period's rows rolls over as many months as the period has.
    """
    length = LENGTH[period.grain] if kpi.over_period == "recompute" else 1
    return monthly_series(
        kpi.name,
        owner,
        history(kpi.name, tables, owner, length).frame,
        scale=kpi.scale,
        better=kpi.better,
        over_period=kpi.over_period,
        unit=kpi.unit,
        minor_units=tables.company.minor_units,
    )


def _line(tables: Tables, owner: Owner, period: Period, book: Book, kpi: Kpi) -> Line:
    company = tables.company
    outlook = book.get(series_of(tables, owner, kpi, period), period, company.country)
    normal = baseline(tables, owner, period, kpi.name)
    proposals = tuple(propose(outlook, normal.base, normal.base_period, kpi, company))
    plan = plan_for(company, owner, period, kpi.name)
    return Line(kpi, normal, outlook, proposals, None if plan is None else check_plan(plan, outlook, kpi, company))
