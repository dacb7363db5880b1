"""What the tables say of a period that is over: its figures, what they hang on, what slipped, who sold what."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from salesgoals_kit.data.asof import Tables
from salesgoals_kit.data.kept import handed
from salesgoals_kit.follow.actuals import actual, actuals
from salesgoals_kit.follow.quota import sales_by_rep
from salesgoals_kit.kpis.drivers import drivers
from salesgoals_kit.kpis.growth import period_values
from salesgoals_kit.kpis.measure import history
from salesgoals_kit.kpis.needs import kpi_named, missing
from salesgoals_kit.kpis.overdue import Slips, slips
from salesgoals_kit.owners import Owner
from salesgoals_kit.periods import LENGTH, Period


@dataclass(frozen=True)
class Facts:
    """A period's figures by KPI (None: undefined), its drivers by name, what slipped, who sold what; in KPI units.

    ``paid`` is the recurring revenue at the period's start; ``sales`` has what each of the owner's people sold.
    """

    actuals: Mapping[str, float | None]
    drivers: Mapping[str, float | None] = field(default_factory=dict)
    slips: Slips | None = None
    paid: float | None = None
    sales: Mapping[str, float] = field(default_factory=dict)


def facts(tables: Tables, owner: Owner, period: Period) -> Facts:
    """Return what the tables say of an owner's period."""
    span = (period.first, period.last)
    return Facts(
        actuals=actuals(tables, owner, period),
        drivers=drivers(tables, owner, span),
        slips=slips(tables, owner, span),
        paid=paid_before(tables, owner, period),
        sales=sales_by_rep(tables, owner, period),
    )


def paid_before(tables: Tables, owner: Owner, period: Period) -> float | None:
    """Return the recurring revenue at a period's start; None where there is none to know."""
    if missing("mrr", tables, owner):
        return None
    before = Period("month", period.first - 1, period.first - 1, period.fiscal_year_starts)
    return actual(tables, owner, before, "mrr")


@handed
def past_figures(tables: Tables, owner: Owner, period: Period, name: str) -> tuple[float, ...]:
    """Return a KPI's figures of all whole periods of the same length before one, the oldest first."""
    if missing(name, tables, owner):
        return ()
    kpi = kpi_named(name)
    length = LENGTH[period.grain] if kpi.over_period == "recompute" else 1
    found = period_values(history(name, tables, owner, length), kpi, period.grain, period.fiscal_year_starts)
    return tuple(float(value) for value in found.loc[found["last"] < period.first, "value"].dropna())
