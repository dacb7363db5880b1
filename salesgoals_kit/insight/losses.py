"""Where deals are lost: each team's stages against the other teams' and against its own past, and what it costs."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.stats import beta

from salesgoals_kit.data.asof import Tables
from salesgoals_kit.data.kept import handed
from salesgoals_kit.goals.levers import Move
from salesgoals_kit.insight.contrast import Contrast
from salesgoals_kit.insight.stake import Stake, stake_of
from salesgoals_kit.insight.strata import INNER, Ratio, Split, cautious_p, exact_p, ratio_of, split, unevenness
from salesgoals_kit.kpis.outcomes import won_amounts
from salesgoals_kit.kpis.scope import teams_of
from salesgoals_kit.kpis.stages import COUNTS, Followed, followed_entries, stage_counts
from salesgoals_kit.owners import COMPANY, Owner
from salesgoals_kit.words import Count, Message, Name, Number, Rate, Value, say

LEAST_OTHERS = 3  # other teams, so that none of them can be told from their sum
ALIKE = ["deal_type", "channel", "tenure"]  # deals are alike, and so are the reps who have them
BY = ("team", "rep", *ALIKE, "ago")


@dataclass(frozen=True)
class StageLoss:
    """One stage of a team (None: of all the owner's teams together).

    ``entered`` = ``passed`` + ``lost`` + ``still``: deals that entered it in the last twelve months that were followed.
    ``rate``: the share that went on, with its 80 % range. ``others``, ``before``: what it would be if like deals went
    on as in the company's other teams, or as in the year before; NaN where they are not compared. ``revenue``: what
    the deals lost there would have brought, with its 80 % range.
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
    stake = stake_of(found, won_amounts(tables))
    rows: list[StageLoss] = []
    contrasts: list[Contrast] = []
    for team, teams in wholes:
        for stage in range(len(found.order)):
            row, made = _stage(found, counts, stake, (owner, team, teams), stage)
            rows.append(row)
            contrasts += made
    mine = wholes[0][1]
    cohorts = stage_counts(replace(found, rows=found.rows[_in(found.rows, mine)]), ("month",))
    notes = (*_said(found), *found.notes)
    return Losses(owner, found.order, found.horizons, tuple(rows), cohorts, tuple(contrasts), notes)


def _nothing(owner: Owner, lack: Message) -> Losses:
    return Losses(owner, (), (), (), pd.DataFrame(columns=["stage", "month", *COUNTS]), (), (), (lack,))


def _wholes(tables: Tables, owner: Owner, counts: pd.DataFrame) -> list[tuple[str | None, frozenset[str] | None]]:
    """Return the teams that are looked at, each with the teams in it; None is everybody."""
    if owner.kind == "team":
        return [(None, frozenset(teams_of(tables.company, str(owner.team))))]
    names = sorted(str(team) for team in counts["team"].dropna().unique())
    return [(None, None), *((name, frozenset([name])) for name in (names if len(names) > 1 else []))]


def _in(rows: pd.DataFrame, teams: frozenset[str] | None) -> npt.NDArray[np.bool_]:
    return np.ones(len(rows), dtype=bool) if teams is None else rows["team"].isin(teams).to_numpy()


def _stage(
    found: Followed,
    counts: pd.DataFrame,
    stake: Stake,
    whose: tuple[Owner, str | None, frozenset[str] | None],
    stage: int,
) -> tuple[StageLoss, list[Contrast]]:
    owner, team, teams = whose
    there = counts[counts["stage"] == stage].reset_index(drop=True)
    own = there[_in(there, teams)]
    latest = own[own["ago"] == 0]
    sums = {name: int(latest[name].sum()) for name in COUNTS}
    low, high = interval(sums["passed"], sums["entered"])
    against = {"others": _others(there, owner, teams), "past": _past(own)}
    ratios = {name: ratio_of(pair[0]) for name, pair in against.items() if pair is not None}
    rate = sums["passed"] / sums["entered"] if sums["entered"] else np.nan
    compared = {name: min(rate / ratio.middle, 1.0) for name, ratio in ratios.items()}
    lost = money_lost(stake, latest, owner.team if team is None else team, stage)
    row = StageLoss(
        team,
        found.order[stage],
        **sums,
        rate=rate,
        low=low,
        high=high,
        others=compared.get("others", np.nan),
        before=compared.get("past", np.nan),
        revenue=lost[0],
        revenue_low=lost[1],
        revenue_high=lost[2],
    )
    through = share_of_wins(found, teams, stage)
    pairs = [(name, pair, ratios[name]) for name, pair in against.items() if pair is not None]
    return row, [_contrast(row, owner, name, pair, ratio, through) for name, pair, ratio in pairs]


Pair = tuple[Split, float]  # what is compared, and its p


def _others(there: pd.DataFrame, owner: Owner, teams: frozenset[str] | None) -> Pair | None:
    """Return a team against the company's other teams; None for the company, or where there are too few of either."""
    if teams is None:
        return None
    known = there[there["team"].notna()]
    mine = _in(known, teams)
    count = known.loc[~mine, "team"].nunique()
    strata = [*ALIKE, "ago"]
    found = split(known, mine, strata, "passed", "entered")
    if count < (LEAST_OTHERS if owner.kind == "team" else 1) or not found.enough:
        return None
    whole = known.assign(group=known["team"].where(~mine, other="\n"))
    return found, cautious_p(found, unevenness(whole, strata, "passed", "entered", "rep", "group"))


def _past(own: pd.DataFrame) -> Pair | None:
    """Return the last twelve months against the twelve before."""
    years = own[own["ago"] <= 1]
    found = split(years, (years["ago"] == 0).to_numpy(), ALIKE, "passed", "entered")
    return (found, exact_p(found)) if found.enough else None


def interval(hits: int, of: int, inner: float = INNER) -> tuple[float, float]:
    """Return the range of a share, equal tails of the beta distribution with Jeffreys' prior (Brown et al. 2001)."""
    if not of:
        return np.nan, np.nan
    ends = beta.ppf([(1 - inner) / 2, (1 + inner) / 2], hits + 0.5, of - hits + 0.5)
    return float(ends[0]) if hits else 0.0, float(ends[1]) if hits < of else 1.0


def money_lost(stake: Stake, rows: pd.DataFrame, team: str | None, stage: int) -> tuple[float, float, float]:
    """Return what the deals lost in a stage would have brought, and its 80 % range.

    Each counts with the chance to win of its kind in that stage, and what its kind brings; how many were lost is known.
    """
    total = np.zeros(len(next(iter(stake.chances.values()))))
    kinds = [stake.kind(kind) for kind in rows["deal_type"]]
    for kind, lost in rows.groupby(kinds)["lost"].sum().items():
        total = total + float(lost) * stake.chances[str(kind)][:, stage] * stake.amount(team, str(kind))
    low, high = np.quantile(total[1:], [(1 - INNER) / 2, (1 + INNER) / 2])
    return float(total[0]), float(low), float(high)


def share_of_wins(found: Followed, teams: frozenset[str] | None, stage: int) -> float:
    """Return which part of an owner's deals won had been in a stage; 0 where none was won."""
    won = found.rows[_in(found.rows, teams) & (found.rows["won"] == 1).to_numpy()]
    every = won["deal_id"].nunique()
    return float(won.loc[won["stage"] == stage, "deal_id"].nunique() / every) if every else 0.0


def _contrast(row: StageLoss, owner: Owner, against: str, pair: Pair, ratio: Ratio, through: float) -> Contrast:
    """Return a stage's contrast.

    ``move``: if the stage let through what it does where it is compared with, those wins that go through it would be
    as many times more: win rate * (1 + through * (1 / ratio - 1)).
    """
    team = owner.team if row.team is None else row.team
    subject = (("stage", row.stage),) if team is None else (("team", team), ("stage", row.stage))
    name: Value = say("losses.whole") if team is None else Name(team)
    found = pair[0]
    rate = float(found.hits.sum() / found.of.sum())
    values: dict[str, Value] = {
        "name": name,
        "stage": Name(row.stage),
        "own": Rate(rate),
        "others": Rate(min(rate / ratio.middle, 1.0)),
        "low": Rate(min(rate / ratio.high, 1.0)),
        "high": Rate(min(rate / ratio.low, 1.0)),
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
        move=Move(win=1 + through * (1 / ratio.middle - 1)) if ratio.middle < 1 and through > 0 else None,
    )


def _said(found: Followed) -> tuple[Message, ...]:
    order = say("losses.order", stages=tuple(Name(name) for name in found.order))
    longest = say("losses.followed", days=Number(max(found.horizons), 0, "days"))
    return order, longest, *([say("losses.young", count=Count(found.young))] if found.young else [])
