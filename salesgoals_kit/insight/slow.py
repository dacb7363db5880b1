"""Who and what takes longer, like compared with like: teams, products, sizes, and now against before."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from salesgoals_kit.forecast.signals import seed_of
from salesgoals_kit.goals.levers import Move
from salesgoals_kit.insight.contrast import Contrast
from salesgoals_kit.insight.ranks import by_people, compare_times, scores_of
from salesgoals_kit.insight.times import DRAWS, Floats, by_day, drawn_halves, half_of, middle
from salesgoals_kit.kpis.covered import months_in
from salesgoals_kit.kpis.cycles import Cycles
from salesgoals_kit.kpis.others import OWN, RECENT
from salesgoals_kit.kpis.pipeline import FEW
from salesgoals_kit.owners import Owner
from salesgoals_kit.periods import YEAR, month_name
from salesgoals_kit.words import Change, Message, Name, Rate, Value

EFFECT = "cycle"
A_HALF = 10  # wins of a group and type, under which their half says nothing
WITHIN_A_DAY = 0.5  # added to a half, so that what is won on its first day has a ratio too


@dataclass(frozen=True)
class _Case:
    """Rows to compare: with columns day, wins, the strata's, and ``group``; ``people``: the column of whom, if any."""

    kind: str
    name: str
    rows: pd.DataFrame
    strata: tuple[str, ...]
    people: str | None = None


def slow(found: Cycles, owner: Owner) -> tuple[Contrast, ...]:
    """Return the comparisons: of each team, of the own with the other teams, of products, sizes, and of now and before.

    Teams are compared within types of deals; products and sizes within types and teams, for teams differ in both; now
    is the last twelve of 24 months, so that a busy season is in both. A group, or what it is compared with, of fewer
    than 30 wins is left out. ``move`` is of the report's owner: only the subject's part of his wins would come sooner.
    """
    made = (_contrast(case, owner) for case in _cases(found, owner))
    return tuple(one for one in made if one is not None)


def _cases(found: Cycles, owner: Owner) -> Iterator[_Case]:
    wins = found.wins
    if owner.kind == "company":
        for team in sorted(wins["team"].dropna().unique()):
            known = wins[wins["team"].notna()]
            yield _Case("team", team, known.assign(group=known["team"] == team), ("deal_type",), "rep")
    elif len(found.beside):
        rows = found.beside.assign(group=found.beside["side"] == OWN)
        yield _Case("own", str(owner.name), rows, ("deal_type",), "unit")
    for by in ("product", "size"):
        known = wins[wins[by].notna()]
        for name in sorted(known[by].unique()):
            yield _Case(by, name, known.assign(group=known[by] == name), ("deal_type", "team"))
    if months_in(found.months) >= RECENT:
        since = month_name(found.months[1] - YEAR + 1)
        yield _Case("lately", since, wins.assign(group=wins["lately"] == 1), ("deal_type", "team"))


def _contrast(case: _Case, owner: Owner) -> Contrast | None:
    if case.rows.empty:
        return None
    rows = _comparable(case)
    own, others = (int(rows.loc[rows["group"] == side, "wins"].sum()) for side in (True, False))
    if min(own, others) < FEW:
        return None
    ratio, low, high = _ratio(rows, seed_of("cycle", owner, case.kind, case.name))
    if not math.isfinite(ratio):
        return None
    part = own / int(case.rows["wins"].sum()) if case.kind != "own" else 1.0
    slower = ratio > 1
    return Contrast(
        effect=EFFECT,
        subject=_subject(case),
        estimate=ratio,
        low=low,
        high=high,
        p=_p(case, rows, owner),
        good=not slower,
        said=_said(case, ratio, low, high),
        move=Move(pace=1 - part * (1 - 1 / ratio)) if slower else None,
    )


def _comparable(case: _Case) -> pd.DataFrame:
    """Return the rows whose stratum has both sides, with the stratum's number."""
    keys = case.rows[list(case.strata)].astype("object").where(case.rows[list(case.strata)].notna(), "")
    stratum = pd.factorize(keys.agg("\n".join, axis=1), sort=True)[0]
    rows = case.rows.assign(stratum=stratum)
    sides = rows.groupby("stratum")["group"].transform("nunique")
    return rows[sides == 2].reset_index(drop=True)


def _p(case: _Case, rows: pd.DataFrame, owner: Owner) -> float:
    day, weight, stratum = (rows[name].to_numpy(dtype="int64") for name in ("day", "wins", "stratum"))
    group = rows["group"].to_numpy(dtype=bool)
    p = compare_times(day, group, stratum, weight).p
    if case.people is None:
        return p
    scored = rows.assign(score=scores_of(day, stratum, weight) * weight)
    known = scored[scored[case.people].notna() & (scored[case.people] != -1)]
    people = known.groupby(["group", case.people])[["score", "wins"]].sum().reset_index()
    if len(known) * 2 < len(scored):
        return p  # most deals say nobody: there is no one to deal out
    amount, size = people["score"].to_numpy("float64"), people["wins"].to_numpy("float64")
    seed = seed_of("cycle of people", owner, case.name)
    return max(p, by_people(amount, size, people["group"].to_numpy(dtype=bool), seed))


def _ratio(rows: pd.DataFrame, seed: int) -> tuple[float, float, float]:
    """Return the ratio of the halves of like deals, and the range of it (80 %).

    It is the mean of its logarithm over the strata, those with many wins on both sides counting most.
    """
    rng = np.random.default_rng(seed)
    logs, weights, drawn = [], [], []
    for _, stratum in rows.groupby("stratum"):
        own, others = (by_day(part["day"], part["wins"]) for part in _sides(stratum))
        many = int(own.sum()), int(others.sum())
        if min(many) < A_HALF:
            continue
        logs.append(_log(half_of(own)) - _log(half_of(others)))
        drawn.append(np.log(_draw(own, rng)) - np.log(_draw(others, rng)))
        weights.append(many[0] * many[1] / sum(many))
    if not logs:
        return math.nan, math.nan, math.nan
    share = np.array(weights) / sum(weights)
    low, high = middle(share @ np.array(drawn))
    return math.exp(float(share @ np.array(logs))), math.exp(low), math.exp(high)


def _sides(rows: pd.DataFrame) -> Sequence[pd.DataFrame]:
    return rows[rows["group"]], rows[~rows["group"]]


def _log(half: float) -> float:
    return math.log(half + WITHIN_A_DAY)


def _draw(events: np.ndarray, rng: np.random.Generator) -> Floats:
    return drawn_halves(events, rng, DRAWS) + WITHIN_A_DAY


def _subject(case: _Case) -> tuple[tuple[str, str], ...]:
    kinds = {"own": "team", "lately": "since"}
    return ((kinds.get(case.kind, case.kind), case.name),)


def _said(case: _Case, ratio: float, low: float, high: float) -> Message:
    values: dict[str, Value] = {"change": Rate(abs(ratio - 1)), "low": Change(low - 1), "high": Change(high - 1)}
    name: Value = case.name if case.kind == "lately" else Name(case.name)
    if case.kind == "size":
        name = Message(f"cycle.size_{case.name}")
    way = "longer" if ratio > 1 else "sooner"
    return Message(f"cycle.{case.kind}_{way}", {"name": name, **values})
