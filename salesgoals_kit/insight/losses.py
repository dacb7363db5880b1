"""Where deals are lost: each team's stages against the other teams' and against its own past, and what it costs."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from salesgoals_kit.data.asof import Tables
from salesgoals_kit.data.kept import handed
from salesgoals_kit.goals.levers import Move
from salesgoals_kit.insight.contrast import Contrast
from salesgoals_kit.insight.stake import Stake, money_lost, share_of_wins, stake_of
from salesgoals_kit.insight.strata import (
    STANDS_OUT,
    Ratio,
    Split,
    Unevenness,
    cases,
    cautious_p,
    exact_p,
    interval,
    ratio_of,
    unevenness,
)
from salesgoals_kit.kpis.others import FEWEST_OTHERS
from salesgoals_kit.kpis.outcomes import won_amounts
from salesgoals_kit.kpis.scope import teams_of
from salesgoals_kit.kpis.stages import COUNTS, Followed, followed_entries, stage_counts, stage_entries
from salesgoals_kit.owners import COMPANY, Owner
from salesgoals_kit.words import Count, Message, Name, Number, Rate, Value, say

ALIKE = ["deal_type", "channel", "tenure"]  # deals are alike, and so are the reps who have them
STRATA = [*ALIKE, "ago"]
BY = ("team", "rep", *STRATA)


@dataclass(frozen=True)
class StageLoss:
    """One stage of a team (None: of all the owner's teams together).

    ``entered`` = ``passed`` + ``lost`` + ``still``: deals that entered it in the last twelve months that were followed.
    ``rate``: the share that went on, with its 80 % range. ``others``, ``before``: what it would be if like deals went
    on as in the company's other teams, or as in the year before; NaN where they are not compared. ``revenue``: what
    the deals lost there would have brought, with its 80 % range. ``through``: the part of its wins that was in it.
    """

    team: str | None
    stage: str
    entered: int
    passed: int
    lost: int
    still: int
    rate: float
    low: float
    high: float
    others: float
    before: float
    revenue: float
    revenue_low: float
    revenue_high: float
    through: float


@dataclass(frozen=True, eq=False)
class Losses:
    """Stage by stage: ``rows`` of the owner as a whole first, then of each team, in a company's report.

    ``horizons``: days that deals were followed in each stage. ``cohorts``: the owner's entries by stage and month.
    ``lacking``: what the data would need; then all else is empty.
    """

    owner: Owner
    stages: tuple[str, ...]
    horizons: tuple[int, ...]
    rows: tuple[StageLoss, ...]
    cohorts: pd.DataFrame
    contrasts: tuple[Contrast, ...]
    notes: tuple[Message, ...]
    lacking: tuple[Message, ...] = ()

    def of(self, team: str | None) -> tuple[StageLoss, ...]:
        """Return the stages of one team, in order; None: of the owner as a whole."""
        return tuple(row for row in self.rows if row.team == team)


@handed
def losses(tables: Tables, owner: Owner = COMPANY) -> Losses:
    """Return where an owner's deals are lost; every team by name in the company's report, one alone in its own."""
    found = followed_entries(tables)
    if found is None:
        return _nothing(owner, say("losses.lacks_events"))
    if found.rows.empty:
        return _nothing(owner, say("losses.nothing_followed"))
    counts = stage_counts(found, BY)
    wholes = _wholes(tables, owner, counts)
    mine, ways = wholes[0][1], (stage_entries(tables) or found).rows
    months = int(found.rows["month"].max() - found.rows["month"].min()) + 1
    view = _View(owner, found.order, ways[_in(ways, mine)], stake_of(found, won_amounts(tables)), months)
    parts = [view.stage(counts[counts["stage"] == stage], wholes, stage) for stage in range(len(found.order))]
    rows = [part[place][0] for place in range(len(wholes)) for part in parts]
    contrasts = [one for place in range(len(wholes)) for part in parts for one in part[place][1]]
    cohorts = stage_counts(replace(found, rows=found.rows[_in(found.rows, mine)]), ("month",))
    notes = (*_said(found), *found.notes)
    return Losses(owner, found.order, found.horizons, tuple(rows), cohorts, tuple(contrasts), notes)


def _nothing(owner: Owner, lack: Message) -> Losses:
    return Losses(owner, (), (), (), pd.DataFrame(columns=["stage", "month", *COUNTS]), (), (), (lack,))


Whole = tuple[str | None, frozenset[str] | None]  # a team's name (None: the owner as a whole), and the teams in it
Pair = tuple[Split, float]  # what is compared, and its p


def _wholes(tables: Tables, owner: Owner, counts: pd.DataFrame) -> list[Whole]:
    """Return the teams that are looked at, each with the teams in it; None is everybody."""
    if owner.kind == "team":
        return [(None, frozenset(teams_of(tables.company, str(owner.team))))]
    names = sorted(str(team) for team in counts["team"].dropna().unique())
    return [(None, None), *((name, frozenset([name])) for name in (names if len(names) > 1 else []))]


def _in(rows: pd.DataFrame, teams: frozenset[str] | None) -> npt.NDArray[np.bool_]:
    return np.ones(len(rows), dtype=bool) if teams is None else rows["team"].isin(teams).to_numpy()


@dataclass(frozen=True, eq=False)
class _View:
    """Whose stages are looked at, over how many months: his deals' ``ways`` through them, and what is at stake."""

    owner: Owner
    order: tuple[str, ...]
    ways: pd.DataFrame
    stake: Stake
    months: int

    def stage(self, counts: pd.DataFrame, wholes: list[Whole], stage: int) -> list[tuple[StageLoss, list[Contrast]]]:
        """Return one stage of every team, each with what it is compared with."""
        there = counts.reset_index(drop=True)
        uneven = unevenness(there, STRATA, "passed", "entered", "rep", "team")
        apart = _apart(there, uneven)
        return [self._of_team(there, (uneven, apart), whole, stage) for whole in wholes]

    def _of_team(
        self, there: pd.DataFrame, known: tuple[Unevenness, frozenset[str]], whole: Whole, stage: int
    ) -> tuple[StageLoss, list[Contrast]]:
        team, teams = whole
        own = there[_in(there, teams)]
        latest = own[own["ago"] == 0]
        sums = {name: int(latest[name].sum()) for name in COUNTS}
        low, high = interval(sums["passed"], sums["entered"])
        against = {"others": self._others(there, teams, *known), "past": _past(own)}
        pairs = {name: (pair, ratio_of(pair[0])) for name, pair in against.items() if pair is not None}
        rate = sums["passed"] / sums["entered"] if sums["entered"] else np.nan
        compared = {name: min(rate / ratio.middle, 1.0) for name, (_, ratio) in pairs.items()}
        lost = money_lost(self.stake, latest, self.owner.team if team is None else team, stage)
        ways = self.ways[_in(self.ways, teams)]
        row = StageLoss(
            team=team,
            stage=self.order[stage],
            **sums,
            rate=rate,
            low=low,
            high=high,
            others=compared.get("others", np.nan),
            before=compared.get("past", np.nan),
            revenue=lost[0],
            revenue_low=lost[1],
            revenue_high=lost[2],
            through=share_of_wins(ways, stage),
        )
        part = share_of_wins(ways, stage, self.ways)
        return row, [_contrast(row, self, name, *pairs[name], part) for name in pairs]

    def _others(
        self, there: pd.DataFrame, teams: frozenset[str] | None, uneven: Unevenness, apart: frozenset[str]
    ) -> Pair | None:
        """Return a team against the company's other teams; None for the company, or where either is too few.

        One that stands out is no measure for the rest, and left out as long as enough others remain.
        """
        if teams is None:
            return None
        least = FEWEST_OTHERS if self.owner.kind == "team" else 1
        known = there[there["team"].notna()]
        mine, sides = _in(known, teams), cases(known, STRATA, "passed", "entered")
        for out in (_in(known, apart), np.zeros(len(known), dtype=bool)):
            found = sides.split(mine, out)
            if known.loc[sides.beside(mine, out), "team"].nunique() >= least and found.enough:
                return found, cautious_p(found, uneven)
        return None


def _apart(there: pd.DataFrame, uneven: Unevenness) -> frozenset[str]:
    """Return the teams that stand out from all others together."""
    known = there[there["team"].notna()]
    sides = cases(known, STRATA, "passed", "entered")
    found = {str(team): sides.split((known["team"] == team).to_numpy()) for team in known["team"].unique()}
    return frozenset(team for team, one in found.items() if one.enough and cautious_p(one, uneven) < STANDS_OUT)


def _past(own: pd.DataFrame) -> Pair | None:
    """Return the last twelve months against the twelve before."""
    years = own[own["ago"] <= 1]
    found = cases(years, ALIKE, "passed", "entered").split((years["ago"] == 0).to_numpy())
    return (found, exact_p(found)) if found.enough else None


def _contrast(row: StageLoss, view: _View, against: str, pair: Pair, ratio: Ratio, part: float) -> Contrast:
    """Return a stage's contrast.

    ``move``: if the stage let through what it does where it is compared with, the ``part`` of the owner's wins that go
    through it there would be as many times more: win rate * (1 + part * (1 / ratio - 1)).
    """
    team = view.owner.team if row.team is None else row.team
    subject = (("stage", row.stage),) if team is None else (("team", team), ("stage", row.stage))
    name: Value = say("losses.whole") if team is None else Name(team)
    rate = float(pair[0].hits.sum() / pair[0].of.sum())
    values: dict[str, Value] = {
        "name": name,
        "stage": Name(row.stage),
        "own": Rate(rate),
        "others": Rate(min(rate / ratio.middle, 1.0)),
        "low": Rate(min(rate / ratio.high, 1.0)),
        "high": Rate(min(rate / ratio.low, 1.0)),
        **({"span": Number(view.months, 0, "months")} if against == "others" else {}),
    }
    return Contrast(
        effect="stage",
        subject=subject if against == "others" else (*subject, ("against", "past")),
        estimate=ratio.middle,
        low=ratio.low,
        high=ratio.high,
        p=pair[1],
        good=ratio.middle >= 1,
        said=Message(f"losses.against_{against}", values),
        move=Move(win=1 + part * (1 / ratio.middle - 1)) if ratio.middle < 1 and part > 0 else None,
    )


def _said(found: Followed) -> tuple[Message, ...]:
    order = say("losses.order", stages=tuple(Name(name) for name in found.order))
    longest = say("losses.followed", days=Number(max(found.horizons), 0, "days"))
    young = [say("losses.young", count=Count(found.young))] if found.young else []
    return (order, longest, say("losses.apart"), *young)
