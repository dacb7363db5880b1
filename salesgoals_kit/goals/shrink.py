"""Empirical Bayes for few cases: a rep's rate is drawn to his team's, and the team's to the company's.

Three kinds of figures, one structure (Casella 1985 for the idea): *rates* of cases (beta-binomial, Kleinman 1973),
*paces*, events for each unit of something (gamma-Poisson), and mean *sizes* (credibility, Buhlmann & Straub 1970).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np
import pandas as pd

from salesgoals_kit.forecast.series import Array
from salesgoals_kit.forecast.signals import seed_of
from salesgoals_kit.goals.worth import Worth, worth_of

Family = Literal["rate", "pace", "size"]
Counts = tuple[Array, Array]  # what came of cases, and the cases: one value, or one for each draw
DRAWS = 2000
EDGE = 1e-9  # a rate drawn stays so far from 0 and 1
UNKNOWN_SPREAD = 1.0  # of sizes, squared and relative, where nobody has two: that of waiting times (exponential)
NO_SPREAD = 1e-9


@dataclass(frozen=True, eq=False)
class Pool:
    """The figures of a company's reps. ``units``: rep, team, ``hits`` and ``of``, one row for each rep in a team.

    ``name`` is in the seed of the draws, ``spread`` is the relative variance of one size.
    """

    name: str
    family: Family
    units: pd.DataFrame
    spread: float = 1.0

    @property
    def known(self) -> bool:
        """Whether there is any case at all, and anything came of one."""
        return bool(self.units["of"].sum() > 0 and self.units["hits"].sum() > 0)

    def cases(self, rep: str | None, team: str | None) -> float:
        """Return how many cases a rep has had; of a team (rep None), how many all its people have."""
        rows = _same(self.units, "team", team)
        return float((rows if rep is None else _same(rows, "rep", rep))["of"].sum())

    @cached_property
    def within(self) -> Worth:
        """How many cases a team's figure is worth to its people."""
        return _worth(self.family, [rows for _, rows in self.units.groupby("team", dropna=False)], self.spread)

    @cached_property
    def between(self) -> Worth:
        """How many cases the company's figure is worth to its teams."""
        hits, of = self._teams(np.array([self.within.cases]))
        return _worth(self.family, [pd.DataFrame({"hits": hits[0], "of": of[0]})], self.spread)

    def mean(self, rep: str | None, team: str | None) -> float:
        """Return the figure of a rep, or of a team (rep None), drawn to the one above it by what that is worth."""
        hits, of = self._teams(np.array([self.within.cases]))
        share = _share(self.family, np.array([[self.between.cases]]), of)
        at = self._names.get(team)
        top = _mean(self.family, (hits * share).sum(), (of * share).sum())
        own = (0.0, 0.0) if at is None else (float(hits[0, at]), float(of[0, at]))
        above = _drawn(self.between.cases, top, *own)
        return above if rep is None else _drawn(self.within.cases, above, *self._own(rep, team))

    def draws(self, rep: str, team: str | None) -> Array:
        """Return what the rep's true figure may be, given what was seen: ``DRAWS`` values.

        The company's figure is drawn first, then the team's given it, then the rep's given the team's; and with them
        what each is worth to those below, for that is estimated too.
        """
        worth, teams = self._above
        above = teams[self._names[team]] if team in self._names else self._stranger(team)
        return _given(self, _rng(self.name, team, rep), worth, above, *self._own(rep, team))

    @cached_property
    def _names(self) -> dict[str | None, int]:
        """Where each team stands."""
        names = list(dict.fromkeys(None if pd.isna(team) else str(team) for team in self.units["team"]))
        return {team: i for i, team in enumerate(names)}

    def _own(self, rep: str, team: str | None) -> tuple[float, float]:
        rows = _same(_same(self.units, "team", team), "rep", rep)
        return float(rows["hits"].sum()), float(rows["of"].sum())

    def _teams(self, within: Array) -> Counts:
        """Return the teams' cases (draws by teams): their people's, each person's counted for what they say of it.

        A person with many cases says no more of the team than one person can: n cases count as n (w + 1) / (w + n) of
        a rate and n w / (w + n) of the others, w being the worth of the team's figure (the weights of Kleinman 1973).
        """
        of = self.units["of"].to_numpy()
        share = _share(self.family, within[:, None], of)
        at = [self._names[None if pd.isna(team) else str(team)] for team in self.units["team"]]
        member = np.eye(len(self._names))[at]
        return (share * self.units["hits"].to_numpy()) @ member, (share * of) @ member

    @cached_property
    def _top(self) -> tuple[Array, Array, Array, Counts]:
        """What a team's and the company's figure are worth, the company's figure, and the teams' cases, in draws."""
        rng = _rng(self.name)
        within, between = self.within.draws(rng, DRAWS), self.between.draws(rng, DRAWS)
        hits, of = self._teams(within)
        share = _share(self.family, between[:, None], of)
        return within, between, _company(self, rng, (share * hits).sum(axis=1), (share * of).sum(axis=1)), (hits, of)

    @cached_property
    def _above(self) -> tuple[Array, list[Array]]:
        """What a team's figure is worth to its people, and each team's figure, in draws."""
        within, between, top, (hits, of) = self._top
        rng = _rng(self.name, "teams")
        return within, [_given(self, rng, between, top, hits[:, i], of[:, i]) for i in range(len(self._names))]

    def _stranger(self, team: str | None) -> Array:
        _, between, top, _ = self._top
        return _given(self, _rng(self.name, team), between, top, 0.0, 0.0)


