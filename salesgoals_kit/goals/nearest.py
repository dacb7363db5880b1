"""The nearest version of a goal that passes: what passes is kept, what is missing filled in, what is off moved."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

import numpy as np

from salesgoals_kit.forecast.outlook import Outlook
from salesgoals_kit.goals.achievable import achievable, value_of
from salesgoals_kit.goals.binding import HOPELESS
from salesgoals_kit.goals.deadline import COHORTS, deadline
from salesgoals_kit.goals.evidence import Evidence, read_on
from salesgoals_kit.goals.goal import Goal, base_of
from salesgoals_kit.goals.letters import Letter, measurable, specific, time_bound
from salesgoals_kit.goals.limits import largest_value
from salesgoals_kit.goals.propose import levels
from salesgoals_kit.goals.relevant import objective_for, relevant, serves
from salesgoals_kit.goals.wording import change_words, does, figure, goal_sentence, owner_words
from salesgoals_kit.kpis.catalogue import CATALOGUE
from salesgoals_kit.words import Chance, Message, Name, say

LOOKS = (specific, measurable, achievable, relevant, time_bound)
GRID = tuple(round(0.95 - 0.05 * i, 2) for i in range(19))
DIGITS = {"rate": 3, "days": 3}  # of a value that the kit suggests; else 4
SCANNED = 200  # values between the ends of what may come, where the ceilings leave none of the outlook's own


@dataclass(frozen=True)
class Nearest:
    """The nearest version that passes, in a sentence, and what was changed; or None, and why there is none.

    ``confirm`` are the parts that the kit only suggests: nobody has said them yet.
    """

    goal: Goal | None
    sentence: Message | None
    changes: tuple[Message, ...]
    confirm: tuple[Message, ...] = ()


def letters_of(goal: Goal, evidence: Evidence) -> tuple[Letter, ...]:
    """Return the five letters, in order."""
    return tuple(look(goal, evidence) for look in LOOKS)


def nearest(goal: Goal, evidence: Evidence) -> Nearest:
    """Return the nearest version of a goal that passes all five letters with the same evidence.

    A number that passes stays. One that is hopeless or a walkover moves to the nearest of the chances that the company
    proposes goals at, not to the edge of the band, where the next month's data would tip it over; an initiative that
    the kit itself suggests vouches for no lift. Where no value lies in the band it says aloud that none does.
    """
    if evidence.kpi is None:
        return Nearest(None, None, (say("smart.none_computable"),))
    shell = _filled(goal, evidence)
    for candidate in _candidates(goal, shell, evidence):
        if all(look(candidate, evidence).passed for look in LOOKS):
            changes, confirm = _changes(goal, candidate, evidence)
            return Nearest(candidate, sentence_of(candidate, evidence), changes, confirm)
    return Nearest(None, None, _why_none(shell, evidence))


def sentence_of(goal: Goal, evidence: Evidence) -> Message | None:
    """Return a goal in a sentence, with its change, how, and its chance as things are; None without a number."""
    value = value_of(goal, evidence)
    if value is None or evidence.kpi is None:
        return None
    kpi, outlook = CATALOGUE[evidence.kpi], evidence.outlook
    base = base_of(read_on(goal, evidence), evidence.figures, evidence.base)
    step = None if outlook is None else outlook.step
    if step and abs(value / step - round(value / step)) > 1e-6:
        step = None  # a rate between two counts of cases is said as a rate
    return goal_sentence(
        goal.owner or evidence.owner,
        deadline(kpi.name, evidence.period, evidence.company),
        does(kpi, value, step),
        change=None if base is None else change_words(kpi, value, evidence.period, base),
        chance=None if outlook is None else outlook.chance(value),
        initiative=goal.initiative,
    )


def _filled(goal: Goal, evidence: Evidence) -> Goal:
    """Return the goal with everything but its number as a passing one needs it."""
    kpi = evidence.kpi or goal.kpi
    objectives = evidence.company.objectives
    served = objective_for(kpi, objectives) or next(iter(objectives), None)
    known = {objective.id for objective in objectives}
    known_base = goal.base if goal.base is not None and goal.base.name in evidence.figures else None
    read = read_on(replace(goal, base=known_base), evidence)
    return replace(
        read,
        kpi=kpi,
        objective=goal.objective if goal.objective in known else None if served is None else served.id,
        initiative=goal.initiative if goal.initiative is not None else Message(f"smart.initiative_{kpi}"),
        stretch=None,
        split=None,
        day=None,
        told=None,
        taken=(),
    )


def _candidates(goal: Goal, shell: Goal, evidence: Evidence) -> Iterator[Goal]:
    """Yield versions of the goal, the nearest first."""
    asked = value_of(shell, evidence) if goal.kpi == shell.kpi else None
    if asked is not None and not _vouched_by_the_kit(goal, evidence, asked):
        yield shell
        yield _at(shell, asked)  # what is asked for as a change the wrong way may hold a fall as a value
    for value in _values(asked, evidence):
        yield _at(shell, value)
    reason = shell.reason or say("smart.reason_no_value_between")
    if asked is not None:
        yield replace(shell, reason=reason)
    for value in _values(None, evidence):
        yield replace(_at(shell, value), reason=reason)


def _at(shell: Goal, value: float) -> Goal:
    """Return the goal with a plain value, still compared with the base that it named."""
    return replace(shell, value=value, change=None, unit=None, every=None)


def _vouched_by_the_kit(goal: Goal, evidence: Evidence, asked: float) -> bool:
    """Return whether nothing but the initiative that the kit suggests would make up for a hopeless chance."""
    chance = None if evidence.outlook is None else evidence.outlook.chance(asked)
    return goal.initiative is None and goal.reason is None and chance is not None and chance < HOPELESS


def _values(asked: float | None, evidence: Evidence) -> list[float]:
    """Return values to try: at the company's levels, then all chances there are; the nearest to what was asked first.

    Where nothing was asked it is the level that a report leads with.
    """
    outlook = evidence.outlook
    if outlook is None:
        return []
    promised = [chance for _, chance in levels(evidence.owner, evidence.company)]
    leading = [evidence.company.chances.target] if len(promised) > 1 else promised
    wanted = outlook.goal(leading[0]) if asked is None else asked
    grid = [outlook.goal(chance) for chance in GRID]
    rest = sorted([*grid, *_scanned(outlook)], key=lambda value: abs(value - wanted))
    values = [*sorted(map(outlook.goal, promised), key=lambda value: abs(value - wanted)), *rest]
    return [*(_round(value, outlook) for value in values), *values]


def _round(value: float, outlook: Outlook) -> float:
    """Return a value that nobody asked for in round numbers, a little easier; one of few cases stays as it is."""
    if outlook.step is not None or not math.isfinite(value) or value == 0:
        return value
    exact = Decimal(repr(value))
    easier = ROUND_FLOOR if outlook.better == "higher" else ROUND_CEILING
    unit = CATALOGUE[outlook.kpi].unit
    near = exact.quantize(Decimal(1).scaleb(exact.adjusted() + 1 - DIGITS.get(unit, 4)), easier)
    minor = Decimal(1) / outlook.minor_units if unit == "money" else None
    return float(near if minor is None else near.quantize(minor, easier))


def _scanned(outlook: Outlook) -> list[float]:
    """Return values all over what may come, where a ceiling or what the KPI can be leaves none of the outlook's own."""
    kpi = CATALOGUE[outlook.kpi]
    lowest, highest = float(outlook.draws.min()), min(float(outlook.draws.max()), largest_value(kpi))
    values = np.linspace(lowest if kpi.scale == "signed" else 0.0, highest, SCANNED + 1)
    if kpi.unit == "count":
        values = np.unique(np.floor(values))
    elif kpi.unit == "money":
        values = np.floor(values * outlook.minor_units) / outlook.minor_units
    return [float(value) for value in values]


