"""Two groups compared like with like: their shares of successes within strata, and how likely the difference is luck.

The test is exact (insight/exact.py; the exact form of Cochran 1954 and Mantel & Haenszel 1959). The size of the
difference is the Mantel-Haenszel ratio of shares with the variance of Greenland & Robins 1985.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.stats import beta
from scipy.stats import t as student

from salesgoals_kit.insight.exact import Floats, Ints, hypergeometric, together

INNER = 0.8  # what the ranges hold
FEW = 30  # cases on either side that have a counterpart, under which nothing is compared
STANDS_OUT = 1e-4  # the p of one who is so different from all others that they are better compared without him
NEGLIGIBLE = 1e-40  # a chance so small is left out of the sums


@dataclass(frozen=True, eq=False)
class Split:
    """Successes and cases by stratum: of the group in question, and of those it is compared with."""

    hits: Ints
    of: Ints
    other_hits: Ints
    other_of: Ints

    @property
    def enough(self) -> bool:
        """Whether both sides have ``FEW`` cases in strata that the other side has cases in as well."""
        both = (self.of > 0) & (self.other_of > 0)
        return bool(min(self.of[both].sum(), self.other_of[both].sum()) >= FEW)

    @property
    def expected(self) -> Floats:
        """The successes that the group would have if both sides did the same in each stratum."""
        return np.asarray(self.of * (self.hits + self.other_hits) / np.maximum(self.of + self.other_of, 1))

    @property
    def variance(self) -> Floats:
        """The variance of the group's successes by stratum, where the sides do not differ."""
        of, other_of = self.of.astype("float64"), self.other_of.astype("float64")  # whole numbers would overflow
        whole, hits = of + other_of, self.hits + self.other_hits
        return np.asarray(of * other_of * hits * (whole - hits) / np.maximum(whole**2 * (whole - 1), 1))


def one_of(p: float, count: int) -> float:
    """Return the p of one comparison among several that ask the same question, as if it alone were asked (Dunn 1961).

    >>> one_of(0.01, 5), one_of(0.4, 5)
    (0.05, 1.0)
    """
    return min(1.0, p * count)


@dataclass(frozen=True)
class Ratio:
    """How many times the others' share a group has, with its 80 % range."""

    middle: float
    low: float
    high: float


