"""What is at stake in a stage: the chance that a deal in it is won in the end, times what deals of its kind bring.

A deal goes from stage to stage as an absorbing Markov chain (Kemeny & Snell 1960, chapter 3): from each it goes on to a
later one, is won, or comes to nothing. The chance to win from a stage is the sum over where it goes next of the share
that goes there and the chance from there.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from salesgoals_kit.forecast.signals import seed_of
from salesgoals_kit.insight.strata import INNER
from salesgoals_kit.kpis.stages import NOWHERE, Followed

Floats = npt.NDArray[np.float64]
FEW = 30  # deals won, under which a kind is judged with all others
DRAWS = 1000
ANY = ""  # the kind of all deals together


@dataclass(frozen=True, eq=False)
class Stake:
    """By kind of deal: ``chances`` (draws by stages, the last column: won) to win, and ``amounts``, draws, by team.

    The first draw of each is the estimate itself. ``kinds``: the types of deals that are judged apart.
    """

    kinds: frozenset[str]
    chances: Mapping[str, Floats]
    amounts: Mapping[tuple[str | None, str], Floats]

    def kind(self, deal_type: str | None) -> str:
        """Return the kind as which a type of deal is judged."""
        return deal_type if deal_type is not None and deal_type in self.kinds else ANY

    def amount(self, team: str | None, kind: str) -> Floats:
        """Return what a deal of a kind brings a team: its own wins tell, else the company's of that kind, else all."""
        for key in ((team, kind), (None, kind), (None, ANY)):
            if key in self.amounts:
                return self.amounts[key]
        return np.zeros(DRAWS + 1)


def stake_of(found: Followed, won: pd.DataFrame) -> Stake:
    """Return what is at stake, from the company's deals; ``won`` are sums of amounts by team and deal_type."""
    size = len(found.order)
    wins = found.rows[found.rows["next"] == size].groupby("deal_type")["passed"].sum()
    kinds = frozenset(str(kind) for kind, count in wins.items() if count >= FEW)
    chances = {}
    for kind in [ANY, *sorted(kinds)]:
        rows = found.rows if kind == ANY else found.rows[found.rows["deal_type"] == kind]
        chances[kind] = chances_to_win(transitions(rows, size), np.random.default_rng(seed_of("stake", kind)))
    return Stake(kinds, chances, _amounts(won, kinds))


def money_lost(stake: Stake, rows: pd.DataFrame, team: str | None, stage: int) -> tuple[float, float, float]:
    """Return what the deals lost in a stage would have brought, and its 80 % range.

    Each counts with the chance to win of its kind in that stage, and what its kind brings; how many were lost is known.
    """
    total = np.zeros(len(next(iter(stake.chances.values()))))
    kinds = [stake.kind(kind) for kind in rows["deal_type"]]
    for kind, lost in rows.groupby(kinds)["lost"].sum().items():
        total = total + float(lost) * stake.chances[str(kind)][:, stage] * stake.amount(team, str(kind))
    low, high = np.quantile(total[1:], [(1 - INNER) / 2, (1 + INNER) / 2])
    return float(total[0]), float(low), float(high)


def share_of_wins(ways: pd.DataFrame, stage: int, among: pd.DataFrame | None = None) -> float:
    """Return which part of the deals won (or of those ``among`` which they are) had been in a stage; 0 of none."""
    won, whole = ways[ways["won"] == 1], ways if among is None else among
    every = whole.loc[whole["won"] == 1, "deal_id"].nunique()
    return float(won.loc[won["stage"] == stage, "deal_id"].nunique() / every) if every else 0.0


def transitions(rows: pd.DataFrame, size: int) -> Floats:
    """Return how many deals went from each stage (row) to each other one, won (``size``) or nowhere (the last)."""
    counts = np.zeros((size, size + 2))
    where = rows["next"].to_numpy().copy()
    where[where == NOWHERE] = size + 1
    np.add.at(counts, (rows["stage"].to_numpy(), where), 1)
    return counts


def chances_to_win(counts: Floats, rng: np.random.Generator) -> Floats:
    """Return the chance to win from each stage, and 1 in the last column: first the estimate, then ``DRAWS`` draws.

    Where a stage's deals go is Dirichlet with their counts (the Bayesian bootstrap: Rubin 1981).
    """
    size = len(counts)
    lots = np.concatenate([counts[None], rng.standard_gamma(np.broadcast_to(counts, (DRAWS, *counts.shape)))])
    whole = lots.sum(axis=2, keepdims=True)
    shares = np.divide(lots, whole, out=np.zeros_like(lots), where=whole > 0)
    chances = np.zeros((DRAWS + 1, size + 1))
    chances[:, size] = 1.0
    for stage in reversed(range(size)):
        chances[:, stage] = (shares[:, stage, : size + 1] * chances).sum(axis=1)
    return chances


def _amounts(won: pd.DataFrame, kinds: frozenset[str]) -> dict[tuple[str | None, str], Floats]:
    """Return the mean amount of a win by team and kind, where there are enough, and of the company (team None)."""
    named = won.assign(kind=[kind if kind in kinds else ANY for kind in won["deal_type"]])
    sums = ["deals", "total", "squares"]
    groups: dict[tuple[str | None, str], pd.Series] = {(None, ANY): won[sums].sum()}
    groups |= {(None, str(kind)): rows[sums].sum() for kind, rows in named.groupby("kind") if kind != ANY}
    groups |= {(str(team), ANY): rows[sums].sum() for team, rows in won.groupby("team")}
    groups |= {(str(t), str(k)): rows[sums].sum() for (t, k), rows in named.groupby(["team", "kind"]) if k != ANY}
    enough = {key: row for key, row in groups.items() if row["deals"] >= FEW or (key == (None, ANY) and row["deals"])}
    return {key: _means(row, np.random.default_rng(seed_of("amount", *key))) for key, row in enough.items()}


def _means(row: pd.Series, rng: np.random.Generator) -> Floats:
    """Return a mean amount, and draws of it: gamma with its variance."""
    deals, total = float(row["deals"]), float(row["total"])
    mean = total / deals
    variance = max(float(row["squares"]) / deals - mean**2, 0.0) / deals
    if mean <= 0 or variance <= 0:
        return np.full(DRAWS + 1, mean)
    drawn = rng.gamma(mean**2 / variance, variance / mean, DRAWS)
    return np.concatenate([[mean], drawn])
