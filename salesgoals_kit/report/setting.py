"""What a report of goals says: the finding, the goals that matter most, all of them, and what they rest on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

import numpy as np
import pandas as pd

from salesgoals_kit.forecast.outlook import FAN_LEVELS, Outlook
from salesgoals_kit.goals.above import Asked
from salesgoals_kit.goals.board import Board, Line
from salesgoals_kit.goals.carriers import Share
from salesgoals_kit.goals.people import Person
from salesgoals_kit.goals.propose import Proposal
from salesgoals_kit.goals.taken import Taken, latest_of, taken
from salesgoals_kit.kpis.catalogue import CATALOGUE
from salesgoals_kit.periods import month_start
from salesgoals_kit.report.binds import TOLD
from salesgoals_kit.report.blocks import Block, bullets, folded, group, heading, leading, paragraph
from salesgoals_kit.report.charts import draw_months_ahead, draw_season
from salesgoals_kit.report.content import Driver, LevelName, ProposedGoal
from salesgoals_kit.report.quantities import chance_message, quantity
from salesgoals_kit.report.tables import Column, table
from salesgoals_kit.report.text import Texts
from salesgoals_kit.store.rows import LessonRow
from salesgoals_kit.words import Message, Value, say

FEW = 2  # reasons; the others are opened
ALONE = ("kpis.cac_own_spend_only",)  # the figure leaves out what no team books for itself
CORRECTED = ("forecast.corrected", "forecast.came_as_promised")  # true of all outlooks alike, so said once
UNITS = {
    "leads": "count", "qualification": "rate", "win_rate": "rate", "deal_size": "money", "cycle_days": "days",
    "recurring_revenue": "money", "churn": "rate", "price": "money", "unit_cost": "money", "spend": "money",
    "decided": "count", "from_leads": "rate", "on_time": "rate", "other_costs": "rate", "units": "count",
}  # fmt: skip


def goals_table(texts: Texts, board: Board) -> Block:
    """Return every KPI with its base and its three levels."""
    columns = [
        Column("kpi", say("setting.column_kpi"), "message"),
        Column("base", say("setting.column_base"), "message"),
        *(Column(name, _level_title(board, name), "number") for name in ("commit", "target", "stretch")),
    ]
    rows = pd.DataFrame([_row(line) for line in board.lines], columns=[column.name for column in columns])
    return table(texts, rows, columns, name="goals", caption=say("setting.table_caption", period=board.period.name))


def _level_title(board: Board, name: str) -> Message:
    level = Message(f"report.level_{name}", {})
    promised = {p.level: p.promised for line in board.lines for p in line.proposals}
    if name not in promised:
        return level
    return say("setting.column_level", level=level, chance=chance_message(promised[name], short=True))


def _row(line: Line) -> dict[str, object]:
    base, period = line.baseline.base, line.baseline.base_period
    shown = None
    if base is not None and period is not None:
        shown = say("setting.base", value=quantity(base, line.kpi.unit), period=period.name)
    levels = {p.level: quantity(p.value, line.kpi.unit) for p in line.proposals}
    return {"kpi": title_of(line), "base": shown, **levels}


def measures_block(texts: Texts, board: Board, sentences: Sequence[Message] | None = None) -> Block:
    """Return every KPI with its levels, and folded each one's main goal as it would be agreed (``sentences``)."""
    each = [line.main.sentence for line in board.lines] if sentences is None else sentences
    said = bullets(texts, each or [say("setting.nothing_lead")])
    words = folded(texts, say("setting.heading_sentences"), said)
    notes = [
        say("setting.method", kpi=title_of(line), notes=tuple(told)) for line in board.lines if (told := about(line))
    ]
    beside = [bullets(texts, notes)] if notes else []
    all_ = folded(texts, say("folds.measures"), goals_table(texts, board))
    return group(heading(texts, say("setting.heading_all")), all_, *beside, words)


def about(line: Line) -> list[Message]:
    """Return what has to be known of a goal beside its number: what it leaves out, and why it is decided later."""
    later = line.main.deadline > line.outlook.period.end
    followed = say("setting.followed", period=line.outlook.period.name, day=line.main.deadline)
    return [*_alone(line), *([followed] if later else [])]


def proposed(board: Board, people: Sequence[Person] = (), above: Asked | None = None) -> tuple[ProposedGoal, ...]:
    """Return every proposal as the content carries it and the ledger freezes it, and the reps' shares of a team's.

    A team's own share of the goal ``above`` it is one of them.

    A rep in two teams is frozen once, by the one that has most of him: the ledger knows him, and not his places.
    """
    own = [_proposed(line, proposal) for line in board.lines for proposal in line.proposals]
    asked = [] if above is None or above.share.value <= 0 else [_share(above.share)]
    return (*own, *asked, *(_share(one.share) for one in people if one.main and not one.agreed))


def _share(share: Share) -> ProposedGoal:
    money, said = CATALOGUE[share.kpi].unit == "money", share.sentence
    if share.owner.rep is None:
        return ProposedGoal(share.kpi, "share", share.value, share.chance, said, money)
    return ProposedGoal(share.kpi, "rep", share.value, share.chance, said, money, share.owner)


def _proposed(line: Line, proposal: Proposal) -> ProposedGoal:
    return ProposedGoal(
        kpi=proposal.kpi,
        level=cast(LevelName, proposal.level),
        value=proposal.value,
        chance=proposal.chance,
        sentence=proposal.sentence,
        money=line.kpi.unit == "money",
    )


