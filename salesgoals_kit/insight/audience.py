"""What a channel or a kind of account comes to, each figure drawn as far as it is known.

Conversions are beta (half a case won and half one not beside those seen: Jeffreys), customers of a year and losses
gamma by their count, what a customer brings gamma by the mean and the spread of those there were.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from salesgoals_kit.forecast.signals import seed_of
from salesgoals_kit.insight.tenure import cells_of
from salesgoals_kit.kpis.leaving import Lives
from salesgoals_kit.kpis.levers import LeverInputs

DRAWS = 4000
Draws = npt.NDArray[np.float64]
Key = tuple[str, str]  # dimension and value


@dataclass(frozen=True)
class Range:
    """What a figure is, in the middle of what is likely, and its 80 % range."""

    low: float
    middle: float
    high: float


@dataclass(frozen=True)
class Margins:
    """What is left of recurring revenue and of what comes once, as shares; of all of it where no cost is known."""

    recurring: float
    once: float


@dataclass(frozen=True)
class Figures:
    """What is known of a channel or a kind of account; a table that is lacking has left nothing.

    ``cases`` that were followed long enough and ``won`` of them; ``spend`` and ``customers`` of a year (None: unknown);
    of the new customers of two years how many (``bought``), Σ of what they paid ``monthly`` and ``once`` with the sums
    of squares; ``lost`` of them in so many months at risk (``exposure``).
    """

    cases: int = 0
    won: int = 0
    spend: float | None = None
    customers: int | None = None
    bought: int = 0
    monthly: float = 0.0
    monthly_squared: float = 0.0
    once: float = 0.0
    once_squared: float = 0.0
    lost: int = 0
    exposure: int = 0


@dataclass(frozen=True, eq=False)
class Audience:
    """A channel (dimension ``channel``) or a kind of account; a figure that is not known is None.

    ``conversion``: of the cases; ``cac``: of a customer, None too where none was won; ``monthly``: what a new customer
    pays a month at first; ``churn``: the share that leaves in a month; ``worth``: margin over the lifetime, None where
    nobody has left yet; ``payback``: months until he has paid for himself, None where he brings no margin; ``ratio``:
    worth / cac. ``worths``: the draws of worth.
    """

    dimension: str
    value: str
    figures: Figures
    conversion: Range | None
    cac: Range | None
    monthly: Range | None
    churn: Range | None
    worth: Range | None
    payback: Range | None
    ratio: Range | None
    worths: Draws | None


def audience(key: Key, known: Figures, margins: Margins) -> Audience:
    """Return what the figures of a channel or a kind of account come to.

    Worth is once * margin + monthly * margin / churn, churn being taken as steady, as in the KPI clv; payback is the
    cost less what comes once, by what is left of a month's payment.
    """
    rng = np.random.default_rng(seed_of("audience", *key))
    conversion = _beta(rng, known.won, known.cases)
    monthly = _mean(rng, known.bought, known.monthly, known.monthly_squared)
    single = _mean(rng, known.bought, known.once, known.once_squared)
    churn = rng.gamma(known.lost + 0.5, size=DRAWS) / known.exposure if known.exposure else None
    cac = known.spend / rng.gamma(known.customers + 0.5, size=DRAWS) if known.spend and known.customers else None
    worth = payback = None
    if monthly is not None and single is not None:
        earned, first = monthly * margins.recurring, single * margins.once
        worth = first + earned / churn if churn is not None and known.lost else None
        if cac is not None and float(np.median(earned)) > 0:
            payback = np.maximum(cac - first, 0.0) / np.maximum(earned, 1e-9)
    return Audience(
        *key,
        figures=known,
        conversion=range_of(conversion),
        cac=range_of(cac),
        monthly=range_of(monthly),
        churn=range_of(churn),
        worth=range_of(worth),
        payback=range_of(payback),
        ratio=None if worth is None or cac is None else range_of(worth / cac),
        worths=worth,
    )


def range_of(draws: Draws | None) -> Range | None:
    """Return the median and the middle 80 % of draws; of none None."""
    if draws is None:
        return None
    low, middle, high = (float(value) for value in np.quantile(draws, (0.1, 0.5, 0.9)))
    return Range(low, middle, high)


def _beta(rng: np.random.Generator, won: int, cases: int) -> Draws | None:
    return rng.beta(won + 0.5, cases - won + 0.5, DRAWS) if cases else None


def _mean(rng: np.random.Generator, count: int, total: float, squares: float) -> Draws | None:
    """Return draws of a mean: gamma with its own value and standard error; of one thing the error is all of it."""
    if not count:
        return None
    if total <= 0:
        return np.zeros(DRAWS)
    mean = total / count
    spread = max(squares - total**2 / count, 1e-9 * squares) / (count * (count - 1)) if count > 1 else mean**2
    return rng.gamma(mean**2 / spread, spread / mean, DRAWS)


def margins_of(inputs: LeverInputs) -> Margins:
    """Return what is left of revenue after what is sold and what varies with it; see `kpis.costing`."""
    recurring, once = inputs.costing.recurring, inputs.costing.once
    shares = [0.0 if share is None else share.value for share in (recurring or once, once or recurring)]
    return Margins(*(1 - share - inputs.variable for share in shares))


def brought(worths: pd.DataFrame) -> dict[Key, dict[str, float]]:
    """Return what new customers brought, by dimension and value, as `Figures` names it."""
    names = ["monthly", "monthly_squared", "once", "once_squared"]
    rows = zip(worths["dimension"], worths["value"], worths["customers"], worths[names].to_numpy(), strict=True)
    return {
        (str(dimension), str(value)): {"bought": int(count), **dict(zip(names, map(float, numbers), strict=True))}
        for dimension, value, count, numbers in rows
    }


def stayed(found: Lives | None) -> dict[Key, dict[str, int]]:
    """Return months at risk and customers lost, by dimension and value, as `Figures` names it."""
    known: dict[Key, dict[str, int]] = {}
    for dimension in () if found is None else found.dimensions:
        assert found is not None
        for value, rows in found.rows.groupby(dimension):
            cells = cells_of(rows)
            known[dimension, str(value)] = {"lost": cells.losses, "exposure": cells.exposure}
    return known


def figures_of(key: Key, *known: Mapping[Key, Mapping[str, float]]) -> Figures:
    """Return what several sources know of one channel or kind of account."""
    merged: dict[str, float] = {}
    for one in known:
        merged.update(one.get(key, {}))
    return Figures(**merged)  # type: ignore[arg-type]
