"""What a figure is made of: a product of drivers that gives the frozen expectation then, and the figure now, exactly.

Revenue of deals. Deals are *due* in a period that were decided in it (won or lost) or slipped out of it, and

    revenue = due x on time x win rate x deal size      due = leads x qualification x deals a lead + deals without one

with on time = decided / due, win rate = won / decided, deal size = what a deal won with an amount brought. These counts
are of closings, so the product is exact but for deals won without an amount, which are ``other``. Leads are those of
the period, deals those due in it: "deals a lead" connects the two, lag and all, and is measured, not assumed. Revenue
of invoices = units x price; what was invoiced without a quantity is ``other``. Revenue of subscriptions = what was paid
at the start, less churn, month by month, + what came new or changed. Margin = 1 - cost / price x drift - other costs /
revenue: of invoices, price and cost are a unit's; of deals, both are parts of the list price, as what a deal costs goes
with its size. Drift is what the margin had been expected to be beyond price and cost as they stood.

Then, each driver is what the outlook frozen for it expected, if there was one (it knows the season), else as it was
frozen. What has neither is taken such that the expectation comes out: deals due, units, new revenue, drift. It is
``implied``. A driver without a figure now (the win rate where nothing was decided) has not moved.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from salesgoals_kit.follow.shapley import Value

Revenue = Literal["deals", "invoices", "mrr"]
Numbers = Mapping[str, float]


@dataclass(frozen=True)
class Case:
    """What is known of one figure: what was ``expected``, the ``actual``, the drivers ``then`` and ``now``.

    ``foreseen``: the middle of the outlooks frozen with the goals, by KPI. ``slipped``: deals, None where that cannot
    be told. ``paid``: recurring revenue at the period's start. ``months`` of the period. Money is in currency units.
    """

    kpi: str
    revenue: Revenue
    expected: float
    actual: float
    then: Numbers
    now: Numbers
    foreseen: Numbers = field(default_factory=dict)
    slipped: int | None = None
    paid: float | None = None
    months: int = 1


@dataclass(frozen=True)
class Factor:
    """One driver: what it was taken to be, what it came to, and whether the former follows from the expectation."""

    name: str
    then: float
    now: float
    implied: bool = False


@dataclass(frozen=True)
class Identity:
    """``value`` of the factors' numbers, in their order, is what was expected then, and now the figure less other."""

    factors: tuple[Factor, ...]
    value: Value


def identity_of(case: Case) -> Identity | str:
    """Return what a figure is made of, or the name of what the goal was frozen without: a driver, or a table."""
    makers: dict[str, Callable[[Case], Identity | str]] = {"margin": _margin, "mrr": _stock, "arr": _stock}
    flows: dict[str, Callable[[Case], Identity | str]] = {"deals": _deals, "invoices": _invoices, "mrr": _paid}
    return makers.get(case.kpi, flows[case.revenue])(case)


def _deals(case: Case) -> Identity | str:
    rate = case.foreseen.get("win_rate") or case.then.get("win_rate") or 0.0
    size = case.then.get("deal_size") or 0.0
    decided = case.now.get("decided")
    if rate <= 0 or size <= 0 or decided is None:
        return "win_rate" if rate <= 0 else "deal_size" if size <= 0 else "deals"
    usual = case.then.get("on_time") or 0.0
    timed = usual > 0 and case.slipped is not None
    came = decided + (case.slipped or 0 if timed else 0)
    due = (case.expected / (rate * size) / (usual if timed else 1.0), came)
    flow = [
        *([Factor("on_time", usual, decided / came if came > 0 else usual)] if timed else ()),
        Factor("win_rate", rate, _still(case, "win_rate", rate)),
        Factor("deal_size", size, _still(case, "deal_size", size)),
    ]
    led = _led(case, due)
    if led is None:
        return Identity((Factor("due", *due, implied=True), *flow), _product)
    return Identity((*led, *flow), lambda v: (v[0] * v[1] * v[2] + v[3]) * _product(v[4:]))


