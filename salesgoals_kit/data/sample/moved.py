"""The sample company with something done better from a day on, all else being the same, deal by deal.

What a lever brings is the difference between two companies. For that to be no chance, every deal and every customer
has the same lot in both: with a `Moved`, what is drawn for each that is won or stays is looked up by its number, not
taken from the stream in turn. Without one nothing is drawn differently from before.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from salesgoals_kit.data.sample.days import Floats, Ints, month_first, month_of, stream


@dataclass(frozen=True)
class Moved:
    """What is multiplied from ``day`` on; 1 everywhere is the company as it is.

    ``win``: the chance to win, of deals created since; ``days``: the days from creation to closing of deals won, of
    those created since; ``price``: what such deals with new customers cost, by what others rise, and what renewals come
    to cost, at the same cost of production; ``more``: by how much expansions and renewals raise what is paid;
    ``churn``: the hazard of leaving; ``unit_cost``: cost of sale, on invoices and deals since; ``acquisition``: what
    leads and marketing cost, once more for each month. ``future`` above 0 draws anew the deals created since, and who
    leaves when (and which deals began as a lead, and what was done for them, at all times).
    """

    seed: int
    day: int
    future: int = 0
    win: float = 1.0
    days: float = 1.0
    price: float = 1.0
    more: float = 1.0
    churn: float = 1.0
    unit_cost: float = 1.0
    acquisition: float = 1.0

    def lots(self, part: str, count: int) -> Floats:
        """Return one number between 0 and 1 for each of ``count`` things, the same whatever becomes of the others."""
        return stream(self.seed, f"lots of {part}").random(count)

    def whole(self, part: str, low: int, high: int, count: int) -> Ints:
        """Return a whole number from ``low`` to ``high`` - 1 for each."""
        return low + (self.lots(part, count) * (high - low)).astype(np.int64)

    def new_lots(self, part: str, count: int) -> Floats:
        """Return those of this future."""
        return stream(self.seed, f"lots of {part} in future {self.future}").random(count)

    def since(self, days: Ints, factor: float) -> Floats:
        """Return the factor on days since the day, 1 before."""
        return np.where(days >= self.day, factor, 1.0)

    def spent(self, months: Ints) -> Floats:
        """Return the factor on what acquiring costs in each month."""
        begun = month_of(np.array([self.day]))[0] + (month_first(month_of(np.array([self.day])))[0] < self.day)
        return np.asarray(self.acquisition ** np.maximum(months - begun + 1, 0))

    def ends(self, start: Ints, lots: Floats, fresh: Floats, hazards: Floats) -> Ints:
        """Return after how many months each leaves; the hazard of leaving since the day is multiplied.

        ``hazards`` are of leaving after 1, 2, … months. Of who has not left by the day, the rest is drawn anew.
        """
        since = np.maximum(month_of(np.array([self.day]))[0] - month_of(start), 1)  # the first age on or after the day
        ages = np.arange(1, len(hazards) + 1)
        hazard = np.where(ages[None, :] >= since[:, None], hazards * self.churn, hazards)
        gone = 1 - np.cumprod(1 - hazard, axis=1)
        last = np.clip(since - 2, 0, len(hazards) - 1)
        before = np.where(since > 1, gone[np.arange(len(start)), last], 0.0)
        again = lots >= before
        lot = np.where(again & (self.future > 0), before + (1 - before) * fresh, lots)
        months: Ints = (gone <= lot[:, None]).sum(axis=1) + 1
        return months


__all__ = ["Moved"]
