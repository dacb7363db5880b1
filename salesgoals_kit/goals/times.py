"""Full times by what they bring: a rep who still ramps is not yet a whole one, now and in the figures of his past."""

from __future__ import annotations

import numpy as np

from salesgoals_kit.data.asof import Tables
from salesgoals_kit.data.kept import handed
from salesgoals_kit.goals.full_times import LOOK_BACK, Carry, away_of, carries
from salesgoals_kit.goals.ramp import productivity, ramp_of
from salesgoals_kit.kpis.makeup import DAYS_A_MONTH, make_up
from salesgoals_kit.owners import Owner
from salesgoals_kit.periods import Period


@handed
def ramped_carries(tables: Tables, owner: Owner, period: Period) -> dict[Owner, Carry]:
    """Return the full times of `carries`, each times the productivity that the rep's tenure has by the company's ramp.

    ``now`` by the tenure in the period, ``past`` by that of the last year; who is full-grown, or whose day of hiring is
    not known, counts whole. A rep who ramped through the figures that his outlook is made of gets a goal that has
    grown as he has.
    """
    ramp = ramp_of(tables).months
    people = make_up(tables).people
    tenures = dict(zip(people["rep"], people["tenure_months"].astype("float64"), strict=True))
    ahead = (period.start - tables.as_of).days - 1
    found = {}
    for one, carry in carries(tables, owner, period, away_of(tables.company)).items():
        tenure = tenures.get(str(one.rep), np.nan)
        begins = tenure + ahead / DAYS_A_MONTH
        now = _mean(begins, begins + len(period.months), ramp)
        past = _mean(tenure - LOOK_BACK / DAYS_A_MONTH, tenure, ramp)
        found[one] = Carry(carry.now * now, carry.past * past)
    return found


def _mean(begins: float, ends: float, ramp: float) -> float:
    return float(productivity(np.array([begins]), np.array([ends]), ramp)[0])
