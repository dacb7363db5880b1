"""What each rep is still going to bring: a part of what his team is, by his open deals and by how often he wins.

A rep wins a few deals a quarter: a series of his own says next to nothing of the weeks that are left. What his team's
open deals still bring goes by his part of them; what comes of deals that do not exist yet goes by his rate of wins,
shrunk towards the team's: wins ~ Poisson(rate x full times), rate ~ gamma with the mean and the variance between reps
by moments (the Poisson-gamma model of empirical Bayes: Clayton & Kaldor 1987, Biometrics 43). Wins are his in whatever
team in the last year, and so are the full times that he had for them; what counts for the rest is his time here in the
days left. His deals are then drawn one by one: a Poisson number, with a rate that is gamma as the wins tell it, of
sizes that the team's deals had.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from salesgoals_kit.data.asof import Tables
from salesgoals_kit.follow.pace import Pace
from salesgoals_kit.forecast.series import Array
from salesgoals_kit.forecast.signals import seed_of
from salesgoals_kit.goals.full_times import away_of, carries, full_times_left, full_times_within
from salesgoals_kit.kpis.byday import open_by_rep
from salesgoals_kit.kpis.conversions import conversions
from salesgoals_kit.kpis.pipeline import ANY, amounts_of, pipeline
from salesgoals_kit.owners import Owner
from salesgoals_kit.periods import Period

DRAWS = 1000
MOST_DEALS = 1e6  # of one rep in what is left of a period


def rest_by_rep(tables: Tables, owner: Owner, period: Period, pace: Pace) -> dict[str, Array]:
    """Return draws of the revenue that each rep of an owner still brings by the period's end; empty without deals.

    On average they come to what the owner is going to bring, as far as that is not nobody's.
    """
    known = pipeline(tables, owner)
    sizes = np.zeros(0) if known is None else np.maximum(amounts_of(known.sizes, ANY, np.inf), 0.0)
    times = carries(tables, owner, period, away_of(tables.company))
    if not len(sizes) or sizes.mean() <= 0 or not times:
        return {}
    left = full_times_left(tables, owner, period)
    rates = _rates(tables, {str(one.rep): left.get(str(one.rep), 0.0) for one in times})
    opened, coming = float(pace.opened.mean()), float(pace.coming.mean())
    parts = _open_parts(tables, owner, rates.index)
    weight = rates["mean"] * rates["now"]
    mean = opened * parts + coming * (weight / weight.sum() if weight.sum() > 0 else 0.0)
    found = {}
    for rep in rates.index:
        rng = np.random.default_rng(seed_of("rest", repr(owner), str(rep), period.name, tables.as_of.isoformat()))
        shape = float(rates.loc[rep, "shape"])
        factor = rng.gamma(shape, 1 / shape, DRAWS) if np.isfinite(shape) else np.ones(DRAWS)
        numbers = rng.poisson(np.minimum(factor * max(float(mean[rep]), 0.0) / sizes.mean(), MOST_DEALS))
        found[str(rep)] = _sums(rng, numbers, sizes)
    return found


def _sums(rng: np.random.Generator, numbers: np.ndarray, sizes: Array) -> Array:
    """Return the sum of so many deals by draw, each of a size that deals had."""
    drawn = rng.choice(sizes, int(numbers.sum()))
    ends = np.cumsum(numbers)
    sums = np.concatenate([[0.0], np.cumsum(drawn)])
    return np.asarray(sums[ends] - sums[ends - numbers])


def _open_parts(tables: Tables, owner: Owner, reps: pd.Index) -> pd.Series:
    """Return what part of the owner's open deals each rep has, by their amounts, else by their number."""
    found = open_by_rep(tables, owner).set_index("rep")
    counted = found["amount" if float(found["amount"].sum()) > 0 else "deals"].astype("float64")
    whole = float(counted.sum())
    return counted.reindex(reps).fillna(0.0) / whole if whole > 0 else pd.Series(0.0, index=reps)


def _rates(tables: Tables, now: dict[str, float]) -> pd.DataFrame:
    """Return for each rep his full times here in the days left, and his wins for one in a year: mean and shape."""
    found = conversions(tables)
    past = full_times_within(tables, *found.months)
    won = found.units[found.units["rep"].isin(list(now))].groupby("rep")["won"].sum()
    rates = pd.DataFrame({"now": pd.Series(now, dtype="float64")}).sort_index()
    rates["past"] = pd.Series(past, dtype="float64").reindex(rates.index).fillna(0.0)
    rates["won"] = won.reindex(rates.index).fillna(0.0).astype("float64")
    mean, between = _between(rates["won"].to_numpy(), rates["past"].to_numpy())
    prior = mean**2 / between if between > 0 else np.inf
    if not np.isfinite(prior) or mean <= 0:
        return rates.assign(mean=mean, shape=np.inf)
    shape = prior + rates["won"]
    return rates.assign(mean=shape / (prior / mean + rates["past"]), shape=shape)


def _between(won: Array, times: Array) -> tuple[float, float]:
    """Return the mean rate of wins and its variance between reps, by moments; 0 where chance alone would show as much.

    With rates r = w / t and their weighted mean m: sum t (r - m)^2 has the mean (n - 1) m + tau^2 (T - sum t^2 / T).
    """
    some = times > 0
    won, times = won[some], times[some]
    whole = float(times.sum())
    if whole <= 0:
        return 0.0, 0.0
    mean = float(won.sum()) / whole
    seen = float((times * (won / times - mean) ** 2).sum())
    room = whole - float((times**2).sum()) / whole
    return mean, max(0.0, (seen - (len(won) - 1) * mean) / room) if room > 0 else 0.0
