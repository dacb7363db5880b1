"""How recorded outlooks did: where each figure fell, which goals it reached, and how far off the outlook was.

One score a team, KPI and period: commit, target and stretch share one figure. What is measured:

- The probability integral transform (Dawid 1984; Gneiting, Balabdaoui & Raftery 2007): the share of the outlook below
  the figure. Of outlooks that keep what they promise it is uniform. Where the outlook holds a value many times, as of
  counts, it is drawn from the tie's own share (Czado, Gneiting & Held 2009), by a number that is made of the names of
  owner, KPI and period, and so is the same in every run.
- Which goals were reached, beside the chances they had.
- The mean pinball loss of the 10, 20, 50, 80 and 90 % points (Koenker & Bassett 1978), as a share of their mean size,
  so that it can be averaged over KPIs.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from salesgoals_kit.company import Company
from salesgoals_kit.forecast.outlook import SLACK
from salesgoals_kit.forecast.recorded import NORMAL, Recorded, recorded
from salesgoals_kit.forecast.series import Array, Better
from salesgoals_kit.periods import parse_period

LEVELS = (0.1, 0.2, 0.5, 0.8, 0.9)  # of the pinball loss
GOALS = ("commit", "target", "stretch")
TOGETHER = 0.3  # correlation of the scores of one period: teams share the year, and the company contains the teams
_NINE_IN_TEN = NORMAL.inv_cdf(0.95)
COLUMNS = {
    "team": "object", "rep": "object", "kpi": "object", "better": "object", "period": "object",
    "ends": "datetime64[ns]", "grain": "object", "pit": "float64", "pinball": "float64", "backfilled": "bool",
    "shift": "float64", "scale": "float64", "draws": "int64",
    **{f"{goal}_{what}": kind for goal in GOALS for what, kind in (("chance", "float64"), ("reached", "bool"))},
}  # fmt: skip


class Outcome(NamedTuple):
    """A final figure in the KPI's unit, the record of the outlook frozen before it, and whether that was late."""

    record: Mapping[str, Any]
    actual: float
    backfilled: bool


def score_frame(outcomes: Iterable[Outcome], company: Company) -> pd.DataFrame:
    """Return one row an outcome; the goals are those of the company's chances.

    Columns: team and rep (None: the company), kpi, better, period, ends (its last day), grain; pit (of the value, half
    a draw from 0 and 1 at the least; NaN where all draws are one value); pinball (a share; NaN of an outlook of
    nothing); backfilled (scored apart); shift and scale of the correction in force when it was frozen (0 and 1 where
    none was); draws, their number; for commit, target and stretch the chance that the record gives the goal, and
    whether it was reached.
    """
    rows = [_score(outcome, company) for outcome in outcomes]
    return pd.DataFrame(rows, columns=list(COLUMNS)).astype(COLUMNS)


def together(past: pd.DataFrame, own: pd.DataFrame) -> pd.DataFrame:
    """Return past scores and those that have just come (each a `score_frame`) as one."""
    some = [scores for scores in (past, own) if len(scores)]
    return pd.concat(some, ignore_index=True) if some else past


def _score(outcome: Outcome, company: Company) -> dict[str, Any]:
    record, actual = outcome.record, outcome.actual
    found, higher = recorded(record), record["better"] == "higher"
    period = parse_period(record["period"], company.fiscal_year_starts)
    shift, scale = record.get("correction") or (0.0, 1.0)
    row = {
        **record["owner"],
        "kpi": record["kpi"],
        "better": record["better"],
        "period": period.name,
        "ends": pd.Timestamp(period.end),
        "grain": period.grain,
        "pit": pit(record, actual, found),
        "pinball": pinball(record, actual),
        "backfilled": outcome.backfilled,
        "shift": shift,
        "scale": scale,
        "draws": record["draws"],
    }
    for name in GOALS:
        chance = getattr(company.chances, name)
        goal = found.quantile(1 - chance if higher else chance)
        below, within = found.position(goal)
        row[f"{name}_chance"] = 1 - below if higher else within
        row[f"{name}_reached"] = meets(actual, goal, record["better"])
    return row


