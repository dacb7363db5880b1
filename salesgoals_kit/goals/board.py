"""Everything that could be agreed for one owner and period: each KPI's baseline, outlook and proposals."""

from __future__ import annotations

from dataclasses import dataclass

from salesgoals_kit.data.asof import Tables
from salesgoals_kit.errors import ForecastError
from salesgoals_kit.forecast.book import Book
from salesgoals_kit.forecast.outlook import Outlook
from salesgoals_kit.forecast.series import Series
from salesgoals_kit.forecast.why import why
from salesgoals_kit.goals.kin import asked_of, known_of
from salesgoals_kit.goals.limits import NO_GOAL
from salesgoals_kit.goals.plan import PlanCheck, check_plan, plan_for
from salesgoals_kit.goals.propose import Proposal, propose
from salesgoals_kit.kpis.baseline import Baseline, baseline
from salesgoals_kit.kpis.catalogue import CATALOGUE, Kpi
from salesgoals_kit.kpis.needs import missing
from salesgoals_kit.owners import Owner
from salesgoals_kit.periods import Period
from salesgoals_kit.words import Message, say


@dataclass(frozen=True)
class Line:
    """One KPI: what was, what can be expected and why, and what to propose. ``history`` has its months."""

    kpi: Kpi
    history: Series
    baseline: Baseline
    outlook: Outlook
    proposals: tuple[Proposal, ...]
    plan: PlanCheck | None

    def proposal(self, level: str) -> Proposal:
        """Return the proposal of a level."""
        return next(proposal for proposal in self.proposals if proposal.level == level)

    @property
    def reasons(self) -> tuple[Message, ...]:
        """Why the outlook is what it is, in sentences for a manager."""
        return why(self.outlook, self.history)

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
                lines.append(line_of(tables, owner, period, book, kpi))
            except ForecastError as error:
                left_out.append(say("goals.no_outlook", kpi=kpi.title, reason=Message(error.reason)))
    return Board(owner, period, tuple(lines), tuple(left_out))


def outlook_of(tables: Tables, owner: Owner, kpi: Kpi, period: Period, book: Book) -> Outlook:
    """Return the outlook of one KPI of an owner for a period; its kin's history counts too.

    Raises ForecastError where there is no history to forecast from.
    """
    asked = asked_of(tables, owner, kpi, period)
    found = book.kept(asked.key)
    if found is None:
        series, kin = known_of(tables, owner, kpi, period)
        found = book.get(series, period, tables.company.country, kin=kin)
    return found


def line_of(tables: Tables, owner: Owner, period: Period, book: Book, kpi: Kpi) -> Line:
    """Return the line of one KPI; raises ForecastError where there is no history to forecast from."""
    company = tables.company
    outlook = outlook_of(tables, owner, kpi, period, book)
    series = asked_of(tables, owner, kpi, period).series
    normal = baseline(tables, owner, period, kpi.name)
    proposals = tuple(propose(outlook, normal.base, normal.base_period, kpi, company))
    plan = plan_for(company, owner, period, kpi.name)
    return Line(
        kpi, series, normal, outlook, proposals, None if plan is None else check_plan(plan, outlook, kpi, company)
    )


def revenue_goal(board: Board, said: float | None = None) -> float | None:
    """Return the revenue that is to be carried: as said, else as proposed.

    None without an outlook, or where what would be proposed is nothing or below it: nobody can carry that.
    """
    line = board.line("revenue")
    if line is None or said is not None:
        return None if line is None else said
    return line.main.value if line.main.value > 0 else None
