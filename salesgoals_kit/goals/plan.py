"""The number from above: its chance as things are, and the lift it needs."""

from __future__ import annotations

from dataclasses import dataclass

from salesgoals_kit.company import Company
from salesgoals_kit.forecast.outlook import Outlook
from salesgoals_kit.goals.wording import change_of, difference, figure
from salesgoals_kit.kpis.catalogue import Kpi
from salesgoals_kit.owners import Owner
from salesgoals_kit.periods import Period, parse_period
from salesgoals_kit.policies import Plan
from salesgoals_kit.words import Chance, Message, Value


@dataclass(frozen=True)
class PlanCheck:
    """A plan's number against the outlook.

    ``usual`` is what business as usual brings with the chance of a target; ``lift`` what has to come on top of it for
    the plan to have that chance: relative, for a rate in points, 0 where nothing has to; None where no ratio exists.
    """

    value: float
    chance: float
    usual: float
    lift: float | None
    message: Message


def plan_for(company: Company, owner: Owner, period: Period, kpi: str) -> Plan | None:
    """Return the number from above for this owner, period and KPI, if the company file has one."""
    if owner.kind == "rep":
        return None
    for plan in company.plan:
        named = parse_period(plan.period, company.fiscal_year_starts)
        if (plan.kpi, plan.team, named) == (kpi, owner.team, period):
            return plan
    return None


def check_plan(plan: Plan, outlook: Outlook, kpi: Kpi, company: Company) -> PlanCheck:
    """Return the plan's chance of business as usual, and the lift that would give it the chance of a target."""
    promise = company.chances.target
    chance, usual = outlook.chance(plan.value), outlook.goal(promise)
    said: dict[str, Value] = {
        "value": figure(kpi, plan.value),
        "chance": Chance(chance),
        "usual": figure(kpi, usual),
        "promise": Chance(promise),
    }
    if chance >= promise:
        return PlanCheck(plan.value, chance, usual, 0.0, Message("goals.plan_enough", said))
    lift = difference(kpi, plan.value, usual)
    if lift is None:
        return PlanCheck(plan.value, chance, usual, None, Message("goals.plan_from_nothing", said))
    needed = Message("goals.plan_lift", {**said, "lift": lift})
    return PlanCheck(plan.value, chance, usual, change_of(kpi, plan.value, usual), needed)