def pit(record: Mapping[str, Any], actual: float, found: Recorded | None = None) -> float:
    """Return the probability integral transform of a figure, within half a draw of 0 and 1; NaN of a single value.

    ``found`` is the record's distribution, where it is at hand.
    """
    if record["lowest"] == record["highest"]:
        return float("nan")
    below, within = (found or recorded(record)).position(actual)
    edge = 0.5 / int(record["draws"])
    return min(max(below + _lot(record) * (within - below), edge), 1 - edge)


def pinball(record: Mapping[str, Any], actual: float) -> float:
    """Return the mean pinball loss over five levels, as a share of the mean size of the five quantiles.

    >>> points = {str(level): 10.0 for level in (10, 20, 50, 80, 90)}
    >>> pinball({"quantiles": points}, 12.0)  # 2 too low at every level: 2 * (0.1 + 0.2 + 0.5 + 0.8 + 0.9) / 5 / 10
    0.1
    """
    levels = np.array(LEVELS)
    points = np.array([record["quantiles"][f"{level:.0%}".rstrip("%")] for level in LEVELS])
    off = actual - points
    size = float(np.mean(np.abs(points)))
    return float(np.mean(np.maximum(levels * off, (levels - 1) * off))) / size if size > 0 else float("nan")


def meets(actual: float, goal: float, better: Better) -> bool:
    """Return whether a figure meets a goal, by the same measure as the goal's chance was counted."""
    slack = SLACK * abs(goal)
    return actual >= goal - slack if better == "higher" else actual <= goal + slack


def favourable(scores: pd.DataFrame) -> pd.Series:
    """Return each score's pit turned so that 1 is the best that could happen, whichever way is better."""
    return scores["pit"].where(scores["better"] == "higher", 1 - scores["pit"])


def fifths(scores: pd.DataFrame) -> list[float]:
    """Return the shares of scores that fell in each fifth of what outlooks had held possible, the worst fifth first."""
    known = favourable(scores).dropna()
    place = np.minimum((known.to_numpy() * 5).astype(np.int64), 4)
    return [float(share) for share in np.bincount(place, minlength=5) / max(len(known), 1)]


def weights(ends: pd.Series) -> Array:
    """Return what each score counts for, from the days on which their periods end.

    Of n scores that end together each counts 1 / (1 + TOGETHER (n - 1)), so all of them for something between one and
    n. Their sum is the effective number (Kish 1965, the design effect of clusters).

    >>> weights(pd.Series(pd.to_datetime(["2025-03-31", "2025-03-31", "2025-06-30"]))).round(3).tolist()
    [0.769, 0.769, 1.0]
    """
    together = ends.map(ends.value_counts()).to_numpy(dtype="float64")
    return np.asarray(1 / (1 + TOGETHER * (together - 1)))


class HitRate(NamedTuple):
    """How often a level was reached beside the mean chance it had; the true share is from low to high at 90 %."""

    level: str
    chance: float
    reached: float
    low: float
    high: float


def hit_rates(scores: pd.DataFrame) -> list[HitRate]:
    """Return how often commit, target and stretch were reached; nothing without scores.

    The interval is Wilson's (1927), with the effective number of scores (`weights`) for the number of trials.
    """
    trials = float(weights(scores["ends"]).sum())
    found = []
    for level in GOALS if len(scores) else ():
        share = float(scores[f"{level}_reached"].mean())
        found.append(HitRate(level, float(scores[f"{level}_chance"].mean()), share, *_wilson(share, trials)))
    return found


def _wilson(share: float, trials: float) -> tuple[float, float]:
    z2 = _NINE_IN_TEN**2 / trials
    middle = (share + z2 / 2) / (1 + z2)
    reach = np.sqrt(z2 * share * (1 - share) + z2**2 / 4) / (1 + z2)
    return max(float(middle - reach), 0.0), min(float(middle + reach), 1.0)


def _lot(record: Mapping[str, Any]) -> float:
    """Return a number from 0 to 1 that is drawn once for an owner, KPI and period."""
    names = json.dumps([record["owner"]["team"], record["owner"]["rep"], record["kpi"], record["period"]])
    return int.from_bytes(hashlib.sha256(names.encode()).digest()[:6]) / 2**48