def _led(case: Case, due: tuple[float, float]) -> tuple[Factor, ...] | None:
    """Return how leads became the deals due; None where either has none, or nobody knows which began as a lead."""
    quality, share = case.then.get("qualification") or 0.0, case.then.get("from_leads")
    qualified = case.foreseen.get("qualified_leads", (case.then.get("leads") or 0.0) * quality)
    leads, good = case.now.get("leads") or 0.0, case.now.get("qualification") or 0.0
    if share is None or min(quality, qualified, leads, good) <= 0:
        return None
    ends = case.now.get("from_leads", share)
    return (
        Factor("leads", qualified / quality, leads),
        Factor("qualification", quality, good),
        Factor("deals_a_lead", share * due[0] / qualified, ends * due[1] / (leads * good), implied=True),
        Factor("without_lead", (1 - share) * due[0], (1 - ends) * due[1], implied=True),
    )


def _invoices(case: Case) -> Identity | str:
    price, units = case.then.get("price") or 0.0, case.now.get("units")
    if price <= 0 or units is None:
        return "price"
    sold = Factor("units", case.expected / price, units, implied=True)
    return Identity((sold, Factor("price", price, _still(case, "price", price))), _product)


def _paid(case: Case) -> Identity | str:
    """Revenue as the sum of what is paid at each month's end: a loss in the first month is felt in all of them."""
    return _recurring(case, case.months, case.months * (case.months + 1) / 2)


def _stock(case: Case) -> Identity | str:
    times = 12.0 if case.kpi == "arr" else 1.0
    return _recurring(case, times, times * case.months)


def _recurring(case: Case, times: float, losses: float) -> Identity | str:
    """Return start x (times - churn x losses) + new, in which new is what the two leave of the figure."""
    start, churn = case.then.get("recurring_revenue"), case.then.get("churn")
    if start is None or churn is None or case.paid is None:
        return "recurring_revenue" if start is None else "churn" if churn is None else "subscriptions"
    left = _still(case, "churn", churn)
    factors = (
        Factor("recurring_revenue", start, case.paid),
        Factor("churn", churn, left),
        Factor(
            "new_revenue",
            case.expected - start * (times - churn * losses),
            case.actual - case.paid * (times - left * losses),
            implied=True,
        ),
    )
    return Identity(factors, lambda v: v[0] * (times - v[1] * losses) + v[2])


def _margin(case: Case) -> Identity | str:
    if "unit_cost" not in {*case.then, *case.now}:  # the table of costs has all there is
        return Identity((Factor("other_costs", 1 - case.expected, 1 - case.actual, implied=True),), lambda v: 1 - v[0])
    beside = case.now.get("other_costs")
    spent = [] if beside is None else [Factor("other_costs", case.then.get("other_costs", beside), beside)]
    eaten = (1 - case.expected - sum(f.then for f in spent), 1 - case.actual - sum(f.now for f in spent))
    cost, price, size = (
        (case.then.get(name) or 0.0, case.now.get(name) or 0.0) for name in ("unit_cost", "price", "deal_size")
    )
    name = "unit_cost"
    if (
        case.revenue == "deals" and min(size) > 0
    ):  # a deal's cost goes with its size, so it is set against its list price
        name, cost = "cost_at_list", (cost[0] * price[0] / size[0], cost[1] * price[1] / size[1])
    if min(*cost, *price) <= 0:
        sold = Factor("cost_of_sales", *eaten, implied=True)
        return Identity((sold, *spent), lambda v: 1 - v[0] - sum(v[1:]))
    drift = Factor("drift", eaten[0] * price[0] / cost[0], eaten[1] * price[1] / cost[1], implied=True)
    factors = (Factor("price", *price), Factor(name, *cost), drift, *spent)
    return Identity(factors, lambda v: 1 - v[1] / v[0] * v[2] - sum(v[3:]))


def _still(case: Case, name: str, then: float) -> float:
    found = case.now.get(name)
    return then if found is None else found


def _product(numbers: Sequence[float]) -> float:
    found = 1.0
    for number in numbers:
        found *= number
    return found
