"""What a report of a running period says first: will we make it, how each goal stands, and what came so far."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from salesgoals_kit.company import Company
from salesgoals_kit.follow.state import GoalState, State, thresholds
from salesgoals_kit.follow.todate import ToDate
from salesgoals_kit.follow.tracking import REVENUE, Tracking
from salesgoals_kit.report.blocks import Block, Card, bullets, folded, goal_cards, group, heading, paragraph
from salesgoals_kit.report.charts import OUTER, draw_pace
from salesgoals_kit.report.quantities import Level, chance_message, quantity, rounded
from salesgoals_kit.report.tables import Column, table
from salesgoals_kit.report.text import Texts
from salesgoals_kit.words import Message, Value, say

TONES: dict[State, str] = {
    "met": "good", "on_track": "good", "unknown": "plain",
    "at_risk": "warn", "off_track": "warn", "out_of_reach": "warn",
}  # fmt: skip
FIRST = ("revenue", "win_rate", "logo_churn", "qualified_leads", "mrr", "margin")  # of goals that nobody agreed on
MOST_CARDS = 3
PLAN = "plan"
OFF = ("off_track", "out_of_reach")


def state_words(state: State) -> Message:
    """Return a state as a word with its shape, so that no colour is needed to tell it."""
    return Message(f"tracking.state_{state}", {})


def headline(found: Tracking) -> Message:
    """Return the finding: whether the goal that counts will be made."""
    main = found.main
    if main is None:
        return _without_goal(found)
    said: dict[str, Value] = {"kpi": main.kpi.title, "goal": quantity(main.goal, main.kpi.unit)}
    if main.now is None or main.state == "unknown":
        return Message("tracking.headline_unknown", said)
    if main.state in ("met", "out_of_reach"):
        return Message(f"tracking.headline_{main.state}", said)
    return Message(f"tracking.headline_{main.state}", {**said, "now": chance_message(main.now)})


def _without_goal(found: Tracking) -> Message:
    going = found.paces.get(REVENUE)
    if going is None:
        return say("tracking.headline_nothing", period=found.period.name)
    low, high = (quantity(going.outlook.quantile(q), going.outlook.unit) for q in (0.1, 0.9))
    return say("tracking.headline_no_goal", period=found.period.name, low=low, high=high)


def lead(found: Tracking) -> Message:
    """Return the chance when the goal was set, what is to be expected now, and that there is no goal where none is."""
    main = found.main
    if main is None:
        return say("tracking.lead_no_goal", period=found.period.name)
    going = main.pace
    if going is None:
        return say("tracking.lead_unknown")
    middle = quantity(going.outlook.quantile(0.5), main.kpi.unit)
    low, high = (quantity(going.outlook.quantile(q), main.kpi.unit) for q in (0.1, 0.9))
    said: dict[str, Value] = {"middle": middle, "low": low, "high": high, "end": found.period.end}
    if going.days_left <= 0:
        return say("tracking.lead_over", value=middle, end=found.period.end)
    if main.level == PLAN:
        return Message("tracking.lead_plan", said)
    if main.promised is None:
        return Message("tracking.lead", said)
    return Message("tracking.lead_promised", {**said, "promised": chance_message(main.promised)})


def cards_block(texts: Texts, found: Tracking, company: Company) -> Block:
    """Return the goals that matter most with their states, and by what chances these are told."""
    head = heading(texts, say("tracking.heading_goals"))
    none = [] if found.has_goals else [paragraph(texts, lead=say("tracking.no_goals", period=found.period.name))]
    few = picked(found.goals)
    if not few:
        return group(head, *none)
    shown_ = goal_cards(texts, [card(one) for one in few])
    return group(head, shown_, *none, paragraph(texts, thresholds(company), soft=True))


def picked(goals: Sequence[GoalState]) -> list[GoalState]:
    """Return three at most: revenue, what humans agreed, then what is usual."""
    order = [REVENUE, *(one.kpi.name for one in goals if one.level == "agreed"), *FIRST]
    known = {one.kpi.name: one for one in goals}
    return [known[name] for name in dict.fromkeys(order) if name in known][:MOST_CARDS]


def card(one: GoalState) -> Card:
    """Return how a goal stands, as a card."""
    note, going = None, one.pace
    if going is not None and np.isfinite(going.closed):
        note = say("tracking.card_so_far", so_far=quantity(going.closed, one.kpi.unit))
    if one.state == "unknown":
        note = say("tracking.card_unknown")
    change: Value | None = None
    if one.promised is not None:
        change = say("tracking.card_promised", promised=chance_message(one.promised, short=True))
    elif one.level == PLAN:
        change = say("tracking.level_plan")
    return Card(
        title=one.kpi.title,
        value=quantity(one.goal, one.kpi.unit),
        unit=one.kpi.unit,
        chance=None if one.state in ("met", "unknown") else one.now,
        change=change,
        note=note,
        state=state_words(one.state),
        tone=TONES[one.state],
    )


def course_block(texts: Texts, found: Tracking) -> Block:
    """Return what revenue has come so far beside what usually comes by now, as a chart with the fan to the end."""
    flow, goal, going = found.so_far.get(REVENUE), found.revenue, found.paces.get(REVENUE)
    if flow is None:
        return group(heading(texts, say("tracking.heading_course")), paragraph(texts, say("tracking.no_flow")))
    if going is None:
        said = say("tracking.so_far_alone", actual=quantity(flow.actual, "money"))
        return group(heading(texts, say("tracking.heading_course")), bullets(texts, [said, *flow.notes]))
    whole = going.outlook.quantile(0.5) if goal is None else goal.goal
    finding = flow.sentence(whole)
    head = heading(texts, _finding(flow, whole), name="tracking course")
    if whole <= 0:
        return group(head, bullets(texts, [finding, *flow.notes]))
    marked = say("tracking.chart_caption" if flow.curve is not None else "tracking.chart_plain", outer=OUTER)
    level = Level("target" if goal is None else "agreed", whole)
    chart = draw_pace(texts, flow, going.outlook, level, finding=finding, caption=marked)
    return group(head, chart, bullets(texts, [finding, *flow.notes]))


def _finding(flow: ToDate, whole: float) -> Message:
    place = flow.place(whole)
    actual = quantity(flow.actual, flow.kpi.unit)
    found = flow.expected(whole)
    if place is None or found is None:
        return say("tracking.heading_so_far", actual=actual)
    usual = quantity(found[1], flow.kpi.unit)
    return Message(f"tracking.heading_{place}", {"actual": actual, "usual": usual})


def parts_block(texts: Texts, found: Tracking) -> Block:
    """Return what is closed, what open deals bring, what is still to come, and what that makes, as ranges."""
    head, going = heading(texts, say("tracking.heading_parts")), found.paces.get(REVENUE)
    if going is None:
        return group(head, paragraph(texts, say("tracking.no_pace")))
    unit = going.outlook.unit
    rows = [_part("closed", np.array([going.closed]), unit)]
    rows += [_part("opened", going.opened, unit)] if going.opened.any() else []
    rows += [_part("coming" if going.opened.any() else "rest", going.coming, unit)] if going.coming.any() else []
    rows.append(_part("together", going.outlook.draws, unit))
    columns = [
        Column("part", say("tracking.column_part"), "message"),
        Column("low", say("tracking.column_low"), "number"),
        Column("mid", say("tracking.column_mid"), "number"),
        Column("high", say("tracking.column_high"), "number"),
    ]
    shown_ = table(
        texts,
        pd.DataFrame(rows),
        columns,
        name="parts",
        caption=say("tracking.caption_parts", outer=OUTER),
        totals=1,
        narrow=True,
    )
    return group(head, shown_, bullets(texts, [going.message, *going.notes]))


def _part(name: str, draws: np.ndarray, unit: str) -> dict[str, object]:
    low, mid, high = (float(value) for value in np.quantile(draws, (0.1, 0.5, 0.9), method="inverted_cdf"))
    return {
        "part": Message(f"tracking.part_{name}", {}),
        "low": None if low == high else rounded(low, unit),
        "mid": rounded(mid, unit),
        "high": None if low == high else rounded(high, unit),
    }


def goals_block(texts: Texts, found: Tracking) -> Block:
    """Return every goal of the period with its figure so far, its chance now and when it was set, and its state."""
    head = heading(texts, say("tracking.heading_all"))
    if not found.goals:
        return group(head, paragraph(texts, say("tracking.no_goals", period=found.period.name)))
    columns = [
        Column("kpi", say("tracking.column_kpi"), "message"),
        Column("goal", say("tracking.column_goal"), "number"),
        Column("so_far", say("tracking.column_so_far"), "number"),
        Column("expected", say("tracking.column_expected"), "number"),
        Column("promised", say("tracking.column_promised"), "number"),
        Column("now", say("tracking.column_now"), "number"),
        Column("state", say("tracking.column_state"), "message"),
    ]
    rows = pd.DataFrame([_row(one) for one in found.goals], columns=[column.name for column in columns], dtype="object")
    late = [say("tracking.late")] if any(one.late for one in found.goals) else []
    others = say("tracking.others") if any(one.level == "target" for one in found.goals) else None
    said = [*late, *([] if others is None else [others])]
    shown_ = table(texts, rows, columns, name="states", caption=say("tracking.caption_all", period=found.period.name))
    return group(head, folded(texts, say("tracking.show_all"), shown_), *([bullets(texts, said)] if said else []))


def _row(one: GoalState) -> dict[str, object]:
    unit, going = one.kpi.unit, one.pace
    return {
        "kpi": one.kpi.title if one.level == "target" else _goal_of(one),
        "goal": quantity(one.goal, unit),
        "so_far": None if going is None or not np.isfinite(going.closed) else quantity(going.closed, unit),
        "expected": None if going is None else quantity(going.outlook.quantile(0.5), unit),
        "promised": None if one.promised is None else chance_message(one.promised, short=True),
        "now": None if one.now is None else chance_message(one.now, short=True),
        "state": state_words(one.state),
    }


def _goal_of(one: GoalState) -> Message:
    return say("tracking.goal_of", kpi=one.kpi.title, level=Message(f"tracking.level_{one.level}", {}))
