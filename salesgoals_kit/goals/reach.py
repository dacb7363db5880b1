"""What a realistic improvement of a driver is: as in the team's better quarters, or its better siblings, shrunk.

The best quarter was also luck. What is seen is taken as a true level, different from quarter to quarter, and an error
of known size: x ~ N(θ, s²), θ ~ N(m, τ²). Each true level is then nearer to the mean than what was seen, by
B = τ² / (τ² + s²) (Efron & Morris 1975, Data analysis using Stein's estimator and its generalizations, JASA 70).
Whether there is any difference at all is asked by moments (DerSimonian & Laird 1986).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from salesgoals_kit.forecast.outlook import Outlook
from salesgoals_kit.forecast.signals import seed_of
from salesgoals_kit.goals.timing import Array
from salesgoals_kit.kpis.others import FEWEST_OTHERS

LOWER = ("unit_cost", "logo_churn", "cac", "cycle_days")  # levers that are better where they are lower
KPI_OF = {"price": "margin", "unit_cost": "margin"}  # a lever has the name of its KPI but for these
DRIVER_OF = {"cac": "lead_cost"}  # and of its driver but for this
Where = Literal["quarters", "siblings"]
GRID = 400


@dataclass(frozen=True, eq=False)
class Shrunk:
    """True levels as they are thought to be: ``mean`` and ``spread`` (standard deviation) of each, of all ``center``.

    ``between`` is τ, how far true levels differ; ``error`` that of the center.
    """

    mean: Array
    spread: Array
    center: float
    between: float
    error: float


@dataclass(frozen=True, eq=False)
class Reach:
    """A realistic improvement of one driver.

    ``now``: the mean of its quarters, or its own level beside the siblings', shrunk like theirs; ``target``: what to
    reach, with its 80 % range ``low`` to ``high``; ``ratio``: target / now, one for each draw; ``chance``: of being
    there as things are; ``where`` it was found.
    """

    driver: str
    now: float
    target: float
    low: float
    high: float
    ratio: Array
    chance: float
    where: Where


def shrink(values: Array, errors: Array) -> Shrunk:
    """Return the true levels behind what was seen, two or more, with their standard errors.

    How far they differ is not known either: every τ up to twice the spread of what was seen counts as far as it is
    likely (Gelman et al., Bayesian Data Analysis, 3rd ed., 5.4, where the eight schools of Rubin 1981 are the example).
    Beforehand it is half-Cauchy, as wide as the errors are: few levels would else seem to differ by more than they do
    (Gelman 2006, Prior distributions for variance parameters, 5.3). ``between`` is τ by moments: 0 where nothing is
    seen but error.
    """
    weight = 1 / errors**2
    fixed = float((weight * values).sum() / weight.sum())
    excess = float((weight * (values - fixed) ** 2).sum()) - (len(values) - 1)
    between = math.sqrt(max(0.0, excess / float(weight.sum() - (weight**2).sum() / weight.sum())))
    tau = np.linspace(0, 2 * max(float(np.ptp(values)), float(errors.max())), GRID)[:, None]
    whole = 1 / (errors**2 + tau**2)
    sums = whole.sum(axis=1, keepdims=True)
    center = (whole * values).sum(axis=1, keepdims=True) / sums
    logs = (0.5 * np.log(whole) - 0.5 * whole * (values - center) ** 2).sum(axis=1) - 0.5 * np.log(sums[:, 0])
    logs -= np.log1p((tau[:, 0] / errors.mean()) ** 2)
    likely = np.exp(logs - logs.max())[:, None] / np.exp(logs - logs.max()).sum()
    kept = tau**2 * whole
    level = center + kept * (values - center)
    mean, middle = (likely * level).sum(axis=0), float((likely * center).sum())
    spread = np.sqrt((likely * (kept * errors**2 + (1 - kept) ** 2 / sums + (level - mean) ** 2)).sum(axis=0))
    error = math.sqrt(float((likely * (1 / sums + (center - middle) ** 2)).sum()))
    return Shrunk(np.asarray(mean), np.asarray(spread), middle, between, error)


def reach_of(levels: pd.DataFrame, driver: str, draws: int) -> Reach | None:
    """Return the realistic improvement of a lever; None where quarters and siblings differ no more than by luck.

    A customer's cost is that of the leads he takes, and how many are won is the win rate's lever already: there it is
    the cost of a lead that is looked at.

    ``levels`` is the frame of `kpis.quarters.driver_levels`. The target is the mean of the better half of the quarters,
    or of the siblings that are better than the owner; of both the more ambitious. Where fewer than three siblings are
    better it is the mean of the best three, so that it is no single team's; where there are fewer, they count for
    nothing.
    """
    own = levels[(levels["driver"] == DRIVER_OF.get(driver, driver)) & (levels["error"] > 0)]
    year = own[(own["whose"] == "year") & ~own["sibling"]]
    if len(year) != 1 or year["value"].iloc[0] <= 0:
        return None
    quarters = own[(own["whose"] == "quarter") & ~own["sibling"]]
    others = pd.concat([own[own["whose"] == "years"], own[own["sibling"]]])
    found = [_found(driver, quarters, "quarters", draws), _found(driver, others, "siblings", draws)]
    known = [reach for reach in found if reach is not None]
    sign = -1 if driver in LOWER else 1
    return max(known, key=lambda reach: sign * reach.target / reach.now, default=None)


def _found(driver: str, rows: pd.DataFrame, where: Where, draws: int) -> Reach | None:
    if len(rows) < 2:
        return None
    shrunk = shrink(rows["value"].to_numpy("float64"), rows["error"].to_numpy("float64"))
    sign = -1 if driver in LOWER else 1
    better = np.argsort(-sign * shrunk.mean, kind="stable")
    base = shrunk.center if where == "quarters" else float(shrunk.mean[0])
    chosen = [i for i in better[: math.ceil(len(rows) / 2)] if sign * (shrunk.mean[i] - base) > 0]
    if where == "siblings":
        chosen = _ahead(sign * (shrunk.mean - base), better)
    if not chosen or shrunk.between <= 0:
        return None
    rng = np.random.default_rng(seed_of("reach", driver, where, base))
    drawn = (shrunk.mean[chosen] + shrunk.spread[chosen] * rng.standard_normal((draws, len(chosen)))).mean(axis=1)
    target = float(shrunk.mean[chosen].mean())
    low, high = (float(value) for value in np.quantile(drawn, (0.1, 0.9)))
    spread = math.hypot(shrunk.between, shrunk.error)
    chance = 0.5 * math.erfc(sign * (target - shrunk.center) / spread / math.sqrt(2))
    ratio = np.maximum(drawn / base, 0.01)
    return Reach(driver, base, target, low, high, ratio, chance, where)


def _ahead(over: Array, better: npt.NDArray[np.intp]) -> list[int]:
    """Return the siblings (all but the first) that are ahead, or the best three; none where those are not ahead."""
    others = [int(i) for i in better if i != 0]
    chosen = others[: max(FEWEST_OTHERS, int((over > 0).sum()))]
    return chosen if len(chosen) >= FEWEST_OTHERS and float(over[chosen].mean()) > 0 else []


def chance_of(reach: Reach, outlooks: Mapping[str, Outlook]) -> float:
    """Return the chance that the KPI is as much better as the target: of its outlook, where there is one.

    The outlook's middle takes the place of the present level. Without one, the chance that the true level of a quarter
    (or of a team) is as good as the target, by how far those differ.
    """
    outlook = outlooks.get(KPI_OF.get(reach.driver, reach.driver))
    if outlook is None or KPI_OF.get(reach.driver) or reach.driver == "clv":
        return reach.chance
    return outlook.chance(outlook.quantile(0.5) * float(reach.ratio.mean()))
