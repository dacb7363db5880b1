"""States of the driver model that are written by hand, for its tests."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from salesgoals_kit.goals.state import Growing, State
from salesgoals_kit.goals.timing import AGES, Array
from salesgoals_kit.kpis.wins import FLOWS
from salesgoals_kit.periods import YEAR


def flows(draws: int = 1, **at_age: tuple[int, Any]) -> dict[str, Array]:
    """Return a year's sums: of each flow named its age and what it is, in all draws or in each."""
    found = {name: np.zeros((draws, AGES)) for name in FLOWS}
    for name, (age, total) in at_age.items():
        found[name][:, age] = total
    return found


def plain_state(draws: int = 1, **given: Any) -> State:
    """Return a state from January 2026 on in which nothing is, but for what is given."""
    nothing = np.zeros(draws)
    basic = State(
        wins=flows(draws),
        from_leads=flows(draws),
        churn=nothing,
        shrink=nothing,
        growth=Growing(1.0, np.ones(draws)),
        spend_growth=Growing(1.0, np.ones(draws)),
        first=672,
        season=np.ones(YEAR),
        delay=0.0,
        mrr=0.0,
        bought=0.0,
        wages=0.0,
        leads=0,
        cost_recurring=nothing,
        cost_once=nothing,
        variable=0.0,
        revenue="deals",
        discount=0.0,
    )
    return replace(basic, **given)
