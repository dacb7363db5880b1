"""Deals bunched at the end of quarters: the whole company's rush, and which team stands out against the other teams."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.stats import norm, t

from salesgoals_kit.forecast.moving import working_days
from salesgoals_kit.insight.contrast import Contrast
from salesgoals_kit.insight.odds import Exact, Stratum, beside_others, compare_shares
from salesgoals_kit.insight.times import RANGE
from salesgoals_kit.kpis.closings import WHOLE, Closings
from salesgoals_kit.kpis.others import OTHERS, OWN, late_days
from salesgoals_kit.kpis.pipeline import FEW
from salesgoals_kit.owners import Owner
from salesgoals_kit.periods import LENGTH, Period, day_number, day_of
from salesgoals_kit.words import Change, Message, Name, Points, Rate, Value, say

EFFECT = "bunching"
FEWEST_QUARTERS = 4  # of fewer nothing is a pattern
RARE = 0.01  # terms that differ by more than luck would in one of a hundred such reports
SIDE = float(norm.ppf(RANGE[1]))


@dataclass(frozen=True)
class Bunching:
    """The owner's wins in the last tenth of the days of quarters: ``late`` of ``wins`` in so many ``quarters``.

    ``usual``: the share that working days and the ages of open deals suggest; NaN where there is none.
    """

    wins: int
    late: int
    quarters: int
    usual: float

    @property
    def share(self) -> float:
        """The share of wins that are late; NaN without wins."""
        return self.late / self.wins if self.wins else math.nan


@dataclass(frozen=True)
class Terms:
    """What late deals were sold at beside the others of their type: a difference with its range (80 %), and its p."""

    difference: float
    low: float
    high: float
    p: float


def bunched(found: Closings, country: str | None) -> Bunching:
    """Return the owner's own wins at the end of quarters."""
    own = found.wins[found.wins["group"] == WHOLE]
    usual = _usual(found, country)
    counts = own.groupby("quarter")["wins"].sum()
    known = [(many, usual[WHOLE, first]) for first, many in zip(counts.index.tolist(), counts.tolist(), strict=True)]
    total = sum(many for many, share in known if not math.isnan(share))
    expected = math.fsum(many * share for many, share in known if not math.isnan(share))
    wins, late = int(own["wins"].sum()), int(own["late"].sum())
    return Bunching(wins, late, len(found.quarters), expected / total if total else math.nan)


def _usual(found: Closings, country: str | None) -> dict[tuple[str, int], float]:
    """Return by group and quarter the share of its wins that would be late if only days and ages told."""
    usual = {}
    for group, first, late, rest in found.pace.itertuples(index=False, name=None):
        quarter = Period("quarter", int(first), int(first) + LENGTH["quarter"] - 1)
        turn = day_of(day_number(quarter.end) - late_days(quarter))
        days = (
            working_days(country, day_of(day_number(turn) + 1), quarter.end),
            working_days(country, quarter.start, turn),
        )
        due = days[0] * float(late), days[1] * float(rest)
        usual[str(group), int(first)] = due[0] / sum(due) if min(due) > 0 else math.nan
    return usual


def bunching(found: Closings, owner: Owner, country: str | None) -> tuple[Contrast, ...]:
    """Return how each team differs from the other teams; of a team how it differs from the others together.

    Within each quarter and type of deal the team's late wins are set against the others', given how many were late in
    all: what everybody does is in both. Its odds are those that the ages of its own open deals give it. The pattern has
    to hold for the deals (exactly) and from quarter to quarter (a t-test of the quarters), and the less sure counts. A
    team with fewer than 30 wins, or in fewer than four quarters, is left out.
    """
    usual, groups = _usual(found, country), found.wins["group"]
    made = []
    for group in sorted(set(groups) - {WHOLE, OTHERS}):
        others = found.wins[(groups != WHOLE) & (groups != group)]
        strata = dict(_strata(found.wins[groups == group], others, group, usual))
        tested = _contrast(strata, str(owner.name) if group == OWN else group, own=owner.kind == "team")
        made += [] if tested is None else [tested]
    return tuple(made)


def _strata(
    mine: pd.DataFrame, others: pd.DataFrame, group: str, usual: Mapping[tuple[str, int], float]
) -> Iterator[tuple[int, list[Stratum]]]:
    """Give for each quarter its strata, one a type of deal."""
    rest = others.groupby(["quarter", "deal_type"])[["wins", "late"]].sum()
    for quarter in sorted(mine["quarter"].unique().tolist()):
        rows = mine[mine["quarter"] == quarter]
        odds = _odds(usual.get((group, quarter), math.nan))
        theirs = _others(others[others["quarter"] == quarter], usual)
        ratio = odds / theirs if math.isfinite(odds) and theirs > 0 else 1.0
        strata = []
        for kind, wins, late in zip(rows["deal_type"], rows["wins"], rows["late"], strict=True):
            if (quarter, kind) in rest.index:
                beside = rest.loc[(quarter, kind)]
                strata.append(Stratum(int(late), int(wins), int(beside["late"]), int(beside["wins"]), ratio))
        yield quarter, strata


