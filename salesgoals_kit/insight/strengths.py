"""Where it works: what is won by team, quarter, product, region, account, rep and channel, against the rest.

Every dimension is compared within strata of all that differs anyway: the team, the type of deal, the channel, how long
the rep has been in the job, and the year. So a product that is mostly sold to customers who renew is not better for it,
and a region that one team alone sells in is not judged: nobody could tell the two apart. One rep who stands out makes
no finding about his product or region (`cautious_p`), and what stands out itself is no measure for the rest. Which
product it is is one question, however many there are: the p of each is that of the best of them (`one_of`). Types of
deals are shown and not tested against each other: they are what the rest is compared within.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from salesgoals_kit.data.asof import Tables
from salesgoals_kit.data.kept import handed
from salesgoals_kit.data.teams import people_names
from salesgoals_kit.goals.levers import Move
from salesgoals_kit.insight.contrast import Contrast
from salesgoals_kit.insight.strata import (
    EVEN,
    STANDS_OUT,
    Cases,
    Ratio,
    Unevenness,
    cases,
    cautious_p,
    interval,
    one_of,
    ratio_of,
    unevenness,
)
from salesgoals_kit.kpis.makeup import make_up
from salesgoals_kit.kpis.outcomes import outcomes
from salesgoals_kit.kpis.scope import teams_of
from salesgoals_kit.owners import COMPANY, Owner
from salesgoals_kit.words import Message, Name, Rate, Value, say

DIMENSIONS = ("team", "quarter", "product", "region", "industry", "size", "rep", "channel", "deal_type")
UNTESTED = "deal_type"
QUARTER = 3  # months
ALIKE = ("team", "deal_type", "channel", "tenure", "ago")


@dataclass(frozen=True)
class Segment:
    """A value of a dimension: its deals, those won, their share with its 80 % range.

    ``others``: the share that would be won if these deals went as like deals of the rest; NaN where it is not compared.
    ``team``: of a rep, the team he is in.
    """

    dimension: str
    value: str
    deals: int
    won: int
    rate: float
    low: float
    high: float
    others: float = np.nan
    team: str | None = None


@dataclass(frozen=True, eq=False)
class Strengths:
    """Segments by dimension, each dimension's best first; ``horizon``: days deals were followed, None: deals decided.

    ``lacking``: what the data would need; then all else is empty.
    """

    owner: Owner
    horizon: int | None
    segments: tuple[Segment, ...]
    contrasts: tuple[Contrast, ...]
    notes: tuple[Message, ...]
    lacking: tuple[Message, ...] = ()

    def of(self, dimension: str) -> tuple[Segment, ...]:
        """Return the segments of one dimension."""
        return tuple(one for one in self.segments if one.dimension == dimension)


@handed
def strengths(tables: Tables, owner: Owner = COMPANY) -> Strengths:
    """Return where an owner's deals are won more or less than like deals elsewhere; reps are those who are here."""
    found = outcomes(tables)
    lacks = say("strengths.nothing_closed")
    if found is None:
        return Strengths(owner, None, (), (), (), (lacks,))
    rows = found.rows
    if owner.kind == "team":
        rows = rows[rows["team"].isin(teams_of(tables.company, str(owner.team)))].reset_index(drop=True)
    if rows.empty:
        return Strengths(owner, found.horizon, (), (), (), (lacks,))
    people = make_up(tables, owner).people
    teams = dict(zip(people["rep"].astype(str), people["team"], strict=True))
    view = _View(owner, rows, teams, people_names(tables), decided=found.horizon is None)
    pairs = [pair for dimension in DIMENSIONS for pair in view.dimension(dimension)]
    contrasts = tuple(contrast for _, contrast in pairs if contrast is not None)
    once = any(view.once(quarter) for quarter in rows["quarter"].unique())
    notes = (*found.notes, *([say("strengths.quarters_once")] if once else []))
    return Strengths(owner, found.horizon, tuple(segment for segment, _ in pairs), contrasts, notes)


Pair = tuple[Segment, Contrast | None]