def _changes(goal: Goal, better: Goal, evidence: Evidence) -> tuple[tuple[Message, ...], tuple[Message, ...]]:
    """Return what was changed, and what of the new is only suggested."""
    holds = [said for said in relevant(better, evidence).reasons if said.id.startswith("smart.r_holds")]
    found = [*_subject_changes(goal, better, evidence), *_number_changes(goal, better, evidence), *holds]
    confirm = []
    if goal.initiative is None and better.initiative is not None:
        confirm.append(say("smart.confirm_initiative", initiative=better.initiative))
    if better.objective is not None and better.objective != goal.objective and not _is_served(better, evidence):
        confirm.append(say("smart.confirm_objective", objective=Name(better.objective)))
    if goal.reason is None and better.reason is not None:
        confirm.append(say("smart.confirm_reason", reason=better.reason))
    return tuple(found), tuple(confirm)


def _is_served(better: Goal, evidence: Evidence) -> bool:
    return any(serves(better.kpi, one) for one in evidence.company.objectives if one.id == better.objective)


def _subject_changes(goal: Goal, better: Goal, evidence: Evidence) -> Iterator[Message]:
    if better.kpi != goal.kpi:
        yield say("smart.set_kpi", kpi=CATALOGUE[better.kpi].title, asked=CATALOGUE[goal.kpi].title)
    if goal.owner is None and better.owner is not None:
        yield say("smart.set_owner", owner=owner_words(better.owner))
    if goal.split is not None:
        yield say("smart.set_whole", by=Message(f"smart.by_{goal.split}"))
    if better.period != goal.period:
        yield _deadline(better, evidence)
    if goal.objective is not None and goal.objective != better.objective and better.objective is not None:
        yield say("smart.set_objective", objective=Name(better.objective))


