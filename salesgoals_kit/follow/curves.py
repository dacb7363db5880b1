"""How much of a period has usually come by each of its working days, from the team's own earlier periods.

Sales do not come evenly: a slow first month, holidays, and the rush at a quarter's end are in how earlier periods came,
and so they are in what is to be expected of this one. A curve is the share of a period's total that had come by the end
of each of its working days; the j-th of n stands for the same part j / n of every other period's.

Periods of the same kind (first quarters, say, or a quarter's last months) are more alike. What is expected is the mean
of all curves, moved towards that of the same kind as far as kinds differ by more than luck: by n τ² / (n τ² + σ²), with
σ² the variance within kinds and τ² that between them, by moments (one-way random effects; Searle, Casella & McCulloch,
Variance Components, 1992, 3.5). The band is that of what each earlier period had come to beside what the others make
expected of it: of n such differences the r-th from either end leaves a new one out with the chance r / (n + 1) on each
side, where periods are exchangeable (Wilks 1941; leave-one-out: Barber et al. 2021).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from salesgoals_kit.forecast.moving import working_dates
from salesgoals_kit.forecast.series import Array
from salesgoals_kit.kpis.byday import Flow
from salesgoals_kit.periods import LENGTH, Grain, Period, day_number, whole_periods

FEWEST: dict[Grain, int] = {"month": 6, "quarter": 4, "year": 2}  # earlier periods, under which there is no curve
MOST: dict[Grain, int] = {"month": 36, "quarter": 12, "year": 6}  # the latest ones count
TAIL = 0.1  # of what could happen, left out on either side where there are periods enough


@dataclass(frozen=True, eq=False)
class Curve:
    """What is usual: ``low``, ``mid`` and ``high`` shares of the total after 0, 1, …, n working days.

    ``names`` are the earlier periods it is of, ``within`` the share of new periods that the band holds.
    """

    low: Array
    mid: Array
    high: Array
    names: tuple[str, ...]
    within: float

    def after(self, day: int) -> tuple[float, float, float]:
        """Return low, mid and high after so many working days."""
        return float(self.low[day]), float(self.mid[day]), float(self.high[day])


@dataclass(frozen=True)
class Calendar:
    """The working days of a period (numbers of days), and the country whose holidays are none."""

    period: Period
    country: str | None

    @property
    def days(self) -> tuple[int, ...]:
        """Its working days, in order."""
        found = working_dates(self.country, self.period.start, self.period.end)
        return tuple(day_number(day) for day in found)

    def done(self, day: int) -> int:
        """Return how many of its working days are over at the end of a day."""
        return sum(one <= day for one in self.days)

    @property
    def ends(self) -> list[int]:
        """The days at whose ends 0, 1, …, n working days are over; what comes on a day off counts with the next."""
        return [day_number(self.period.start) - 1, *self.days[:-1], day_number(self.period.end)]


def curve_of(flow: Flow, period: Period, country: str | None) -> Curve | None:
    """Return what is usual of a period by the earlier ones that a flow has whole; None where these are too few.

    Those of which nothing came have no shares, and are left out.
    """
    earlier = _earlier(flow, period)
    positions = len(Calendar(period, country).days)
    every = [(one, _shares(flow, one, country, positions)) for one in earlier]
    found = [(one, shares) for one, shares in every if shares is not None][-MOST[period.grain] :]
    if len(found) < FEWEST[period.grain]:
        return None
    curves = np.array([shares for _, shares in found])
    kinds = np.array([_kind(one) for one, _ in found])
    mid = _centre(curves, kinds, _kind(period))
    off = np.array([curves[i] - _centre(*_without(curves, kinds, i), int(kinds[i])) for i in range(len(curves))])
    ordered, rank = np.sort(off, axis=0), max(1, int(TAIL * (len(off) + 1)))
    names = tuple(one.name for one, _ in found)
    low, high = mid + ordered[rank - 1], mid + ordered[-rank]
    return Curve(np.minimum(low, mid), mid, np.maximum(high, mid), names, 1 - 2 * rank / (len(off) + 1))


def _earlier(flow: Flow, period: Period) -> list[Period]:
    """Return the whole periods of the same length before this one, in order."""
    last = min(period.first - 1, flow.last)
    return whole_periods(period.grain, flow.first, last, period.fiscal_year_starts) if flow.first <= last else []


def _shares(flow: Flow, period: Period, country: str | None, positions: int) -> Array | None:
    """Return the shares of a period's total after each part of its working days; None where the total is nothing."""
    ends = Calendar(period, country).ends
    days, amounts = flow.frame["day"].to_numpy(), flow.frame["amount"].to_numpy(dtype=np.float64)
    inside = (days >= day_number(period.start)) & (days <= day_number(period.end))
    order = np.argsort(days[inside], kind="stable")
    sums = np.concatenate([[0.0], np.cumsum(amounts[inside][order])])
    if sums[-1] <= 0:
        return None
    shares = sums[np.searchsorted(days[inside][order], ends, side="right")] / sums[-1]
    return np.asarray(np.interp(np.linspace(0, 1, positions + 1), np.linspace(0, 1, len(ends)), shares))


def _kind(period: Period) -> int:
    """Return what a period is like: which quarter of its year, or which month of its quarter."""
    if period.grain == "year":
        return 0
    longer = 12 if period.grain == "quarter" else LENGTH["quarter"]
    return (period.first - (period.fiscal_year_starts - 1)) % longer // LENGTH[period.grain]


def _without(curves: Array, kinds: Array, i: int) -> tuple[Array, Array]:
    return np.delete(curves, i, axis=0), np.delete(kinds, i)


def _centre(curves: Array, kinds: Array, kind: int) -> Array:
    """Return the curve that is expected of a kind; the same part of the way for all days, so that it never falls."""
    whole, same = curves.mean(axis=0), curves[kinds == kind]
    names, counts = np.unique(kinds, return_counts=True)
    free = len(curves) - len(names)
    if not len(same) or len(names) < 2 or free < 1:
        return np.asarray(whole)
    means = np.array([curves[kinds == name].mean(axis=0) for name in names])
    within = sum(float(((curves[kinds == name] - mean) ** 2).sum()) for name, mean in zip(names, means, strict=True))
    error = within / free
    apart = float((counts[:, None] * (means - whole) ** 2).sum()) - (len(names) - 1) * error
    between = max(0.0, apart / (len(curves) - float((counts**2).sum()) / len(curves)))
    weight = len(same) * between / (len(same) * between + error) if between > 0 else 0.0
    return np.asarray(whole + weight * (same.mean(axis=0) - whole))