@dataclass(frozen=True, eq=False)
class _View:
    """An owner's deals (those ``decided``, by their closing?), the teams of the reps who are here, and their names."""

    owner: Owner
    rows: pd.DataFrame
    teams: dict[str, str | None]
    names: dict[str, str]
    decided: bool

    def dimension(self, name: str) -> list[Pair]:
        """Return the segments of a dimension, the best first, with their contrasts."""
        known = self.rows[self.rows[name].notna()].reset_index(drop=True)
        values = sorted(known[name].unique())
        if name == "rep":
            values = [rep for rep in values if rep in self.teams]
        strata = [column for column in ALIKE if column != name]
        by = list(dict.fromkeys([name, *strata, "rep"]))
        counts = known.groupby(by, dropna=False, as_index=False)[["won", "deals"]].sum()
        sides = cases(counts, strata, "won", "deals")
        alone = name in ("rep", UNTESTED)
        uneven = EVEN if alone else unevenness(counts, strata, "won", "deals", "rep", name)
        apart = self._apart(name, values, counts, sides, uneven)
        pairs = [self._segment(name, value, counts, (sides, apart), uneven) for value in values if len(values) > 1]
        count = sum(made is not None for _, made in pairs)
        told = [(one, made and replace(made, p=one_of(made.p, count))) for one, made in pairs]
        return sorted(told, key=lambda pair: (-pair[0].rate, pair[0].value))

    def once(self, quarter: object) -> bool:
        """Return whether a quarter of the year was seen in one year alone: nobody could tell season and year apart."""
        months = self.rows.loc[self.rows["quarter"] == quarter, "month"]
        return bool(months.max() - months.min() < QUARTER)

    def _apart(
        self, name: str, values: list[object], counts: pd.DataFrame, sides: Cases, uneven: Unevenness
    ) -> npt.NDArray[np.bool_]:
        """Return the rows of the values that stand out from all others together: no measure for the rest."""
        found = {value: sides.split((counts[name] == value).to_numpy()) for value in values}
        out = [value for value, one in found.items() if one.enough and cautious_p(one, uneven) < STANDS_OUT]
        return np.asarray(counts[name].isin(out).to_numpy())

    def _segment(
        self,
        name: str,
        value: object,
        counts: pd.DataFrame,
        near: tuple[Cases, npt.NDArray[np.bool_]],
        uneven: Unevenness,
    ) -> Pair:
        mine: npt.NDArray[np.bool_] = (counts[name] == value).to_numpy()
        won, deals = (int(counts.loc[mine, column].sum()) for column in ("won", "deals"))
        low, high = interval(won, deals)
        team = self.teams.get(str(value)) if name == "rep" else None
        segment = Segment(name, str(value), deals, won, won / deals, low, high, team=team)
        sides, apart = near
        found = sides.split(mine, apart)
        found = found if found.enough else sides.split(mine)
        if name == UNTESTED or not found.enough or (name == "quarter" and self.once(value)):
            return segment, None
        ratio = ratio_of(found)
        judged = replace(segment, others=min(segment.rate / ratio.middle, 1.0))
        return judged, self._contrast(judged, ratio, cautious_p(found, uneven))

    def _contrast(self, one: Segment, ratio: Ratio, p: float) -> Contrast:
        """``move``: if it did as the rest, so many more of its wins: win rate * (1 + part * (1 / ratio - 1))."""
        team = self.owner.team if one.team is None else one.team
        subject = (("team", team),) if team is not None else ()
        part = one.won / max(int(self.rows["won"].sum()), 1)
        weak = ratio.middle < 1 and part > 0
        return Contrast(
            effect="segment",
            subject=(*subject, (one.dimension, one.value)),
            estimate=ratio.middle,
            low=ratio.low,
            high=ratio.high,
            p=p,
            good=not weak,
            said=self._said(one, ratio),
            move=Move(win=1 + part * (1 / ratio.middle - 1)) if weak else None,
        )

    def _said(self, one: Segment, ratio: Ratio) -> Message:
        shown: Value = Name(self.names.get(one.value, one.value) if one.dimension == "rep" else one.value)
        if one.dimension == "quarter":
            shown = say("strengths.quarter_of_year", number=one.value)
        values: dict[str, Value] = {
            "value": shown,
            "own": Rate(one.rate),
            "others": Rate(one.others),
            "low": Rate(min(one.rate / ratio.high, 1.0)),
            "high": Rate(min(one.rate / ratio.low, 1.0)),
        }
        closed = self.decided and one.dimension == "quarter"
        return Message("strengths.by_quarter_decided" if closed else f"strengths.by_{one.dimension}", values)