def _others(rows: pd.DataFrame, usual: Mapping[tuple[str, int], float]) -> float:
    """Return the odds of the other groups together, by their wins."""
    shares = [
        usual.get((str(group), int(first)), math.nan)
        for group, first in zip(rows["group"], rows["quarter"], strict=True)
    ]
    known = [(int(many), share) for many, share in zip(rows["wins"], shares, strict=True) if not math.isnan(share)]
    total = sum(many for many, _ in known)
    return _odds(math.fsum(many * share for many, share in known) / total) if total else math.nan


def _odds(share: float) -> float:
    return share / (1 - share) if 0 < share < 1 else math.nan


def _contrast(strata: Mapping[int, list[Stratum]], name: str, *, own: bool) -> Contrast | None:
    flat = [one for rows in strata.values() for one in rows]
    wins = sum(one.own for one in flat)
    quarters = [compare_shares(rows) for rows in strata.values() if rows]
    if wins < FEW or sum(one.others for one in flat) < FEW or len(quarters) < FEWEST_QUARTERS:
        return None
    whole, (usual, error) = compare_shares(flat), beside_others(flat)
    beyond = whole.cases / wins - usual
    low, high = beyond - SIDE * error, beyond + SIDE * error
    shares: dict[str, Value] = {"share": Rate(whole.cases / wins), "usual": Rate(usual)}
    way = "more" if beyond > 0 else "fewer"
    said = Message(
        f"gaming.bunched_{'own' if own else 'team'}_{way}",
        {"name": Name(name), **shares, "low": Points(low), "high": Points(high)},
    )
    p = max(whole.p, _from_quarter_to_quarter(quarters))
    return Contrast(EFFECT, (("team", name),), beyond, low, high, p, beyond <= 0, said)


def _from_quarter_to_quarter(quarters: list[Exact]) -> float:
    """Return p of the quarters' own deviations being 0 on average."""
    known = [one for one in quarters if one.variance > 0]
    if len(known) < FEWEST_QUARTERS:
        return 1.0
    off = np.array([(one.cases - one.expected) / math.sqrt(one.variance) for one in known])
    error = float(off.std(ddof=1)) / math.sqrt(len(off))
    return float(2 * t.sf(abs(off.mean()) / error, len(off) - 1)) if error > 0 else 1.0


def discount_terms(found: Closings) -> Terms | None:
    """Return by how much deeper the discounts of late wins are than those of other wins of their type, in points."""
    return _terms(found.terms, "listed", "discounts", "spread")


def amount_terms(found: Closings) -> Terms | None:
    """Return by which share the amounts of late wins are higher (geometric mean) than others' of their type."""
    logs = _terms(found.terms, "priced", "logs", "squares")
    if logs is None:
        return None
    difference, low, high = (math.expm1(value) for value in (logs.difference, logs.low, logs.high))
    return Terms(difference, low, high, logs.p)


def _terms(rows: pd.DataFrame, many: str, sums: str, squares: str) -> Terms | None:
    """Return the difference of means, late less the rest, of types with both, weighted by the late ones of each."""
    parts = []
    for _, part in rows.groupby("deal_type"):
        sides = [_mean(part[part["late"] == late], many, sums, squares) for late in (1, 0)]
        if all(side[2] > 1 for side in sides):
            parts.append((sides[0][2], sides[0][0] - sides[1][0], sides[0][1] + sides[1][1]))
    total = sum(part[0] for part in parts)
    if total < FEW:
        return None
    difference = math.fsum(part[0] / total * part[1] for part in parts)
    error = math.sqrt(math.fsum((part[0] / total) ** 2 * part[2] for part in parts))
    p = float(2 * norm.sf(abs(difference) / error)) if error > 0 else 1.0
    return Terms(difference, difference - SIDE * error, difference + SIDE * error, p)


def _mean(rows: pd.DataFrame, many: str, sums: str, squares: str) -> tuple[float, float, int]:
    """Return a mean, its variance, and of how many."""
    count = int(rows[many].sum())
    if count < 2:
        return math.nan, math.nan, count
    mean = float(rows[sums].sum()) / count
    spread = max(float(rows[squares].sum()) - count * mean**2, 0.0) / (count - 1)
    return mean, spread / count, count


def terms_said(found: Closings) -> list[Message]:
    """Return how late wins' discounts and amounts compare with those of like wins at other times."""
    said = []
    discount, amount = discount_terms(found), amount_terms(found)
    if discount is not None:
        clear = "differ" if discount.p < RARE else "alike"
        ends = {"low": Points(discount.low), "high": Points(discount.high)}
        said.append(Message(f"gaming.late_discounts_{clear}", {"difference": Points(discount.difference), **ends}))
    else:
        said.append(say("gaming.late_discounts_unknown"))
    if amount is not None:
        clear = "differ" if amount.p < RARE else "alike"
        said.append(Message(f"gaming.late_amounts_{clear}", _changes(amount)))
    return said


def _changes(found: Terms) -> dict[str, Change]:
    return {"difference": Change(found.difference), "low": Change(found.low), "high": Change(found.high)}
