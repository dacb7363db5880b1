"""The ceilings and the floor of an owner's revenue in a period, from the tables and the outlooks."""

from __future__ import annotations

from collections.abc import Sequence

from salesgoals_kit.data.asof import Tables
from salesgoals_kit.forecast.outlook import Outlook
from salesgoals_kit.goals.binding import Feasibility
from salesgoals_kit.goals.board import Board
from salesgoals_kit.goals.capacity import CapacityCeiling, Hire, capacity_ceiling
from salesgoals_kit.goals.carrying import Calendar
from salesgoals_kit.goals.floor import CostFloor, cost_floor
from salesgoals_kit.goals.funnel import FunnelCeiling, funnel_ceiling
from salesgoals_kit.goals.plan import check_plan, plan_for
from salesgoals_kit.goals.ramp import ramp_of
from salesgoals_kit.kpis.byday import MOST_UNOWNED, unowned
from salesgoals_kit.kpis.catalogue import CATALOGUE
from salesgoals_kit.kpis.crew import crew, crew_with
from salesgoals_kit.kpis.pipeline import pipeline
from salesgoals_kit.kpis.running import running_costs
from salesgoals_kit.kpis.scope import teams_of
from salesgoals_kit.owners import Owner
from salesgoals_kit.periods import Period, last_whole_month, parse_period
from salesgoals_kit.words import Message, say

REVENUE = "revenue"


def board_feasibility(
    tables: Tables, board: Board, hires: Sequence[Hire] = (), initiatives: Sequence[str] = ()
) -> Feasibility | None:
    """Return the feasibility of a board's revenue; None where revenue has no line."""
    line, margin = board.line(REVENUE), board.line("margin")
    if line is None:
        return None
    margins = None if margin is None else margin.outlook
    return feasibility(tables, board.owner, board.period, line.outlook, margins, hires, initiatives)


def feasibility(
    tables: Tables,
    owner: Owner,
    period: Period,
    outlook: Outlook,
    margin: Outlook | None = None,
    hires: Sequence[Hire] = (),
    initiatives: Sequence[str] = (),
) -> Feasibility:
    """Return what stands beside an outlook: capacity and funnel ceiling, cost floor, and the number from above.

    Ceilings are of revenue that is counted from deals; the floor is of any revenue; other KPIs have neither. What
    the data does not allow is None, and a note says why. ``margin`` is the margin's outlook for the same owner and
    period; ``hires`` are planned, of which the owner's count; ``initiatives`` were agreed for the owner's goal and are
    to supply what the plan needs.
    """
    plan = plan_for(tables.company, owner, period, outlook.kpi)
    checked = None if plan is None else check_plan(plan, outlook, CATALOGUE[outlook.kpi], tables.company)
    notes: list[Message] = []
    capacity = funnel = floor = None
    if outlook.kpi != REVENUE:
        notes.append(say("ceilings.revenue_only", kpi=CATALOGUE[outlook.kpi].title))
    elif period.end <= tables.as_of:
        notes.append(say("ceilings.period_over", period=period.name))
    else:
        capacity = _capacity(tables, owner, period, outlook, hires, notes)
        funnel = _funnel(tables, owner, period, notes)
        floor = _floor(tables, owner, period, margin, notes)
    told = tuple(note for i, note in enumerate(notes) if note not in notes[:i])
    return Feasibility(owner, period, outlook, capacity, funnel, floor, checked, tuple(initiatives), told)


def _capacity(
    tables: Tables, owner: Owner, period: Period, outlook: Outlook, hires: Sequence[Hire], notes: list[Message]
) -> CapacityCeiling | None:
    if tables.company.revenue != "deals":
        notes.append(_only_deals(tables))
        return None
    own = _own(tables, owner, [*planned(tables), *hires])
    teams = tuple(sorted({hire.team for hire in own}))
    known = crew_with(tables, owner, teams) if teams else crew(tables, owner)
    if known is None:
        notes.append(say("ceilings.nobody_known"))
        return None
    calendar = Calendar(outlook.season, tables.company.country)
    found = capacity_ceiling(known, ramp_of(tables), calendar, owner, period, tables.as_of, own)
    notes += found.notes
    return found


def planned(tables: Tables) -> list[Hire]:
    """Return the hires that the company file plans; who was to start by as_of is in the table of reps."""
    last = last_whole_month(tables.as_of)
    found = [Hire(parse_period(hire.month).first, hire.count, hire.team) for hire in tables.company.hires]
    return [hire for hire in found if hire.month > last]


def _own(tables: Tables, owner: Owner, hires: Sequence[Hire]) -> tuple[Hire, ...]:
    """Return the hires that are the owner's: all of the company, those of a team and below it, none of a rep."""
    if owner.kind == "company":
        return tuple(hires)
    teams = [] if owner.kind == "rep" else teams_of(tables.company, str(owner.team))
    return tuple(hire for hire in hires if hire.team in teams)


def _funnel(tables: Tables, owner: Owner, period: Period, notes: list[Message]) -> FunnelCeiling | None:
    if tables.company.revenue != "deals":
        notes.append(_only_deals(tables))
        return None
    known = pipeline(tables, owner)
    if known is None:
        notes.append(say("ceilings.no_creation_days"))
        return None
    if unowned(tables, owner) > MOST_UNOWNED:
        notes.append(say("ceilings.owners_unknown"))
        return None
    found = funnel_ceiling(known, owner, period, tables.as_of)
    notes += found.notes
    return found


def _floor(
    tables: Tables, owner: Owner, period: Period, margin: Outlook | None, notes: list[Message]
) -> CostFloor | None:
    costs = running_costs(tables, owner)
    if costs is None:
        notes.append(say("ceilings.floor_not_for_reps") if owner.kind == "rep" else say("ceilings.no_costs"))
        return None
    found = cost_floor(costs, margin, period, tables.company)
    if found is None:
        notes.append(say("ceilings.no_margin"))
        return None
    notes += found.notes
    return found


def _only_deals(tables: Tables) -> Message:
    if tables.company.revenue == "mrr":
        return say("ceilings.not_of_mrr")
    return say("ceilings.not_of_invoices")
