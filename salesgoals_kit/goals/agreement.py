"""All that people need to agree on goals: what to propose, what binds, which months, who, and where to look."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from salesgoals_kit.company import Company
from salesgoals_kit.data.asof import Tables
from salesgoals_kit.data.teams import people_names
from salesgoals_kit.forecast.book import Book
from salesgoals_kit.goals.above import Asked, Last, tree_of
from salesgoals_kit.goals.asked import Calendar
from salesgoals_kit.goals.binding import Binding, Feasibility
from salesgoals_kit.goals.board import Board, Line, goal_board, revenue_goal
from salesgoals_kit.goals.capacity import Hire
from salesgoals_kit.goals.carried import goal_tree
from salesgoals_kit.goals.carriers import Tree
from salesgoals_kit.goals.changes import Changes
from salesgoals_kit.goals.feasibility import REVENUE, board_feasibility
from salesgoals_kit.goals.few import too_many
from salesgoals_kit.goals.focus import Focus, focus
from salesgoals_kit.goals.people import Person, people_of
from salesgoals_kit.goals.phase import phase
from salesgoals_kit.goals.phased import Phasing
from salesgoals_kit.goals.propose import in_words
from salesgoals_kit.goals.ramp import Ramp, ramp_of
from salesgoals_kit.goals.settled import month_goals, whole_goals
from salesgoals_kit.goals.trial import NOTHING, check_untried, try_out
from salesgoals_kit.goals.weeks import unevenness
from salesgoals_kit.goals.whatif import WhatIf
from salesgoals_kit.goals.wording import Base
from salesgoals_kit.kpis.daily import daily_sales
from salesgoals_kit.kpis.funnel import Coverage, coverage
from salesgoals_kit.kpis.needs import missing
from salesgoals_kit.owners import Owner
from salesgoals_kit.periods import Period, parse_period
from salesgoals_kit.store.rows import GoalRow
from salesgoals_kit.words import Message


@dataclass(frozen=True, eq=False)
class Agreement:
    """What an owner could agree on for a period. Without an outlook of revenue ``goal`` and what follows it are None.

    So they are where no revenue above nothing would be proposed, and none is given or agreed. ``goal`` is the revenue
    to be carried, and ``above`` what it is a share of, where it is one; ``beside`` is who carries the other goals that
    are agreed; ``people`` are the reps right below the owner;
    ``hired``: the ceilings with the hires that are tried, None where none are; ``names``: what the reps are called;
    ``warnings``: of too many goals, and of a ceiling that all but forbids it; ``agreed``: what humans agreed with the
    owner, by KPI.
    """

    board: Board
    goal: float | None
    limits: Feasibility | None
    binding: Binding | None
    phasing: Phasing | None
    tree: Tree | None
    people: tuple[Person, ...]
    focus: Focus
    warnings: tuple[Message, ...]
    tried: WhatIf | None
    hired: Feasibility | None
    coverage: Coverage | None
    ramp: Ramp | None
    names: Mapping[str, str]
    above: Asked | None = None
    beside: tuple[Tree, ...] = ()
    agreed: Mapping[str, float] = field(default_factory=dict)

    @property
    def in_hand(self) -> dict[str, float]:
        """The goals that are agreed, given or asked for, by KPI; of all others what is proposed stands."""
        return {**self.agreed, **({} if self.goal is None else {REVENUE: self.goal})}

    def sentences(self, company: Company) -> tuple[Message, ...]:
        """Return each KPI's goal as it would be agreed, in the board's order."""
        return tuple(_in_words(line, self.in_hand, company) for line in self.board.lines)

    @property
    def has_teams(self) -> bool:
        """Whether a part of the goal is carried by teams below."""
        return self.tree is not None and any(share.owner.kind == "team" for share in self.tree.below(self.board.owner))


def agreement(
    tables: Tables,
    owner: Owner,
    period: Period,
    book: Book,
    frozen: Iterable[GoalRow] = (),
    last: Last = ((), ()),
    *,
    agreed: Iterable[GoalRow] = (),
    above: Asked | None = None,
    goal: float | None = None,
    changes: Changes = NOTHING,
) -> Agreement:
    """Return what to agree on: ``frozen`` are the owner's goals of the period, ``last`` everyone's of the year before.

    ``agreed`` are the revenue goals that were agreed for the period and its months, whoever's; they stand. ``above`` is
    what the company's goal asks of the owner. ``goal`` is the revenue that people want to agree on: without it what was
    agreed, else what is asked from above, else what is proposed. ``changes`` are tried out. Raises ParamError with
    every fault of goal and changes, and where there is nothing to try them on.
    """
    known, everyone = list(frozen), list(agreed)
    board = goal_board(tables, owner, period, book)
    own = agreed_with(owner, period, known, everyone)
    said = goal if goal is not None else own.get(REVENUE)
    above = above if said is None else None
    value = revenue_goal(board, said if above is None else above.share.value or None)
    line = board.line(REVENUE)
    costs = {row.kpi: row.initiative["cost"] for row in known if row.initiative and "cost" in row.initiative}
    found = focus(tables, owner, outlooks={one.kpi.name: one.outlook for one in board.lines}, costs=costs)
    warnings = too_many([row for row in known if row.level == "agreed"], found.gains)
    does = [str(row.initiative["what"]) for row in known if row.kpi == REVENUE and row.initiative]
    limits = board_feasibility(tables, board, initiatives=does)
    if value is None or line is None:
        check_untried(board, goal, changes)
        none = Agreement(board, None, limits, None, None, None, (), found, warnings, None, None, None, None, {})
        return replace(none, agreed=own)
    months = month_goals(everyone, period, owner)
    binding = None if limits is None else limits.at(value, tables.company.chances.target)
    tree = tree_of(tables, owner, period, book, value, last, everyone)
    return Agreement(
        board=board,
        goal=value,
        limits=limits,
        binding=binding,
        phasing=phase(value, line.outlook, line.kpi, _calendar(tables, owner), agreed=months),
        tree=tree,
        people=people_of(tables, tree, book, owner, everyone),
        focus=found,
        warnings=warnings if binding is None or binding.caution is None else (*warnings, binding.caution),
        tried=try_out(tables, owner, line.outlook, value, changes),
        hired=board_feasibility(tables, board, hires) if (hires := hires_of(changes, owner)) else None,
        coverage=covered(tables, owner, period, value),
        ramp=ramp_of(tables),
        names=people_names(tables),
        above=above,
        beside=beside_revenue(tables, board, book, known),
        agreed=own,
    )


def agreed_with(owner: Owner, period: Period, frozen: Iterable[GoalRow], agreed: Iterable[GoalRow]) -> dict[str, float]:
    """Return what humans agreed with an owner for a period, by KPI: of revenue also where they did month by month."""
    whole = {row.kpi: row.value for row in whole_goals(agreed, period) if row.owner == owner}
    return whole | {row.kpi: row.value for row in frozen if row.level == "agreed"}


def beside_revenue(tables: Tables, board: Board, book: Book, frozen: Iterable[GoalRow]) -> tuple[Tree, ...]:
    """Return who carries each agreed goal of another measure: of a rate, what rate everyone is to come to."""
    agreed = {row.kpi: row.value for row in frozen if row.level == "agreed" and row.kpi != REVENUE}
    lines = [line for line in board.lines if line.kpi.name in agreed]
    return tuple(goal_tree(tables, board.owner, board.period, book, line.kpi, agreed[line.kpi.name]) for line in lines)


def _in_words(line: Line, in_hand: Mapping[str, float], company: Company) -> Message:
    value, base = in_hand.get(line.kpi.name, line.main.value), line.main.base
    if value == line.main.value:
        return line.main.sentence
    period = None if line.main.base_period is None else parse_period(line.main.base_period, company.fiscal_year_starts)
    before = None if base is None or period is None else Base(base, period)
    return in_words(line.outlook, value, before, line.kpi, company)


def covered(tables: Tables, owner: Owner, period: Period, value: float) -> Coverage | None:
    """Return how far the open pipeline covers a goal; None where the data has none."""
    if missing("coverage", tables, owner):
        return None
    found = coverage(tables, owner, period, 1.0)  # of any goal it is the same but for the last step
    return replace(found, still_to_win=value, value=found.pipeline / value if value > 0 else math.nan)


def _calendar(tables: Tables, owner: Owner) -> Calendar:
    """Return the holidays that count, and how uneven the owner's sales fall within a month."""
    country = tables.company.country
    return Calendar(country, sales=unevenness(daily_sales(tables, owner), country))


def hires_of(changes: Changes, owner: Owner) -> tuple[Hire, ...]:
    """Return the hires that are tried for a team; none for the company, as nobody knows for which team they are."""
    if not changes.hire or changes.hire_month is None or owner.team is None:
        return ()
    return (Hire(parse_period(changes.hire_month).first, changes.hire, owner.team),)
