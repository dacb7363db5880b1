"""Sales that come now and then: so many events a month, each of some size (compound Poisson with gamma sizes).

For months with nothing among others with something there is no logarithm to speak of and no model of a level. The
events of a month are Poisson; sizes are gamma; both are matched to the mean, the spread and the share of months with
nothing of the months seen (method of moments; the distribution: Tweedie 1984, Jorgensen 1987). Older months count
less. What so few months leave open about the rate and the mean size is drawn too, and so is a yearly season as far as
the months of the year differ by more than chance.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from salesgoals_kit.forecast.series import Array, Months
from salesgoals_kit.forecast.signals import SEASON_FROM, YEAR

SHARE = 0.15  # of months with nothing, from which on a series is lumpy
FEW = 3.0  # a count whose mean month is below is lumpy with any month of nothing
FADING = 0.97  # weight of a month compared with the next: half after two years
SIZES = (0.05, 5.0)  # squared coefficient of variation of a size, at least and at most
MONTHS_TRUSTED = 3.0  # added to nothing: an event's mean size is known as well as from so many more events
SMALLEST = 0.01  # of the mean month: a month of the year in which nothing ever came may yet bring so much
TINY = float(np.finfo(np.float64).tiny)


@dataclass(frozen=True, eq=False)
class Lumpy:
    """Events a month (``rate``), their mean ``size`` and its squared coefficient of variation ``cv2``.

    ``months`` is how many whole months the weighted history stands for; ``year`` what a usual January, … is compared
    with the mean month.
    """

    rate: float
    size: float
    cv2: float
    months: float
    year: Array

    def draw(self, draws: int, ahead: Months, rng: np.random.Generator) -> Array:
        """Return joint paths (draws by months) of the months ``ahead`` (numbers)."""
        rates = rng.gamma(self.rate * self.months + 0.5, 1 / self.months, (draws, 1))
        seen = self.rate * self.months + MONTHS_TRUSTED
        sizes = self.size * rng.gamma(seen / self.cv2, self.cv2 / seen, (draws, 1))
        events = rng.poisson(rates * self.year[ahead % YEAR])
        shape = events / self.cv2
        return np.asarray(np.where(events > 0, rng.gamma(np.maximum(shape, 1e-9)) * sizes * self.cv2, 0.0))


def is_lumpy(values: Array, *, counted: bool) -> bool:
    """Return whether an amount (NaN: unknown) has had so many months with nothing, some other months with something."""
    known = values[np.isfinite(values)]
    nothing = float(np.mean(known == 0)) if known.size else 0.0
    few = counted and nothing > 0 and float(np.mean(known)) < FEW
    return 0 < nothing < 1 and (nothing >= SHARE or few)


def fit_lumpy(months: Months, values: Array, *, counted: bool) -> Lumpy:
    """Return the compound Poisson of an amount (values by month numbers, NaN where unknown), never below zero."""
    known = np.isfinite(values)
    x, month = values[known], months[known]
    weight = FADING ** (month[-1] - month)
    total = float(weight.sum())
    stands_for = total**2 / float(np.sum(weight**2))
    mean = float(weight @ x) / total
    year = _year(month, x) if len(values) >= SEASON_FROM else np.ones(YEAR)
    apart = x / year[month % YEAR]
    spread = float(weight @ (apart - mean) ** 2) / total * stands_for / max(stands_for - 1, 1)
    nothing = (float(weight @ (x == 0)) / total * stands_for + 0.5) / (stands_for + 1)
    rate = max(-np.log(nothing), 1 / stands_for)
    if counted:  # whole numbers: an event is a case
        rate = min(rate, mean)
    size = mean / rate
    cv2 = float(np.clip((np.sqrt(spread / rate) / max(size, TINY)) ** 2 - 1, *SIZES))
    return Lumpy(float(rate), float(size), cv2, stands_for, year)


def _year(month: Months, x: Array) -> Array:
    """Return the months of the year compared with the mean month, drawn to 1 by what chance explains (James-Stein).

    The share of the differences between the months' means that is beyond chance is 1 - 1 / F of a one-way analysis
    of variance.
    """
    groups = [x[month % YEAR == at] for at in range(YEAR)]
    if min(len(group) for group in groups) < 2 or not x.any():
        return np.ones(YEAR)
    means = np.array([group.mean() for group in groups])
    within = float(sum(((group - group.mean()) ** 2).sum() for group in groups)) / (len(x) - YEAR)
    between = float(sum(len(group) * (group.mean() - x.mean()) ** 2 for group in groups)) / (YEAR - 1)
    beyond = max(0.0, 1 - within / between) if between > 0 else 0.0
    drawn = np.maximum(1 + beyond * (means / x.mean() - 1), SMALLEST)
    return np.asarray(drawn / drawn.mean())