def _deadline(better: Goal, evidence: Evidence) -> Message:
    period = evidence.period
    if better.kpi in COHORTS:
        return say("smart.set_cohort", period=period.name, due=deadline(better.kpi, period, evidence.company))
    return say("smart.set_deadline", end=period.end, period=period.name)


def _number_changes(goal: Goal, better: Goal, evidence: Evidence) -> Iterator[Message]:
    if evidence.outlook is None:
        return
    kpi = CATALOGUE[better.kpi]
    asked, value = value_of(goal, evidence), value_of(better, evidence)
    if value is None:
        return
    chance = Chance(evidence.outlook.chance(value))
    if asked is None:
        yield say("smart.set_value", value=figure(kpi, value), chance=chance)
    elif asked != value:
        was = Chance(evidence.outlook.chance(asked))
        yield say("smart.move_value", asked=figure(kpi, asked), was=was, value=figure(kpi, value), chance=chance)
    if goal.base is not None and better.base is not None and better.base != goal.base:
        yield say("smart.set_base", base=better.base.name)
    if goal.stretch is not None and goal.kpi == better.kpi:
        yield from _stretch(goal, evidence, evidence.outlook)


def _stretch(goal: Goal, evidence: Evidence, outlook: Outlook) -> Iterator[Message]:
    """Say what became of the harder end of a range."""
    changes = {"change": goal.stretch} if goal.change is not None else {"value": goal.stretch}
    harder = value_of(replace(goal, stretch=None, **changes), evidence)  # type: ignore[arg-type]
    if harder is not None:
        yield say("smart.set_stretch", value=figure(goal.record, harder), chance=Chance(outlook.chance(harder)))


def _why_none(shell: Goal, evidence: Evidence) -> tuple[Message, ...]:
    """Return what stands in the way of any version."""
    closest = shell if evidence.outlook is None else _at(shell, evidence.outlook.goal(0.5))
    failed = [letter for letter in letters_of(closest, evidence) if not letter.passed]
    return tuple(letter.reasons[0] for letter in failed)
