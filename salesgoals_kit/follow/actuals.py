"""The figures of a period as they are: whole periods only, never a part of one."""

from __future__ import annotations

import math

from salesgoals_kit.data.asof import Tables
from salesgoals_kit.data.kept import handed
from salesgoals_kit.kpis.growth import period_values
from salesgoals_kit.kpis.measure import history
from salesgoals_kit.kpis.needs import available, kpi_named
from salesgoals_kit.owners import Owner
from salesgoals_kit.periods import LENGTH, Period


def actuals(tables: Tables, owner: Owner, period: Period) -> dict[str, float | None]:
    """Return each KPI's figure of a whole period, in its unit.

    None where it is undefined, or where the data does not hold the period whole: leads that stop before the deals do
    are not leads that were not there.
    """
    return {name: actual(tables, owner, period, name) for name in available(tables, owner)}


@handed
def actual(tables: Tables, owner: Owner, period: Period, name: str) -> float | None:
    """Return one KPI's figure of a whole period; None where it is undefined or the data does not hold it whole."""
    kpi = kpi_named(name)
    length = LENGTH[period.grain] if kpi.over_period == "recompute" else 1
    found = period_values(history(name, tables, owner, length), kpi, period.grain, period.fiscal_year_starts)
    value = found.loc[found["last"] == period.last, "value"]
    return float(value.iloc[0]) if len(value) and math.isfinite(value.iloc[0]) else None