@dataclass(frozen=True, eq=False)
class Cases:
    """Rows of counts with the number of their stratum, to be split again and again."""

    stratum: Ints
    strata: int
    hits: Ints
    of: Ints

    def split(self, mine: npt.NDArray[np.bool_], apart: npt.NDArray[np.bool_] | None = None) -> Split:
        """Return the rows as two groups by stratum: those in question, and all others but those set ``apart``.

        Strata without a counterpart stay, and weigh nothing.
        """
        theirs = ~mine if apart is None else ~mine & ~apart
        return Split(*(self._sum(column, side) for side in (mine, theirs) for column in (self.hits, self.of)))

    def beside(self, mine: npt.NDArray[np.bool_], apart: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
        """Return which rows the group is compared with in the end: the others' cases in strata that it has cases in."""
        own = np.unique(self.stratum[mine & (self.of > 0)])
        return np.asarray(~mine & ~apart & (self.of > 0) & np.isin(self.stratum, own))

    def _sum(self, column: Ints, side: npt.NDArray[np.bool_]) -> Ints:
        sums = np.bincount(self.stratum[side], weights=column[side], minlength=self.strata)
        return np.asarray(np.rint(sums).astype("int64"))


def cases(rows: pd.DataFrame, strata: list[str], hits: str, of: str) -> Cases:
    """Return rows of counts by stratum: the combination of what stands in these columns, unknown being a value too."""
    numbers = [column.to_numpy(dtype="int64") for column in (rows[hits], rows[of])]
    if not strata or rows.empty:
        return Cases(np.zeros(len(rows), dtype="int64"), 1, *numbers)
    stratum: Ints = rows.groupby(strata, dropna=False).ngroup().to_numpy().astype("int64")
    return Cases(stratum, int(stratum.max()) + 1, *numbers)


def exact_p(found: Split) -> float:
    """Return the two-sided p of no difference in any stratum: twice the smaller tail, 1 at most."""
    known = (found.of > 0) & (found.other_of > 0)
    hits, of, other_hits, other_of = (side[known] for side in (found.hits, found.of, found.other_hits, found.other_of))
    return together(hypergeometric(of, other_of, hits + other_hits), NEGLIGIBLE).p(int(hits.sum()))


def ratio_of(found: Split) -> Ratio:
    """Return the ratio of shares; a side without any success is given half of one, so that there is a range."""
    whole = np.maximum(found.of + found.other_of, 1).astype("float64")
    mine, theirs = found.hits * found.other_of / whole, found.other_hits * found.of / whole
    hits = found.hits + found.other_hits
    spread = float(((hits * found.of * found.other_of / whole - found.hits * found.other_hits) / whole).sum())
    edge = 0.0 if mine.sum() > 0 and theirs.sum() > 0 else 0.5
    above, below = float(mine.sum()) + edge, float(theirs.sum()) + edge
    far = NormalDist().inv_cdf((1 + INNER) / 2) * math.sqrt(max(spread + edge, 0.0) / (above * below))
    middle = above / below
    return Ratio(middle, middle * math.exp(-far), middle * math.exp(far))


def interval(hits: int, of: int, inner: float = INNER) -> tuple[float, float]:
    """Return the range of a share, equal tails of the beta distribution with Jeffreys' prior (Brown et al. 2001)."""
    if not of:
        return np.nan, np.nan
    ends = beta.ppf([(1 - inner) / 2, (1 + inner) / 2], hits + 0.5, of - hits + 0.5)
    return float(ends[0]) if hits else 0.0, float(ends[1]) if hits < of else 1.0


@dataclass(frozen=True)
class Unevenness:
    """By how much more than chance people differ within their groups: a factor of the variance, from ``freedom``."""

    factor: float
    freedom: int


EVEN = Unevenness(1.0, 0)


def unevenness(rows: pd.DataFrame, strata: list[str], hits: str, of: str, person: str, group: str) -> Unevenness:
    """Return how unevenly the people of the same group do, compared like with like; 1 where chance explains it.

    Each person's successes beyond those expected of all in the stratum, over their variance, is his distance (the
    one-step log odds ratio: Yusuf et al. 1985); the weighted squares of the distances from their group's mean are
    Cochran's Q, and Q / freedom the factor (H squared: Higgins & Thompson 2002).
    """
    named = rows[rows[person].notna() & rows[group].notna()]
    totals = named.groupby(strata, dropna=False)[[hits, of]].transform("sum") if strata else named[[hits, of]].sum()
    share = totals[hits] / totals[of]
    part = named[of] / totals[of]
    beyond = named[hits] - named[of] * share
    variance = named[of] * share * (1 - share) * (1 - part)
    people = pd.DataFrame({"group": named[group], "person": named[person], "beyond": beyond, "variance": variance})
    sums = people.groupby(["group", "person"])[["beyond", "variance"]].sum().query("variance > 0").reset_index()
    whole = sums.groupby("group")[["beyond", "variance"]].transform("sum")
    apart = sums["beyond"] / sums["variance"] - whole["beyond"] / whole["variance"]
    freedom = len(sums) - sums["group"].nunique()
    return Unevenness(max(1.0, float((sums["variance"] * apart**2).sum()) / freedom) if freedom > 0 else 1.0, freedom)


def cautious_p(found: Split, uneven: Unevenness) -> float:
    """Return the p of no difference between groups whose people differ among themselves: never below the exact one.

    With the variance times the factor (quasi-likelihood: McCullagh & Nelder 1989, section 4.5) and Student's t of its
    freedom, so that one person who stands out does not make a finding about all.
    """
    exact = exact_p(found)
    variance = float(found.variance.sum()) * uneven.factor
    if uneven.factor <= 1 or uneven.freedom <= 0 or variance <= 0:
        return exact
    distance = abs(float(found.hits.sum() - found.expected.sum())) / math.sqrt(variance)
    return max(exact, float(2 * student.sf(distance, uneven.freedom)))
