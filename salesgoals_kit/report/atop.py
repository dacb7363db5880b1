"""The few figures that a review and a baseline begin with, as cards: what came of each goal, what is usual."""

from __future__ import annotations

from collections.abc import Sequence

from salesgoals_kit.follow.review import Review
from salesgoals_kit.follow.verdict import KpiReview, LevelReview
from salesgoals_kit.kpis.baseline import Baseline
from salesgoals_kit.kpis.needs import kpi_named
from salesgoals_kit.report import labels
from salesgoals_kit.report.blocks import Block, Card, goal_cards, group, heading
from salesgoals_kit.report.leading import CARDS, MOST_CARDS
from salesgoals_kit.report.quantities import chance_message, quantity
from salesgoals_kit.report.text import Texts
from salesgoals_kit.words import Message, Value, say

REVENUE = CARDS[0]


def outcome_cards(texts: Texts, found: Review) -> Block | None:
    """Return the goals that matter most and are decided, each figure with its goal and the chance it was promised.

    None where no goal is decided.
    """
    picked = decided_first(found)[:MOST_CARDS]
    cards = [card for one in picked if (card := _outcome(texts, one, one.main)) is not None]
    return group(heading(texts, say("cards.heading_review")), goal_cards(texts, cards)) if cards else None


def decided_first(found: Review) -> list[KpiReview]:
    """Return what is decided, in the order of page and mail: the leading goal, those agreed, those missed, the usual.

    Of those agreed the missed ones stand first.
    """
    mains = {one.kpi.name: (one, one.main) for one in found.kpis if one.main and one.main.reached is not None}
    missed = [name for name, (_, main) in mains.items() if not main.reached]
    agreed = [name for name, (_, main) in mains.items() if main.level == "agreed"]
    first = [name for name in missed if name in agreed]
    order = dict.fromkeys([REVENUE, *first, *agreed, *missed, *CARDS, *mains])
    return [mains[name][0] for name in order if name in mains]


def _outcome(texts: Texts, one: KpiReview, main: LevelReview | None) -> Card | None:
    if main is None or one.actual is None:
        return None
    actual, goal = (
        labels.beside(texts, *pair, one.kpi.unit) for pair in ((one.actual, main.goal), (main.goal, one.actual))
    )
    promised = None if main.promised is None else chance_message(main.promised, short=True)
    return Card(
        title=one.kpi.title,
        value=actual,
        unit=one.kpi.unit,
        change=say("cards.goal", goal=goal),
        note=None if promised is None else say("tracking.card_promised", promised=promised),
        state=say("outcome.reached") if main.reached else say("outcome.missed"),
        tone="good" if main.reached else "warn",
    )


def usual_cards(texts: Texts, normals: Sequence[Baseline]) -> Block | None:
    """Return what is usual of the measures that matter most; None where nothing is known."""
    known = {normal.kpi: normal for normal in normals if normal.median == normal.median}
    cards = [_usual(known[name]) for name in CARDS if name in known][:MOST_CARDS]
    if not cards:
        return None
    return group(heading(texts, say("cards.heading_usual")), goal_cards(texts, cards))


def _usual(normal: Baseline) -> Card:
    kpi = kpi_named(normal.kpi)
    lower, middle, upper = (quantity(value, kpi.unit) for value in (normal.lower, normal.median, normal.upper))
    return Card(
        title=kpi.title,
        value=middle,
        unit=kpi.unit,
        change=say("cards.usual", lower=lower, upper=upper),
        note=_latest(normal, kpi.unit),
    )


def _latest(normal: Baseline, unit: str) -> Message | None:
    totals = normal.totals.dropna(subset="value")
    if totals.empty:
        return None
    last = totals.iloc[-1]
    said: dict[str, Value] = {"value": quantity(float(last["value"]), unit), "period": str(last["period"])}
    return Message("cards.latest", said)