def rates(name: str, units: pd.DataFrame, hits: str, of: str) -> Pool:
    """Return the pool of a share of cases: ``hits`` of ``of`` are columns beside rep and team."""
    return Pool(name, "rate", _units(units, hits, of))


def paces(name: str, units: pd.DataFrame, events: str, exposure: str) -> Pool:
    """Return the pool of events for each unit of an exposure."""
    return Pool(name, "pace", _units(units, events, exposure))


def sizes(name: str, units: pd.DataFrame, total: str, of: str, squares: str) -> Pool:
    """Return the pool of the mean size of things; ``squares`` is the sum of the squares of their sizes.

    The variance of a size is taken to be proportional to the square of the team's mean size.
    """
    return Pool(name, "size", _units(units, total, of), _spread(units, total, of, squares))


def _units(units: pd.DataFrame, hits: str, of: str) -> pd.DataFrame:
    found = pd.DataFrame({"rep": units["rep"], "team": units["team"]})
    found["hits"], found["of"] = units[hits].astype("float64"), units[of].astype("float64")
    return found[found["of"] > 0].reset_index(drop=True)


def _worth(family: Family, groups: Sequence[pd.DataFrame], spread: float) -> Worth:
    parts = [(rows["hits"].to_numpy(), rows["of"].to_numpy()) for rows in groups]
    total, cases = (float(sum(part[i].sum() for part in parts)) for i in (0, 1))
    least = 1.0 if family != "pace" or cases == 0 else 1 / _mean(family, total, cases)
    ones = [_variance(family, _mean(family, hits.sum(), of.sum()), spread) for hits, of in parts]
    return worth_of(parts, ones, least, counted=family == "rate")


def _variance(family: Family, mean: float, spread: float) -> float:
    """Return the variance of one case."""
    if family == "rate":
        return mean * (1 - mean)
    return mean if family == "pace" else spread * mean**2


def _mean(family: Family, hits: float, of: float) -> float:
    """Return the figure of all cases together; of rates and paces with half a case that keeps it off the edge."""
    return float(hits / of) if family == "size" else float((hits + 0.5) / (of + (family == "rate")))


def _share(family: Family, worth: Array, of: Array) -> Array:
    """Return as what part of its cases one member counts for those above it."""
    with np.errstate(invalid="ignore"):
        share = (worth + (family == "rate")) / (worth + of)
    return np.where(np.isfinite(worth), share, 1.0)


def _spread(units: pd.DataFrame, total: str, of: str, squares: str) -> float:
    """Return the variance of sizes about their rep's mean, relative to the square of the team's mean."""
    rows = units[units[of] > 0]
    about = rows[squares] - rows[total] ** 2 / rows[of]
    means = rows.groupby("team", dropna=False)[[total, of]].transform("sum")
    free = float((rows[of] - 1).sum())
    if free <= 0:
        return UNKNOWN_SPREAD
    return max(NO_SPREAD, float((about.clip(lower=0) / (means[total] / means[of]) ** 2).sum()) / free)


def _same(rows: pd.DataFrame, column: str, name: str | None) -> pd.DataFrame:
    return rows[rows[column].isna()] if name is None else rows[rows[column] == name]


def _drawn(worth: float, above: float, hits: float, of: float) -> float:
    return float((worth * above + hits) / (worth + of)) if np.isfinite(worth) else above


def _rng(*parts: object) -> np.random.Generator:
    return np.random.default_rng(seed_of("pool", *parts))


def _company(pool: Pool, rng: np.random.Generator, k: Array, n: Array) -> Array:
    """Return draws of the company's figure: with Jeffreys' prior of a rate or a pace."""
    if pool.family == "rate":
        return rng.beta(k + 0.5, np.maximum(n - k, 0.0) + 0.5)
    if pool.family == "pace":
        return rng.gamma(k + 0.5) / n
    return rng.gamma(n / pool.spread) * k * pool.spread / n**2


def _given(
    pool: Pool, rng: np.random.Generator, worth: Array, above: Array, k: Array | float, n: Array | float
) -> Array:
    """Return draws of a figure, given what is above it and what that is worth, and its own cases."""
    differs = np.isfinite(worth)
    some = np.where(differs, worth, 1.0)
    if pool.family == "rate":
        inside = np.clip(above, EDGE, 1 - EDGE)
        drawn = rng.beta(some * inside + k, some * (1 - inside) + np.maximum(n - k, 0.0))
    elif pool.family == "pace":
        drawn = rng.gamma(some * above + k) / (some + n)
    else:
        mean = (some * above + k) / (some + n)
        drawn = rng.gamma((some + n) / pool.spread) * mean * pool.spread / (some + n)
    return np.where(differs, drawn, above)