def methods(board: Board, beside: Sequence[Message] = ()) -> list[Message]:
    """Return how each outlook was made, under its KPI's name, and ``beside`` it; what is true of all is said once."""
    shared = [note for line in board.lines for note in line.outlook.notes if note.id in CORRECTED]
    told = [(title_of(line), (*_own(line), *_alone(line))) for line in board.lines]
    each = [say("setting.method", kpi=kpi, notes=notes) for kpi, notes in told if notes]
    return [*shared[:1], *each, *(note for note in beside if note.id not in TOLD), *board.left_out]


def title_of(line: Line) -> Message:
    """Return a measure's title; where the worst month of a longer period counts, that it does."""
    if line.kpi.over_period != "every_month" or line.outlook.period.grain == "month":
        return line.kpi.title
    return say("setting.worst_month", kpi=line.kpi.title)


def _own(line: Line) -> list[Message]:
    return [note for note in line.outlook.notes if note.id not in CORRECTED]


def _alone(line: Line) -> list[Message]:
    """Return what a figure of this owner leaves out that the company's has."""
    return [note for note in line.baseline.notes if note.id in ALONE]


def calibrated(board: Board) -> bool:
    """Return whether every outlook's chances are corrected by past scores."""
    return bool(board.lines) and all(line.outlook.calibrated for line in board.lines)


def units_of(revenue: str) -> dict[str, str]:
    """Return the unit of each driver, by how revenue is counted: the price of deals is a part of their list price."""
    return UNITS if revenue == "invoices" else {**UNITS, "price": "rate"}


def frozen_drivers(found: dict[str, float | None], revenue: str) -> tuple[Driver, ...]:
    """Return the known drivers as the content carries them."""
    units = units_of(revenue)
    return tuple(Driver(name, value, units[name]) for name, value in found.items() if value is not None)


def months_block(texts: Texts, board: Board) -> Block:
    """Return the leading measure month by month with its goals, and why the outlook is what it is."""
    head = heading(texts, say("setting.heading_months"))
    line = board.leading
    if line is None:
        return group(head, paragraph(texts, say("setting.nothing_lead")))
    known = pd.DataFrame({"month": [month_start(int(m)) for m in line.history.months], "value": line.history.value})
    reasons = [*line.reasons, *(note for note in line.outlook.notes if note.id not in CORRECTED)]
    if known["value"].dropna().empty or np.isnan(line.outlook.fan).any():
        return group(head, bullets(texts, reasons))
    said = _months_told(known.dropna(subset="value"), line)
    goals = [goal_by_month(line.outlook, proposal.value, line.kpi.over_period) for proposal in line.proposals]
    chart = draw_months_ahead(texts, known, line.outlook, finding=said, goals=goals)
    return group(head, chart, leading(texts, reasons, FEW))


def _months_told(known: pd.DataFrame, line: Line) -> Message:
    """Return what the chart of months shows: the latest month, and what can be expected of the period's last."""
    unit, last = line.kpi.unit, known.iloc[-1]
    low, middle, high = (quantity(float(line.outlook.fan[row, -1]), unit) for row in (0, FAN_LEVELS.index(0.5), -1))
    said: dict[str, Value] = {"kpi": line.kpi.title, "value": quantity(float(last["value"]), unit)}
    said |= {"last": f"{last['month']:%Y-%m}", "month": f"{line.outlook.period.end:%Y-%m}"}
    return Message("setting.months_alt", {**said, "low": low, "middle": middle, "high": high})


def goal_by_month(outlook: Outlook, goal: float, over_period: str) -> tuple[float, ...]:
    """Return what a goal means for the period's months: a sum in the forecast's proportions, a stock at the end."""
    if over_period == "sum":
        middle = outlook.fan[FAN_LEVELS.index(0.5)][-len(outlook.period.months) :]
        return tuple(float(part) for part in goal * middle / middle.sum()) if middle.sum() > 0 else ()
    return (goal,) if over_period in ("last", "recompute") else (goal,) * len(outlook.period.months)


def season_block(texts: Texts, board: Board) -> Block:
    """Return what a usual year of the leading measure looks like, or why none can be told."""
    head = heading(texts, say("setting.heading_season"), level=3)
    line = board.leading
    if line is None or line.outlook.season is None:
        return group(head, paragraph(texts, say("setting.no_season")))
    factors = pd.DataFrame({"month": range(1, 13), "factor": line.outlook.season})
    busiest, slowest = factors["factor"].idxmax(), factors["factor"].idxmin()
    strong, weak = (list(factors.index).index(at) + 1 for at in (busiest, slowest))
    said = say(
        "setting.season_alt", strong=Message(f"forecast.month_{strong}", {}), weak=Message(f"forecast.month_{weak}", {})
    )
    return group(head, draw_season(texts, factors, finding=said))


def taken_over(
    lessons: Sequence[LessonRow], board: Board, drivers: dict[str, float | None], revenue: str
) -> tuple[Taken, ...]:
    """Return what the goals on a board, and the drivers frozen with them, do with the lessons of the latest review."""
    return taken(lessons, board, drivers, units_of(revenue))


def lessons_block(texts: Texts, lessons: Sequence[LessonRow], answers: Sequence[Taken]) -> Block:
    """Return each lesson of the latest review with what was made of it."""
    head = heading(texts, say("setting.heading_lessons"))
    row = latest_of(lessons)
    if row is None or not answers:
        return group(head, bullets(texts, [say("setting.no_lessons")]))
    whence = say("taken.from_preliminary" if row.preliminary else "taken.from_final", period=row.period)
    return group(head, paragraph(texts, whence), bullets(texts, answered(answers)))


def answered(answers: Sequence[Taken]) -> tuple[Message, ...]:
    """Return each lesson and its answer as one sentence, as the content carries them."""
    return tuple(say("taken.lesson", lesson=one.lesson, answer=one.answer) for one in answers)
