"""Open deals that are older than nearly all deals that were won came to be."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd

from salesgoals_kit.kpis.cycles import OpenDeals
from salesgoals_kit.kpis.pipeline import FEW

SHARE = 0.9  # of the deals won took less
SHOWN = 15


@dataclass(frozen=True)
class StaleDeal:
    """An open deal: ``age`` in days, the days ``limit`` that 90 % of won deals of its kind took; unknown is None."""

    deal_id: str
    deal_type: str | None
    age: int
    limit: int
    stage: str | None
    amount: float | None
    rep: str | None


@dataclass(frozen=True)
class Stale:
    """``deals``: the stale ones with most at stake; ``count``: all of them, of so many ``opened``; ``amount`` of all.

    ``limits``: by deal type the days within which 90 % of those won were; ``all_types``: of all, where a type has too
    few (None: too few altogether, and nothing is called stale). ``unpriced``: stale deals without an amount.
    """

    deals: tuple[StaleDeal, ...]
    count: int
    opened: int
    amount: float
    unpriced: int
    limits: tuple[tuple[str, int], ...]
    all_types: int | None


def stale(found: OpenDeals) -> Stale:
    """Return the deals that are open for longer than 90 % of those won took: of their type where it has 30 won.

    Those with the highest amounts come first, those without one last, the oldest first among equals.
    """
    limits = {str(kind): at for kind, rows in found.took.groupby("deal_type") if (at := _limit(rows)) is not None}
    overall, opened = _limit(found.took), found.opened
    if overall is None:
        return Stale((), 0, len(opened), 0.0, 0, (), None)
    limit = opened["deal_type"].map(limits).astype("float64").fillna(overall)
    old = opened.assign(limit=limit)[opened["age"] > limit]
    old = old.sort_values(["amount", "age", "deal_id"], ascending=[False, False, True], na_position="last")
    deals = tuple(_deal(*row) for row in old.head(SHOWN).itertuples(index=False, name=None))
    amount, unpriced = math.fsum(old["amount"].dropna()), int(old["amount"].isna().sum())
    return Stale(deals, len(old), len(opened), amount, unpriced, tuple(limits.items()), overall)


def _limit(took: pd.DataFrame) -> int | None:
    """Return the days within which 90 % of won deals were; None of fewer than 30."""
    days = np.repeat(took["day"].to_numpy(dtype="int64"), took["deals"].to_numpy(dtype="int64"))
    return int(np.quantile(days, SHARE, method="inverted_cdf")) if len(days) >= FEW else None


def _deal(
    deal_id: str, deal_type: str | None, age: int, stage: str | None, amount: float, rep: str | None, limit: float
) -> StaleDeal:
    known = None if math.isnan(amount) else float(amount)
    return StaleDeal(deal_id, deal_type, int(age), int(limit), stage, known, rep)
