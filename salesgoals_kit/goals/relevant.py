"""The letter R: the objective that a goal serves, and whether it moves the margin the right way, and by how much."""

from __future__ import annotations

from salesgoals_kit.goals.achievable import value_of
from salesgoals_kit.goals.evidence import Evidence, read_on
from salesgoals_kit.goals.goal import Goal, base_of
from salesgoals_kit.goals.letters import Finding, Letter, letter_of
from salesgoals_kit.goals.wording import figure
from salesgoals_kit.kpis.catalogue import CATALOGUE
from salesgoals_kit.policies import Objective
from salesgoals_kit.words import Chance, Message, Money, Name, Value, say

EVEN = 0.5
_PIPELINE = frozenset({"qualified_leads", "win_rate", "cycle_days", "cac"})
_KEEPING = frozenset({"logo_churn", "grr", "nrr"})
# What moves an objective's KPI by arithmetic: leads x qualification x win rate x deal size x speed, the spend over the
# cost of a customer, and recurring revenue by what stays (design of the driver model; the MRR bridge).
SERVED_BY: dict[str, frozenset[str]] = {
    "revenue": _PIPELINE | _KEEPING | {"mrr", "arr", "clv"},
    "mrr": _PIPELINE | _KEEPING | {"arr", "revenue"},
    "arr": _PIPELINE | _KEEPING | {"mrr", "revenue"},
    "clv": _KEEPING | {"margin", "mrr", "arr"},
    "logo_churn": frozenset({"grr", "nrr"}),
    "grr": frozenset({"logo_churn", "nrr"}),
    "nrr": frozenset({"logo_churn", "grr"}),
    "cac": frozenset({"win_rate", "qualified_leads", "cycle_days"}),
    "win_rate": frozenset(),
    "qualified_leads": frozenset(),
    "cycle_days": frozenset(),
    "margin": frozenset(),
    "coverage": frozenset({"qualified_leads"}),
}


def relevant(goal: Goal, evidence: Evidence) -> Letter:
    """Return R: an objective of the company's that it serves, and a change the right way, with its size if known."""
    return letter_of("R", [*_asked(goal), _objective(goal, evidence), *_direction(goal, evidence)])


def serves(kpi: str, objective: Objective) -> bool:
    """Return whether a KPI is, or moves by arithmetic, what an objective is about.

    >>> serves("win_rate", Objective(id="grow", kpi="revenue")), serves("margin", Objective(id="grow", kpi="revenue"))
    (True, False)
    """
    return kpi == objective.kpi or kpi in SERVED_BY.get(objective.kpi, frozenset())


def objective_for(kpi: str, objectives: list[Objective]) -> Objective | None:
    """Return the objective that a KPI serves: the one about it, else the first that it moves."""
    same = next((objective for objective in objectives if objective.kpi == kpi), None)
    return same or next((objective for objective in objectives if serves(kpi, objective)), None)


def _asked(goal: Goal) -> list[Finding]:
    """Return that the goal itself asks for less of what is better, or for more of what is worse, if it does.

    As a value it may hold a fall ("at least 90 000"); who asks for the change has to say why.
    """
    told = None if goal.told is None or goal.value is None else goal.value - goal.told
    change = goal.change if goal.change is not None else told
    up = goal.record.better == "higher"
    if not change or (change > 0) == up or goal.reason is not None:
        return []
    return [Finding(False, say("smart.r_asks_less" if up else "smart.r_asks_more", kpi=goal.record.title))]


def _objective(goal: Goal, evidence: Evidence) -> Finding:
    objectives = evidence.company.objectives
    known = {objective.id: objective for objective in objectives}
    if not objectives:
        return Finding(False, say("smart.r_no_objectives"))
    if goal.objective is not None and goal.objective not in known:
        ids = tuple(Name(id) for id in known)
        return Finding(False, say("smart.r_unknown_objective", objective=Name(goal.objective), known=ids))
    title = CATALOGUE[goal.kpi].title
    found = known[goal.objective] if goal.objective is not None else objective_for(goal.kpi, objectives)
    if found is None:
        ids = tuple(Name(id) for id in known)
        return Finding(False, say("smart.r_serves_none", kpi=title, known=ids))
    said: dict[str, Value] = {"kpi": title, "objective": Name(found.id)}
    if found.kpi == goal.kpi:
        return Finding(True, Message("smart.r_same", said))
    target = CATALOGUE[found.kpi].title
    kind = "smart.r_moves" if serves(goal.kpi, found) else "smart.r_said"
    return Finding(True, Message(kind, {**said, "target": target}))


def _direction(goal: Goal, evidence: Evidence) -> list[Finding]:
    value = value_of(goal, evidence)
    if value is None:
        return []
    found = [_against_base(goal, evidence, value)]
    base = base_of(read_on(goal, evidence), evidence.figures, evidence.base)
    worth = None if evidence.worth is None or base is None else evidence.worth(base.value, value)
    if worth is None:
        blank = say("smart.r_worth_no_costs") if evidence.before_costs else say("smart.r_worth_unknown")
        return [*found, Finding(True, blank)]
    of = say("smart.of_revenue") if evidence.before_costs else say("smart.of_margin")
    if found[0].said.id.startswith("smart.r_holds"):
        return [*found, Finding(True, say("smart.r_worth", worth=Money(worth), of=of))]
    kind = "smart.r_worth" if worth > 0 else "smart.r_worth_wrong" if worth < 0 else "smart.r_worth_nothing"
    return [*found, Finding(worth > 0, Message(kind, {"of": of} if worth == 0 else {"worth": Money(worth), "of": of}))]


def _against_base(goal: Goal, evidence: Evidence, value: float) -> Finding:
    """Return whether the value is better than its base or, where business as usual is worse than that, holds it.

    A value below last year's is no step back where even an even chance lies below it, or where people or funnel give
    it no more than an even chance: it limits a fall.
    """
    base = base_of(read_on(goal, evidence), evidence.figures, evidence.base)
    if base is None:
        return Finding(True, say("smart.r_nothing_to_compare"))
    kpi = goal.record
    said: dict[str, Value] = {"base": figure(kpi, base.value), "period": base.period.name}
    if _better(goal, value, base.value):
        return Finding(True, Message("smart.r_right", said))
    usual = None if evidence.outlook is None else evidence.outlook.goal(EVEN)
    if usual is not None and (value == usual or _better(goal, value, usual)):
        return Finding(True, Message("smart.r_holds", {**said, "usual": figure(kpi, usual)}))
    for ceiling in evidence.ceilings:
        chance = None if ceiling.chance is None or ceiling.name == "floor" else ceiling.chance(value)
        if chance is not None and chance <= EVEN:
            return Finding(True, Message(f"smart.r_holds_{ceiling.name}", {**said, "chance": Chance(chance)}))
    if usual is None:
        return Finding(False, Message("smart.r_wrong", said))
    return Finding(False, Message("smart.r_wrong_way", {**said, "usual": figure(kpi, usual)}))


def _better(goal: Goal, value: float, other: float) -> bool:
    return value > other if goal.record.better == "higher" else value < other
