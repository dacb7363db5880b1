"""Goals and what came of them: wins held back after a goal was met, and goals that follow the last overshoot."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import pandas as pd
from scipy.stats import t

from salesgoals_kit.forecast.signals import seed_of
from salesgoals_kit.insight.ranks import by_people
from salesgoals_kit.insight.times import RANGE
from salesgoals_kit.kpis.closings import EARLY_DAYS, WHOLE, Closings
from salesgoals_kit.owners import Owner
from salesgoals_kit.store.rows import FinalRow, GoalRow
from salesgoals_kit.words import Count, Message, Number, Points, Rate, Value, say

KPI = "revenue"
LEVEL = "agreed"
FEWEST_EACH = 3  # quarters after a goal met, and after one missed
FEWEST_GOALS = 8  # goals with one a year before, of which one is final
RARE = 0.01
BY_TEN = 0.1  # of a goal, that a slope is told by
YEAR_DIGITS = 4  # that the name of a period begins with
R = TypeVar("R", GoalRow, FinalRow)


@dataclass(frozen=True)
class Ratchet:
    """How goals moved with what had come of the ones a year before: of each point beyond, and below, so many points.

    ``over`` and ``under`` are slopes with their ranges (80 %); ``asymmetry`` is over - under, ``p`` of it being 0.
    """

    pairs: int
    over: tuple[float, float, float]
    under: tuple[float, float, float]
    asymmetry: float
    p: float


def latest(rows: Iterable[R], owner: Owner, kpi: str = KPI) -> dict[str, R]:
    """Return the owner's rows of a KPI by period, the last version of each; of goals those agreed ahead."""
    found: dict[str, R] = {}
    for row in rows:
        agreed = not isinstance(row, GoalRow) or (row.level == LEVEL and not row.set_after_the_fact)
        if row.owner == owner and row.kpi == kpi and agreed:
            known = found.get(row.period)
            found[row.period] = row if known is None or row.version >= known.version else known
    return found


def held_back(found: Closings, goals: Mapping[str, GoalRow], owner: Owner) -> Message:
    """Return whether quarters begin with more wins after one whose goal was met than after one that missed it.

    Counted are a quarter's wins in its first ten days, of all its wins. Whole quarters are dealt out at random
    (`ranks.by_people`): wins of one quarter are alike.
    """
    rows = _after_goals(found, goals)
    met, missed = (rows[rows["met"] == side] for side in (True, False))
    if min(len(met), len(missed)) < FEWEST_EACH:
        return say("gaming.held_back_few", met=Count(len(met)), missed=Count(len(missed)), few=Count(FEWEST_EACH))
    shares = [float(part["early"].sum()) / float(part["wins"].sum()) for part in (met, missed)]
    early, wins = rows["early"].to_numpy("float64"), rows["wins"].to_numpy("float64")
    p = by_people(early, wins, rows["met"].to_numpy(dtype=bool), seed_of("held back", owner))
    seen = "seen" if p < RARE and shares[0] > shares[1] else "not_seen"
    values: dict[str, Value] = {
        "after_met": Rate(shares[0]),
        "after_missed": Rate(shares[1]),
        "days": Number(EARLY_DAYS, 0, "days"),
    }
    counts: dict[str, Value] = {"met": Count(len(met)), "missed": Count(len(missed))}
    return Message(f"gaming.held_back_{seen}", {**values, **counts})


def _after_goals(found: Closings, goals: Mapping[str, GoalRow]) -> pd.DataFrame:
    """Return the quarters with wins that follow one with a goal and a figure: early, wins, met (that goal)."""
    own = found.wins[found.wins["group"] == WHOLE].groupby("quarter")[["wins", "early"]].sum()
    names, revenue = found.quarters["name"].tolist(), found.quarters["revenue"].tolist()
    rows = []
    for before, value, first in zip(names, revenue, found.quarters["first"].tolist()[1:], strict=False):
        if before in goals and not math.isnan(value) and first in own.index:
            wins = own.loc[first]
            rows.append((int(wins["early"]), int(wins["wins"]), value >= goals[before].value))
    return pd.DataFrame(rows, columns=["early", "wins", "met"]).astype({"met": bool})


def ratchet(goals: Mapping[str, GoalRow], finals: Mapping[str, FinalRow]) -> Ratchet | int:
    """Return how goals followed the last over- and undershoot; or of how many goals that can be told, if too few.

    The change of a goal on the goal of the same period a year before is regressed on by how much that one was beaten
    and, apart, by how much it was missed (Leone, Misra & Zimmerman 2004; least squares). The same period a year before,
    so that the season is in neither. It takes 8 such goals, 3 after each.
    """
    pairs = np.array(list(_pairs(goals, finals)), dtype="float64").reshape(-1, 2)
    change, beyond = pairs.T
    over, under = np.maximum(beyond, 0.0), np.minimum(beyond, 0.0)
    enough = len(pairs) >= FEWEST_GOALS and min((over > 0).sum(), (under < 0).sum()) >= FEWEST_EACH
    design = np.column_stack([np.ones(len(pairs)), over, under])
    if not enough or np.linalg.matrix_rank(design) < design.shape[1]:
        return len(pairs)
    slopes = np.linalg.lstsq(design, change, rcond=None)[0]
    rest = len(pairs) - design.shape[1]
    spread = float(((change - design @ slopes) ** 2).sum()) / rest * np.linalg.inv(design.T @ design)
    quantile = float(t.ppf(RANGE[1], rest))
    ends = [quantile * math.sqrt(spread[i, i]) for i in (1, 2)]
    asymmetry, error = float(slopes[1] - slopes[2]), math.sqrt(max(spread[1, 1] + spread[2, 2] - 2 * spread[1, 2], 0.0))
    p = float(2 * t.sf(abs(asymmetry) / error, rest)) if error > 0 else 0.0 if asymmetry else 1.0
    both = [(float(slope), float(slope) - end, float(slope) + end) for slope, end in zip(slopes[1:], ends, strict=True)]
    return Ratchet(len(pairs), both[0], both[1], asymmetry, p)


def _pairs(goals: Mapping[str, GoalRow], finals: Mapping[str, FinalRow]) -> Iterable[tuple[float, float]]:
    for period in sorted(goals):
        old = f"{int(period[:YEAR_DIGITS]) - 1}{period[YEAR_DIGITS:]}"
        final = finals.get(old)
        if old in goals and goals[old].value > 0 and final is not None and final.value is not None:
            yield goals[period].value / goals[old].value - 1, final.value / goals[old].value - 1


def ratchet_said(found: Ratchet | int) -> Message:
    """Return what the goals followed, with the innocent explanation beside it."""
    if isinstance(found, int):
        return say("gaming.ratchet_few", pairs=Count(found), few=Count(FEWEST_GOALS), each=Count(FEWEST_EACH))
    values: dict[str, Value] = {
        "pairs": Count(found.pairs),
        "over": Points(found.over[0] * BY_TEN),
        "under": Points(-found.under[0] * BY_TEN),
    }
    seen = "seen" if found.p < RARE and found.asymmetry > 0 and found.over[1] > 0 else "not_seen"
    return Message(f"gaming.ratchet_{seen}", {**values, "ten": Points(BY_TEN)})
