"""The letter A: the chance as things are, the ceilings beside it, and how fast the KPI has moved before."""

from __future__ import annotations

import math

from salesgoals_kit.goals.binding import HOPELESS
from salesgoals_kit.goals.evidence import Evidence, Pace, read_on
from salesgoals_kit.goals.goal import Goal, base_of, fault_of, number_of
from salesgoals_kit.goals.letters import Finding, Letter, letter_of
from salesgoals_kit.goals.wording import difference, figure
from salesgoals_kit.kpis.catalogue import CATALOGUE
from salesgoals_kit.words import Chance, Change, Count, Message, Value, say

WALKOVER = 0.95  # a chance above which a goal has to say why it is agreed all the same


def achievable(goal: Goal, evidence: Evidence) -> Letter:
    """Return A: neither a walkover nor hopeless, or one that says so itself; without an outlook it fails.

    Hopeless as things are passes with an initiative that is to supply the lift, as far as the KPI has moved that fast
    before and no ceiling forbids it; what chance the initiative gives is not claimed.
    """
    if goal.kpi != evidence.kpi:
        return letter_of("A", [Finding(False, say("smart.a_not_measured"))])
    if evidence.outlook is None:
        why = evidence.why_no_outlook or say("smart.a_unknown")
        return letter_of("A", [Finding(False, say("smart.a_no_outlook", why=why))])
    value = value_of(goal, evidence)
    if value is None:
        usual = figure(CATALOGUE[goal.kpi], evidence.outlook.goal(0.5))
        found = say("smart.a_no_number", usual=usual, period=evidence.period.name)
        return letter_of("A", [Finding(False, found)])
    chance = evidence.outlook.chance(value)
    findings = [_band(goal, evidence, value, chance), *_limits(goal, evidence, value)]
    return letter_of("A", [*findings, *_moved(goal, evidence, value)])


def value_of(goal: Goal, evidence: Evidence) -> float | None:
    """Return the number that a goal is judged by; None where there is none, or one that cannot be."""
    if goal.kpi != evidence.kpi:
        return None
    read = read_on(goal, evidence)
    base = base_of(read, evidence.figures, evidence.base)
    value = number_of(read, None if base is None else base.value)
    return None if value is None or fault_of(goal, value) else value


def lowest_chance(evidence: Evidence, value: float) -> float | None:
    """Return the smallest of a value's chances, the outlook's and the ceilings'; None without an outlook.

    The floor is no ceiling: that a value may not pay the costs does not make it harder to reach.
    """
    if evidence.outlook is None or not math.isfinite(value):
        return None
    over = [ceiling for ceiling in evidence.ceilings if ceiling.name != "floor"]
    limits = [ceiling.chance(value) for ceiling in over if ceiling.chance is not None]
    return min([evidence.outlook.chance(value), *limits])


def _band(goal: Goal, evidence: Evidence, value: float, chance: float) -> Finding:
    """Return whether the chance lies in the band, or the goal says itself why it does not."""
    easiest = lowest_chance(evidence, value)
    said: dict[str, Value] = {"chance": Chance(chance), "period": evidence.period.name}
    if easiest is not None and easiest > WALKOVER:
        if goal.reason is not None:
            return Finding(True, Message("smart.a_walkover_said", {**said, "reason": goal.reason}))
        return Finding(False, Message("smart.a_walkover", said))
    if chance >= HOPELESS:
        return Finding(True, Message("smart.a_chance", said))
    lift = _lift(goal, evidence, value)
    if goal.reason is not None:
        return Finding(True, Message("smart.a_hopeless_said", {**said, "reason": goal.reason, "lift": lift}))
    if goal.initiative is None:
        return Finding(False, Message("smart.a_hopeless", {**said, "lift": lift}))
    if _beyond_pace(goal, evidence, value):
        return Finding(False, Message("smart.a_too_fast", {**said, "lift": lift, "initiative": goal.initiative}))
    return Finding(True, Message("smart.a_lift", {**said, "lift": lift, "initiative": goal.initiative}))


def _lift(goal: Goal, evidence: Evidence, value: float) -> Message:
    """Return what has to come on top of business as usual, whose even chance is the measure."""
    if evidence.outlook is None:
        raise ValueError("a lift needs an outlook")
    usual = evidence.outlook.goal(0.5)
    change = difference(goal.record, value, usual)
    if change is None:
        return say("smart.lift_from_nothing", usual=figure(goal.record, usual))
    return say("smart.lift", change=change, usual=figure(goal.record, usual))


def _limits(goal: Goal, evidence: Evidence, value: float) -> list[Finding]:
    """Return what each ceiling says; one that leaves a chance under 5 % needs a reason of the goal's own."""
    if not evidence.ceilings:
        return [Finding(True, say("smart.a_no_ceilings"))]
    found = []
    for ceiling in evidence.ceilings:
        chance = None if ceiling.chance is None else ceiling.chance(value)
        hopeless = chance is not None and chance < HOPELESS
        name = Message(f"smart.ceiling_{ceiling.name}")
        if chance is None:
            found.append(Finding(True, say("smart.a_ceiling", sentence=ceiling.sentence)))
            continue
        said: dict[str, Value] = {"name": name, "chance": Chance(chance)}
        if hopeless:
            told = Message("smart.a_ceiling_forbids", {**said, "sentence": ceiling.sentence})
            found.append(Finding(goal.reason is not None, told))
        else:
            found.append(Finding(True, Message("smart.a_ceiling_leaves", said)))
    return found


def _moved(goal: Goal, evidence: Evidence, value: float) -> list[Finding]:
    """Return how fast the KPI moved in the past, beside what the goal asks."""
    asked, pace = _asked(evidence, value), evidence.pace
    if asked is None or pace is None:
        return [Finding(True, say("smart.a_no_pace"))]
    return [Finding(True, _pace_said(pace, asked))]


def _pace_said(pace: Pace, asked: float) -> Message:
    return Message(
        f"smart.a_pace_{pace.grain}",
        {
            "asked": Change(asked),
            "count": Count(pace.count),
            "lowest": Change(pace.lowest),
            "median": Change(pace.median),
            "highest": Change(pace.highest),
        },
    )


def _asked(evidence: Evidence, value: float) -> float | None:
    """Return the change that a value is on the year before, relative; None where that allows no ratio."""
    before = evidence.figures.get(evidence.period.year_before().name, math.nan)
    return value / before - 1 if before > 0 else None


def _beyond_pace(goal: Goal, evidence: Evidence, value: float) -> bool:
    asked, pace = _asked(evidence, value), evidence.pace
    if asked is None or pace is None:
        return False
    return asked > pace.highest if goal.record.better == "higher" else asked < pace.lowest
