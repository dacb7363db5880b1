"""What to keep and what to change: the findings of a report, what each is worth, and what is there to act on it.

Findings about one subject (a team, a channel, a rep) that point the same way are one answer. They overlap, as a
channel that converts less also costs more, so the answer is worth what the one of them that is worth most is.
A finding is worth what the driver model says a year's margin would gain if the subject did as those it is compared
with; of what is good, what it would lose. How sure that is comes from two sides: the model's own draws, and the
comparison's, whose estimate is normal with the z of its p-value, so that a difference that is barely one can be worth
nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from statistics import NormalDist

import numpy as np

from salesgoals_kit.forecast.signals import seed_of
from salesgoals_kit.goals.brought import Bar, gained
from salesgoals_kit.goals.levers import Move, gain, lifetime_gain
from salesgoals_kit.goals.state import State
from salesgoals_kit.goals.timing import Array
from salesgoals_kit.insight.contrast import Contrast, Finding
from salesgoals_kit.kpis.needs import kpi_named
from salesgoals_kit.owners import Owner
from salesgoals_kit.store.rows import GoalRow
from salesgoals_kit.words import Chance, Message, Money, Name, say

FEW = 3  # to keep, and to change; more at once is a recipe for doing none of it
KPI_OF = {
    "stage": "win_rate",
    "segment": "win_rate",
    "coaching": "win_rate",
    "leaving": "logo_churn",
    "moment": "logo_churn",
    "channel": "cac",
    "cycle": "cycle_days",
    "discount": "margin",
}
ASKED_APART = ("bunching", "slipping")  # patterns to ask about, with what may explain them; nothing to keep or change
SURE = 1e-12  # the smallest p that is told apart from none


@dataclass(frozen=True, eq=False)
class Answer:
    """What was found of one subject: the KPI it moves (None: none), its worth in a year's margin, what is there for it.

    ``findings``: what is worth most first. ``worth`` is that of the first, None where the driver model has no such
    lever; ``gain`` the chance that it is worth anything. ``there``: initiatives, none where none is agreed.
    """

    findings: tuple[Finding, ...]
    kpi: str | None
    worth: Bar | None
    gain: float | None
    there: tuple[Message, ...]

    @property
    def finding(self) -> Finding:
        """The finding that is worth most."""
        return self.findings[0]

    @property
    def good(self) -> bool:
        """Whether it is to be kept."""
        return self.finding.contrast.good

    @property
    def said(self) -> tuple[Message, ...]:
        """The findings themselves."""
        return tuple(one.contrast.said for one in self.findings)


@dataclass(frozen=True, eq=False)
class Answers:
    """The few to keep and to change, what is worth most first, and the ``rest``. ``of``: what a worth is of.

    ``unagreed``: what has to change and is nobody's yet; None where all that is to change is somebody's.
    """

    keep: tuple[Answer, ...]
    change: tuple[Answer, ...]
    rest: tuple[Answer, ...]
    of: Message
    unagreed: Message | None = None


def answers(found: Iterable[Finding], state: State, owner: Owner, goals: Sequence[GoalRow] = ()) -> Answers:
    """Return what to keep and what to change of the findings of one owner's report.

    ``goals`` are those agreed for the owner: their initiatives are what is there to act on a finding.
    """
    told = [one for one in found if one.contrast.effect not in ASKED_APART]
    made = _together(sorted((_answer(one, state, owner, goals) for one in told), key=_rank), owner)
    keep = [one for one in made if one.good]
    change = [one for one in made if not one.good]
    rest, of = (*change[FEW:], *keep[FEW:]), gained(state.before_costs)
    return Answers(tuple(keep[:FEW]), tuple(change[:FEW]), rest, of, _unagreed(change[:FEW]))


def _together(made: Sequence[Answer], owner: Owner) -> list[Answer]:
    """Return one answer for each subject and way, in the order of what is worth most of each."""
    groups: dict[tuple[bool, tuple[str, str]], list[Answer]] = {}
    for one in made:
        groups.setdefault((one.good, _about(one.finding.contrast, owner)), []).append(one)
    return [replace(same[0], findings=tuple(one.finding for one in same)) for same in groups.values()]


def _about(one: Contrast, owner: Owner) -> tuple[str, str]:
    """Return whom or what a contrast is about: a rep, else a team (not the report's own), else what is named first."""
    named = [pair for pair in one.subject if pair != ("team", owner.team)] or list(one.subject)
    return next((pair for pair in named if pair[0] == "rep"), named[0])


def _unagreed(change: Sequence[Answer]) -> Message | None:
    """Return for which KPIs nothing is agreed, of what has to change."""
    kpis = dict.fromkeys(one.kpi for one in change if one.kpi is not None and not one.there)
    return say("strategy.nothing_agreed", kpis=tuple(kpi_named(kpi).title for kpi in kpis)) if kpis else None


def _rank(one: Answer) -> tuple[bool, float, float]:
    return one.worth is None, -one.worth.mean if one.worth else 0.0, one.finding.q


def _answer(found: Finding, state: State, owner: Owner, goals: Sequence[GoalRow]) -> Answer:
    one = found.contrast
    kpi = KPI_OF.get(one.effect)
    draws = None if one.move is None else _draws(found, one.move, state, owner)
    there = () if one.good else _there(kpi, draws, goals)
    if draws is None or one.move is None or not draws.any():
        return Answer((found,), kpi, None, None, there)
    lifetime = float(lifetime_gain(state, one.move).mean()) * (-1 if one.good else 1)
    low, mid, high = (float(value) for value in np.quantile(draws, (0.1, 0.5, 0.9)))
    return Answer((found,), kpi, Bar(low, mid, high, float(draws.mean()), lifetime), float((draws > 0).mean()), there)


def _draws(found: Finding, move: Move, state: State, owner: Owner) -> Array:
    """Return the worth, drawn: the model's gain, in proportion to how large the difference is in each draw."""
    one = found.contrast
    sureness = NormalDist().inv_cdf(1 - max(one.p, SURE) / 2)
    gains = gain(state, move) * (-1 if one.good else 1)
    rng = np.random.default_rng(seed_of("answers", owner, one.effect, repr(one.subject)))
    return np.asarray(gains * (1 + rng.standard_normal(len(gains)) / max(sureness, 1e-3)))


def _there(kpi: str | None, draws: Array | None, goals: Sequence[GoalRow]) -> tuple[Message, ...]:
    """Return what is there to act on it: initiatives with what each lacks."""
    if kpi is None:
        return ()
    agreed = [row for row in goals if row.level == "agreed" and row.kpi == kpi and row.initiative]
    return tuple(message for row in agreed for message in _of_initiative(row, draws))


def _of_initiative(row: GoalRow, draws: Array | None) -> list[Message]:
    does = row.initiative or {}
    said = [say("strategy.initiative", what=Name(str(does["what"])))]
    lacks = [name for name in ("owner", "cost", "metric") if does.get(name) is None]
    if does.get("owner") is not None:
        said.append(say("strategy.has_owner", owner=Name(str(does["owner"]))))
    if does.get("metric") is not None:
        said.append(say("strategy.has_metric", metric=Name(str(does["metric"]))))
    if does.get("cost") is not None:
        cost = float(does["cost"])
        said.append(say("strategy.has_cost", cost=Money(cost)))
        if draws is not None:
            said.append(say("strategy.pays", chance=Chance(float((draws > cost).mean()))))
    if lacks:
        said.append(say("strategy.lacks", what=tuple(Message(f"strategy.lack_{name}", {}) for name in lacks)))
    return said
