"""How good chances turned out on rows that came later than those they were made from."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

Floats = npt.NDArray[np.float64]
BINS = 10
DRAWS = 400
INTERVAL = (0.025, 0.975)
RANGE = (0.1, 0.9)


@dataclass(frozen=True, eq=False)
class Check:
    """What chances were worth on later rows.

    ``auc``: the chance that of a row that converted and one that did not the former had the higher chance, and its
    95 % interval. ``brier``: the mean squared distance of chance and outcome (Brier 1950); ``base``: that of saying
    the share of these very rows of each, which nobody knew. ``off``: how far chances were from shares, by tenths of
    the rows (expected calibration error). ``table``: by tenths, ``promised`` and ``came`` (mean chance, share that
    converted), ``low`` and ``high`` of the latter (80 %), ``rows``. Intervals are percentiles of a bootstrap that
    draws prospects, not rows, as one prospect has several.
    """

    auc: float
    low: float
    high: float
    brier: float
    base: float
    off: float
    rate: float
    rows: int
    prospects: int
    table: pd.DataFrame

    @property
    def better(self) -> bool:
        """Whether the chances tell more than chance does."""
        return self.low > 0.5 and self.brier < self.base


def check(ids: pd.Series, chances: Floats, converted: Floats) -> Check:
    """Return how good the chances were; both outcomes must be there."""
    order = np.lexsort((converted, ids.astype(str), chances))
    ids, chances, converted = ids.iloc[order], chances[order], converted[order].astype("float64")
    who = pd.factorize(ids.astype(str), sort=True)[0]
    place = np.minimum(np.arange(len(ids)) * BINS // len(ids), BINS - 1)
    weights = _draws(int(who.max()) + 1)[:, who]
    aucs = [auc(chances, converted, row) for row in weights]
    low, high = np.nanquantile(aucs, INTERVAL)
    table = _table(place, chances, converted, weights)
    rate = float(converted.mean())
    return Check(
        auc=auc(chances, converted, np.ones(len(ids))),
        low=float(low),
        high=float(high),
        brier=float(((chances - converted) ** 2).mean()),
        base=rate * (1 - rate),
        off=float((table["rows"] * (table["promised"] - table["came"]).abs()).sum() / len(ids)),
        rate=rate,
        rows=len(ids),
        prospects=int(who.max()) + 1,
        table=table,
    )


def auc(chances: Floats, converted: Floats, weights: Floats) -> float:
    """Return the area under the ROC curve of weighted rows sorted by chance: equal chances count a half (Hanley 1982).

    >>> auc(np.array([0.1, 0.4, 0.4, 0.8]), np.array([0.0, 0, 1, 1]), np.ones(4))
    0.875
    """
    starts = np.flatnonzero(np.concatenate([[True], np.diff(chances) > 0]))
    yes, no = (np.add.reduceat(weights * part, starts) for part in (converted, 1 - converted))
    pairs = float(yes.sum() * no.sum())
    return float((yes * (no.cumsum() - no / 2)).sum()) / pairs if pairs > 0 else float("nan")


def _draws(prospects: int) -> Floats:
    """Return how often each prospect is drawn in each draw of the bootstrap."""
    dice = np.random.default_rng(prospects)
    return dice.multinomial(prospects, np.full(prospects, 1 / prospects), size=DRAWS).astype("float64")


def _table(place: npt.NDArray[np.int64], chances: Floats, converted: Floats, weights: Floats) -> pd.DataFrame:
    rows = []
    for tenth in range(BINS):
        own = place == tenth
        if not own.any():
            continue
        there = weights[:, own]
        drawn = there.sum(axis=1)
        shares = (there @ converted[own])[drawn > 0] / drawn[drawn > 0]
        low, high = np.quantile(shares, RANGE)
        rows.append((float(chances[own].mean()), float(converted[own].mean()), float(low), float(high), int(own.sum())))
    return pd.DataFrame(rows, columns=["promised", "came", "low", "high", "rows"])
