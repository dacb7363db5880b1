"""Whether a deeper discount goes with more wins, like compared with like; which is not to say that it brings them."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd

from salesgoals_kit.insight.bunching import SIDE
from salesgoals_kit.insight.contrast import Contrast
from salesgoals_kit.insight.odds import Stratum, common_difference, compare_shares
from salesgoals_kit.kpis.discounts import EDGES, Discounts
from salesgoals_kit.kpis.pipeline import FEW
from salesgoals_kit.words import Message, Points, Rate, Value

EFFECT = "discount"
DEEP = 3  # bands from here on
STRATA = ["deal_type", "size", "team"]
KNOWN = 0.5  # of the lost deals have to have an amount and a list price


@dataclass(frozen=True)
class Depth:
    """Deals with a discount above ``above`` up to ``upto`` (None: any): won of deals, and the rate like for like.

    ``rate``: what would be won of all deals, were they of the types, sizes and teams of all (direct standardisation),
    with its range (80 %).
    """

    above: float
    upto: float | None
    deals: int
    won: int
    rate: float
    low: float
    high: float


def depths(found: Discounts) -> tuple[Depth, ...]:
    """Return the win rate by depth of discount, from none to the deepest; bands without a deal are left out."""
    ends = [0.0, *EDGES]
    made = []
    for band in sorted(found.counts["band"].unique().tolist()):
        rows = found.counts[found.counts["band"] == band]
        rate, error = _standard(rows, found.counts)
        upto = EDGES[band] if band < len(EDGES) else None
        deals, won = int(rows["deals"].sum()), int(rows["won"].sum())
        low, high = max(rate - SIDE * error, 0.0), min(rate + SIDE * error, 1.0)
        made.append(Depth(ends[band], upto, deals, won, rate, low, high))
    return tuple(made)


def _standard(rows: pd.DataFrame, whole: pd.DataFrame) -> tuple[float, float]:
    """Return the rate of a band weighted as all deals are, over the strata that it has, and its standard error."""
    weights = whole.groupby(STRATA)["deals"].sum()
    sums = rows.groupby(STRATA)[["deals", "won"]].sum()
    share = weights.loc[sums.index].to_numpy(dtype="float64")
    share = share / share.sum()
    deals, won = sums["deals"].to_numpy("float64"), sums["won"].to_numpy("float64")
    inside = (won + 0.5) / (deals + 1)
    error = math.sqrt(float((share**2 * inside * (1 - inside) / deals).sum()))
    return float(share @ (won / deals)), error


def discounting(found: Discounts) -> tuple[Contrast, ...]:
    """Return whether deals with a discount of more than 10 % are won more or less often than those with less or none.

    Exactly, within deals of the same type, size and team; the difference is Mantel & Haenszel's. Nothing is compared
    where most lost deals have no price, or where one side has fewer than 30 deals: what is left would have
    been chosen by how it ended. ``move`` is None: who gets a discount is not chosen at random.
    """
    counts = found.counts.assign(deep=found.counts["band"] >= DEEP)
    sides = counts.groupby("deep")[["deals", "won"]].sum()
    if found.lost_known < KNOWN * max(found.lost, 1) or len(sides) < 2 or sides["deals"].min() < FEW:
        return ()
    strata = list(_strata(counts))
    difference, error = common_difference(strata)
    if not math.isfinite(difference):
        return ()
    low, high = difference - SIDE * error, difference + SIDE * error
    edge = EDGES[DEEP - 1]
    way = "more" if difference > 0 else "less"
    values: dict[str, Value] = {
        "edge": Rate(edge),
        "difference": Points(difference),
        "low": Points(low),
        "high": Points(high),
    }
    said = Message(f"margin.discount_{way}", values)
    p = compare_shares(strata).p
    return (Contrast(EFFECT, (("discount", f"over {edge:.0%}"),), difference, low, high, p, difference > 0, said),)


def _strata(counts: pd.DataFrame) -> list[Stratum]:
    rows = counts.groupby([*STRATA, "deep"])[["deals", "won"]].sum().unstack("deep", fill_value=0)
    both = [rows[name][side].to_numpy(dtype=np.int64) for side in (True, False) for name in ("won", "deals")]
    return [Stratum(*(int(part) for part in row)) for row in zip(*both, strict=True)]
